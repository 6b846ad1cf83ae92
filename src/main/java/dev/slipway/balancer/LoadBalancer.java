package dev.slipway.balancer;

import com.pulumi.aws.autoscaling.Attachment;
import com.pulumi.aws.autoscaling.AttachmentArgs;
import com.pulumi.aws.ec2.SecurityGroup;
import com.pulumi.aws.ec2.SecurityGroupArgs;
import com.pulumi.aws.lb.Listener;
import com.pulumi.aws.lb.ListenerArgs;
import com.pulumi.aws.lb.ListenerRule;
import com.pulumi.aws.lb.ListenerRuleArgs;
import com.pulumi.aws.lb.LoadBalancerArgs;
import com.pulumi.aws.lb.TargetGroup;
import com.pulumi.aws.lb.TargetGroupArgs;
import com.pulumi.aws.lb.inputs.ListenerDefaultActionArgs;
import com.pulumi.aws.lb.inputs.ListenerDefaultActionFixedResponseArgs;
import com.pulumi.aws.lb.inputs.ListenerDefaultActionRedirectArgs;
import com.pulumi.aws.lb.inputs.ListenerRuleActionArgs;
import com.pulumi.aws.lb.inputs.ListenerRuleConditionArgs;
import com.pulumi.aws.lb.inputs.ListenerRuleConditionHostHeaderArgs;
import com.pulumi.aws.lb.inputs.ListenerRuleConditionPathPatternArgs;
import com.pulumi.aws.lb.inputs.LoadBalancerAccessLogsArgs;
import com.pulumi.aws.lb.inputs.TargetGroupHealthCheckArgs;
import com.pulumi.aws.vpc.SecurityGroupEgressRule;
import com.pulumi.aws.vpc.SecurityGroupEgressRuleArgs;
import com.pulumi.aws.vpc.SecurityGroupIngressRule;
import com.pulumi.aws.vpc.SecurityGroupIngressRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.dns.AliasRecords;
import dev.slipway.dns.Certificate;
import dev.slipway.host.Fleet;
import dev.slipway.identity.Statement;
import dev.slipway.network.ZonedNetwork;
import dev.slipway.storage.BucketRules;
import dev.slipway.storage.BucketStatement;
import dev.slipway.storage.PrivateBucket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The only way in from the internet: HTTPS for all apps, and a log of every request.
 *
 * <p>Creates an application load balancer in the public subnets with its security group and a
 * bucket for its access log; for each app a target group, its rule, and the rule of the hosts that
 * lets it in; listeners on 80, which redirects, and 443; and, in a hosted zone, a certificate and
 * records. Costs, in us-east-1, about 16 dollars a month, 3.65 for its address in each zone, and
 * 5.84 for each capacity unit that is used all month.
 *
 * <pre>{@code
 * var balancer = new LoadBalancer(named("balancer"), network, settings.domain(), settings.balancer(), child());
 * balancer.routeTo(fleet, settings.routes());
 * }</pre>
 *
 * <p>Access logs take SSE-S3 alone, a key of one's own would refuse them: see the <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html">guide
 * to application load balancers</a>. Of them S3 leaves what is smaller than 128 KB where it is,
 * because moving it to Glacier costs more than it saves.
 */
public final class LoadBalancer extends Component {
  static final String TYPE = "slipway:balancer:LoadBalancer";

  /** TLS 1.3 and 1.2 with forward secrecy, and nothing older. */
  private static final String TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06";

  private final int idleTimeoutSeconds;
  private final ZonedNetwork network;
  private final DomainSettings domain;
  private final SecurityGroup group;
  private final com.pulumi.aws.lb.LoadBalancer balancer;
  private final Map<String, TargetGroup> targets = new LinkedHashMap<>();

  public LoadBalancer(
      String name,
      ZonedNetwork network,
      DomainSettings domain,
      LoadBalancerSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.network = network;
    this.domain = domain;
    group = group();
    idleTimeoutSeconds = settings.idleTimeoutSeconds();
    balancer = balancer(settings, log(settings));
    offers(Map.of("dnsName", balancer.dnsName(), "url", url()));
  }

  private SecurityGroup group() {
    var made =
        new SecurityGroup(
            named("group"),
            SecurityGroupArgs.builder()
                .vpcId(network.vpcId())
                .description("Slipway " + stack().name() + ": who reaches the load balancer")
                .tags(nameTag("group"))
                .build(),
            leaf().build());
    for (int port : new int[] {80, 443}) {
      var role = port == 80 ? "http" : "https";
      new SecurityGroupIngressRule(
          named("from-" + role),
          SecurityGroupIngressRuleArgs.builder()
              .securityGroupId(made.id())
              .ipProtocol("tcp")
              .fromPort(port)
              .toPort(port)
              .cidrIpv4("0.0.0.0/0")
              .description("the internet to the load balancer, port " + port)
              .tags(nameTag("from-" + role))
              .build(),
          leaf().build());
    }
    return made;
  }

