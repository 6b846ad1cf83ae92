package dev.slipway.aws;

import static org.assertj.core.api.Assertions.assertThat;

import com.pulumi.Context;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.sqs.Queue;
import com.pulumi.aws.sqs.QueueArgs;
import com.pulumi.resources.CustomResourceOptions;
import dev.slipway.aws.Drawing.Icon;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import dev.slipway.plan.Plan;
import dev.slipway.plan.cost.Cost;
import dev.slipway.plan.diagram.Diagram;
import dev.slipway.plan.diagram.Mermaid;
import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.diff.StandingStack;
import dev.slipway.plan.report.TextReport;
import dev.slipway.plan.rules.Finding;
import dev.slipway.plan.rules.StorageRules;
import dev.slipway.testing.TestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A service that no stack has: one class, and everything that asks about types knows it. */
class NewServiceTest {
  private static final String QUEUE = "aws:sqs/queue:Queue";

  /** A type's name, wherever it is written. */
  private static final Pattern TOKEN =
      Pattern.compile("\"aws:[a-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+\"");

  /** Services by the files that name types of them, beside the catalog. */
  private static final Map<String, Set<String>> KNOWN =
      Map.ofEntries(
          // The pages of diagrams say what one service does with another.
          Map.entry("plan/diagram/ComponentsDiagram.java", Set.of("autoscaling", "iam", "vpc")),
          Map.entry("plan/diagram/ContainersDiagram.java", Set.of("lb")),
          Map.entry(
              "plan/diagram/DataDiagram.java",
              Set.of("cloudwatch", "iam", "lambda", "rds", "s3", "scheduler", "sfn", "sns", "ssm")),
          Map.entry("plan/diagram/Diagram.java", Set.of("ec2", "iam", "ssm")),
          Map.entry("plan/diagram/MonitoringDiagram.java", Set.of("cloudwatch", "sns")),
          Map.entry("plan/diagram/SecurityDiagram.java", Set.of("iam")),
          Map.entry(
              "plan/diff/StandingStack.java",
              Set.of("ebs", "ec2", "elasticache", "memorydb", "rds", "secretsmanager")),
          Map.entry("plan/engine/LookUps.java", Set.of("ec2", "index", "kms", "route53", "ssm")),
          Map.entry("plan/engine/ResourceTypes.java", Set.of("ec2")),
          Map.entry("plan/graph/HostFiles.java", Set.of("s3", "ssm")),
          Map.entry("plan/graph/Machines.java", Set.of("ec2")),
          Map.entry("plan/graph/Policies.java", Set.of("iam")),
          Map.entry("plan/graph/Reach.java", Set.of("ec2", "vpc")),
          Map.entry("plan/graph/Roles.java", Set.of("iam")),
          Map.entry("plan/rules/IdentityRules.java", Set.of("iam")),
          Map.entry("plan/rules/LimitRules.java", Set.of("acm", "iam")),
          Map.entry("plan/rules/MachineRules.java", Set.of("autoscaling", "ec2", "iam")),
          Map.entry("plan/rules/StorageRules.java", Set.of("s3")));

  /** All that a new service takes. */
  private static final class Sqs {
    private static final Prices PRICES =
        Prices.of(
            "sqs",
            "https://aws.amazon.com/sqs/pricing/",
            "2025-06-30",
            "request  *  0.0000004  request after the first million");

    static final List<AwsType> TYPES =
        List.of(
            AwsType.of(QUEUE)
                .keeps("queue")
                .guardedBy("policy")
                .costs(queue -> List.of(Charge.usageBased(PRICES, "request", "requests")))
                .inWords(queue -> "kept " + queue.text("messageRetentionSeconds") + " s")
                .drawn(Drawing.card(Icon.BUCKET).details(queue -> List.of("queue")))
                .breaksUnless(
                    "encryption-at-rest",
                    "sqsManagedSseEnabled",
                    "is not encrypted; set sqsManagedSseEnabled")
                .named("name", 1, 80, "[A-Za-z0-9_-]+")
                .replacedBy("fifoQueue", "name")
                .neverChanges("fifoQueue")
                .replacedWhen(
                    "contentBasedDeduplication",
                    (before, after) -> Boolean.TRUE.equals(before.get("fifoQueue")))
                .computes("url", "https://sqs.{region}.amazonaws.com/{account}/{name}")
                .computes("id", "{url}")
                .computes("arn", "arn:aws:sqs:{region}:{account}:{name}")
                .toDeploy(
                    stack ->
                        Statement.allow("KeepQueues")
                            .actions("sqs:CreateQueue", "sqs:DeleteQueue")
                            .resources(stack.arn("sqs", stack.named("*"))))
                .within(
                    stack ->
                        Statement.allow("OwnQueues")
                            .actions("sqs:SendMessage")
                            .resources(stack.arn("sqs", stack.named("*")))));
  }

