package dev.slipway.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import dev.slipway.testing.EveryOption;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every ARN that a policy speaks of, with and without wildcards, is held against the ARNs that the
 * stacks' plans have: a pattern that matches nothing grants nothing, or denies too much, and no
 * preview says so.
 */
class ArnPatternsTest {
  private static final Map<String, FakeStack> STACKS = new LinkedHashMap<>();

  static {
    for (var name :
        List.of(
            "foundation",
            "staging",
            "admin-qa",
            "admin-prod",
            "fastapi-dev",
            "fastapi-prod",
            "grocery-dev",
            "grocery-prod")) {
      STACKS.put(name, FakeCloud.stack(name, StackConfig.file(name)));
    }
    // What a stack may turn on has ARNs too.
    STACKS.put(
        "staging with everything",
        FakeCloud.stack(
            "staging",
            StackConfig.file("staging")
                .with("slipway:network.flowLogs", true)
                .with("slipway:alerts.email", "ops@example.com")
                .with("slipway:dns.zoneId", "Z0123456789EXAMPLE")
                .with(
                    "slipway:host.schedule",
                    Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI"))));
    STACKS.put(
        "admin-qa with everything",
        FakeCloud.stack(
            "admin-qa",
            StackConfig.file("admin-qa")
                .with("slipway:network.flowLogs", true)
                .with("slipway:database.monitoringSeconds", 60)
                .with("slipway:cache.persistence", "durable")
                .with("slipway:cache.nodeType", "db.t4g.small")));
    STACKS.put(
        "grocery-dev with everything",
        FakeCloud.stack("grocery-dev", EveryOption.withCdn(StackConfig.file("grocery-dev"))));
  }

  /** What no plan has an ARN of, each with the reason. */
  private static final Map<String, String> ELSEWHERE = new LinkedHashMap<>();

  static {
    ELSEWHERE.put("arn:aws:iam::aws:policy/.*", "AWS's own policies");
    ELSEWHERE.put("arn:aws:iam::[0-9]+:root", "the account itself");
    ELSEWHERE.put(
        "arn:aws:ec2:[^:]*:[^:]*:[a-z-]+/\\*", "EC2's things are told by their tags, not names");
    ELSEWHERE.put("arn:aws:ec2:[^:]*::(image|snapshot)/.*", "Canonical's images");
    ELSEWHERE.put(
        "arn:aws:ssm:[^:]*:[^:]*:parameter/(slipway|aws)/.*",
        "parameters that hosts and people make");
    ELSEWHERE.put("arn:aws:ssm:[^:]*:[^:]*:managed-instance/\\*", "machines outside of EC2: none");
    ELSEWHERE.put("arn:aws:ssm:[^:]*:[^:]*:document/AWS-.*", "AWS's own documents");
    ELSEWHERE.put("arn:aws:ssm:[^:]*:[^:]*:\\*", "commands, which are made by who sends them");
    ELSEWHERE.put(
        "arn:aws:s3:::slipway-state-.*", "the bucket of the state: bootstrap.sh makes it");
    ELSEWHERE.put(
        "arn:aws:iam::[0-9]+:role/aws-service-role/.*", "roles that AWS makes for itself");
    ELSEWHERE.put(
        "arn:aws:rds:[^:]*:[^:]*:snapshot:slipway-.*",
        "snapshots that hosts make before migrations");
    ELSEWHERE.put("arn:aws:secretsmanager:[^:]*:[^:]*:secret:rds!.*", "RDS's own secret");
    ELSEWHERE.put(
        "arn:aws:cloudwatch::[^:]*:dashboard/slipway-.*",
        "dashboards, whose ARN the provider has under another name");
    ELSEWHERE.put(
        "arn:aws:(elasticache|memorydb|rds):[^:]*:[^:]*:snapshot[:/]\\*",
        "snapshots, which are made by what is backed up");
    ELSEWHERE.put(
        "arn:aws:elasticloadbalancing:[^:]*:[^:]*:listener(-rule)?/app/slipway-.*",
        "listeners and rules, whose ARNs begin with their balancer");
    ELSEWHERE.put(
        "arn:aws:cloudfront::[^:]*:origin-access-control/\\*",
        "access of CDNs to their origins, which has ids");
    ELSEWHERE.put("arn:aws:logs:[^:]*:[^:]*:log-group:\\*", "calls that list all log groups");
    ELSEWHERE.put(
        "arn:aws:logs:[^:]*:[^:]*:log-group:RDSOSMetrics.*",
        "the log group that RDS makes for a machine's own metrics");
    ELSEWHERE.put(
        "arn:aws:memorydb:[^:]*:[^:]*:parametergroup/default\\..*",
        "MemoryDB's own parameter groups");
    ELSEWHERE.put("arn:aws:rds:[^:]*:[^:]*:og:default.*", "RDS's own option groups");
    ELSEWHERE.put(
        "arn:aws:route53:::(change|hostedzone)/.*",
        "changes, and zones that are named by their id");
    ELSEWHERE.put(
        "arn:aws:scheduler:[^:]*:[^:]*:schedule/slipway-.*",
        "schedules, whose ARN begins with their group");
    ELSEWHERE.put(
        "arn:aws:ssm:[^:]*:(:|[^:]*:association/).*",
        "AWS's own documents, and associations, which have ids");
  }

  /** What stands in the place of a part that AWS makes up. */
  private static final Pattern MADE_UP = Pattern.compile("-[0-9a-f]{7,8}(?=$|/|:)");

  private static Set<String> real() {
    var arns = new TreeSet<String>();
    STACKS
        .values()
        .forEach(
            stack ->
                stack.all().stream()
                    .flatMap(made -> Stream.of("arn", "arnWithoutRevision").map(made::output))
                    .filter(String.class::isInstance)
                    .map(String.class::cast)
                    .filter(arn -> arn.startsWith("arn:"))
                    .forEach(arns::add));
    return arns;
  }

  /** Every policy in a stack: who has it, and its text. */
  private static Map<String, String> policies(String name, FakeStack stack) {
    var found = new TreeMap<String, String>();
    for (FakeResource made : stack.all()) {
      for (var input : made.inputs().entrySet()) {
        if (input.getValue() instanceof String text && text.contains("\"Statement\"")) {
          found.put(name + " " + made.name() + "." + input.getKey(), text);
        }
      }
    }
    return found;
  }

  private static void arns(JsonElement json, Set<String> into) {
    if (json.isJsonObject()) {
      json.getAsJsonObject().entrySet().forEach(entry -> arns(entry.getValue(), into));
    } else if (json.isJsonArray()) {
      json.getAsJsonArray().forEach(each -> arns(each, into));
    } else if (json.isJsonPrimitive() && json.getAsString().startsWith("arn:")) {
      into.add(json.getAsString());
    }
  }

  private static Pattern glob(String pattern) {
    var regex = new StringBuilder();
    for (char c : pattern.replaceAll("\\$\\{[^}]*}", "*").toCharArray()) {
      regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
    }
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }

  /** The same for every stack, account and region. */
  private static String anyStacks(String arn) {
    return arn.replaceAll(
            "(?<![a-z])(staging|admin-qa|admin-prod|fastapi-dev|fastapi-prod|grocery-dev|grocery-prod)(?![a-z])",
            "STACK")
        .replaceAll("(?<=:)(us-east-1|eu-central-1)(?=:)", "REGION")
        .replaceAll("(?<=:)[0-9]{12}(?=:)", "ACCOUNT");
  }

  /** What is in a bucket or a log group, or is executed, has no ARN of its own in a plan. */
  private static String around(String pattern) {
    if (pattern.startsWith("arn:aws:s3:::")) {
      return pattern.replaceFirst("/.*", "");
    }
    if (pattern.contains(":states:")) {
      return pattern.replaceFirst(":execution:(.*):\\*$", ":stateMachine:$1");
    }
    return pattern.contains(":logs:") ? pattern.replaceFirst(":(\\*|log-stream:.*)$", "") : pattern;
  }

  private static boolean matchesSomething(String pattern, Set<String> real) {
    var regex = glob(anyStacks(around(pattern)));
    return real.stream().anyMatch(arn -> regex.matcher(anyStacks(arn)).matches())
        || ELSEWHERE.keySet().stream().anyMatch(other -> Pattern.matches(other, pattern));
  }

  @Test
  void everyPatternInAPolicyMatchesSomethingThatThereIs() {
    var real = real();
    assertThat(real).hasSizeGreaterThan(100);
    var nothing = new ArrayList<String>();
    int patterns = 0;
    for (var stack : STACKS.entrySet()) {
      for (var policy : policies(stack.getKey(), stack.getValue()).entrySet()) {
        var arns = new TreeSet<String>();
        arns(JsonParser.parseString(policy.getValue()), arns);
        patterns += arns.size();
        arns.stream()
            .filter(pattern -> !matchesSomething(pattern, real))
            .forEach(pattern -> nothing.add(anyStacks(pattern) + " of " + policy.getKey()));
      }
    }
    assertThat(patterns).isGreaterThan(300);
    assertThat(nothing.stream().map(each -> each.replaceAll(" of .*", "")).distinct().sorted())
        .as("of " + nothing)
        .isEmpty();
  }

  /** The registries' policy is the one that names hosts' roles of all stacks. */
  @Test
  void theHostsOfEveryStackMayTagWhatTheyReleased() {
    var policy =
        STACKS
            .get("foundation")
            .all("aws:ecr/repositoryPolicy:RepositoryPolicy")
            .get(0)
            .text("policy");
    var patterns = new TreeSet<String>();
    arns(JsonParser.parseString(policy), patterns);
    for (var name :
        List.of(
            "staging",
            "admin-qa",
            "admin-prod",
            "fastapi-dev",
            "fastapi-prod",
            "grocery-dev",
            "grocery-prod")) {
      assertThat(patterns)
          .as(name)
          .filteredOn(pattern -> pattern.contains("*"))
          .anyMatch(pattern -> glob(pattern).matcher(STACKS.get(name).arnOf("host")).matches());
    }
    for (var role : STACKS.get("foundation").all("aws:iam/role:Role")) {
      assertThat(patterns)
          .filteredOn(pattern -> pattern.contains("*"))
          .as("a role of a workflow")
          .noneMatch(
              pattern -> glob(pattern).matcher(String.valueOf(role.output("arn"))).matches());
    }
  }

  /** What tests take for a role of ours has the form that real ones have. */
  @Test
  void rolesInTheTablesOfTestsHaveTheFormOfRealOnes() throws Exception {
    var forms = new TreeSet<String>();
    real().stream()
        .filter(arn -> arn.contains(":role/slipway/"))
        .map(arn -> MADE_UP.matcher(arn).replaceAll("-*"))
        .map(arn -> arn.replaceAll("role/slipway/[^/]+/", "role/slipway/*/"))
        .map(arn -> arn.replaceAll("/(admin-panel|erpnext)-", "/*-"))
        .forEach(forms::add);
    var roles = Pattern.compile("role/slipway/[a-z{}0-9-]+/[^\\s,\"]+");
    var wrong = new TreeSet<String>();
    try (var files = Files.walk(Path.of("src/test"))) {
      for (var file :
          (Iterable<Path>)
              files.filter(each -> each.toString().matches(".*\\.(java|txt|sh|py)"))::iterator) {
        roles
            .matcher(Files.readString(file))
            .results()
            .map(found -> found.group())
            // {role} and %s are filled in with a role of the plan's, and workflows' have fixed
            // names.
            .filter(role -> !role.matches(".*(/\\{role}|%.*|\\\\.*|/github/.*)"))
            .filter(role -> !file.endsWith("ArnPatternsTest.java"))
            .map(role -> "arn:aws:iam::123456789012:" + role)
            .map(arn -> MADE_UP.matcher(arn).replaceAll("-*"))
            .map(arn -> arn.replaceAll("role/slipway/[^/]+/", "role/slipway/*/"))
            .map(arn -> arn.replaceAll("/(admin-panel|erpnext)-", "/*-"))
            .filter(arn -> !forms.contains(arn))
            .forEach(arn -> wrong.add(file.getFileName() + ": " + arn));
      }
    }

    assertThat(wrong).as("of " + forms).isEmpty();
  }

  /** The page says what the plan has, in no number of its own. */
  @Test
  void aDeployRoleHasNoMorePoliciesThanARoleCanHave() throws Exception {
    var most =
        STACKS.get("foundation").all("aws:iam/rolePolicyAttachment:RolePolicyAttachment").stream()
            .map(attachment -> String.valueOf(attachment.input("role")))
            .collect(
                java.util.stream.Collectors.groupingBy(
                    role -> role, java.util.stream.Collectors.counting()))
            .values()
            .stream()
            .mapToLong(Long::longValue)
            .max()
            .orElseThrow();

    assertThat(most).isBetween(1L, 10L);
    assertThat(Files.readString(Path.of("docs/identities.md")))
        .doesNotContainPattern("deploy role has (eight|nine|ten|[0-9]+)");
  }
}
