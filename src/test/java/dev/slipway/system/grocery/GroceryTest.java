package dev.slipway.system.grocery;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import dev.slipway.Main;
import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.rules.Finding;
import dev.slipway.system.Systems;
import dev.slipway.testing.EveryOption;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.TestKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the two stacks of a grocery have, and what its settings make of it. */
class GroceryTest {
  private static final StackConfig CONFIG = StackConfig.file("grocery-dev");
  private static final FakeStack DEV = FakeCloud.stack("grocery-dev", CONFIG);
  private static final FakeStack PROD =
      FakeCloud.stack("grocery-prod", StackConfig.file("grocery-prod"));

  private static final String SUBNET = "aws:ec2/subnet:Subnet";
  private static final String DATABASE = "aws:rds/instance:Instance";
  private static final String GROUP = "aws:autoscaling/group:Group";
  private static final String TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
  private static final String BALANCER = "aws:lb/loadBalancer:LoadBalancer";
  private static final String LISTENER = "aws:lb/listener:Listener";
  private static final String TARGETS = "aws:lb/targetGroup:TargetGroup";
  private static final String BUCKET = "aws:s3/bucketV2:BucketV2";
  private static final String ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

  private static List<Object> subnets(FakeStack stack, String kind) {
    return List.of("a", "b").stream()
        .map(zone -> stack.only(SUBNET, kind + "-" + zone).output("id"))
        .toList();
  }

  private static boolean may(String role, String action, String resource) {
    return DEV.policiesOf(role).evaluate(Request.of(DEV.arnOf(role), action, resource)).allowed();
  }

  private static Plan plan(StackConfig config) {
    return Plan.of("slipway", "grocery-dev", config.values(), Main::stack);
  }

  private static Map<String, Object> settings(StackConfig config) {
    var settings = Main.settings(config.values(), "grocery-dev");
    var files = Systems.bundle(settings.stack(), (Record) settings.system()).files();
    return Json.object(new String(files.get("settings.json"), StandardCharsets.UTF_8));
  }

  @Test
  void standsInPrivateSubnetsOfFrankfurtBehindOneGateway() {
    var machines = DEV.only(GROUP);

    assertThat(machines.input("vpcZoneIdentifiers"))
        .asInstanceOf(LIST)
        .containsExactlyElementsOf(subnets(DEV, "private"));
    assertThat(DEV.all("aws:ec2/natGateway:NatGateway")).hasSize(1);
    assertThat(DEV.only(SUBNET, "private-a").text("availabilityZone")).isEqualTo("eu-central-1a");
    assertThat(DEV.only(TEMPLATE).input("metadataOptions.httpTokens")).isEqualTo("required");
  }

  @Test
  void mayStandInPublicSubnetsWhereTheBalancerAloneReachesIt() {
    var open = FakeCloud.stack("grocery-dev", CONFIG.with("slipway:network.nat", "none"));

    assertThat(open.only(GROUP).input("vpcZoneIdentifiers"))
        .asInstanceOf(LIST)
        .containsExactlyElementsOf(subnets(open, "public"));
    assertThat(open.only(TEMPLATE).input("networkInterfaces[0].associatePublicIpAddress"))
        .isEqualTo("true");
    assertThat(open.all("aws:ec2/natGateway:NatGateway")).isEmpty();
    for (var stack : List.of(DEV, PROD, open)) {
      assertThat(stack.ingressTo("hosts"))
          .containsExactlyInAnyOrder(tcp(8001).from("balancer"), tcp(8002).from("balancer"));
      assertThat(stack.egressFrom("hosts")).containsExactly(all().to("0.0.0.0/0"));
    }
  }

  @Test
  void comesAndGoesWithItsLoad() {
    var machines = DEV.only(GROUP);
    var policy = DEV.only("aws:autoscaling/policy:Policy");

    assertThat(machines.input("minSize")).isEqualTo(2L);
    assertThat(machines.input("desiredCapacity")).isEqualTo(2L);
    assertThat(machines.input("maxSize")).isEqualTo(4L);
    assertThat(policy.input("targetTrackingConfiguration.targetValue")).isEqualTo(60L);
    var byRequests =
        FakeCloud.stack(
            "grocery-dev",
            CONFIG.with(
                "slipway:hosts.scaling", Map.of("min", 2, "max", 4, "requestsPerHost", 600)));
    assertThat(byRequests.all("aws:autoscaling/policy:Policy"))
        .extracting(FakeResource::name)
        .containsExactlyInAnyOrder(
            "grocery-hosts-scaling-backend", "grocery-hosts-scaling-frontend");
  }

