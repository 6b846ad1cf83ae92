package dev.slipway.plan.report;

import static dev.slipway.testing.TestGraph.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.slipway.host.HostBundle;
import dev.slipway.plan.cli.PlanMain;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Roles;
import dev.slipway.testing.TestGraph;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plan prints and writes. */
class ReportsTest {

  private final TestGraph stack = new TestGraph();

  @Nested
  class WhoReachesWhom {

    @Test
    void callsEndsByTheirComponents() {
      var host = stack.component("app-host");
      var database = stack.component("app-database");
      var web =
          stack.add(
              "aws:ec2/securityGroup:SecurityGroup",
              "app-host-group",
              Map.of(),
              options().in(host));
      var data =
          stack.add(
              "aws:ec2/securityGroup:SecurityGroup",
              "app-database-group",
              Map.of(),
              options().in(database));
      stack.add(
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
          "app-database-from-host",
          Map.of(
              "securityGroupId",
              data.id(),
              "referencedSecurityGroupId",
              web.id(),
              "ipProtocol",
              "tcp",
              "fromPort",
              5432,
              "toPort",
              5432,
              "description",
              "the application"),
          options().in(database));

      assertThat(Reach.in(stack.graph()))
          .singleElement()
          .satisfies(
              reach -> {
                assertThat(reach.from()).isEqualTo("app-host");
                assertThat(reach.to()).isEqualTo("app-database");
                assertThat(reach.ports()).isEqualTo("tcp 5432");
                assertThat(reach.description()).isEqualTo("the application");
              });
    }
  }

  @Nested
  class WhatRolesMayDo {

    @Test
    void callsResourcesByTheirNames() {
      var bucket = stack.add("aws:s3/bucketV2:BucketV2", "backup-bucket", Map.of());
      var role =
          stack.add(
              "aws:iam/role:Role",
              "host-role",
              Map.of(
                  "assumeRolePolicy",
                  "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"));
      var policy =
          """
{"Statement": [
  {"Effect": "Deny", "Action": "ssm:GetParameter", "NotResource": "arn:aws:ssm:us-east-1:123456789012:parameter/slipway/test/*"},
  {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "%s/test/*"},
  {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": {"StringEquals": {"cloudwatch:namespace": "Slipway"}}},
  {"Effect": "Allow", "Action": "ec2:DescribeVolumes", "Resource": "*"}]}
"""
              .formatted(bucket.text("arn"));
      stack.add(
          "aws:iam/rolePolicy:RolePolicy",
          "host-grants",
          Map.of("role", role.text("name"), "policy", policy));

      var view = Roles.in(stack.graph()).get(0);

      assertThat(view.name()).isEqualTo("host-role");
      assertThat(view.takenBy()).isEqualTo("ec2.amazonaws.com");
      assertThat(view.lines())
          .containsExactly(
              new Roles.Line("may", "s3:PutObject, s3:GetObject", "backup-bucket/test/*", ""),
              new Roles.Line(
                  "may",
                  "cloudwatch:PutMetricData",
                  "everything",
                  "where cloudwatch:namespace is Slipway"),
              new Roles.Line(
                  "may",
                  "ec2:DescribeVolumes",
                  "everything",
                  "EC2 doesn't scope its Describe actions"),
              new Roles.Line(
                  "never", "ssm:GetParameter", "anything but ssm parameter/slipway/test/*", ""));
    }
  }

  @Nested
  class WhatOneAsksFirst {

    private String detail(String type, Map<String, Object> inputs) {
      return Describe.detail(stack.graph(), stack.add(type, "app-cache", inputs, options()));
    }

    @Test
    void saysWhatACacheLoses() {
      assertThat(
              detail(
                  "aws:elasticache/replicationGroup:ReplicationGroup",
                  Map.of("description", "it", "numCacheClusters", 2, "nodeType", "cache.t3.micro")))
          .isEqualTo(
              "2 x cache.t3.micro, no AOF: a lost node loses what no replica and no snapshot has");
      assertThat(
              detail(
                  "aws:memorydb/cluster:Cluster",
                  Map.of("aclName", "it", "nodeType", "db.t4g.small")))
          .isEqualTo("db.t4g.small, keeps every write");
    }
  }

  @Nested
  class WhatHostsGet {

    @Test
    void unpacksWhatTheHostWillGet() {
      var bundle = HostBundle.with("{\"stack\":\"test\"}");

      var files = HostFiles.unpack(bundle.archive());

      assertThat(files.keySet()).containsExactlyElementsOf(bundle.files().keySet());
      files.forEach(
          (path, content) -> assertThat(content).as(path).isEqualTo(bundle.files().get(path)));
    }
  }

  @Nested
  class Command {

    @TempDir Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void aStack() throws IOException {
      Files.writeString(folder.resolve("Pulumi.yaml"), "name: slipway\nruntime: java\n");
      Files.writeString(
          folder.resolve("Pulumi.dev.yaml"),
          "config:\n"
              + "  aws:region: us-east-1\n"
              + "  slipway:cidr: 10.0.0.0/16\n"
              + "  slipway:accept: {default-security-group: a test}\n");
      Files.writeString(folder.resolve("Pulumi.bad.yaml"), "config:\n  aws:region: us-east-1\n");
      Files.writeString(
          folder.resolve("Pulumi.open.yaml"),
          "config:\n  aws:region: us-east-1\n  slipway:cidr: 10.0.0.0/16\n");
    }

    private int run(String... words) {
      var all = new ArrayList<>(List.of("--folder", folder.toString()));
      all.addAll(Arrays.asList(words));
      return PlanMain.run(
          all,
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          (config, secretKeys) -> dev.slipway.plan.fixture.TinyProgram::stack);
    }