  private PrivateBucket log(LoadBalancerSettings settings) {
    return new PrivateBucket(
        named("log"),
        BucketRules.of("access-log")
            .protectedIf(settings.protect())
            .glacierAfter(settings.glacierAfterDays())
            .expireAfter(settings.expireAfterDays()),
        List.of(delivery()),
        child());
  }

  /**
   * Lets the service write, for load balancers of this account alone: others' logs go to another
   * path. The <a
   * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html">ELB
   * guide</a>'s policy has no condition, and ELB refuses the bucket when it tries one that names
   * load balancers.
   */
  private Output<BucketStatement> delivery() {
    return place()
        .account()
        .applyValue(
            account ->
                bucket ->
                    Statement.allow("DeliverLogs")
                        .principal("Service", "logdelivery.elasticloadbalancing.amazonaws.com")
                        .actions("s3:PutObject")
                        .resources(bucket + "/AWSLogs/" + account + "/*"));
  }

  private com.pulumi.aws.lb.LoadBalancer balancer(
      LoadBalancerSettings settings, PrivateBucket log) {
    boolean kept = stack().protects(settings.protect());
    var before = new ArrayList<Resource>(log.ready());
    before.addAll(network.wayOut());
    return new com.pulumi.aws.lb.LoadBalancer(
        named("balancer"),
        LoadBalancerArgs.builder()
            .name("slipway-" + stack().name())
            .loadBalancerType("application")
            .internal(false)
            .ipAddressType("ipv4")
            .subnets(network.publicSubnetIds())
            .securityGroups(group.id().applyValue(List::of))
            .dropInvalidHeaderFields(true)
            .desyncMitigationMode("defensive")
            .enableDeletionProtection(kept)
            .idleTimeout(settings.idleTimeoutSeconds())
            .accessLogs(
                LoadBalancerAccessLogsArgs.builder().bucket(log.bucketName()).enabled(true).build())
            .tags(nameTag("balancer"))
            .build(),
        leaf().protect(kept).deleteBeforeReplace(true).dependsOn(before).build());
  }

  /**
   * Sends requests to the hosts: to each app those that are its own. Once for a balancer, because
   * its certificate is for the names of all apps.
   */
  public void routeTo(Fleet fleet, Map<String, Route> byApp) {
    if (!targets.isEmpty()) {
      throw new IllegalStateException("the load balancer has its routes: name all apps at once");
    }
    var routes = new Routes(byApp);
    routes.byApp().forEach((app, route) -> targets.put(app, target(fleet, app, route)));
    redirect();
    var listener = listener(routes);
    routes
        .byApp()
        .forEach(
            (app, route) -> {
              if (!route.takesTheRest()) {
                rule(listener, app, route, routes.priority(app));
              }
            });
    domain
        .zoneId()
        .ifPresent(
            zone ->
                new AliasRecords(named("names"), zone, child())
                    .point(names(routes), balancer.dnsName(), balancer.zoneId()));
  }

  private TargetGroup target(Fleet fleet, String app, Route route) {
    int port = route.hostPort();
    var role = "to-" + app;
    new SecurityGroupEgressRule(
        named(role),
        SecurityGroupEgressRuleArgs.builder()
            .securityGroupId(group.id())
            .ipProtocol("tcp")
            .fromPort(port)
            .toPort(port)
            .referencedSecurityGroupId(fleet.groupId())
            .description("the load balancer to " + app + " on the hosts, port " + port)
            .tags(nameTag(role))
            .build(),
        leaf().build());
    fleet.allowFrom("balancer", group.id(), port);
    var target =
        new TargetGroup(
            named("targets-" + app),
            TargetGroupArgs.builder()
                .name(Routes.targetGroup(stack().name(), app, port))
                .vpcId(network.vpcId())
                .targetType("instance")
                .protocol("HTTP")
                .port(port)
                // As long as the slowest request may take, while a host is taken out.
                .deregistrationDelay(Math.min(Math.max(60, idleTimeoutSeconds), 3600))
                .healthCheck(
                    TargetGroupHealthCheckArgs.builder()
                        .enabled(true)
                        .protocol("HTTP")
                        .port("traffic-port")
                        .path(route.health())
                        // A page that sends people to a login is well.
                        .matcher("200-399")
                        .interval(15)
                        .timeout(5)
                        .healthyThreshold(2)
                        .unhealthyThreshold(3)
                        .build())
                .tags(nameTag("targets-" + app))
                .build(),
            leaf().build());
    new Attachment(
        named("attachment-" + app),
        AttachmentArgs.builder()
            .autoscalingGroupName(fleet.groupName())
            .lbTargetGroupArn(target.arn())
            .build(),
        leaf().build());
    return target;
  }

