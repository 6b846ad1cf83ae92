package dev.slipway.system;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import com.pulumi.exceptions.RunException;
import dev.slipway.Main;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The document's scenarios that the two stacks answer, by its names. */
class AdminPanelTest {
  private static final StackConfig CONFIG = StackConfig.file("admin-qa");
  private static final FakeStack QA = FakeCloud.stack("admin-qa", CONFIG);
  private static final FakeStack PROD =
      FakeCloud.stack("admin-prod", StackConfig.file("admin-prod"));
  private static final FakeStack FOUNDATION =
      FakeCloud.stack("foundation", StackConfig.file("foundation"));

  private static final String DATABASE = "aws:rds/instance:Instance";
  private static final String CACHE = "aws:elasticache/replicationGroup:ReplicationGroup";
  private static final String TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
  private static final String GROUP = "aws:autoscaling/group:Group";
  private static final String BALANCER = "aws:lb/loadBalancer:LoadBalancer";
  private static final String SUBNET = "aws:ec2/subnet:Subnet";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

  private static Object id(FakeResource resource) {
    return resource.output("id");
  }

  private static List<FakeResource> subnets(FakeStack stack, String kind) {
    return stack.all(SUBNET).stream()
        .filter(subnet -> subnet.name().contains("-" + kind + "-"))
        .toList();
  }

  private static List<Object> ids(List<FakeResource> resources) {
    return resources.stream().map(AdminPanelTest::id).toList();
  }

  @Nested
  @DisplayName("Multi-Environment Support")
  class Environments {
    @Test
    @DisplayName("Provision QA environment")
    void qa() {
      assertThat(QA.only(TEMPLATE).text("instanceType")).isEqualTo("t3.small");
      assertThat(QA.only(DATABASE).text("instanceClass")).isEqualTo("db.t3.micro");
      assertThat(QA.only(DATABASE).input("multiAz")).isEqualTo(false);
      assertThat(QA.only(GROUP).input("minSize")).isEqualTo(1L);
      assertThat(QA.only(CACHE).input("automaticFailoverEnabled")).isEqualTo(false);
      assertThat(QA.only(DATABASE).tags()).containsEntry("Environment", "qa");
    }

    @Test
    @DisplayName("Provision Production environment")
    void production() {
      assertThat(PROD.only(TEMPLATE).text("instanceType")).isEqualTo("t3.medium");
      assertThat(PROD.only(DATABASE).text("instanceClass")).isEqualTo("db.t3.small");
      assertThat(PROD.only(DATABASE).input("multiAz")).isEqualTo(true);
      assertThat(PROD.only(GROUP).input("minSize")).isEqualTo(2L);
      assertThat(PROD.only(CACHE).input("automaticFailoverEnabled")).isEqualTo(true);
      assertThat(PROD.only(DATABASE).tags()).containsEntry("Environment", "prod");
    }
  }

  @Nested
  @DisplayName("Network Infrastructure")
  class NetworkInfrastructure {
    @Test
    @DisplayName("Create VPC with subnets")
    void vpc() {
      var vpc = QA.only("aws:ec2/vpc:Vpc");
      assertThat(vpc.text("cidrBlock")).isEqualTo("10.30.0.0/16");
      for (var kind : List.of("public", "private")) {
        assertThat(subnets(QA, kind))
            .extracting(subnet -> subnet.text("availabilityZone"))
            .containsExactlyInAnyOrder("us-east-1a", "us-east-1b");
      }
      assertThat(QA.only("aws:ec2/internetGateway:InternetGateway").input("vpcId"))
          .isEqualTo(id(vpc));
      assertThat(QA.all("aws:ec2/natGateway:NatGateway")).hasSize(1);
      assertThat(PROD.all("aws:ec2/natGateway:NatGateway")).hasSize(2);
    }

    @Test
    @DisplayName("Configure route tables")
    void routes() {
      var gateway = id(QA.only("aws:ec2/internetGateway:InternetGateway"));
      var nat = id(QA.only("aws:ec2/natGateway:NatGateway"));
      var associations = QA.all("aws:ec2/routeTableAssociation:RouteTableAssociation");

      assertThat(associations).hasSize(4);
      for (var subnet : QA.all(SUBNET)) {
        var table =
            associations.stream()
                .filter(each -> id(subnet).equals(each.input("subnetId")))
                .findFirst()
                .orElseThrow()
                .input("routeTableId");
        var route =
            QA.all("aws:ec2/route:Route").stream()
                .filter(each -> table.equals(each.input("routeTableId")))
                .findFirst()
                .orElseThrow();
        assertThat(route.text("destinationCidrBlock")).isEqualTo("0.0.0.0/0");
        boolean isPublic = subnet.name().contains("-public-");
        assertThat(route.input(isPublic ? "gatewayId" : "natGatewayId"))
            .as(subnet.name())
            .isEqualTo(isPublic ? gateway : nat);
      }
    }
  }

