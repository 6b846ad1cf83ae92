package dev.slipway.balancer;

import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import dev.slipway.core.InvalidSettings;
import dev.slipway.network.Nat;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadBalancerTest {
  private static final String BALANCER = "aws:lb/loadBalancer:LoadBalancer";
  private static final String TARGETS = "aws:lb/targetGroup:TargetGroup";
  private static final String LISTENER = "aws:lb/listener:Listener";
  private static final String RULE = "aws:lb/listenerRule:ListenerRule";
  private static final String RECORD = "aws:route53/record:Record";
  private static final String CERTIFICATE = "aws:acm/certificate:Certificate";
  private static final String ZONE = "Z0123456789ABCDEFGHIJ";
  private static final String ARN = "arn:aws:acm:us-east-1:123456789012:certificate/1a2b3c4d";

  private static final Map<String, Route> APPS =
      Map.of(
          "api", new Route(8001, "/health", List.of(), List.of("/api/*")),
          "web", new Route(8002, "/", List.of(), List.of()));

  private static final DomainSettings QA =
      new DomainSettings("qa.example.com", Optional.of(ZONE), Optional.empty());

  private static FakeStack balancer(
      DomainSettings domain, boolean protect, Map<String, Route> apps) {
    return Trial.of(trial -> serve(trial, Optional.of(domain), protect, apps));
  }

  /** Without a domain. */
  private static FakeStack unnamed() {
    return Trial.of(trial -> serve(trial, Optional.empty(), true, APPS));
  }

  private static void serve(
      Trial trial, Optional<DomainSettings> domain, boolean protect, Map<String, Route> apps) {
    var network = trial.network(Trial.ZONES);
    var balancer =
        new LoadBalancer(
            trial.called("balancer"),
            network,
            domain,
            new LoadBalancerSettings(protect, 60, 90, 365),
            trial.part());
    balancer.routeTo(trial.fleet(network, Trial.hosts(2)), apps);
  }

  private final FakeStack stack = balancer(QA, true, APPS);

  private Object targets(String app) {
    return stack.only(TARGETS, "targets-" + app).output("arn");
  }

  @Test
  void isAnApplicationLoadBalancerInThePublicSubnets() {
    var made = stack.only(BALANCER);

    assertThat(made.input("loadBalancerType")).isEqualTo("application");
    assertThat(made.input("internal")).isEqualTo(false);
    assertThat(made.input("name")).isEqualTo("slipway-trial");
    assertThat(made.input("subnets"))
        .isEqualTo(
            List.of(
                stack.only("aws:ec2/subnet:Subnet", "public-a").output("id"),
                stack.only("aws:ec2/subnet:Subnet", "public-b").output("id")));
    assertThat(made.input("dropInvalidHeaderFields")).isEqualTo(true);
  }

  @Test
  void isProtectedFromDeletionWhereTheStackSaysSo() {
    assertThat(stack.only(BALANCER).input("enableDeletionProtection")).isEqualTo(true);
    assertThat(stack.only(BALANCER).isProtected()).isTrue();

    var open = balancer(QA, false, APPS);
    assertThat(open.only(BALANCER).input("enableDeletionProtection")).isEqualTo(false);
    assertThat(open.only(BALANCER).isProtected()).isFalse();
  }

  @Test
  void hasATargetGroupForEachAppWithItsHealthCheck() {
    var api = stack.only(TARGETS, "targets-api");
    var web = stack.only(TARGETS, "targets-web");

    assertThat(api.input("port")).isEqualTo(8001L);
    assertThat(api.input("healthCheck.path")).isEqualTo("/health");
    assertThat(api.input("healthCheck.matcher")).isEqualTo("200-399");
    assertThat(api.input("vpcId")).isEqualTo(stack.only("aws:ec2/vpc:Vpc").output("id"));
    assertThat(web.input("port")).isEqualTo(8002L);
    assertThat(web.input("healthCheck.path")).isEqualTo("/");
  }

  @Test
  void sendsToEveryHostOfTheFleet() {
    var group = stack.only("aws:autoscaling/group:Group").output("name");

    assertThat(stack.all("aws:autoscaling/attachment:Attachment"))
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.input("autoscalingGroupName")).isEqualTo(group))
        .extracting(each -> each.input("lbTargetGroupArn"))
        .containsExactlyInAnyOrder(targets("api"), targets("web"));
  }

  @Test
  void sendsToOneHostThatIsNoFleet() {
    var one =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.tiers(Nat.none));
              var balancer =
                  new LoadBalancer(
                      trial.called("balancer"),
                      network,
                      Optional.of(QA),
                      new LoadBalancerSettings(true, 60, 90, 365),
                      trial.part());
              balancer.routeTo(
                  trial.host(network, Trial.machine(false, true)),
                  Map.of("service", new Route(8000, "/health", List.of(), List.of())));
            });
    var attachment = one.only("aws:lb/targetGroupAttachment:TargetGroupAttachment");

    assertThat(attachment.input("targetId"))
        .isEqualTo(one.only("aws:ec2/instance:Instance").output("id"));
    assertThat(attachment.input("port")).isEqualTo(8000L);
    assertThat(attachment.input("targetGroupArn")).isEqualTo(one.only(TARGETS).output("arn"));
    assertThat(attachment.parent()).isEqualTo("web-balancer");
    assertThat(one.ingressTo("host")).containsExactly(tcp(8000).from("balancer"));
    assertThat(one.egressFrom("balancer")).containsExactly(tcp(8000).to("host"));
  }

  @Test
  void redirectsHttpToHttps() {
    var http = stack.only(LISTENER, "http");

    assertThat(http.input("port")).isEqualTo(80L);
    assertThat(http.input("protocol")).isEqualTo("HTTP");
    assertThat(http.input("defaultActions[0].type")).isEqualTo("redirect");
    assertThat(http.input("defaultActions[0].redirect.protocol")).isEqualTo("HTTPS");
    assertThat(http.input("defaultActions[0].redirect.port")).isEqualTo("443");
    assertThat(http.input("defaultActions[0].redirect.statusCode")).isEqualTo("HTTP_301");
  }

  @Test
  void configuresHttpsWithTls12OrHigher() {
    var https = stack.only(LISTENER, "https");

    assertThat(https.input("port")).isEqualTo(443L);
    assertThat(https.input("protocol")).isEqualTo("HTTPS");
    assertThat(https.input("sslPolicy")).isEqualTo("ELBSecurityPolicy-TLS13-1-2-2021-06");
    assertThat(https.input("certificateArn")).isEqualTo(stack.only(CERTIFICATE).output("arn"));
    assertThat(https.waitsFor(stack.only("aws:acm/certificateValidation:CertificateValidation")))
        .isTrue();
  }

  @Test
  void takesACertificateThatIsThereAlready() {
    var given =
        balancer(
            new DomainSettings("qa.example.com", Optional.empty(), Optional.of(ARN)), true, APPS);

    assertThat(given.only(LISTENER, "https").input("certificateArn")).isEqualTo(ARN);
    assertThat(given.all(CERTIFICATE)).isEmpty();
    assertThat(given.all(RECORD)).isEmpty();
  }

  @Test
  void routesByPathAndGivesTheRestToTheAppThatNamesNothing() {
    var rule = stack.only(RULE);

    assertThat(rule.name()).isEqualTo("web-balancer-rule-api");
    assertThat(rule.input("listenerArn")).isEqualTo(stack.only(LISTENER, "https").output("arn"));
    assertThat(rule.input("conditions[0].pathPattern.values")).isEqualTo(List.of("/api/*"));
    assertThat(rule.input("actions[0].targetGroupArn")).isEqualTo(targets("api"));
    assertThat(stack.only(LISTENER, "https").input("defaultActions[0].targetGroupArn"))
        .isEqualTo(targets("web"));
  }

  @Test
  void routesByHostAndFindsNothingWhereNobodyTakesTheRest() {
    var named =
        balancer(
            QA,
            true,
            Map.of(
                "api", new Route(8001, "/health", List.of("api.qa.example.com"), List.of("/v1/*")),
                "web", new Route(8002, "/", List.of("qa.example.com"), List.of())));

    assertThat(named.only(RULE, "rule-api").input("conditions[0].hostHeader.values"))
        .isEqualTo(List.of("api.qa.example.com"));
    assertThat(named.only(RULE, "rule-api").input("conditions[1].pathPattern.values"))
        .isEqualTo(List.of("/v1/*"));
    assertThat(named.only(LISTENER, "https").input("defaultActions[0].type"))
        .isEqualTo("fixed-response");
    assertThat(named.only(LISTENER, "https").input("defaultActions[0].fixedResponse.statusCode"))
        .isEqualTo("404");
    assertThat(named.only(CERTIFICATE).input("domainName")).isEqualTo("qa.example.com");
    assertThat(named.only(CERTIFICATE).input("subjectAlternativeNames"))
        .isEqualTo(List.of("api.qa.example.com"));
    assertThat(named.all(RECORD).stream().filter(each -> each.input("aliases") != null))
        .extracting(each -> each.input("name"))
        .containsExactlyInAnyOrder("qa.example.com", "api.qa.example.com");
  }

  @Test
  void createsTheDnsRecordForQa() {
    var record = stack.only(RECORD, "names-qa.example.com");

    assertThat(record.input("zoneId")).isEqualTo(ZONE);
    assertThat(record.input("name")).isEqualTo("qa.example.com");
    assertThat(record.input("type")).isEqualTo("A");
    assertThat(record.input("aliases[0].name")).isEqualTo(stack.only(BALANCER).output("dnsName"));
    assertThat(record.input("aliases[0].zoneId")).isEqualTo(stack.only(BALANCER).output("zoneId"));
    assertThat(record.input("ttl")).as("an alias has none of its own").isNull();
  }

  @Test
  void createsTheDnsRecordForTheApexInProduction() {
    var prod =
        balancer(
            new DomainSettings("example.com", Optional.of(ZONE), Optional.empty()), true, APPS);

    assertThat(prod.only(RECORD, "names-example.com").input("aliases[0].name"))
        .isEqualTo(prod.only(BALANCER).output("dnsName"));
  }

  @Test
  void storesAccessLogsEncryptedAndArchivesThemAfter90Days() {
    var bucket = stack.only("aws:s3/bucketV2:BucketV2", "log-bucket");
    var lifecycle =
        stack.only(
            "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
            "log-lifecycle");
    var encryption =
        stack.only(
            "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
            "log-encryption");
    var algorithm = "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm";

    assertThat(stack.only(BALANCER).input("accessLogs.bucket")).isEqualTo(bucket.output("bucket"));
    assertThat(stack.only(BALANCER).input("accessLogs.enabled")).isEqualTo(true);
    assertThat(encryption.input(algorithm)).as("all that the service takes").isEqualTo("AES256");
    assertThat(lifecycle.input("rules[0].transitions[0].days")).isEqualTo(90L);
    assertThat(lifecycle.text("rules[0].transitions[0].storageClass")).startsWith("GLACIER");
    assertThat(lifecycle.input("rules[0].expiration.days")).isEqualTo(365L);
    assertThat(bucket.isProtected()).isTrue();
  }

  @Test
  void letsTheServiceWriteTheLogsOfThisAccountAlone() {
    var policy = stack.only("aws:s3/bucketPolicy:BucketPolicy", "log-policy");
    var bucket = stack.only("aws:s3/bucketV2:BucketV2", "log-bucket").output("arn");
    var statements =
        JsonParser.parseString(policy.text("policy")).getAsJsonObject().getAsJsonArray("Statement");
    var delivery = statements.get(1).getAsJsonObject();

    assertThat(statements).hasSize(2);
    assertThat(delivery.get("Principal").toString())
        .isEqualTo("{\"Service\":[\"logdelivery.elasticloadbalancing.amazonaws.com\"]}");
    assertThat(delivery.get("Resource").toString())
        .isEqualTo("[\"" + bucket + "/AWSLogs/123456789012/*\"]");
    // As the ELB guide has it: ELB refuses a bucket whose policy names load balancers.
    assertThat(delivery.get("Condition")).isNull();
    assertThat(stack.only(BALANCER).waitsFor(policy)).isTrue();
  }

  @Test
  void isTheOnlyWayToTheHosts() {
    assertThat(stack.ingressTo("balancer"))
        .containsExactlyInAnyOrder(tcp(80).from("0.0.0.0/0"), tcp(443).from("0.0.0.0/0"));
    assertThat(stack.egressFrom("balancer"))
        .containsExactlyInAnyOrder(tcp(8001).to("fleet"), tcp(8002).to("fleet"));
    assertThat(stack.ingressTo("fleet"))
        .containsExactlyInAnyOrder(tcp(8001).from("balancer"), tcp(8002).from("balancer"));
  }

  @Test
  void tagsAllThatCanBeTagged() {
    for (var type : List.of(BALANCER, TARGETS, LISTENER, RULE, CERTIFICATE)) {
      assertThat(stack.all(type))
          .isNotEmpty()
          .allSatisfy(
              (FakeResource each) ->
                  assertThat(each.tags())
                      .containsEntry("Environment", "trial")
                      .containsEntry("Team", "web")
                      .containsKey("Name"));
    }
  }

  @Test
  void passesTheHouseRulesWithItsNetworkAndHosts() {
    var plan = Trial.plan(trial -> serve(trial, Optional.of(QA), true, APPS));

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings()).isEmpty();
    assertThat(plan.cost().notPriced()).isEmpty();
  }

  @Test
  void answersByItsOwnNameInPlainHttpWithoutADomain() {
    var plain = unnamed();
    var http = plain.only(LISTENER);

    assertThat(http.name()).isEqualTo("web-balancer-http");
    assertThat(http.input("port")).isEqualTo(80L);
    assertThat(http.input("protocol")).isEqualTo("HTTP");
    assertThat(http.input("certificateArn")).isNull();
    assertThat(http.input("defaultActions[0].type")).isEqualTo("forward");
    assertThat(http.input("defaultActions[0].targetGroupArn"))
        .isEqualTo(plain.only(TARGETS, "targets-web").output("arn"));
    assertThat(plain.only(RULE, "rule-api").input("listenerArn")).isEqualTo(http.output("arn"));
    assertThat(plain.all(CERTIFICATE)).isEmpty();
    assertThat(plain.all(RECORD)).isEmpty();
    assertThat(plain.ingressTo("balancer")).containsExactly(tcp(80).from("0.0.0.0/0"));
  }

  @Test
  void hasAStackAcceptPlainHttpByName() {
    var plan = Trial.plan(trial -> serve(trial, Optional.empty(), true, APPS));

    assertThat(plan.problems()).isEmpty();
    assertThat(plan.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo("listener-tls");
              assertThat(finding.message()).startsWith("answers without TLS");
            });
  }

  @Test
  void tellsHostsByWhichAddressItIsReached() {
    for (var domain : List.of(Optional.of(QA), Optional.<DomainSettings>empty())) {
      var told =
          Trial.of(
              trial -> {
                var network = trial.network(Trial.ZONES);
                var balancer =
                    new LoadBalancer(
                        trial.called("balancer"),
                        network,
                        domain,
                        new LoadBalancerSettings(true, 60, 90, 365),
                        trial.part());
                balancer.routeTo(trial.fleet(network, Trial.hosts(1), balancer), APPS);
              });
      var pointer =
          JsonParser.parseString(told.only("aws:ssm/parameter:Parameter").text("value"))
              .getAsJsonObject();

      assertThat(pointer.get("balancerUrl").getAsString())
          .isEqualTo(
              domain
                  .map(own -> "https://qa.example.com")
                  .orElseGet(() -> "http://" + told.only(BALANCER).output("dnsName")));
    }
  }

  @Test
  void takesItsRoutesOnce() {
    assertThatThrownBy(
            () ->
                Trial.of(
                    trial -> {
                      var network = trial.network(Trial.ZONES);
                      var fleet = trial.fleet(network, Trial.hosts(1));
                      var balancer =
                          new LoadBalancer(
                              trial.called("balancer"),
                              network,
                              Optional.of(QA),
                              new LoadBalancerSettings(true, 60, 90, 365),
                              trial.part());
                      balancer.routeTo(fleet, APPS);
                      balancer.routeTo(fleet, APPS);
                    }))
        .hasMessageContaining("name all apps at once");
  }

  @Test
  void wantsAZoneOrACertificate() {
    assertThatThrownBy(
            () -> new DomainSettings("qa.example.com", Optional.empty(), Optional.empty()))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("zoneId: is missing, and so is certificate");
    assertThatThrownBy(
            () -> new DomainSettings("QA", Optional.of("zone"), Optional.of("certificate")))
        .hasMessageContaining("name: \"QA\" is not a domain")
        .hasMessageContaining("zoneId: \"zone\" is not the id of a hosted zone")
        .hasMessageContaining("certificate: \"certificate\" is not the ARN of a certificate");
  }

  @Test
  void keepsLogsAsLongAsGlacierIsPaidFor() {
    assertThatThrownBy(() -> new LoadBalancerSettings(true, 60, 90, 100))
        .hasMessageContaining(
            "expireAfterDays: 100 leaves them in Glacier for less than the 90 days");
  }
}
