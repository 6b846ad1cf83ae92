package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.dns.DnsSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load balancers, their certificates, names and machines, with moto behind them. */
@Tag("moto")
class BalancerHandlersTest {

  private static final String BALANCER = "aws:lb/loadBalancer:LoadBalancer";
  private static final String TARGETS = "aws:lb/targetGroup:TargetGroup";
  private static final String LISTENER = "aws:lb/listener:Listener";
  private static final String RULE = "aws:lb/listenerRule:ListenerRule";
  private static final String CERTIFICATE = "aws:acm/certificate:Certificate";
  private static final String RECORD = "aws:route53/record:Record";
  private static final String GROUP = "aws:autoscaling/group:Group";
  private static final String TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

  @TempDir static Path directory;
  private static Children children;
  private static AwsClient aws;
  private static Balancers balancers;
  private static BalancerHandlers balancing;
  private static DomainHandlers domains;
  private static FleetHandlers fleets;
  private static Handlers handlers;
  private static String network;
  private static List<String> subnets;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var tools = Tools.installed();
    var moto = Moto.start(tools, directory, children);
    aws = new AwsClient(moto.address(), "us-east-1");
    balancers =
        new Balancers(
            "127.0.0.1", id -> "127.0.0.1", new BalancerServer(tools, directory, children));
    domains = new DomainHandlers(aws, new Authority(directory));
    balancing = new BalancerHandlers(aws, balancers, domains);
    var networks = new NetworkHandlers(aws);
    var all = new ArrayList<Handler>();
    all.addAll(networks.all());
    var machines = new Machines("test", MachineNetwork.FIRST, directory, "us-east-1");
    all.addAll(new MachineHandlers(networks, machines, List.of()).all());
    fleets = new FleetHandlers(networks, null, null, aws, balancers);
    all.addAll(fleets.all());
    all.addAll(domains.all());
    all.addAll(balancing.all());
    all.addAll(ServiceHandlers.all(aws));
    handlers = new Handlers("us-east-1", all);
    network = create("aws:ec2/vpc:Vpc", Map.of("cidrBlock", "10.20.0.0/16"));
    subnets = List.of(subnet("10.20.0.0/24", "us-east-1a"), subnet("10.20.1.0/24", "us-east-1b"));
  }

  @AfterAll
  static void end() {
    balancers.close();
    children.close();
  }

  private static Handler.Made make(String token, Map<String, Object> inputs) {
    return handlers.create(
        new Handler.Request(token, "it", "", inputs, Map.of(), Map.of("slipway:stack", "qa")));
  }

  private static String create(String token, Map<String, Object> inputs) {
    return make(token, inputs).id();
  }

  private static String subnet(String cidr, String zone) {
    return create(
        "aws:ec2/subnet:Subnet",
        Map.of("vpcId", network, "cidrBlock", cidr, "availabilityZone", zone));
  }

  private static Handler.Request existing(String token, String id, Map<String, Object> inputs) {
    return new Handler.Request(
        token, "it", id, inputs, inputs, Map.of("slipway:stack", "qa", "Name", "it"));
  }

  private static void refuses(String code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static Map<String, Object> balancer(String name) {
    return new LinkedHashMap<>(Map.of("name", name, "subnets", subnets));
  }

  private static Map<String, Object> targets(String name) {
    return new LinkedHashMap<>(
        Map.of(
            "name",
            name,
            "vpcId",
            network,
            "port",
            8001L,
            "protocol",
            "HTTP",
            "healthCheck",
            Map.of("path", "/health", "interval", 15L, "timeout", 5L)));
  }

  private static Map<String, Object> listener(String balancer, long port) {
    return new LinkedHashMap<>(
        Map.of(
            "loadBalancerArn",
            balancer,
            "port",
            port,
            "protocol",
            "HTTP",
            "defaultActions",
            List.of(
                Map.of(
                    "type",
                    "fixed-response",
                    "fixedResponse",
                    Map.of("statusCode", "404", "contentType", "text/plain")))));
  }

  /** Made, found, changed, found again, and taken away. */
  private static void lives(String token, String id, Map<String, Object> inputs) {
    var it = existing(token, id, inputs);
    assertThat(handlers.exists(it)).as(token).isTrue();
    handlers.update(it);
    assertThat(handlers.exists(it)).as(token).isTrue();
    handlers.delete(it);
    assertThat(handlers.exists(it)).as(token).isFalse();
  }

  @Test
  void aBalancerWithAllThatHangsOnIt() {
    var balancer = balancer("whole");
    String arn = create(BALANCER, balancer);
    var api = targets("whole-api");
    String group = create(TARGETS, api);
    var plain = listener(arn, 80L);
    String listener = create(LISTENER, plain);
    Map<String, Object> rule =
        Map.of(
            "listenerArn",
            listener,
            "priority",
            10L,
            "conditions",
            List.of(Map.of("pathPattern", Map.of("values", List.of("/api/*")))),
            "actions",
            List.of(Map.of("type", "forward", "targetGroupArn", group)));
    String first = create(RULE, rule);

    refuses("PriorityInUse", () -> create(RULE, rule));
    refuses("DependencyViolation", () -> handlers.delete(existing(TARGETS, group, api)));
    lives(RULE, first, rule);
    lives(LISTENER, listener, plain);
    lives(TARGETS, group, api);
    lives(BALANCER, arn, balancer);
  }

  @Test
  void aBalancerInOneZoneOrTwiceInOne() {
    var narrow = balancer("narrow");
    narrow.put("subnets", subnets.subList(0, 1));
    refuses("ValidationError", () -> create(BALANCER, narrow));
    var twice = balancer("twice");
    twice.put(
        "subnets", List.of(subnets.get(0), subnets.get(1), subnet("10.20.2.0/24", "us-east-1a")));
    refuses("InvalidConfigurationRequest", () -> create(BALANCER, twice));
  }

  @Test
  void aBalancerThatIsProtected() {
    var balancer = balancer("kept");
    balancer.put("enableDeletionProtection", true);
    String arn = create(BALANCER, balancer);

    refuses("OperationNotPermitted", () -> handlers.delete(existing(BALANCER, arn, balancer)));
  }

  @Test
  void namesThatAreTaken() {
    create(TARGETS, targets("taken"));
    refuses("DuplicateTargetGroupName", () -> create(TARGETS, targets("taken")));
  }

  @Test
  void aHealthCheckThatElasticLoadBalancingDoesNotMake() {
    var hasty = targets("hasty");
    hasty.put("healthCheck", Map.of("interval", 4L, "timeout", 2L));
    refuses("ValidationError", () -> create(TARGETS, hasty));
    var slow = targets("slow");
    slow.put("healthCheck", Map.of("interval", 10L, "timeout", 10L));
    refuses("ValidationError", () -> create(TARGETS, slow));
  }

  @Test
  void targetsAreDescribedAsTheyAre() throws Exception {
    String group = create(TARGETS, targets("described"));
    int port = Moto.freePort();
    create(
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        Map.of("targetGroupArn", group, "targetId", "i-1", "port", (long) port));
    var call =
        Samples.query("elasticloadbalancing", "DescribeTargetHealth", "TargetGroupArn", group);

    var health = Xml.parse(Machines.utf8(balancing.answer(call)));

    assertThat(health.need("Id")).isEqualTo("i-1");
    assertThat(health.need("Port")).isEqualTo(String.valueOf(port));
    assertThat(health.need("State")).isIn("initial", "unhealthy");
  }

  // --- certificates and names
  // ---------------------------------------------------------------------------------------

  @Test
  void aZoneHasAnIdAsRoute53sAre() {
    String made = create("aws:route53/zone:Zone", Map.of("name", "ids.example.com"));

    assertThat(DnsSettings.problem(made)).isEmpty();
    assertThat(DnsSettings.problem(domains.zone("ids.example.org"))).isEmpty();
  }

  @Test
  void aCertificateIsValidatedWhereItsRecordIsInAZone() {
    String zone = domains.zone("valid.example.com");
    String certificate =
        create(
            CERTIFICATE, Map.of("domainName", "qa.valid.example.com", "validationMethod", "DNS"));
    Map<String, Object> validation =
        Map.of(
            "certificateArn",
            certificate,
            "validationRecordFqdns",
            List.of("_x.qa.valid.example.com"));
    String token = "aws:acm/certificateValidation:CertificateValidation";
    refuses("ValidationException", () -> create(token, validation));

    Map<String, Object> record =
        Map.of(
            "zoneId",
            zone,
            "name",
            "_x.qa.valid.example.com.",
            "type",
            "CNAME",
            "ttl",
            300L,
            "records",
            List.of("_y.acm-validations.aws."));
    String id = create(RECORD, record);
    create(token, validation);
    lives(RECORD, id, record);
  }

  @Test
  void anAliasLeadsToABalancer() {
    String zone = domains.zone("alias.example.com");
    Map<String, Object> alias =
        Map.of(
            "zoneId",
            zone,
            "name",
            "qa.alias.example.com",
            "type",
            "A",
            "aliases",
            List.of(
                Map.of(
                    "name",
                    "qa-1.us-east-1.elb.amazonaws.com",
                    "zoneId",
                    "Z35SXDOTRQ7X7K",
                    "evaluateTargetHealth",
                    false)));
    lives(RECORD, create(RECORD, alias), alias);

    var mixed = new LinkedHashMap<>(alias);
    mixed.put("ttl", 300L);
    mixed.put("records", List.of("192.0.2.1"));
    refuses("InvalidInput", () -> create(RECORD, mixed));
  }

  @Test
  void aZoneWithRecordsAndANameOutsideOfIt() {
    Map<String, Object> zone = Map.of("name", "full.example.com");
    Handler.Made made = make("aws:route53/zone:Zone", zone);
    Map<String, Object> record =
        Map.of(
            "zoneId",
            made.id(),
            "name",
            "www.full.example.com",
            "type",
            "A",
            "ttl",
            300L,
            "records",
            List.of("192.0.2.1"));
    String id = create(RECORD, record);
    var outside = new LinkedHashMap<>(record);
    outside.put("name", "www.example.org");

    assertThat(Values.strings(made.outputs().get("nameServers"))).isNotEmpty();
    refuses("InvalidChangeBatch", () -> create(RECORD, outside));
    refuses(
        "HostedZoneNotEmpty",
        () -> handlers.delete(existing("aws:route53/zone:Zone", made.id(), zone)));
    handlers.delete(existing(RECORD, id, record));
    lives("aws:route53/zone:Zone", made.id(), zone);
  }

  @Test
  void aListenerWithoutItsCertificate() {
    String balancer = create(BALANCER, balancer("secure"));
    var secure = listener(balancer, 443L);
    secure.put("protocol", "HTTPS");
    refuses("CertificateNotFound", () -> create(LISTENER, secure));
    secure.put("certificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/none");
    refuses("CertificateNotFound", () -> create(LISTENER, secure));
  }

  // --- what machines are made of
  // ------------------------------------------------------------------------------------

  @Test
  void aTemplateHasAVersionForEachChange() {
    Map<String, Object> first = Map.of("name", "hosts", "imageId", "ami-1");
    Handler.Made made = make(TEMPLATE, first);
    Map<String, Object> next =
        Map.of("name", "hosts", "imageId", "ami-2", "updateDefaultVersion", true);

    assertThat(made.outputs()).containsEntry("latestVersion", 1);
    assertThat(
            handlers.update(new Handler.Request(TEMPLATE, "it", made.id(), next, first, Map.of())))
        .containsEntry("latestVersion", 2)
        .containsEntry("defaultVersion", 2);
    var renamed = new LinkedHashMap<>(next);
    renamed.put("tags", Map.of("Name", "another"));
    assertThat(
            handlers.update(
                new Handler.Request(TEMPLATE, "it", made.id(), renamed, next, Map.of())))
        .containsEntry("latestVersion", 2);
    lives(TEMPLATE, made.id(), next);
  }

  /** A group without machines, which refreshes itself as others do. */
  private static Map<String, Object> group(String template, String version) {
    var inputs = new LinkedHashMap<String, Object>();
    inputs.put("name", "fleet");
    inputs.put("minSize", 0L);
    inputs.put("maxSize", 0L);
    inputs.put("vpcZoneIdentifiers", subnets);
    inputs.put("launchTemplate", Map.of("id", template, "version", version));
    inputs.put("instanceRefresh", Map.of("strategy", "Rolling"));
    return inputs;
  }

  private static Xml refreshes(String group) {
    String answer =
        fleets.answer(
            Samples.query(
                "autoscaling", "DescribeInstanceRefreshes", "AutoScalingGroupName", group));
    return Xml.parse(answer.getBytes(StandardCharsets.UTF_8)).anywhere("InstanceRefreshes").get();
  }

  @Test
  void aGroupIsRefreshedWhenItIsToldOfAnotherVersionAndOnlyThen() {
    Map<String, Object> template = Map.of("name", "refreshed", "imageId", "ami-1");
    String id = create(TEMPLATE, template);
    Map<String, Object> first = group(id, "1");
    String group = create(GROUP, first);
    var wider = new LinkedHashMap<>(first);
    wider.put("healthCheckGracePeriod", 60L);
    handlers.update(new Handler.Request(GROUP, "it", group, wider, first, Map.of()));
    assertThat(refreshes(group).children()).isEmpty();

    Map<String, Object> next = Map.of("name", "refreshed", "imageId", "ami-2");
    handlers.update(new Handler.Request(TEMPLATE, "it", id, next, template, Map.of()));
    handlers.update(new Handler.Request(GROUP, "it", group, group(id, "2"), wider, Map.of()));

    assertThat(refreshes(group).children("member"))
        .singleElement()
        .satisfies(
            refresh -> {
              assertThat(refresh.text("AutoScalingGroupName")).isEqualTo(group);
              assertThat(refresh.text("Status")).isIn("Pending", "InProgress", "Successful");
              assertThat(refresh.text("InstancesToUpdate")).isEqualTo("0");
            });
  }

  @Test
  void aRollbackIsMoreThanThisAwsDoes() {
    var inputs = group(create(TEMPLATE, Map.of("name", "back", "imageId", "ami-1")), "1");
    inputs.put("instanceRefresh", Map.of("preferences", Map.of("autoRollback", true)));

    refuses("ValidationError", () -> create(GROUP, inputs));
  }

  @Test
  void aTemplateThatEc2DoesNotTake() {
    refuses(
        "InvalidParameterCombination",
        () ->
            create(
                TEMPLATE,
                Map.of(
                    "name",
                    "both",
                    "vpcSecurityGroupIds",
                    List.of("sg-1"),
                    "networkInterfaces",
                    List.of(Map.of("securityGroups", List.of("sg-1"))))));
    refuses(
        "InvalidUserData.Malformed",
        () -> create(TEMPLATE, Map.of("name", "plain", "userData", "#!/bin/sh")));
  }

  @Test
  void aNatGatewayWithItsAddress() {
    Map<String, Object> nat = Map.of("subnetId", subnets.get(0), "connectivityType", "private");
    lives("aws:ec2/natGateway:NatGateway", create("aws:ec2/natGateway:NatGateway", nat), nat);
  }

  @Test
  void aNetworkWithANatGatewayIsTakenAway() {
    Map<String, Object> whole = Map.of("cidrBlock", "10.40.0.0/16");
    String vpc = create("aws:ec2/vpc:Vpc", whole);
    Map<String, Object> way = Map.of("vpcId", vpc);
    String gateway = create("aws:ec2/internetGateway:InternetGateway", way);
    Map<String, Object> part = Map.of("vpcId", vpc, "cidrBlock", "10.40.0.0/24");
    String subnet = create("aws:ec2/subnet:Subnet", part);
    Map<String, Object> address = Map.of("domain", "vpc");
    Handler.Made eip = make("aws:ec2/eip:Eip", address);
    Map<String, Object> nat = Map.of("subnetId", subnet, "allocationId", eip.id());
    String id = create("aws:ec2/natGateway:NatGateway", nat);
    var held = new LinkedHashMap<String, Object>(address);
    held.put("publicIp", eip.outputs().get("publicIp"));

    handlers.delete(existing("aws:ec2/natGateway:NatGateway", id, nat));
    handlers.delete(existing("aws:ec2/eip:Eip", eip.id(), held));
    handlers.delete(existing("aws:ec2/internetGateway:InternetGateway", gateway, way));
    handlers.delete(existing("aws:ec2/subnet:Subnet", subnet, part));
    handlers.delete(existing("aws:ec2/vpc:Vpc", vpc, whole));
  }

  @Test
  void aGroupOfMachinesThatAreGoneIsTakenAway() {
    Map<String, Object> wanted = Map.of("name", "gone", "vpcId", network);
    String group = create("aws:ec2/securityGroup:SecurityGroup", wanted);
    String machine =
        aws.query(
                "ec2",
                "RunInstances",
                Map.of(
                    "ImageId", "ami-1",
                    "MinCount", "1",
                    "MaxCount", "1",
                    "SubnetId", subnets.get(0),
                    "SecurityGroupId.1", group))
            .need("instanceId");
    aws.query("ec2", "TerminateInstances", Map.of("InstanceId.1", machine));

    handlers.delete(existing("aws:ec2/securityGroup:SecurityGroup", group, wanted));
  }

  @Test
  void aSecretsNameIsTakenAsLongAsItMayComeBack() {
    String token = "aws:secretsmanager/secret:Secret";
    Map<String, Object> secret = Map.of("name", "jwt", "recoveryWindowInDays", 7L);
    String id = create(token, secret);
    handlers.delete(existing(token, id, secret));

    refuses("InvalidRequestException", () -> create(token, secret));
  }

  @Test
  void scalingPolicyIsKeptWithItsGroup() {
    String template =
        create(TEMPLATE, Map.of("name", "scaled", "imageId", "ami-1", "instanceType", "t3.small"));
    String group =
        create(
            "aws:autoscaling/group:Group",
            Map.of(
                "name",
                "scaled",
                "minSize",
                0L,
                "maxSize",
                2L,
                "vpcZoneIdentifiers",
                subnets,
                "launchTemplate",
                Map.of("id", template)));
    String token = "aws:autoscaling/policy:Policy";
    var inputs =
        new LinkedHashMap<String, Object>(
            Map.of(
                "name",
                "cpu",
                "autoscalingGroupName",
                group,
                "policyType",
                "TargetTrackingScaling",
                "targetTrackingConfiguration",
                Map.of(
                    "targetValue",
                    60.0,
                    "predefinedMetricSpecification",
                    Map.of("predefinedMetricType", "ASGAverageCPUUtilization"))));

    Handler.Made policy = make(token, inputs);

    assertThat(policy.outputs().get("arn").toString()).contains(":scalingPolicy:", "/scaled");
    assertThat(handlers.exists(existing(token, policy.id(), inputs))).isTrue();
    inputs.put("policyType", "StepScaling");
    refuses("ValidationError", () -> make(token, inputs));
    handlers.delete(existing(token, policy.id(), inputs));
    assertThat(handlers.exists(existing(token, policy.id(), inputs))).isFalse();
  }

  @Test
  void aGroupKeepsTheSizeThatItsLoadGaveIt() {
    String template =
        create(TEMPLATE, Map.of("name", "busy", "imageId", "ami-1", "instanceType", "t3.small"));
    var inputs =
        new LinkedHashMap<String, Object>(
            Map.of(
                "name",
                "busy",
                "minSize",
                0L,
                "maxSize",
                2L,
                "desiredCapacity",
                0L,
                "vpcZoneIdentifiers",
                subnets,
                "launchTemplate",
                Map.of("id", template)));
    String group = create("aws:autoscaling/group:Group", inputs);

    inputs.put("maxSize", 3L);
    Map<String, Object> outputs =
        handlers.update(existing("aws:autoscaling/group:Group", group, inputs));

    assertThat(outputs).containsEntry("desiredCapacity", 0);
    inputs.put("minSize", 4L);
    inputs.put("desiredCapacity", 4L);
    refuses(
        "ValidationError",
        () -> handlers.update(existing("aws:autoscaling/group:Group", group, inputs)));
  }
}
