package dev.slipway.system.fastapi;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Roles;
import dev.slipway.plan.rules.Finding;
import dev.slipway.system.Systems;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the two stacks of a FastAPI service have, and what its settings make of it. */
class FastApiTest {
  private static final StackConfig CONFIG = StackConfig.file("fastapi-dev");
  private static final FakeStack DEV = FakeCloud.stack("fastapi-dev", CONFIG);
  private static final FakeStack PROD =
      FakeCloud.stack("fastapi-prod", StackConfig.file("fastapi-prod"));

  private static final String SUBNET = "aws:ec2/subnet:Subnet";
  private static final String DATABASE = "aws:rds/instance:Instance";
  private static final String MACHINE = "aws:ec2/instance:Instance";
  private static final String BUCKET = "aws:s3/bucketV2:BucketV2";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

  private static FakeStack stack(String name, StackConfig config) {
    return FakeCloud.stack(name, config);
  }

  /** Prod, whose host stands in a private subnet. */
  private static StackConfig hidden() {
    return StackConfig.file("fastapi-prod").with("slipway:network.nat", "one");
  }

  private static Map<String, String> subnets(FakeStack stack) {
    var found = new TreeMap<String, String>();
    stack.all(SUBNET).forEach(each -> found.put(each.name(), each.text("cidrBlock")));
    return found;
  }

  private static Plan plan(StackConfig config) {
    return Plan.of("slipway", "fastapi-dev", config.values(), Main::stack);
  }

  private static boolean may(FakeStack stack, String action, String resource) {
    return stack
        .policiesOf("host")
        .evaluate(Request.of(stack.arnOf("host"), action, resource))
        .allowed();
  }

  private static FakeResource bucket(FakeStack stack, String name) {
    return stack.only(BUCKET, "buckets-" + name + "-bucket");
  }

  @Test
  void hasASmallNetworkWithPublicAndDataSubnetsInTwoZones() {
    assertThat(subnets(DEV))
        .containsExactly(
            Map.entry("fastapi-network-data-a", "10.40.4.0/24"),
            Map.entry("fastapi-network-data-b", "10.40.5.0/24"),
            Map.entry("fastapi-network-public-a", "10.40.8.0/24"),
            Map.entry("fastapi-network-public-b", "10.40.9.0/24"));
    assertThat(DEV.all("aws:ec2/natGateway:NatGateway")).isEmpty();
  }

  @Test
  void togglesTheLoadBalancerWithoutANewSubnet() {
    var without = StackConfig.file("fastapi-prod").with("slipway:alb", false);

    assertThat(subnets(stack("fastapi-prod", without))).isEqualTo(subnets(PROD));
    assertThat(PROD.only("aws:lb/loadBalancer:LoadBalancer").input("subnets"))
        .isEqualTo(
            List.of(
                PROD.only(SUBNET, "public-a").output("id"),
                PROD.only(SUBNET, "public-b").output("id")));
  }

  @Test
  void isReachedByItsPortWithoutALoadBalancerAndByNoOtherOne() {
    assertThat(DEV.ingressTo("host")).containsExactly(tcp(8000).from("0.0.0.0/0"));
    assertThat(DEV.egressFrom("host")).containsExactly(all().to("0.0.0.0/0"));
    assertThat(DEV.all("aws:lb/loadBalancer:LoadBalancer")).isEmpty();
  }

  @Test
  void isReachedByTheLoadBalancerAloneWhereThereIsOne() {
    assertThat(PROD.ingressTo("host")).containsExactly(tcp(8000).from("balancer"));
    assertThat(PROD.ingressTo("balancer"))
        .containsExactlyInAnyOrder(tcp(80).from("0.0.0.0/0"), tcp(443).from("0.0.0.0/0"));
    var attachment = PROD.only("aws:lb/targetGroupAttachment:TargetGroupAttachment");
    assertThat(attachment.input("targetId")).isEqualTo(PROD.only(MACHINE).output("id"));
    assertThat(PROD.only("aws:lb/targetGroup:TargetGroup").input("healthCheck.path"))
        .isEqualTo("/health");
  }

  @Test
  void opensSshToNamedBlocksAlone() {
    var open = CONFIG.with("slipway:host.sshFrom", List.of("192.0.2.0/24"));

    assertThat(stack("fastapi-dev", open).ingressTo("host"))
        .containsExactlyInAnyOrder(tcp(8000).from("0.0.0.0/0"), tcp(22).from("192.0.2.0/24"));
  }