    @Test
    void printsEverySectionAndLeavesWithZero() {
      assertThat(run("dev")).isZero();

      assertThat(out.toString(StandardCharsets.UTF_8))
          .contains("Plan of dev: 5 resources in us-east-1")
          .contains("└─ network")
          .contains(
              "What roles may do",
              "Who may reach whom",
              "A month's cost in US dollars",
              "Outputs",
              "Findings")
          .contains("the internet -> network  tcp 443")
          .contains("password       [secret]")
          .contains("accepted default-security-group: ", "(accepted: a test)");
      assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void leavesWithOneWhenARuleIsBroken() {
      assertThat(run("open")).isOne();

      assertThat(out.toString(StandardCharsets.UTF_8))
          .contains(
              "1 error.",
              "pulumi config set --path 'slipway:accept.default-security-group' 'the reason'");
    }

    @Test
    void printsNothingButTheProblemsWhenSettingsAreWrong() {
      assertThat(run("bad")).isOne();

      assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
      assertThat(err.toString(StandardCharsets.UTF_8))
          .isEqualTo("Pulumi.bad.yaml has 1 problem:\n  cidr: is missing\n");
    }

    @Test
    void namesTheStacksWhenThereIsNoneOrAnUnknownOne() {
      assertThat(run("prod")).isEqualTo(2);
      assertThat(run()).isEqualTo(2);

      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("plan.sh: there is no Pulumi.prod.yaml; stacks here: bad, dev, open")
          .contains("plan.sh: STACK is missing: name one of bad, dev, open");
    }

    @Test
    void tellsAllThatIsWrongWithTheCommandLine() {
      assertThat(run("dev", "open", "--jsno", "--markdown", "--json", "--out", "--diff"))
          .isEqualTo(2);

      assertThat(err.toString(StandardCharsets.UTF_8))
          .isEqualTo(
              """
              plan.sh: 6 problems:
                "open": STACK is the only word that it takes
                "--jsno" is not an option
                --out needs a value
                --diff needs a value
                --markdown goes with --diff; the plan's own page is among what --out writes
                --markdown and --json: one of them
              See ./slipway plan --help
              """);
    }

    @Test
    void comparesWithASavedPlanAndWithAStack() {
      var saved = folder.resolve("saved").toString();
      assertThat(run("dev", "--out", saved)).isZero();
      out.reset();

      assertThat(run("dev", "--diff", saved)).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8))
          .isEqualTo("From %s, a saved plan of dev to dev: nothing changes\n".formatted(saved));
      out.reset();

      assertThat(run("dev", "--diff", "open")).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8))
          .startsWith("From open to dev: ")
          .contains("Findings\n--------\n- error default-security-group: ");
    }

    @Test
    void comparesWithNothingThatIsNoPlan() throws IOException {
      assertThat(run("dev", "--diff", folder.toString())).isOne();
      assertThat(run("dev", "--diff", "nowhere")).isEqualTo(2);
      assertThat(run("dev", "--diff", "bad")).isOne();

      assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains(
              folder + ": is no saved plan, since it has no plan.json",
              "--diff: \"nowhere\" is neither a stack (bad, dev, open) nor a folder",
              "bad can't be compared with:\nPulumi.bad.yaml has 1 problem:\n  cidr: is missing");
    }

    @Test
    void printsOneJsonObject() {
      assertThat(run("dev", "--json")).isZero();

      var json = JsonParser.parseString(out.toString(StandardCharsets.UTF_8)).getAsJsonObject();
      assertThat(json.get("stack").getAsString()).isEqualTo("dev");
      assertThat(json.keySet())
          .containsExactly(
              "format",
              "project",
              "stack",
              "region",
              "ok",
              "resources",
              "reach",
              "roles",
              "outputs",
              "cost",
              "files",
              "findings",
              "problems",
              "warnings");
      for (var resource : json.getAsJsonArray("resources")) {
        assertThat(resource.getAsJsonObject().keySet())
            .containsExactly(
                "urn",
                "type",
                "name",
                "label",
                "parent",
                "custom",
                "external",
                "inputs",
                "computed",
                "dependencies",
                "propertyDependencies",
                "ignoreChanges",
                "protect",
                "stateful");
      }
      assertThat(json.getAsJsonObject("outputs").get("password").getAsString())
          .isEqualTo("[secret]");
      assertThat(json.getAsJsonObject("cost").get("total").getAsString()).isEqualTo("3.65");
    }

    @Test
    void saysInJsonWhatIsWrongToo() {
      assertThat(run("bad", "--json")).isOne();

      var json = JsonParser.parseString(out.toString(StandardCharsets.UTF_8)).getAsJsonObject();
      assertThat(json.get("ok").getAsBoolean()).isFalse();
      assertThat(json.getAsJsonArray("problems").get(0).getAsString()).contains("cidr: is missing");
    }

    @Test
    void writesTheFiles() throws Exception {
      var target = folder.resolve("out");

      assertThat(run("dev", "--out", target.toString())).isZero();

      assertThat(target.resolve("plan.md"))
          .content()
          .contains("```mermaid", "## Findings", "| 3.65 |");
      assertThat(target.resolve("plan.json")).exists();
      assertThat(target.resolve("diagram.mmd")).content().startsWith("flowchart LR\n");
      var svg =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(Files.readAllBytes(target.resolve("diagram.svg"))));
      assertThat(svg.getDocumentElement().getTagName()).isEqualTo("svg");
    }
  }
}