  @Test
  void sendsTheBackendsPathsToOnePortAndTheRestToAnother() {
    var rule = DEV.only("aws:lb/listenerRule:ListenerRule");
    var backend = DEV.only(TARGETS, "targets-backend");
    var frontend = DEV.only(TARGETS, "targets-frontend");

    assertThat(rule.input("conditions[0].pathPattern.values")).isEqualTo(List.of("/api/*"));
    assertThat(rule.input("actions[0].targetGroupArn")).isEqualTo(backend.output("arn"));
    assertThat(backend.input("healthCheck.path")).isEqualTo("/api/health");
    assertThat(backend.input("port")).isEqualTo(8001L);
    assertThat(frontend.input("port")).isEqualTo(8002L);
    var apps = (Map<?, ?>) settings(CONFIG).get("apps");
    assertThat(((Map<?, ?>) apps.get("backend")).get("port"))
        .as("what Caddy on the host asks in the container")
        .isEqualTo(5000L);
    assertThat(((Map<?, ?>) apps.get("frontend")).get("port")).isEqualTo(80L);
  }

  @Test
  void isReachedByTheBalancersNameInPlainHttpWithoutADomain() {
    var http = DEV.only(LISTENER);

    assertThat(http.input("protocol")).isEqualTo("HTTP");
    assertThat(http.input("defaultActions[0].targetGroupArn"))
        .isEqualTo(DEV.only(TARGETS, "targets-frontend").output("arn"));
    assertThat(DEV.outputs().get("url"))
        .isEqualTo("http://" + DEV.only(BALANCER).output("dnsName"));
    assertThat(DEV.ingressTo("balancer")).containsExactly(tcp(80).from("0.0.0.0/0"));
  }

  @Test
  void isReachedByItsDomainOverTlsInProduction() {
    assertThat(PROD.all(LISTENER))
        .extracting(listener -> listener.input("protocol") + " " + listener.input("port"))
        .containsExactlyInAnyOrder("HTTP 80", "HTTPS 443");
    assertThat(PROD.outputs().get("url")).isEqualTo("https://grocery.example.com");
  }

  @Test
  void hasTheStackAcceptPlainHttpByName() {
    assertThat(plan(CONFIG).findings()).filteredOn(Finding::fails).isEmpty();
    assertThat(plan(CONFIG.without("slipway:accept")).findings())
        .filteredOn(Finding::fails)
        .singleElement()
        .satisfies(finding -> assertThat(finding.rule()).isEqualTo("listener-tls"));
  }

  @Test
  void tellsTheFrontendWhereTheBackendIsBeforeItsFirstHostBoots() {
    for (var stack : List.of(DEV, PROD)) {
      var pointer = stack.only("aws:ssm/parameter:Parameter", "hosts-pointer");

      assertThat(Json.object(pointer.text("value")))
          .containsEntry("balancerUrl", stack.outputs().get("url"));
      assertThat(stack.only(GROUP).waitsFor(pointer)).isTrue();
    }
    var apps = (Map<?, ?>) settings(CONFIG).get("apps");
    assertThat(((Map<?, ?>) apps.get("frontend")).get("urlVariable"))
        .isEqualTo("REACT_APP_BACKEND_SERVER");
    assertThat(((Map<?, ?>) apps.get("backend")).containsKey("urlVariable")).isFalse();
    assertThat(settings(CONFIG)).containsEntry("composeFolder", "/opt/grocery");
  }

  @Test
  void hasAPrivateDatabaseWithTheMachinesOwnMetrics() {
    for (var stack : List.of(DEV, PROD)) {
      var database = stack.only(DATABASE, "database-instance");

      assertThat(database.text("engineVersion")).isEqualTo("16");
      assertThat(database.input("publiclyAccessible")).isEqualTo(false);
      assertThat(database.input("storageEncrypted")).isEqualTo(true);
      assertThat(database.input("password")).isNull();
      assertThat(database.input("monitoringInterval")).isEqualTo(60L);
      assertThat(database.input("monitoringRoleArn")).isEqualTo(stack.arnOf("database-monitoring"));
      assertThat(stack.ingressTo("database")).containsExactly(tcp(5432).from("hosts"));
    }
    assertThat(DEV.only(DATABASE, "database-instance").input("multiAz")).isEqualTo(false);
    assertThat(PROD.only(DATABASE, "database-instance").input("multiAz")).isEqualTo(true);
  }