  private void redirect() {
    new Listener(
        named("http"),
        ListenerArgs.builder()
            .loadBalancerArn(balancer.arn())
            .port(80)
            .protocol("HTTP")
            .defaultActions(
                ListenerDefaultActionArgs.builder()
                    .type("redirect")
                    .redirect(
                        ListenerDefaultActionRedirectArgs.builder()
                            .protocol("HTTPS")
                            .port("443")
                            .statusCode("HTTP_301")
                            .build())
                    .build())
            .tags(nameTag("http"))
            .build(),
        leaf().build());
  }

  private Listener listener(Routes routes) {
    return new Listener(
        named("https"),
        ListenerArgs.builder()
            .loadBalancerArn(balancer.arn())
            .port(443)
            .protocol("HTTPS")
            .sslPolicy(TLS)
            .certificateArn(certificate(routes))
            .defaultActions(
                routes
                    .rest()
                    .map(
                        app ->
                            ListenerDefaultActionArgs.builder()
                                .type("forward")
                                .targetGroupArn(targets.get(app).arn()))
                    .orElseGet(LoadBalancer::notFound)
                    .build())
            .tags(nameTag("https"))
            .build(),
        leaf().build());
  }

  private static ListenerDefaultActionArgs.Builder notFound() {
    return ListenerDefaultActionArgs.builder()
        .type("fixed-response")
        .fixedResponse(
            ListenerDefaultActionFixedResponseArgs.builder()
                .contentType("text/plain")
                .messageBody("There is nothing here.")
                .statusCode("404")
                .build());
  }

  private Output<String> certificate(Routes routes) {
    return domain
        .certificate()
        .map(Output::of)
        .orElseGet(
            () ->
                new Certificate(
                        named("certificate"), names(routes), domain.zoneId().orElseThrow(), child())
                    .arn());
  }

  /** The domain first, then the names of apps. */
  private List<String> names(Routes routes) {
    var names = new LinkedHashSet<String>();
    names.add(domain.name());
    names.addAll(routes.hosts());
    return List.copyOf(names);
  }

  private void rule(Listener listener, String app, Route route, int priority) {
    var conditions = new ArrayList<ListenerRuleConditionArgs>();
    if (!route.hosts().isEmpty()) {
      conditions.add(
          ListenerRuleConditionArgs.builder()
              .hostHeader(
                  ListenerRuleConditionHostHeaderArgs.builder().values(route.hosts()).build())
              .build());
    }
    if (!route.paths().isEmpty()) {
      conditions.add(
          ListenerRuleConditionArgs.builder()
              .pathPattern(
                  ListenerRuleConditionPathPatternArgs.builder().values(route.paths()).build())
              .build());
    }
    new ListenerRule(
        named("rule-" + app),
        ListenerRuleArgs.builder()
            .listenerArn(listener.arn())
            .priority(priority)
            .conditions(conditions)
            .actions(
                ListenerRuleActionArgs.builder()
                    .type("forward")
                    .targetGroupArn(targets.get(app).arn())
                    .build())
            .tags(nameTag("rule-" + app))
            .build(),
        leaf().build());
  }

  /** The balancer's own name, for a record where another provider serves the domain. */
  public Output<String> dnsName() {
    return balancer.dnsName();
  }

  /** The zone that AWS keeps the balancer's own name in. */
  public Output<String> zoneId() {
    return balancer.zoneId();
  }

  /** The balancer's name. */
  public Output<String> balancerName() {
    return balancer.name();
  }

  /** How metrics name the balancer: {@code app/NAME/ID}. */
  public Output<String> arnSuffix() {
    return balancer.arnSuffix();
  }

  /** How metrics name the target group of each app, by the app's name. */
  public Map<String, Output<String>> targetSuffixes() {
    var suffixes = new LinkedHashMap<String, Output<String>>();
    targets.forEach((app, target) -> suffixes.put(app, target.arnSuffix()));
    return suffixes;
  }

  /** Where the system is reached. */
  public Output<String> url() {
    return Output.of("https://" + domain.name());
  }

  /** The balancer's security group. */
  public Output<String> groupId() {
    return group.id();
  }
}
