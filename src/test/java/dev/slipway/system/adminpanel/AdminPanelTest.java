package dev.slipway.system.adminpanel;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.pulumi.exceptions.RunException;
import dev.slipway.Main;
import dev.slipway.apps.AppsSettings;
import dev.slipway.host.HostBundle;
import dev.slipway.system.Systems;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The document's scenarios that the two stacks answer, by its names: each of their lines that the
 * program decides. Of the others docs/admin-panel.md says which test has them.
 */
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
  private static final String NAT = "aws:ec2/natGateway:NatGateway";
  private static final String SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup";
  private static final String SECRET = "aws:secretsmanager/secret:Secret";
  private static final String RECORD = "aws:route53/record:Record";

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

  private static Object group(FakeStack stack, String role) {
    return id(stack.only(SECURITY_GROUP, role + "-group"));
  }

  private static boolean may(FakeStack stack, String role, String action, Object resource) {
    return stack
        .policiesOf(role)
        .evaluate(Request.of(stack.arnOf(role), action, String.valueOf(resource)))
        .allowed();
  }

  /** What a parameter group sets. */
  private static Map<String, String> parametersOf(FakeResource group) {
    var values = new TreeMap<String, String>();
    for (var each : (List<?>) group.input("parameters")) {
      var parameter = (Map<?, ?>) each;
      values.put(String.valueOf(parameter.get("name")), String.valueOf(parameter.get("value")));
    }
    return values;
  }

  /** What the scripts on QA's hosts read of its settings. */
  private static JsonObject settings(StackConfig config) {
    var text = new String(bundle(config).files().get("settings.json"), StandardCharsets.UTF_8);
    return JsonParser.parseString(text).getAsJsonObject();
  }

  private static HostBundle bundle(StackConfig config) {
    var settings = Main.settings(config.values(), "admin-qa");
    return Systems.bundle(settings.stack(), (Record) settings.system());
  }

  private static JsonElement settings(String path) {
    return at(settings(CONFIG), path);
  }

  private static JsonElement at(JsonObject json, String path) {
    JsonElement found = json;
    for (var step : path.split("\\.")) {
      found = found.getAsJsonObject().get(step);
    }
    return found;
  }

  private static List<FakeResource> taggable(FakeStack stack) {
    return stack.all().stream().filter(FakeResource::isTaggable).toList();
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
      assertThat(taggable(QA))
          .isNotEmpty()
          .allSatisfy(each -> assertThat(each.tags()).containsEntry("Environment", "qa"));
      assertThat(QA.only(GROUP).input("maxSize")).isEqualTo(1L);
      assertThat(QA.all(NAT)).hasSize(1);
      assertThat(QA.only(CACHE).input("numCacheClusters")).isEqualTo(1L);
      assertThat(QA.only(CACHE).input("multiAzEnabled")).isEqualTo(false);
    }

    @Test
    @DisplayName("Provision Production environment")
    void production() {
      assertThat(PROD.only(TEMPLATE).text("instanceType")).isEqualTo("t3.medium");
      assertThat(PROD.only(DATABASE).text("instanceClass")).isEqualTo("db.t3.small");
      assertThat(PROD.only(DATABASE).input("multiAz")).isEqualTo(true);
      assertThat(taggable(PROD))
          .isNotEmpty()
          .allSatisfy(each -> assertThat(each.tags()).containsEntry("Environment", "prod"));
      assertThat(PROD.only(GROUP).input("minSize")).isEqualTo(2L);
      assertThat((List<?>) PROD.only(GROUP).input("vpcZoneIdentifiers")).hasSize(2);
      assertThat(PROD.all(NAT)).hasSize(2);
      assertThat(PROD.only(CACHE).input("numCacheClusters")).isEqualTo(2L);
      assertThat(PROD.only(CACHE).input("multiAzEnabled")).isEqualTo(true);
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
      assertThat(
              FakeCloud.stack("admin-qa", CONFIG.with("slipway:network.cidr", "10.44.0.0/20"))
                  .only("aws:ec2/vpc:Vpc")
                  .text("cidrBlock"))
          .isEqualTo("10.44.0.0/20");
      for (var kind : List.of("public", "private")) {
        assertThat(subnets(QA, kind))
            .allSatisfy(subnet -> assertThat(subnet.input("vpcId")).isEqualTo(id(vpc)))
            .extracting(subnet -> subnet.text("availabilityZone"))
            .containsExactlyInAnyOrder("us-east-1a", "us-east-1b");
      }
      assertThat(QA.only("aws:ec2/internetGateway:InternetGateway").input("vpcId"))
          .isEqualTo(id(vpc));
      for (var stack : List.of(QA, PROD)) {
        assertThat(stack.all(NAT))
            .isNotEmpty()
            .allSatisfy(
                nat -> assertThat(ids(subnets(stack, "public"))).contains(nat.input("subnetId")));
      }
    }

    @Test
    @DisplayName("Configure route tables")
    void routes() {
      var gateway = id(QA.only("aws:ec2/internetGateway:InternetGateway"));
      var nat = id(QA.only(NAT));
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
      var placed = QA.only("aws:rds/subnetGroup:SubnetGroup");
      assertThat(database.input("dbSubnetGroupName")).isEqualTo(placed.output("name"));
      assertThat(placed.input("subnetIds"))
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "private")));
      assertThat(database.input("vpcSecurityGroupIds")).isEqualTo(List.of(group(QA, "database")));
      assertThat(QA.ingressTo("database")).containsExactly(tcp(5432).from("hosts"));
      assertThat(database.input("backupRetentionPeriod")).isEqualTo(7L);
      assertThat(PROD.only(DATABASE).input("backupRetentionPeriod")).isEqualTo(14L);
    }

    @Test
    @DisplayName("Configure database parameters")
    void parameters() {
      var group = QA.only("aws:rds/parameterGroup:ParameterGroup");
      assertThat(QA.only(DATABASE).input("parameterGroupName")).isEqualTo(group.output("name"));
      assertThat(group.text("family")).isEqualTo("postgres15");
      assertThat(parametersOf(group))
          .containsEntry("max_connections", "80")
          .containsEntry("idle_in_transaction_session_timeout", "300000")
          .containsEntry("rds.force_ssl", "1")
          .containsEntry("log_min_duration_statement", "1000")
          .containsEntry("log_lock_waits", "1")
          .containsEntry("log_statement", "ddl");
      assertThat(parametersOf(PROD.only("aws:rds/parameterGroup:ParameterGroup")))
          .as("of an instance with twice the memory")
          .containsEntry("max_connections", "160");
      assertThat(settings("database.connectionLimit").getAsInt())
          .as("what the pool of a container opens at most")
          .isEqualTo(5);

      assertThat(QA.only(DATABASE).text("maintenanceWindow")).isEqualTo("sun:04:30-sun:05:30");
      assertThat(QA.only(DATABASE).text("backupWindow"))
          .as("not at the same time")
          .isEqualTo("03:00-04:00");
      assertThat(QA.only(DATABASE).input("applyImmediately"))
          .as("what restarts it waits for the window")
          .isEqualTo(false);
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
      var template = QA.only(TEMPLATE);
      var machines = QA.only(GROUP);
      assertThat(template.text("instanceType")).isEqualTo("t3.small");
      assertThat(machines.input("launchTemplate.id")).isEqualTo(id(template));
      assertThat(machines.input("vpcZoneIdentifiers"))
          .as("private subnets: docs/admin-panel.md says why the document's public ones gave way")
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "private")));
      assertThat(template.input("networkInterfaces[0].securityGroups"))
          .isEqualTo(List.of(group(QA, "hosts")));
      assertThat(QA.ingressTo("balancer"))
          .as("80 and 443 are the balancer's; 22 is for who is named, which nobody is")
          .containsExactlyInAnyOrder(tcp(80).from("0.0.0.0/0"), tcp(443).from("0.0.0.0/0"));
      assertThat(QA.ingressTo("hosts"))
          .containsExactlyInAnyOrder(tcp(8001).from("balancer"), tcp(8002).from("balancer"));

      var profile = QA.only("aws:iam/instanceProfile:InstanceProfile");
      assertThat(template.input("iamInstanceProfile.arn")).isEqualTo(profile.output("arn"));
      assertThat(QA.arnOf("host")).endsWith("/" + profile.input("role"));
      pullsFromEcr();
    }

    private void pullsFromEcr() {
      var registry = FakeCloud.ACCOUNT + ".dkr.ecr.us-east-1.amazonaws.com/";
      var stack =
          FakeCloud.stack(
              "admin-qa",
              CONFIG
                  .with("slipway:apps.api.image", registry + "admin-api")
                  .with("slipway:apps.web.image", registry + "admin-web"));
      assertThat(may(stack, "host", "ecr:GetAuthorizationToken", "*")).isTrue();
      for (var repository : FOUNDATION.all("aws:ecr/repository:Repository")) {
        for (var action : List.of("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")) {
          assertThat(may(stack, "host", action, repository.output("arn")))
              .as(action + " of " + repository.text("name"))
              .isEqualTo(List.of("admin-api", "admin-web").contains(repository.text("name")));
        }
      }
    }

    /** By a script of the bundle: a fresh machine is PackagesTest's, secrets AppsRuntimeTest's. */
    @Test
    @DisplayName("Configure user data")
    void userData() {
      var text =
          new String(
              Base64.getDecoder().decode(QA.only(TEMPLATE).text("userData")),
              StandardCharsets.UTF_8);
      assertThat(text)
          .contains("SLIPWAY_POINTER=/slipway/admin-qa/host\n")
          .endsWith("exec /opt/slipway/bootstrap.sh\n");

      var pointer = QA.only("aws:ssm/parameter:Parameter", "pointer");
      var links = JsonParser.parseString(pointer.text("value")).getAsJsonObject();
      var bundle = bundle(CONFIG);
      assertThat(pointer.text("name")).isEqualTo("/slipway/admin-qa/host");
      assertThat(at(links, "bundle.sha256").getAsString()).isEqualTo(bundle.sha256());
      var published = QA.only("aws:s3/bucketObjectv2:BucketObjectv2");
      assertThat(published.text("key")).isEqualTo(at(links, "bundle.key").getAsString());
      assertThat(published.text("contentBase64"))
          .isEqualTo(Base64.getEncoder().encodeToString(bundle.archive()));

      assertThat(settings("runtime").getAsString()).isEqualTo("apps");
      assertThat(settings("apps.api.secrets").getAsJsonObject().asMap().keySet())
          .as("variables that are filled from Secrets Manager")
          .containsExactly("JWT_SECRET", "OAUTH_CLIENT_SECRET");
      assertThat(settings("apps.api.databaseUrl").getAsString()).isEqualTo("DATABASE_URL");
      assertThat(settings("apps.api.cacheUrl").getAsString()).isEqualTo("REDIS_URL");
      for (var name : List.of("database", "cache", "jwt", "oauth")) {
        var secret = QA.only(SECRET, "secrets-" + name).output("arn");
        assertThat(
                links.get("secretPrefix").getAsString() + links.get("secret." + name).getAsString())
            .isEqualTo(secret);
        assertThat(may(QA, "host", "secretsmanager:GetSecretValue", secret)).as(name).isTrue();
      }
      var plain = settings(CONFIG.with("slipway:apps.api.environment.LOG_LEVEL", "debug"));
      assertThat(at(plain, "apps.api.environment.LOG_LEVEL").getAsString()).isEqualTo("debug");
    }
  }

  @Nested
  @DisplayName("Container Registry")
  class Registry {
    @Test
    @DisplayName("Create ECR repositories")
    void repositories() {
      for (var app : List.of("admin-api", "admin-web")) {
        var part = "app-" + app + "-registry-";
        var repository = FOUNDATION.only("aws:ecr/repository:Repository", part + "repository");
        assertThat(repository.text("name")).isEqualTo(app);
        assertThat(repository.text("imageTagMutability")).isEqualTo("IMMUTABLE");
        assertThat(repository.input("imageScanningConfiguration.scanOnPush")).isEqualTo(true);

        var lifecycle =
            FOUNDATION.only("aws:ecr/lifecyclePolicy:LifecyclePolicy", part + "lifecycle");
        assertThat(lifecycle.input("repository")).isEqualTo(repository.output("name"));
        assertThat(expiring(lifecycle))
            .as("what carries a tag of hosts' stays: it was released")
            .containsExactly(
                "tagged kept-* imageCountMoreThan 1000",
                "untagged sinceImagePushed 7 days",
                "tagged * imageCountMoreThan 10");

        pushed(
            FOUNDATION.only("aws:ecr/repositoryPolicy:RepositoryPolicy", part + "policy"),
            repository,
            app);
      }
    }

    private List<String> expiring(FakeResource lifecycle) {
      var rules = new TreeMap<Integer, String>();
      for (var each :
          JsonParser.parseString(lifecycle.text("policy"))
              .getAsJsonObject()
              .getAsJsonArray("rules")) {
        var rule = each.getAsJsonObject();
        var what = rule.getAsJsonObject("selection");
        assertThat(at(rule, "action.type").getAsString()).isEqualTo("expire");
        rules.put(
            rule.get("rulePriority").getAsInt(),
            what.get("tagStatus").getAsString()
                + (what.has("tagPatternList")
                    ? " " + what.getAsJsonArray("tagPatternList").get(0).getAsString()
                    : "")
                + " "
                + what.get("countType").getAsString()
                + " "
                + what.get("countNumber").getAsInt()
                + (what.has("countUnit") ? " " + what.get("countUnit").getAsString() : ""));
      }
      return List.copyOf(rules.values());
    }

    /** By the workflow's role alone, whatever the rights of others say. */
    private void pushed(FakeResource policy, FakeResource repository, String app) {
      assertThat(policy.input("repository")).isEqualTo(repository.output("name"));
      var role = "build-" + app;
      assertThat(FOUNDATION.trustOf(role))
          .contains(
              "token.actions.githubusercontent.com",
              "\"repo:my-company/admin-panel:environment:qa\"");
      var arn = String.valueOf(repository.output("arn"));
      var everything =
          new PolicyEvaluator(
              List.of(
                  "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\","
                      + " \"Action\": \"*\", \"Resource\": \"*\"}}"));
      var strangers = new TreeSet<String>();
      FOUNDATION
          .all("aws:iam/role:Role")
          .forEach(each -> strangers.add(String.valueOf(each.output("arn"))));
      strangers.add("arn:aws:iam::123456789012:user/administrator");
      assertThat(strangers.remove(FOUNDATION.arnOf(role))).isTrue();
      for (var action : List.of("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage")) {
        assertThat(
                FOUNDATION
                    .policiesOf(role)
                    .at(policy.text("policy"))
                    .evaluate(Request.of(FOUNDATION.arnOf(role), action, arn))
                    .allowed())
            .as(action)
            .isTrue();
        for (var stranger : strangers) {
          assertThat(
                  everything
                      .at(policy.text("policy"))
                      .evaluate(Request.of(stranger, action, arn))
                      .allowed())
              .as(stranger + " " + action)
              .isFalse();
        }
      }
      assertThat(
              everything
                  .at(policy.text("policy"))
                  .evaluate(
                      Request.of(
                          "arn:aws:iam::123456789012:role/slipway/admin-qa/admin-panel-identity-host-role-1234567",
                          "ecr:UploadLayerPart",
                          arn))
                  .allowed())
          .as("a host, which may put a tag on what is there")
          .isFalse();
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
      assertThat(balancer.text("loadBalancerType")).isEqualTo("application");
      assertThat(QA.all("aws:lb/targetGroup:TargetGroup"))
          .allSatisfy(group -> assertThat(group.input("healthCheck.enabled")).isEqualTo(true))
          .extracting(group -> group.input("port") + " " + group.input("healthCheck.path"))
          .containsExactlyInAnyOrder("8001 /health", "8002 /");
      assertThat(QA.all("aws:autoscaling/attachment:Attachment"))
          .as("who is asked for each")
          .allSatisfy(
              each ->
                  assertThat(each.input("autoscalingGroupName"))
                      .isEqualTo(QA.only(GROUP).output("name")))
          .extracting(each -> each.input("lbTargetGroupArn"))
          .containsExactlyInAnyOrderElementsOf(
              QA.all("aws:lb/targetGroup:TargetGroup").stream()
                  .map(group -> group.output("arn"))
                  .toList());
      assertThat(QA.all("aws:lb/listener:Listener"))
          .allSatisfy(
              listener ->
                  assertThat(listener.input("loadBalancerArn")).isEqualTo(balancer.output("arn")))
          .extracting(listener -> listener.input("protocol") + " " + listener.input("port"))
          .containsExactlyInAnyOrder("HTTP 80", "HTTPS 443");
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
      var http = stack.only("aws:lb/listener:Listener", "balancer-http");
      assertThat(http.input("defaultActions[0].type")).isEqualTo("redirect");
      assertThat(http.input("defaultActions[0].redirect"))
          .isEqualTo(Map.of("protocol", "HTTPS", "port", "443", "statusCode", "HTTP_301"));
    }
  }

  @Nested
  @DisplayName("DNS Management")
  class Dns {
    private void pointsAtTheBalancer(FakeStack stack, String name) {
      var alias =
          stack.all(RECORD).stream().filter(record -> "A".equals(record.input("type"))).toList();
      assertThat(alias)
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.text("name")).isEqualTo(name);
                assertThat(record.text("zoneId")).isEqualTo("Z0123456789EXAMPLE");
                assertThat(record.input("ttl")).as("the balancer's own").isNull();
                assertThat(record.input("aliases[0].name"))
                    .isEqualTo(stack.only(BALANCER).output("dnsName"));
              });
      assertThat(stack.all(RECORD))
          .filteredOn(record -> !"A".equals(record.input("type")))
          .isNotEmpty()
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
      pointsAtTheBalancer(
          FakeCloud.stack(
              "admin-prod",
              StackConfig.file("admin-prod").with("slipway:domain.name", "example.com")),
          "example.com");
    }
  }

  @Nested
  @DisplayName("Caching Layer")
  class Cache {
    @Test
    @DisplayName("Create Redis cluster")
    void cluster() {
      var cluster = QA.only(CACHE);
      assertThat(cluster.text("engine")).isEqualTo("redis");
      var placed = QA.only("aws:elasticache/subnetGroup:SubnetGroup");
      assertThat(cluster.input("subnetGroupName")).isEqualTo(placed.output("name"));
      assertThat(placed.input("subnetIds"))
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(ids(subnets(QA, "private")));
      assertThat(cluster.input("securityGroupIds")).isEqualTo(List.of(group(QA, "cache")));
      assertThat(QA.ingressTo("cache")).containsExactly(tcp(6379).from("hosts"));
      assertThat(cluster.input("snapshotRetentionLimit"))
          .as("what is to be had of persistence instead, for days")
          .isEqualTo(7L);
      assertThatThrownBy(
              () ->
                  Main.settings(
                      CONFIG.with("slipway:cache.persistence", "aof").values(), "admin-qa"))
          .isInstanceOf(RunException.class)
          .hasMessageContaining("cache.persistence")
          .hasMessageContaining("no append-only file since Redis 2.8.22")
          .hasMessageContaining("durable, which is MemoryDB");
      assertThat(
              FakeCloud.stack(
                      "admin-qa",
                      CONFIG
                          .with("slipway:cache.persistence", "durable")
                          .with("slipway:cache.nodeType", "db.t4g.small"))
                  .all("aws:memorydb/cluster:Cluster"))
          .hasSize(1);
    }

    @Test
    @DisplayName("Configure Redis parameters")
    void parameters() {
      var group = QA.only("aws:elasticache/parameterGroup:ParameterGroup");
      assertThat(QA.only(CACHE).input("parameterGroupName")).isEqualTo(group.output("name"));
      assertThat(parametersOf(group)).containsExactly(Map.entry("maxmemory-policy", "allkeys-lru"));
      assertThat(PROD.only(CACHE).input("numCacheClusters")).isEqualTo(2L);
      assertThat(PROD.only(CACHE).input("automaticFailoverEnabled")).isEqualTo(true);
      assertThat(PROD.only(CACHE).input("multiAzEnabled")).isEqualTo(true);
    }
  }

  @Nested
  @DisplayName("Secrets Management")
  class Secrets {
    @Test
    @DisplayName("Store application secrets")
    void store() {
      for (var stack : List.of(QA, PROD)) {
        var environment = stack == QA ? "admin-qa" : "admin-prod";
        var key = stack.only("aws:kms/key:Key", "secrets-key");
        assertThat(key.input("enableKeyRotation")).isEqualTo(true);
        assertThat(stack.all(SECRET))
            .allSatisfy(
                secret -> {
                  assertThat(secret.input("kmsKeyId")).isEqualTo(key.output("arn"));
                  assertThat(readers(stack, secret.output("arn")))
                      .as("who reads " + secret.name())
                      .containsExactly(stack.arnOf("host"));
                })
            .extracting(secret -> secret.text("namePrefix"))
            .containsExactlyInAnyOrder(
                "slipway/" + environment + "/database-",
                "slipway/" + environment + "/cache-",
                "slipway/" + environment + "/jwt-",
                "slipway/" + environment + "/oauth-");
        assertThat(stack.all("aws:secretsmanager/secretVersion:SecretVersion"))
            .as("values, which would be in the state")
            .isEmpty();
        assertThat(readers(stack, stack.only(DATABASE).output("masterUserSecrets[0].secretArn")))
            .containsExactly(stack.arnOf("host"));
      }
    }

    /** The roles of the stack, and of the workflows that bring it up and release it, that may. */
    private List<String> readers(FakeStack stack, Object secret) {
      var all = new ArrayList<String>();
      for (var of : List.of(stack, FOUNDATION)) {
        for (var role : of.all("aws:iam/role:Role")) {
          var arn = String.valueOf(role.output("arn"));
          var read = Request.of(arn, "secretsmanager:GetSecretValue", String.valueOf(secret));
          if (of.policiesOf(role.parent()).evaluate(read).allowed()) {
            all.add(arn);
          }
        }
      }
      return all;
    }
  }

  @Nested
  @DisplayName("Monitoring and Logging")
  class Watching {
    @Test
    @DisplayName("Collect application logs")
    void logs() {
      for (var stack : List.of(QA, PROD)) {
        var environment = stack == QA ? "admin-qa" : "admin-prod";
        for (var app : List.of("api", "web")) {
          var log = stack.only("aws:cloudwatch/logGroup:LogGroup", "log-" + app);
          assertThat(log.text("name")).isEqualTo("/slipway/" + environment + "/" + app);
          assertThat(log.input("retentionInDays")).isEqualTo(stack == QA ? 30L : 90L);
          assertThat(
                  may(
                      stack,
                      "host",
                      "logs:PutLogEvents",
                      log.output("arn") + ":log-stream:host/" + app + "-blue"))
              .isTrue();
        }
        assertThat(stack.all("aws:cloudwatch/queryDefinition:QueryDefinition"))
            .isNotEmpty()
            .allSatisfy(
                query ->
                    assertThat(query.input("logGroupNames"))
                        .isEqualTo(
                            List.of(
                                "/slipway/" + environment + "/api",
                                "/slipway/" + environment + "/web")));
      }
      assertThat(settings("parameters.prefix").getAsString())
          .as("to which hosts add an application's name, for what its containers print")
          .isEqualTo("/slipway/admin-qa");
    }

    @Test
    @DisplayName("Monitor infrastructure metrics")
    void metrics() {
      for (var stack : List.of(QA, PROD)) {
        assertThat(stack.all(ALARM))
            .extracting(alarm -> alarm.input("namespace") + " " + alarm.input("metricName"))
            .contains(
                "AWS/EC2 CPUUtilization",
                "AWS/RDS CPUUtilization",
                "AWS/RDS DatabaseConnections",
                "AWS/RDS FreeStorageSpace",
                "AWS/ElastiCache DatabaseMemoryUsagePercentage",
                "AWS/ApplicationELB TargetResponseTime",
                "AWS/ApplicationELB HTTPCode_Target_5XX_Count",
                "AWS/ApplicationELB UnHealthyHostCount");
        var topic = stack.only("aws:sns/topic:Topic").output("arn");
        assertThat(stack.all(ALARM))
            .allSatisfy(alarm -> assertThat(alarm.input("alarmActions")).isEqualTo(List.of(topic)));
        var mail = stack.only("aws:sns/topicSubscription:TopicSubscription");
        assertThat(mail.input("topic")).isEqualTo(topic);
        assertThat(mail.input("endpoint")).isEqualTo("ops@example.com");
        assertThat(stack.only("aws:cloudwatch/dashboard:Dashboard").text("dashboardBody"))
            .contains("\"CPUUtilization\"", "\"DatabaseConnections\"", "\"TargetResponseTime\"");
      }
    }

    @Test
    @DisplayName("Store ALB access logs")
    void accessLogs() {
      var bucket = QA.only("aws:s3/bucketV2:BucketV2", "balancer-log-bucket").output("bucket");
      assertThat(QA.only(BALANCER).input("accessLogs"))
          .isEqualTo(Map.of("enabled", true, "bucket", bucket));

      var encryption =
          QA.only(
              "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
              "balancer-log-encryption");
      assertThat(encryption.input("bucket")).isEqualTo(bucket);
      assertThat(encryption.input("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
          .as("SSE-S3, all that the service takes")
          .isEqualTo("AES256");

      var lifecycle =
          QA.only(
              "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
              "balancer-log-lifecycle");
      assertThat(lifecycle.input("bucket")).isEqualTo(bucket);
      assertThat(lifecycle.input("rules[0].status")).isEqualTo("Enabled");
      assertThat(lifecycle.input("rules[0].transitions"))
          .isEqualTo(List.of(Map.of("days", 90L, "storageClass", "GLACIER_IR")));

      var policy = QA.only("aws:s3/bucketPolicy:BucketPolicy", "balancer-log-policy");
      var nobody = new PolicyEvaluator(List.of()).at(policy.text("policy"));
      // ELB tries the bucket before there is a load balancer to name as its source.
      for (var file : List.of("ELBAccessLogTestFile", "elasticloadbalancing/us-east-1/log.gz")) {
        assertThat(
                nobody.evaluate(delivery(String.valueOf(bucket), "123456789012", file)).allowed())
            .isTrue();
        assertThat(
                nobody.evaluate(delivery(String.valueOf(bucket), "210987654321", file)).allowed())
            .as("another account's")
            .isFalse();
      }
      assertThat(policy.text("policy")).doesNotContain("aws:SourceArn", "aws:SourceAccount");
    }

    private Request delivery(String bucket, String account, String file) {
      return Request.of(
          "logdelivery.elasticloadbalancing.amazonaws.com",
          "s3:PutObject",
          "arn:aws:s3:::%s/AWSLogs/%s/%s".formatted(bucket, account, file));
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
          .containsExactlyInAnyOrder(
              tcp(8001).from("balancer"), tcp(8002).from("balancer"), tcp(22).from("192.0.2.0/24"));
      assertProblem(CONFIG.with("slipway:hosts.sshFrom", List.of("0.0.0.0/0")), "hosts.sshFrom[0]");
      for (var stack : List.of(QA, PROD)) {
        assertThat(stack.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"))
            .filteredOn(rule -> rule.input("referencedSecurityGroupId") == null)
            .as("all that is open to addresses and not to a group")
            .allSatisfy(
                rule ->
                    assertThat(rule.input("securityGroupId")).isEqualTo(group(stack, "balancer")))
            .extracting(rule -> rule.input("fromPort") + " " + rule.input("cidrIpv4"))
            .containsExactlyInAnyOrder("80 0.0.0.0/0", "443 0.0.0.0/0");
      }
    }

    @Test
    @DisplayName("Configure RDS security groups")
    void database() {
      assertThat(PROD.ingressTo("database")).containsExactly(tcp(5432).from("hosts"));
      assertThat(PROD.only(DATABASE).input("vpcSecurityGroupIds"))
          .isEqualTo(List.of(group(PROD, "database")));
      assertThat(PROD.only(DATABASE).input("publiclyAccessible")).isEqualTo(false);
      assertThat(PROD.egressFrom("database")).isEmpty();
    }

    @Test
    @DisplayName("Configure Redis security groups")
    void cache() {
      assertThat(PROD.ingressTo("cache")).containsExactly(tcp(6379).from("hosts"));
      assertThat(PROD.only(CACHE).input("securityGroupIds"))
          .isEqualTo(List.of(group(PROD, "cache")));
      assertThat(PROD.egressFrom("cache")).isEmpty();
      assertThat(PROD.only("aws:elasticache/subnetGroup:SubnetGroup").input("subnetIds"))
          .as("where ElastiCache gives no public address, and beside the hosts")
          .asInstanceOf(LIST)
          .containsExactlyInAnyOrderElementsOf(
              (List<?>) PROD.only(GROUP).input("vpcZoneIdentifiers"));
    }
  }

  @Nested
  @DisplayName("Tagging Strategy")
  class Tagging {
    @Test
    @DisplayName("Tag resources")
    void tags() {
      var more = FakeCloud.stack("admin-qa", CONFIG.with("slipway:tags.CostCenter", "4711"));
      for (var stack : List.of(QA, PROD, more)) {
        var environment = stack == PROD ? "prod" : "qa";
        assertThat(taggable(stack))
            .isNotEmpty()
            .allSatisfy(
                resource ->
                    assertThat(resource.tags())
                        .as(resource.name())
                        .containsEntry("Project", "milky-way-admin-panel")
                        .containsEntry("Environment", environment)
                        .containsEntry("ManagedBy", "pulumi"));
        assertThat((List<?>) stack.only(TEMPLATE).input("tagSpecifications"))
            .as("what a template starts, which the provider's tags don't reach")
            .hasSize(3)
            .allSatisfy(
                each ->
                    assertThat(String.valueOf(each))
                        .contains(
                            "Project=milky-way-admin-panel",
                            "Environment=" + environment,
                            "ManagedBy=pulumi"));
      }
      assertThat(taggable(more))
          .allSatisfy(each -> assertThat(each.tags()).containsEntry("CostCenter", "4711"));
      assertThat(QA.only(SECRET, "secrets-jwt").tags())
          .as("a component's own, beside them")
          .containsEntry("slipway:secret", "jwt");
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

  private static final StackConfig ONE_REPOSITORY =
      CONFIG
          .with("slipway:apps.api.image", "registry.example.com/panel")
          .with("slipway:apps.web.image", "registry.example.com/panel");

  @Test
  void refusesApplicationsOfOneRepositoryThatTagsDontTellApart() {
    assertProblem(
        ONE_REPOSITORY,
        "apps.web.tagPrefix: \"\" and api's, \"\", don't tell apart which images of"
            + " registry.example.com/panel are whose; give each its own, such as web-");
    assertProblem(
        ONE_REPOSITORY.with("slipway:apps.api.tagPrefix", "api-"),
        "apps.web.tagPrefix: \"\" and api's, \"api-\", don't tell apart");
    assertProblem(
        ONE_REPOSITORY
            .with("slipway:apps.api.tagPrefix", "web-")
            .with("slipway:apps.web.tagPrefix", "web-next-"),
        "don't tell apart");
    assertProblem(
        CONFIG.with("slipway:apps.api.tagPrefix", "api"),
        "apps.api.tagPrefix: \"api\" is not up to 40 of a-z, 0-9");
  }

  @Test
  void applicationsOfOneRepositoryArePulledByOneRightAndToldApartOnHosts() {
    var config =
        ONE_REPOSITORY
            .with("slipway:apps.api.tagPrefix", "api-")
            .with("slipway:apps.web.tagPrefix", "web-");

    assertThat(at(settings(config), "apps.web.tagPrefix").getAsString()).isEqualTo("web-");
    assertThat(at(settings(CONFIG), "apps.web").toString()).doesNotContain("tagPrefix");
    assertThat(FakeCloud.stack("admin-qa", config).outputs().get("images"))
        .isEqualTo(List.of("registry.example.com/panel"));
  }

  @Test
  void theFirstReleaseIsOfOneTagOrOfDigests() {
    var tag = CONFIG.with("slipway:imageTag", "latest");

    assertThat(at(settings(tag), "seed").getAsString()).isEqualTo("latest");
    assertProblem(
        tag.with("slipway:apps.api.digest", "sha256:" + "a".repeat(64))
            .with("slipway:apps.web.digest", "sha256:" + "b".repeat(64)),
        "imageTag: and the digest of an application are both there");
    assertProblem(CONFIG.with("slipway:imageTag", "a:b"), "imageTag: \"a:b\" is not a tag");
    assertProblem(
        CONFIG.with("slipway:apps.api.tagPrefix", "api-").with("slipway:imageTag", "t".repeat(125)),
        "of up to 128 with what stands before it");
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

  @Test
  void migratesWithTheDatabasesPartsAsWellAsWithItsUrl() {
    var config =
        CONFIG
            .without("slipway:apps.api.databaseUrl")
            .without("slipway:apps.api.connectionLimitInUrl")
            .with(
                "slipway:apps.api.databaseVariables",
                Map.of("host", "PGHOST", "password", "PGPASSWORD"));

    assertThat(at(settings(config), "apps.api.databaseVariables").toString())
        .isEqualTo("{\"host\":\"PGHOST\",\"password\":\"PGPASSWORD\"}");
    assertProblem(
        config.with("slipway:apps.api.databaseVariables.user", "PGHOST"),
        "PGHOST is given more than once");
    assertProblem(
        config.with("slipway:apps.api.databaseVariables.user", "a b"), "is not the name of a");
    assertProblem(
        config.with("slipway:apps.api.connectionLimitInUrl", true),
        "apps.api.connectionLimitInUrl: is about databaseUrl, and there is none");
  }

  @Test
  void knowsImagesByTheNameThatDockerPrints() {
    var json =
        settings(
            CONFIG
                .with("slipway:apps.api.image", "docker.io/library/api")
                .with("slipway:proxyImage", "docker.io/library/caddy:2.11.9"));

    assertThat(at(json, "apps.api.image").getAsString()).isEqualTo("api");
    assertThat(at(json, "proxyImage").getAsString()).isEqualTo("caddy:2.11.9");
    assertProblem(CONFIG.with("slipway:apps.api.image", "host:5000/api:v1"), "has a tag or digest");
    assertProblem(CONFIG.with("slipway:apps.api.image", "Api"), "has capital letters");
    assertProblem(CONFIG.with("slipway:proxyImage", "caddy"), "neither a tag nor a digest");
  }

  @Test
  void tellsHostsWhereTheComposeProjectIs() {
    var json = settings(CONFIG.with("slipway:composeFolder", "/srv/panel"));

    assertThat(at(json, "composeFolder").getAsString()).isEqualTo("/srv/panel");
    for (var folder : List.of("panel", "/", "/srv/", "/srv/../etc", "/run/panel", "/tmp", "/a b")) {
      assertProblem(CONFIG.with("slipway:composeFolder", folder), "is not a folder's path");
    }
  }

  private static StackConfig withAppCalled(String name) {
    return CONFIG
        .with("slipway:apps." + name + ".image", "registry.example.com/app")
        .with("slipway:apps." + name + ".hostPort", 8100)
        .with("slipway:apps." + name + ".hosts", List.of("more.example.com"));
  }

  @Test
  void refusesApplicationsThatAreCalledLikeSomethingOfOurs() {
    for (var name :
        List.of(
            "migrate",
            "migrate-2",
            "nobody",
            "caddy",
            "flow",
            "localhost",
            "api-blue",
            "a-green")) {
      assertProblem(withAppCalled(name), "apps." + name + ": is what the program or its hosts");
    }
    for (var name : List.of("api-", "a--b", "Api", "a_b")) {
      assertProblem(withAppCalled(name), "apps." + name + ": is not a name of up to 20");
    }
  }

  /** What the program and its hosts call something of theirs, an application can't be called. */
  @Test
  void noApplicationTakesWhatIsOurs() throws Exception {
    var ours = new TreeSet<String>();
    var all = FakeCloud.stack("admin-qa", CONFIG.with("slipway:network.flowLogs", true));
    for (var group : all.all("aws:cloudwatch/logGroup:LogGroup")) {
      var below = group.text("name").split("/");
      ours.add(below[below.length - 1]);
    }
    ours.removeAll(List.of("api", "web", "admin-qa"));
    assertThat(ours).as("log groups beside those of applications").contains("flow");
    var bundle = Path.of("src/main/resources/dev/slipway/host/bundle");
    try (var files =
        Stream.concat(
            Files.list(bundle.resolve("lib")), Files.list(bundle.resolve("runtimes/apps")))) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        // A container's name of ours: slipway-caddy, slipway-migrate-RELEASE-APP.
        var names = Pattern.compile("slipway-([a-z]+)(?=-%s|$)", Pattern.MULTILINE);
        names.matcher(Files.readString(file)).results().forEach(found -> ours.add(found.group(1)));
      }
    }
    ours.remove("apps"); // a network
    assertThat(ours).contains("migrate", "caddy");

    assertThat(AppsSettings.RESERVED).containsAll(ours);
  }
}