  @Nested
  @DisplayName("Database Infrastructure")
  class Database {
    @Test
    @DisplayName("Create RDS instance")
    void instance() {
      var database = QA.only(DATABASE);
      assertThat(database.text("engine")).isEqualTo("postgres");
      assertThat(database.text("engineVersion")).isEqualTo("15");
      assertThat(database.input("publiclyAccessible")).isEqualTo(false);
      assertThat(QA.only("aws:rds/subnetGroup:SubnetGroup").input("subnetIds"))
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "private")));
      assertThat(QA.ingressTo("database")).containsExactly(tcp(5432).from("hosts"));
      assertThat(database.input("backupRetentionPeriod")).isEqualTo(7L);
      assertThat(PROD.only(DATABASE).input("backupRetentionPeriod")).isEqualTo(14L);
    }

    @Test
    @DisplayName("Configure database parameters")
    void parameters() {
      var names = new TreeSet<String>();
      var given = (List<?>) QA.only("aws:rds/parameterGroup:ParameterGroup").input("parameters");
      given.forEach(each -> names.add(String.valueOf(((Map<?, ?>) each).get("name"))));
      assertThat(names).contains("max_connections", "rds.force_ssl");
      assertThat(QA.only(DATABASE).text("maintenanceWindow")).isEqualTo("sun:04:30-sun:05:30");
    }

    @Test
    void refusesMoreConnectionsThanItTakes() {
      assertThatThrownBy(
              () ->
                  Main.settings(
                      CONFIG.with("slipway:database.connectionLimit", 100).values(), "admin-qa"))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("database.connectionLimit: 100 is too many");
    }
  }

  @Nested
  @DisplayName("Compute Infrastructure")
  class Compute {
    @Test
    @DisplayName("Create EC2 instances")
    void instances() {
      assertThat(PROD.only(GROUP).input("vpcZoneIdentifiers"))
          .as("private subnets: docs/admin-panel.md says why the document's public ones gave way")
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(PROD, "private")));
      assertThat(QA.only("aws:iam/rolePolicy:RolePolicy", "host-pull-image").text("policy"))
          .contains(
              "ecr:BatchGetImage",
              "arn:aws:ecr:us-east-1:111122223333:repository/admin-api",
              "arn:aws:ecr:us-east-1:111122223333:repository/admin-web");
    }

    @Test
    @DisplayName("Configure user data")
    void userData() {
      var script =
          new String(
              java.util.Base64.getDecoder().decode(QA.only(TEMPLATE).text("userData")),
              java.nio.charset.StandardCharsets.UTF_8);
      assertThat(script).contains("/slipway/admin-qa/host");
      assertThat(script.length()).as("what is installed is the bundle's business").isLessThan(8000);
    }
  }

  @Nested
  @DisplayName("Container Registry")
  class Registry {
    @Test
    @DisplayName("Create ECR repositories")
    void repositories() {
      for (var app : List.of("admin-api", "admin-web")) {
        var repository =
            FOUNDATION.only("aws:ecr/repository:Repository", "app-" + app + "-registry-repository");
        assertThat(repository.text("name")).isEqualTo(app);
        assertThat(repository.text("imageTagMutability")).isEqualTo("IMMUTABLE");
        assertThat(repository.input("imageScanningConfiguration.scanOnPush")).isEqualTo(true);
        assertThat(
                FOUNDATION
                    .only(
                        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
                        "app-" + app + "-registry-lifecycle")
                    .text("policy"))
            .contains("\"sinceImagePushed\"", "\"countNumber\":7", "\"countNumber\":10");
        assertThat(
                FOUNDATION
                    .policiesOf("build-" + app)
                    .evaluate(
                        Request.of(
                            FOUNDATION.arnOf("build-" + app),
                            "ecr:PutImage",
                            "arn:aws:ecr:us-east-1:123456789012:repository/" + app))
                    .allowed())
            .isTrue();
      }
    }
  }

  @Nested
  @DisplayName("Load Balancing")
  class LoadBalancing {
    @Test
    @DisplayName("Create Application Load Balancer")
    void balancer() {
      var balancer = QA.only(BALANCER);
      assertThat(balancer.input("internal")).isEqualTo(false);
      assertThat(balancer.input("subnets"))
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "public")));
      assertThat(QA.all("aws:lb/targetGroup:TargetGroup"))
          .extracting(group -> group.input("port") + " " + group.input("healthCheck.path"))
          .containsExactlyInAnyOrder("8001 /health", "8002 /");
      assertThat(QA.all("aws:lb/listener:Listener"))
          .extracting(listener -> listener.input("port"))
          .containsExactlyInAnyOrder(80L, 443L);
    }

    @Test
    @DisplayName("Configure HTTPS")
    void https() {
      var given = "arn:aws:acm:us-east-1:123456789012:certificate/1a2b3c4d";
      var stack = FakeCloud.stack("admin-qa", CONFIG.with("slipway:domain.certificate", given));
      var https = stack.only("aws:lb/listener:Listener", "balancer-https");
      assertThat(https.text("certificateArn")).isEqualTo(given);
      assertThat(https.text("sslPolicy")).startsWith("ELBSecurityPolicy-TLS13-1-2-");
      assertThat(stack.all("aws:acm/certificate:Certificate")).isEmpty();
      assertThat(
              stack
                  .only("aws:lb/listener:Listener", "balancer-http")
                  .input("defaultActions[0].redirect.protocol"))
          .isEqualTo("HTTPS");
    }
  }

  @Nested
  @DisplayName("DNS Management")
  class Dns {
    private void pointsAtTheBalancer(FakeStack stack, String name) {
      var alias =
          stack.all("aws:route53/record:Record").stream()
              .filter(record -> "A".equals(record.input("type")))
              .toList();
      assertThat(alias)
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.text("name")).isEqualTo(name);
                assertThat(record.input("aliases[0].name"))
                    .isEqualTo(stack.only(BALANCER).output("dnsName"));
              });
      assertThat(stack.all("aws:route53/record:Record"))
          .filteredOn(record -> !"A".equals(record.input("type")))
          .allSatisfy(record -> assertThat(record.input("ttl")).isEqualTo(300L));
    }

    @Test
    @DisplayName("Create DNS records for QA")
    void qa() {
      pointsAtTheBalancer(QA, "qa.example.com");
    }

    @Test
    @DisplayName("Create DNS records for Production")
    void production() {
      pointsAtTheBalancer(PROD, "prod.example.com");
    }
  }

  @Nested
  @DisplayName("Caching Layer")
  class Cache {
    @Test
    @DisplayName("Create Redis cluster")
    void cluster() {
      assertThat(QA.only("aws:elasticache/subnetGroup:SubnetGroup").input("subnetIds"))
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "private")));
      assertThat(QA.ingressTo("cache")).containsExactly(tcp(6379).from("hosts"));
      assertThatThrownBy(
              () ->
                  Main.settings(
                      CONFIG.with("slipway:cache.persistence", "aof").values(), "admin-qa"))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("cache.persistence")
          .hasMessageContaining("durable");
    }

    @Test
    @DisplayName("Configure Redis parameters")
    void parameters() {
      assertThat(
              String.valueOf(
                  QA.only("aws:elasticache/parameterGroup:ParameterGroup").input("parameters")))
          .contains("maxmemory-policy", "allkeys-lru");
      assertThat(PROD.only(CACHE).input("multiAzEnabled")).isEqualTo(true);
      assertThat(PROD.only(CACHE).input("snapshotRetentionLimit")).isNotEqualTo(0L);
    }
  }

  @Nested
  @DisplayName("Secrets Management")
  class Secrets {
    @Test
    @DisplayName("Store application secrets")
    void store() {
      var key = QA.only("aws:kms/key:Key", "secrets-key").output("arn");
      assertThat(QA.all("aws:secretsmanager/secret:Secret"))
          .hasSize(4)
          .allSatisfy(secret -> assertThat(secret.input("kmsKeyId")).isEqualTo(key));
      assertThat(QA.all("aws:secretsmanager/secretVersion:SecretVersion")).isEmpty();
      var readers =
          QA.all("aws:iam/role:Role").stream()
              .filter(
                  role ->
                      QA.policiesOf(role.parent())
                          .evaluate(
                              Request.of(
                                  String.valueOf(role.output("arn")),
                                  "secretsmanager:GetSecretValue",
                                  String.valueOf(
                                      QA.only("aws:secretsmanager/secret:Secret", "secrets-jwt")
                                          .output("arn"))))
                          .allowed())
              .toList();
      assertThat(readers)
          .singleElement()
          .extracting(FakeResource::parent)
          .asString()
          .contains("host");
    }
  }

  @Nested
  @DisplayName("Monitoring and Logging")
  class Watching {
    @Test
    @DisplayName("Collect application logs")
    void logs() {
      for (var app : List.of("api", "web")) {
        assertThat(
                QA.only("aws:cloudwatch/logGroup:LogGroup", "log-" + app).input("retentionInDays"))
            .isEqualTo(30L);
        assertThat(
                PROD.only("aws:cloudwatch/logGroup:LogGroup", "log-" + app)
                    .input("retentionInDays"))
            .isEqualTo(90L);
      }
      assertThat(QA.all("aws:cloudwatch/queryDefinition:QueryDefinition")).isNotEmpty();
    }

    @Test
    @DisplayName("Monitor infrastructure metrics")
    void metrics() {
      assertThat(PROD.all(ALARM))
          .extracting(alarm -> alarm.input("metricName"))
          .filteredOn(Objects::nonNull)
          .contains(
              "CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "TargetResponseTime");
      var topic = PROD.only("aws:sns/topic:Topic").output("arn");
      assertThat(PROD.all(ALARM))
          .allSatisfy(alarm -> assertThat(alarm.input("alarmActions")).isEqualTo(List.of(topic)));
      assertThat(PROD.all("aws:cloudwatch/dashboard:Dashboard")).hasSize(1);
    }

    @Test
    @DisplayName("Store ALB access logs")
    void accessLogs() {
      assertThat(QA.only(BALANCER).input("accessLogs.enabled")).isEqualTo(true);
      assertThat(
              QA.only(
                      "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
                      "balancer-log-lifecycle")
                  .input("rules")
                  .toString())
          .contains("days=90", "GLACIER");
    }
  }

  @Nested
  @DisplayName("Security Groups")
  class SecurityGroups {
    @Test
    @DisplayName("Configure EC2 security groups")
    void hosts() {
      assertThat(QA.ingressTo("hosts"))
          .containsExactlyInAnyOrder(tcp(8001).from("balancer"), tcp(8002).from("balancer"));
      assertThat(QA.egressFrom("hosts")).containsExactly(all().to("0.0.0.0/0"));
      assertThat(
              FakeCloud.stack(
                      "admin-qa", CONFIG.with("slipway:hosts.sshFrom", List.of("192.0.2.0/24")))
                  .ingressTo("hosts"))
          .contains(tcp(22).from("192.0.2.0/24"));
    }

    @Test
    @DisplayName("Configure RDS security groups")
    void database() {
      assertThat(PROD.ingressTo("database")).containsExactly(tcp(5432).from("hosts"));
      assertThat(PROD.egressFrom("database")).isEmpty();
    }

    @Test
    @DisplayName("Configure Redis security groups")
    void cache() {
      assertThat(PROD.ingressTo("cache")).containsExactly(tcp(6379).from("hosts"));
      assertThat(PROD.egressFrom("cache")).isEmpty();
    }
  }

  @Nested
  @DisplayName("Tagging Strategy")
  class Tagging {
    @Test
    @DisplayName("Tag resources")
    void tags() {
      for (var stack : List.of(QA, PROD)) {
        var environment = stack == QA ? "qa" : "prod";
        assertThat(stack.all().stream().filter(FakeResource::isTaggable).toList())
            .isNotEmpty()
            .allSatisfy(
                resource ->
                    assertThat(resource.tags())
                        .as(resource.name())
                        .containsEntry("Project", "milky-way-admin-panel")
                        .containsEntry("Environment", environment)
                        .containsEntry("ManagedBy", "pulumi"));
      }
    }
  }

  // --- settings

  private static void assertProblem(StackConfig config, String line) {
    assertThatThrownBy(() -> Main.settings(config.values(), "admin-qa"))
        .isInstanceOf(RunException.class)
        .hasMessageContaining(line);
  }

  @Test
  void refusesApplicationsThatGetInEachOthersWay() {
    assertProblem(
        CONFIG.with("slipway:apps.web.hostPort", 8001), "is api's already; each needs its own");
    assertProblem(
        CONFIG.with("slipway:apps.api.paths", List.of()),
        "apps: api and web have neither hosts nor paths");
    assertProblem(
        CONFIG.with("slipway:apps.api.digest", "sha256:" + "a".repeat(64)),
        "apps.web.digest: is missing, and others have one");
    assertProblem(
        CONFIG.with("slipway:apps.api.healthSeconds", 2),
        "apps.api.healthSeconds: 2 is not from 5 to 1800");
  }

  @Test
  void refusesSecretsThatNobodyKeepsAndThoseInPlainText() {
    assertProblem(
        CONFIG.with("slipway:apps.api.secrets.JWT_SECRET", "jwtt"),
        "\"jwtt\" is none of slipway:secrets; did you mean \"jwt\"?");
    assertProblem(
        CONFIG.with("slipway:apps.api.environment.API_TOKEN", "x"), "looks like a secret");
  }

  @Test
  void refusesAMigrationWithoutADatabase() {
    assertProblem(
        CONFIG.without("slipway:apps.api.databaseUrl"), "is missing, and migrate needs it");
  }
}