  @Test
  void hasTheStackAcceptAnOpenPortByName() {
    var silent = plan(CONFIG.without("slipway:accept"));
    var narrow =
        plan(CONFIG.without("slipway:accept").with("slipway:openTo", List.of("192.0.2.0/24")));

    assertThat(plan(CONFIG).findings()).filteredOn(Finding::fails).isEmpty();
    assertThat(silent.findings())
        .filteredOn(Finding::fails)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo("open-to-the-world");
              assertThat(finding.message()).contains("8000");
            });
    assertThat(narrow.findings()).filteredOn(Finding::fails).isEmpty();
  }

  @Test
  void mayStandInAPrivateSubnetBehindTheLoadBalancer() {
    var stack = stack("fastapi-prod", hidden());
    var machine = stack.only(MACHINE);

    assertThat(machine.input("subnetId")).isEqualTo(stack.only(SUBNET, "private-a").output("id"));
    assertThat(machine.input("associatePublicIpAddress")).isEqualTo(false);
    assertThat(stack.all("aws:ec2/networkInterface:NetworkInterface")).isEmpty();
    assertThat(machine.waitsFor(stack.only("aws:ec2/route:Route", "private-default-route-a")))
        .isTrue();
    assertThat(stack.outputs()).doesNotContainKey("publicIp");
    assertThat(stack.outputs().get("app_url")).isEqualTo("https://api.example.com");
  }

  @Test
  void hasAnAddressThatOutlivesTheMachine() {
    assertThat(DEV.only("aws:ec2/eip:Eip").isProtected()).isTrue();
    assertThat(DEV.all("aws:ebs/volume:Volume")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"logs", "artifacts", "content"})
  void readsAndWritesItsOwnBucketsAlone(String name) {
    var arn = String.valueOf(bucket(DEV, name).output("arn"));

    assertThat(may(DEV, "s3:ListBucket", arn)).isTrue();
    for (var action : List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject")) {
      assertThat(may(DEV, action, arn + "/a/key")).as(action).isTrue();
      assertThat(may(DEV, action, arn.replace("fastapi-dev", "fastapi-prod") + "/a/key"))
          .as(action + " of another stack's")
          .isFalse();
    }
    for (var action : List.of("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:PutBucketAcl")) {
      assertThat(may(DEV, action, arn)).as(action).isFalse();
    }
    assertThat(may(DEV, "s3:DeleteObjectVersion", arn + "/a/key")).isFalse();
    assertThat(bucket(DEV, name).isProtected()).isTrue();
    assertThat(may(DEV, "s3:ListAllMyBuckets", "*")).isFalse();
  }

  @Test
  void saysInThePlanWhyItHasNoFullAccess() {
    assertThat(Roles.in(plan(CONFIG).graph()).stream().flatMap(role -> role.lines().stream()))
        .filteredOn(line -> line.note().contains("not AmazonS3FullAccess"))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line.targets())
                    .contains("buckets-logs", "buckets-artifacts", "buckets-content"));
  }

  @Test
  void tellsTheHostOfItsBucketsAndItsDatabase() {
    var pointer = DEV.only("aws:ssm/parameter:Parameter", "host-pointer");
    var links = Json.object(pointer.text("value"));

    for (var name : List.of("logs", "artifacts", "content")) {
      assertThat(links.get("buckets." + name)).isEqualTo(bucket(DEV, name).output("bucket"));
    }
    assertThat(links.get("databaseHost")).isEqualTo(DEV.only(DATABASE).output("address"));
    assertThat(links)
        .containsKeys("databasePort", "databaseName", "databaseMasterSecret", "logGroup")
        .containsEntry("publicIp", DEV.only("aws:ec2/eip:Eip").output("publicIp"));
  }

  @Test
  void hasAPrivateDatabaseThatTheHostAloneReaches() {
    for (var stack : List.of(DEV, PROD)) {
      var database = stack.only(DATABASE);

      assertThat(database.text("engineVersion")).isEqualTo("16");
      assertThat(database.text("instanceClass")).isEqualTo("db.t3.micro");
      assertThat(database.input("publiclyAccessible")).isEqualTo(false);
      assertThat(database.input("manageMasterUserPassword")).isEqualTo(true);
      assertThat(database.input("password")).isNull();
      assertThat(database.input("storageEncrypted")).isEqualTo(true);
      assertThat(stack.ingressTo("database")).containsExactly(tcp(5432).from("host"));
      assertThat(stack.only("aws:rds/subnetGroup:SubnetGroup").input("subnetIds"))
          .isEqualTo(
              List.of(
                  stack.only(SUBNET, "data-a").output("id"),
                  stack.only(SUBNET, "data-b").output("id")));
    }
    var production = PROD.only(DATABASE);
    assertThat(production.input("deletionProtection")).isEqualTo(true);
    assertThat(production.input("skipFinalSnapshot")).isEqualTo(false);
    assertThat(production.input("backupRetentionPeriod")).isEqualTo(14L);
    assertThat(production.isProtected()).isTrue();
  }

  @Test
  void putsOutWhatTheDocumentNames() {
    assertThat(DEV.outputs())
        .containsEntry(
            "app_url", "http://" + DEV.only("aws:ec2/eip:Eip").output("publicIp") + ":8000")
        .containsEntry("rds_endpoint", DEV.only(DATABASE).output("endpoint"));
    assertThat(String.valueOf(DEV.outputs().get("rds_endpoint"))).endsWith(":5432");
    assertThat(PROD.outputs()).containsEntry("app_url", "https://api.example.com");
    assertThat(DEV.outputs()).containsKeys("instanceId", "publicIp", "session", "buckets");
  }

  @Test
  void watchesHostDatabaseAndBalancer() {
    assertThat(DEV.all(ALARM))
        .extracting(alarm -> alarm.text("name").substring("slipway-fastapi-dev-".length()))
        .containsExactlyInAnyOrder(
            "status-check", "disk", "database-cpu", "database-connections", "database-storage");
    assertThat(PROD.all(ALARM))
        .extracting(alarm -> alarm.text("name").substring("slipway-fastapi-prod-".length()))
        .contains("balancer-latency", "balancer-errors", "service-errors", "service-unhealthy");
    assertThat(DEV.only("aws:cloudwatch/logGroup:LogGroup", "log-service").text("name"))
        .isEqualTo("/slipway/fastapi-dev/service");
  }

  @Test
  void givesHostsTheServiceAsItsRuntimeReadsIt() {
    var settings = Main.settings(CONFIG.values(), "fastapi-dev");
    var file =
        Systems.bundle(settings.stack(), (Record) settings.system()).files().get("settings.json");
    var service = Json.object(new String(file, StandardCharsets.UTF_8)).get("service");

    assertThat((Map<?, ?>) service)
        .isEqualTo(
            Json.object(
                """
                {
                  "app": "app.main:app",
                  "bucketVariables": {
                    "artifacts": "ARTIFACTS_BUCKET",
                    "content": "CONTENT_BUCKET",
                    "logs": "LOGS_BUCKET"
                  },
                  "checks": {
                    "gemini": {
                      "header": "x-goog-api-key: {key}",
                      "secret": "gemini",
                      "url": "https://generativelanguage.googleapis.com/v1beta/models"
                    },
                    "tavily": {
                      "header": "Authorization: Bearer {key}",
                      "secret": "tavily",
                      "url": "https://api.tavily.com/usage"
                    }
                  },
                  "databaseUrl": "DATABASE_URL",
                  "deployKey": null,
                  "environment": {"LOG_LEVEL": "info"},
                  "folder": ".",
                  "health": "/health",
                  "healthSeconds": 60,
                  "index": null,
                  "memoryMiB": 700,
                  "migrate": ["alembic", "upgrade", "head"],
                  "port": 8000,
                  "repository": "https://github.com/example/location-content",
                  "requestSeconds": 30,
                  "secrets": {"GEMINI_API_KEY": "gemini", "TAVILY_API_KEY": "tavily"},
                  "token": null,
                  "workers": 2
                }
                """));
  }

  @ParameterizedTest
  @CsvSource({
    "fastapi-prod, true, 64.80",
    "fastapi-prod, false, 40.67",
    "fastapi-dev, false, 40.67"
  })
  void costsWhatItsPageSays(String stack, boolean alb, String month) throws IOException {
    var config = StackConfig.file(stack).with("slipway:alb", alb);

    assertThat(
            Plan.of("slipway", stack, config.values(), Main::stack).cost().total().toPlainString())
        .isEqualTo(month);
    assertThat(Files.readString(Path.of("docs/systems/fastapi.md"))).contains(month);
  }
}