  @BeforeEach
  void aClassOfTheCatalog() {
    Sqs.TYPES.forEach(Catalog::add);
  }

  @AfterEach
  void asBefore() {
    Sqs.TYPES.forEach(Catalog::remove);
  }

  private static void program(Context context) {
    var provider = new Provider("aws", ProviderArgs.builder().region("us-east-1").build());
    new Queue(
        "jobs",
        QueueArgs.builder()
            .name("slipway-test-jobs")
            .messageRetentionSeconds(600)
            .policy(
                "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:SendMessage\",\"Resource\":\"*\"}}")
            .build(),
        CustomResourceOptions.builder().provider(provider).build());
  }

  private static Plan plan() {
    return Plan.of(
        "slipway",
        "test",
        Map.of("aws:region", "us-east-1"),
        (config, secretKeys) -> NewServiceTest::program);
  }

  @Test
  void isPlannedPricedToldAndDrawn() {
    var plan = plan();

    assertThat(plan.graph().of(QUEUE).get(0).text("arn"))
        .isEqualTo("arn:aws:sqs:us-east-1:123456789012:slipway-test-jobs");
    assertThat(plan.cost().notPriced()).isEmpty();
    assertThat(plan.cost().usageBased())
        .extracting(Cost.UnitPrice::what)
        .containsExactly("requests");
    assertThat(new TextReport(plan).text()).containsPattern("jobs +sqs Queue +kept 600 s");
    assertThat(Mermaid.of(Diagram.of(plan))).contains("[(\"jobs<br/>queue\")]");
  }

  @Test
  void isGuarded() {
    assertThat(plan().findings())
        .extracting(Finding::rule, Finding::resource)
        .contains(
            org.assertj.core.groups.Tuple.tuple("encryption-at-rest", "jobs"),
            org.assertj.core.groups.Tuple.tuple("open-policy", "jobs"),
            org.assertj.core.groups.Tuple.tuple("unprotected", "jobs"));
    assertThat(StorageRules.stateful(QUEUE, Map.of())).isEqualTo("queue");
    assertThat(
            Replacing.among(
                QUEUE,
                List.of("name", "contentBasedDeduplication", "delaySeconds"),
                Map.of("fifoQueue", true),
                Map.of()))
        .containsExactly("contentBasedDeduplication", "name");
  }

  @Test
  void isLeftAsItIsWhereItStands() {
    assertThat(
            StandingStack.refusals(
                List.of(
                    new StandingStack.Change(
                        QUEUE, "jobs", Map.of("fifoQueue", true), Map.of("fifoQueue", false)))))
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.text()).startsWith("the queue's fifoQueue: fifoQueue can't go");
              assertThat(refusal.loss()).isTrue();
            });
  }

  @Test
  void getsItsRights() {
    var stack = new Target(new Stack("test", "queues", "us-east-1", Map.of()), "123456789012");

    assertThat(Catalog.deploy(Set.of(QUEUE), stack))
        .extracting(Statement::sid)
        .containsExactly("KeepQueues");
    assertThat(Catalog.boundary(Set.of(QUEUE), stack))
        .extracting(Statement::sid)
        .containsExactly("OwnQueues");
  }

  /**
   * Those that are left are about what connects resources, and know the few types that do: groups
   * and their rules, roles and their policies, machines and what they wait for; what lookups
   * answer; and what a stack that stands can't take. Who adds one here asks first whether the
   * catalog can say it.
   */
  @Test
  void noOtherPartOfTheProgramTellsServicesApart() throws IOException {
    var sources = TestSources.project().resolve("src/main/java/dev/slipway");
    var services = new TreeMap<String, Set<String>>();
    try (var files = Files.walk(sources)) {
      for (var file : files.filter(found -> found.toString().endsWith(".java")).toList()) {
        var name = sources.relativize(file).toString();
        if (!name.startsWith("aws/")) {
          var found =
              TOKEN
                  .matcher(Files.readString(file))
                  .results()
                  .map(match -> match.group().replaceAll("^\"aws:|/.*", ""))
                  .collect(Collectors.toCollection(TreeSet::new));
          if (!found.isEmpty()) {
            services.put(name, found);
          }
        }
      }
    }

    assertThat(services).isEqualTo(KNOWN);
  }
}