  @Test
  void hasAReplicaInAnotherZoneThatTheBackendIsToldOf() {
    for (var stack : List.of(DEV, PROD)) {
      var primary = stack.only(DATABASE, "database-instance");
      var replica = stack.only(DATABASE, "replica-instance");
      var links =
          Json.object(stack.only("aws:ssm/parameter:Parameter", "hosts-pointer").text("value"));

      assertThat(replica.input("replicateSourceDb")).isEqualTo(primary.output("identifier"));
      assertThat(replica.input("vpcSecurityGroupIds"))
          .isEqualTo(primary.input("vpcSecurityGroupIds"));
      assertThat(links).containsEntry("replicaHost", replica.output("address"));
      assertThat(stack.outputs()).containsEntry("readReplicaEndpoint", replica.output("endpoint"));
    }
    var alone = FakeCloud.stack("grocery-dev", CONFIG.without("slipway:database.replica"));
    assertThat(alone.all(DATABASE)).hasSize(1);
    assertThat(alone.outputs()).doesNotContainKey("readReplicaEndpoint");
  }

  @Test
  void letsTheBackendAloneReachTheBucketByARoleOfItsOwn() {
    var arn = String.valueOf(DEV.only(BUCKET, "avatars-bucket").output("arn"));

    for (var action : List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject")) {
      assertThat(may("app-backend", action, arn + "/a.png")).as(action).isTrue();
      assertThat(may("host", action, arn + "/a.png")).as(action + " of the host").isFalse();
    }
    assertThat(may("host", "sts:AssumeRole", String.valueOf(DEV.arnOf("app-backend")))).isTrue();
    assertThat(((Map<?, ?>) DEV.outputs().get("roleArns")).get("backend"))
        .isEqualTo(DEV.arnOf("app-backend"));
  }

  @Test
  void hasABucketOfAvatarsThatNobodyReaches() {
    for (var stack : List.of(DEV, PROD)) {
      var block =
          stack.only(
              "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "avatars-public-access");
      assertThat(block.input("bucket"))
          .isEqualTo(stack.only(BUCKET, "avatars-bucket").output("bucket"));
      for (var what :
          List.of(
              "blockPublicAcls",
              "blockPublicPolicy",
              "ignorePublicAcls",
              "restrictPublicBuckets")) {
        assertThat(block.input(what)).as(what).isEqualTo(true);
      }
    }
  }

  @Test
  void letsItsOwnPagesPutFilesByUrlsThatTheBackendSigned() {
    for (var stack : List.of(DEV, PROD)) {
      var cors = stack.only("aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2");

      assertThat(cors.input("bucket"))
          .isEqualTo(stack.only(BUCKET, "avatars-bucket").output("bucket"));
      assertThat(cors.input("corsRules[0].allowedOrigins"))
          .isEqualTo(List.of(stack.outputs().get("url")));
      assertThat(cors.input("corsRules[0].allowedMethods")).isEqualTo(List.of("PUT"));
    }
  }

  private static final FakeStack CDN = FakeCloud.stack("grocery-dev", EveryOption.withCdn(CONFIG));

  private static final String DISTRIBUTION = "aws:cloudfront/distribution:Distribution";

  private static List<String> resources(FakeStack stack) {
    return stack.all().stream()
        .map(resource -> resource.type() + " " + resource.name())
        .filter(resource -> !resource.endsWith("-secrets-avatars-cdn"))
        .toList();
  }

  private static Map<String, Object> links(FakeStack stack) {
    return Json.object(stack.only("aws:ssm/parameter:Parameter", "hosts-pointer").text("value"));
  }

  @Test
  void hasNoCdnUnlessItsSettingsWantOne() {
    for (var stack : List.of(DEV, PROD)) {
      assertThat(resources(stack)).noneMatch(resource -> resource.contains("cloudfront"));
      assertThat(links(stack)).doesNotContainKeys("cdnDomain.avatars", "cdnKeyId.avatars");
      assertThat(stack.outputs()).doesNotContainKey("cdnDomain");
    }
  }

  @Test
  void hasFourThingsMoreWithACdn() {
    var more = new ArrayList<>(resources(CDN));
    resources(DEV).forEach(more::remove);

    assertThat(more)
        .filteredOn(resource -> resource.startsWith("aws:"))
        .containsExactlyInAnyOrder(
            DISTRIBUTION + " grocery-buckets-avatars-cdn-distribution",
            "aws:cloudfront/keyGroup:KeyGroup grocery-buckets-avatars-cdn-keys",
            "aws:cloudfront/originAccessControl:OriginAccessControl"
                + " grocery-buckets-avatars-cdn-access",
            "aws:cloudfront/publicKey:PublicKey grocery-buckets-avatars-cdn-key-390b38ed");
    assertThat(resources(CDN)).containsAll(resources(DEV));
  }

  @Test
  void itsCdnSignsWhatItAsksAndShowsWhatIsSigned() {
    var distribution = CDN.only(DISTRIBUTION);
    var access = CDN.only("aws:cloudfront/originAccessControl:OriginAccessControl");
    var key = CDN.only("aws:cloudfront/publicKey:PublicKey");
    var keys = CDN.only("aws:cloudfront/keyGroup:KeyGroup");

    assertThat(access.input("originAccessControlOriginType")).isEqualTo("s3");
    assertThat(access.input("signingBehavior")).isEqualTo("always");
    assertThat(access.input("signingProtocol")).isEqualTo("sigv4");
    assertThat(distribution.input("origins[0].originAccessControlId"))
        .isEqualTo(access.output("id"));
    assertThat(distribution.input("origins[0].domainName"))
        .isEqualTo(CDN.only(BUCKET, "avatars-bucket").output("bucketRegionalDomainName"));
    assertThat(key.text("encodedKey")).isEqualTo(EveryOption.PUBLIC_KEY);
    assertThat(keys.input("items")).isEqualTo(List.of(key.output("id")));
    assertThat(distribution.input("defaultCacheBehavior.trustedKeyGroups"))
        .isEqualTo(List.of(keys.output("id")));
    assertThat(distribution.input("defaultCacheBehavior.viewerProtocolPolicy"))
        .isEqualTo("redirect-to-https");
    assertThat(distribution.input("defaultCacheBehavior.allowedMethods"))
        .isEqualTo(List.of("GET", "HEAD"));
    assertThat(distribution.input("defaultCacheBehavior.cachePolicyId"))
        .as("CachingOptimized")
        .isEqualTo("658327ea-f89d-4fab-a63d-7e88639e58f6");
    assertThat(distribution.input("defaultCacheBehavior.responseHeadersPolicyId"))
        .as("SecurityHeadersPolicy")
        .isEqualTo("67f7725c-6f97-4210-82d7-5512b31e9d03");
    assertThat(distribution.input("priceClass")).isEqualTo("PriceClass_100");
    assertThat(distribution.input("loggingConfig")).isNull();
    assertThat(distribution.input("viewerCertificate.cloudfrontDefaultCertificate"))
        .isEqualTo(true);
  }

  @Test
  void itsBucketIsReadByThisDistributionAloneAndStaysClosed() {
    var policy =
        CDN.only("aws:s3/bucketPolicy:BucketPolicy", "buckets-avatars-policy").text("policy");
    var arn = String.valueOf(CDN.only(BUCKET, "avatars-bucket").output("arn"));
    var statements = (List<?>) Json.object(policy).get("Statement");

    assertThat(statements)
        .hasSize(2)
        .element(1)
        .isEqualTo(
            Map.of(
                "Sid",
                "CdnReads",
                "Effect",
                "Allow",
                "Principal",
                Map.of("Service", List.of("cloudfront.amazonaws.com")),
                "Action",
                List.of("s3:GetObject"),
                "Resource",
                List.of(arn + "/*"),
                "Condition",
                Map.of(
                    "StringEquals",
                    Map.of("aws:SourceArn", List.of(CDN.only(DISTRIBUTION).output("arn"))))));
    assertThat(
            CDN.only(
                    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
                    "avatars-public-access")
                .input("restrictPublicBuckets"))
        .isEqualTo(true);
    assertThat(
            DEV.only("aws:s3/bucketPolicy:BucketPolicy", "buckets-avatars-policy").text("policy"))
        .doesNotContain("cloudfront");
  }

  @Test
  void tellsTheBackendOfItsCdnAndGivesItTheKeyAsASecret() {
    assertThat(links(CDN))
        .containsEntry("cdnDomain.avatars", CDN.only(DISTRIBUTION).output("domainName"))
        .containsEntry(
            "cdnKeyId.avatars", CDN.only("aws:cloudfront/publicKey:PublicKey").output("id"));
    assertThat(CDN.outputs())
        .containsEntry("cdnDomain", CDN.only(DISTRIBUTION).output("domainName"));
    var apps = (Map<?, ?>) settings(EveryOption.withCdn(CONFIG)).get("apps");
    assertThat((Map<?, ?>) ((Map<?, ?>) apps.get("backend")).get("secrets"))
        .isEqualTo(Map.of("JWT_SECRET", "jwt", "AVATARS_CDN_PRIVATE_KEY", "avatars-cdn"));
    assertThat(plan(EveryOption.withCdn(CONFIG)).findings()).filteredOn(Finding::fails).isEmpty();
  }

  @Test
  void signsByTheFirstKeyAndBelievesAllWhileOneIsChanged() {
    var next = TestKeys.publicKey(2048);
    var both =
        FakeCloud.stack(
            "grocery-dev",
            EveryOption.withCdn(CONFIG)
                .with("slipway:cdn.publicKeys", List.of(next, EveryOption.PUBLIC_KEY)));
    var old = CDN.only("aws:cloudfront/publicKey:PublicKey").name();
    var keys = both.all("aws:cloudfront/publicKey:PublicKey");

    assertThat(keys).hasSize(2).anyMatch(key -> key.name().equals(old));
    assertThat((List<?>) both.only("aws:cloudfront/keyGroup:KeyGroup").input("items")).hasSize(2);
    assertThat(links(both).get("cdnKeyId.avatars"))
        .isEqualTo(
            keys.stream()
                .filter(key -> !key.name().equals(old))
                .findFirst()
                .orElseThrow()
                .output("id"));
  }

  @Test
  void restoresDumpsByAWorkflowThatHostsAreToldOf() {
    for (var stack : List.of(DEV, PROD)) {
      var machine = stack.only("aws:sfn/stateMachine:StateMachine");
      var bucket = stack.only(BUCKET, "dumps-bucket-bucket");
      var links =
          Json.object(stack.only("aws:ssm/parameter:Parameter", "hosts-pointer").text("value"));

      assertThat(links)
          .containsEntry("dumpsBucket", bucket.output("bucket"))
          .containsEntry("dumpsStateMachine", machine.output("arn"));
      assertThat(stack.outputs())
          .containsEntry("dumpsBucket", bucket.output("bucket"))
          .containsEntry("dumpsStateMachine", machine.output("arn"))
          .containsEntry("stateMachineArn", machine.output("arn"));
      assertThat(((Map<?, ?>) stack.outputs().get("lambdaFunctionArns")).keySet())
          .isEqualTo(Set.of("validate", "claim", "run"));
    }
    var without = FakeCloud.stack("grocery-dev", CONFIG.without("slipway:dumps"));
    assertThat(without.all("aws:sfn/stateMachine:StateMachine")).isEmpty();
    assertThat(without.outputs()).doesNotContainKey("stateMachineArn");
  }

  @Test
  void isThrownAwayInDevelopmentAndKeptInProduction() {
    assertThat(DEV.all()).noneMatch(FakeResource::isProtected);
    assertThat(DEV.only(DATABASE, "database-instance").input("skipFinalSnapshot")).isEqualTo(true);
    assertThat(DEV.only(BALANCER).input("enableDeletionProtection")).isEqualTo(false);
    for (var kept :
        List.of(
            PROD.only(DATABASE, "database-instance"),
            PROD.only(BALANCER),
            PROD.only(BUCKET, "avatars-bucket"))) {
      assertThat(kept.isProtected()).as(kept.name()).isTrue();
    }
  }

  @Test
  void putsOutWhatTheDocumentsModulesDo() {
    assertThat(DEV.outputs())
        .containsEntry("vpcId", DEV.only("aws:ec2/vpc:Vpc").output("id"))
        .containsEntry("publicSubnetIds", subnets(DEV, "public"))
        .containsEntry("privateSubnetIds", subnets(DEV, "private"))
        .containsEntry("albDnsName", DEV.only(BALANCER).output("dnsName"))
        .containsEntry("asgName", DEV.only(GROUP).output("name"))
        .containsEntry("launchTemplateId", DEV.only(TEMPLATE).output("id"))
        .containsEntry("dbEndpoint", DEV.only(DATABASE, "database-instance").output("endpoint"))
        .containsEntry(
            "targetGroupArns",
            Map.of(
                "backend", DEV.only(TARGETS, "targets-backend").output("arn"),
                "frontend", DEV.only(TARGETS, "targets-frontend").output("arn")))
        .containsEntry("ecrRepositoryUrl", "111122223333.dkr.ecr.us-east-1.amazonaws.com/grocery");
    for (var group : Map.of("alb", "balancer", "ec2", "hosts", "rds", "database").entrySet()) {
      assertThat(DEV.outputs().get(group.getKey() + "SgId"))
          .isEqualTo(
              DEV.only("aws:ec2/securityGroup:SecurityGroup", group.getValue() + "-group")
                  .output("id"));
    }
    assertThat((Map<?, ?>) DEV.outputs().get("bucketNames"))
        .isEqualTo(Map.of("avatars", DEV.only(BUCKET, "avatars-bucket").output("bucket")));
    assertThat(((Map<?, ?>) DEV.outputs().get("roleArns")).get("hosts"))
        .isEqualTo(DEV.arnOf("host"));
    assertThat(((Map<?, ?>) DEV.outputs().get("roleArns")).keySet().stream().map(String::valueOf))
        .containsExactlyInAnyOrder(
            "backend",
            "database-monitoring",
            "dumps-claim",
            "dumps-events",
            "dumps-run",
            "dumps-scheduler",
            "dumps-validate",
            "dumps-workflow",
            "hosts");
    assertThat(DEV.outputs())
        .containsEntry("hosts", DEV.only(GROUP).output("name"))
        .containsEntry(
            "instanceProfileName",
            DEV.only("aws:iam/instanceProfile:InstanceProfile").output("name"))
        .containsEntry(
            "stepFunctionLogGroupArn",
            DEV.only("aws:cloudwatch/logGroup:LogGroup", "dumps-log-workflow").output("arn"));
    for (var part : List.of("validate", "claim", "run")) {
      assertThat(((Map<?, ?>) DEV.outputs().get("lambdaObjectKeys")).get(part))
          .isEqualTo(DEV.only("aws:lambda/function:Function", "dumps-" + part).input("s3Key"));
    }
    assertThat(DEV.outputs()).containsKeys("logGroups", "alarmTopic");
  }

  @Test
  void watchesHostsBalancerAndDatabase() {
    assertThat(DEV.all(ALARM))
        .extracting(alarm -> alarm.text("name").substring("slipway-grocery-dev-".length()))
        .contains(
            "hosts-cpu",
            "hosts-missing",
            "memory",
            "disk",
            "balancer-latency",
            "balancer-errors",
            "backend-errors",
            "backend-unhealthy",
            "frontend-errors",
            "frontend-unhealthy",
            "database-cpu",
            "database-connections",
            "database-storage",
            "database-replica-cpu",
            "database-replica-lag");
    assertThat(DEV.all(ALARM))
        .allSatisfy(
            alarm ->
                assertThat(alarm.input("alarmActions"))
                    .isEqualTo(List.of(DEV.only("aws:sns/topic:Topic").output("arn"))));
    assertThat(DEV.all("aws:cloudwatch/dashboard:Dashboard")).hasSize(1);
  }

  @Test
  void keepsTheSecretsThatItHasAUseFor() {
    assertThat(DEV.all("aws:secretsmanager/secret:Secret"))
        .extracting(secret -> secret.text("namePrefix"))
        .contains("slipway/grocery-dev/database-", "slipway/grocery-dev/jwt-")
        .doesNotContain("slipway/grocery-dev/cache-");
  }

  @ParameterizedTest
  @CsvSource({
    "grocery-dev, one, 152.89",
    "grocery-dev, none, 118.58",
    "grocery-prod, each, 250.53"
  })
  void costsWhatItsPageSays(String stack, String nat, String month) throws IOException {
    var config = StackConfig.file(stack).with("slipway:network.nat", nat);

    assertThat(
            Plan.of("slipway", stack, config.values(), Main::stack).cost().total().toPlainString())
        .isEqualTo(month);
    assertThat(Files.readString(Path.of("docs/systems/grocery.md"))).contains(month);
  }
}
