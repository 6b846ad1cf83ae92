package dev.slipway.balancer;

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
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.dns.AliasRecords;
import dev.slipway.dns.Certificate;
import dev.slipway.host.Hosts;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.network.Cidr;
import dev.slipway.network.Connectable;
import dev.slipway.network.Network;
import dev.slipway.network.Placement;
import dev.slipway.storage.BucketRules;
import dev.slipway.storage.BucketStatement;
import dev.slipway.storage.PrivateBucket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The only way in from the internet: HTTPS for all apps, and a log of every request.
 *
 * <p>Creates an application load balancer in the public subnets with its security group and a
 * bucket for its access log; for each app a target group, its rule, and the rule of the hosts that
 * lets it in; listeners on 80, which redirects, and 443; and, in a hosted zone, a certificate and
 * records. Without a domain nothing proves who answers: it is reached by its own name in plain
 * HTTP, which the stack has to accept ({@code listener-tls}). Costs, in us-east-1, about 16 dollars
 * a month, 3.65 for its address in each zone, and 5.84 for each capacity unit that is used all
 * month.
 *
 * <pre>{@code
 * var balancer = new LoadBalancer(named("balancer"), network, Optional.of(domain), settings.balancer(), childOptions());
 * balancer.routeTo(fleet, settings.routes());
 * }</pre>
 *
 * <p>Access logs take SSE-S3 alone, a key of one's own would refuse them: see the <a
 * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html">guide
 * to application load balancers</a>. Of them S3 leaves what is smaller than 128 KB where it is,
 * because moving it to Glacier costs more than it saves.
 */
public final class LoadBalancer extends Connectable implements Linkable, Monitored {
  static final String TYPE = "slipway:balancer:LoadBalancer";

  /** TLS 1.3 and 1.2 with forward secrecy, and nothing older. */
  private static final String TLS = "ELBSecurityPolicy-TLS13-1-2-2021-06";

  private final int idleTimeoutSeconds;
  private final Network network;
  private final Optional<DomainSettings> domain;
  private final com.pulumi.aws.lb.LoadBalancer balancer;
  private final Map<String, TargetGroup> targets = new LinkedHashMap<>();

  public LoadBalancer(
      String name,
      Network network,
      Optional<DomainSettings> domain,
      LoadBalancerSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, network.vpcId(), "the load balancer", "the load balancer", options);
    this.network = network;
    this.domain = domain;
    allowFrom(Cidr.parse("0.0.0.0/0"), "from-http", 80, "the internet");
    if (domain.isPresent()) {
      allowFrom(Cidr.parse("0.0.0.0/0"), "from-https", 443, "the internet");
    }
    idleTimeoutSeconds = settings.idleTimeoutSeconds();
    balancer = balancer(settings, log(settings));
    registerOutputs(Map.of("dnsName", balancer.dnsName(), "url", url()));
  }

  private PrivateBucket log(LoadBalancerSettings settings) {
    return new PrivateBucket(
        named("log"),
        BucketRules.of("access-log")
            .protectedIf(settings.protect())
            .glacierAfter(settings.glacierAfterDays())
            .expireAfter(settings.expireAfterDays()),
        List.of(delivery()),
        childOptions());
  }

  /**
   * Lets the service write, for load balancers of this account alone: others' logs go to another
   * path. The <a
   * href="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html">ELB
   * guide</a>'s policy has no condition, and ELB refuses the bucket when it tries one that names
   * load balancers.
   */
  private Output<BucketStatement> delivery() {
    return context()
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
            .subnets(network.subnetIds(Placement.open))
            .securityGroups(groupId().applyValue(List::of))
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
   *
   * @param hosts a fleet, or one host
   */
  public <H extends Connectable & Hosts> void routeTo(H hosts, Map<String, Route> byApp) {
    if (!targets.isEmpty()) {
      throw new IllegalStateException("the load balancer has its routes: name all apps at once");
    }
    var routes = new Routes(byApp);
    routes.byApp().forEach((app, route) -> targets.put(app, target(hosts, app, route)));
    var listener = domain.map(own -> overTls(routes, own)).orElseGet(() -> inTheClear(routes));
    routes
        .byApp()
        .forEach(
            (app, route) -> {
              if (!route.takesTheRest()) {
                rule(listener, app, route, routes.priority(app));
              }
            });
    domain.ifPresent(
        own ->
            own.zoneId()
                .ifPresent(
                    zone ->
                        new AliasRecords(named("names"), zone, childOptions())
                            .point(names(routes, own), balancer.dnsName(), balancer.zoneId())));
  }

  private <H extends Connectable & Hosts> TargetGroup target(H hosts, String app, Route route) {
    int port = route.hostPort();
    reach(hosts, "to-" + app, port, app + " on the hosts");
    hosts.allowFrom(this, port);
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
    hosts.attach(
        named("attachment-" + app),
        new Hosts.TargetGroup(
            app,
            target.arn(),
            port,
            Output.format("%s/%s", balancer.arnSuffix(), target.arnSuffix())),
        leaf().build());
    return target;
  }

  /** Answers on 443, and sends there who comes by 80. */
  private Listener overTls(Routes routes, DomainSettings own) {
    listener(
        80,
        ListenerDefaultActionArgs.builder()
            .type("redirect")
            .redirect(
                ListenerDefaultActionRedirectArgs.builder()
                    .protocol("HTTPS")
                    .port("443")
                    .statusCode("HTTP_301")
                    .build())
            .build(),
        ListenerArgs.builder());
    return listener(
        443,
        rest(routes),
        ListenerArgs.builder().sslPolicy(TLS).certificateArn(certificate(routes, own)));
  }

  /** Answers on 80: no certificate is for a name of AWS's. */
  private Listener inTheClear(Routes routes) {
    return listener(80, rest(routes), ListenerArgs.builder());
  }

  private Listener listener(int port, ListenerDefaultActionArgs action, ListenerArgs.Builder more) {
    var protocol = port == 80 ? "HTTP" : "HTTPS";
    var name = protocol.toLowerCase(Locale.ROOT);
    return new Listener(
        named(name),
        more.loadBalancerArn(balancer.arn())
            .port(port)
            .protocol(protocol)
            .defaultActions(action)
            .tags(nameTag(name))
            .build(),
        leaf().build());
  }

  /** What becomes of requests that are no app's own. */
  private ListenerDefaultActionArgs rest(Routes routes) {
    return routes
        .rest()
        .map(
            app ->
                ListenerDefaultActionArgs.builder()
                    .type("forward")
                    .targetGroupArn(targets.get(app).arn()))
        .orElseGet(LoadBalancer::notFound)
        .build();
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

  private Output<String> certificate(Routes routes, DomainSettings own) {
    return own.certificate()
        .map(Output::of)
        .orElseGet(
            () ->
                new Certificate(
                        named("certificate"),
                        names(routes, own),
                        own.zoneId().orElseThrow(),
                        childOptions())
                    .arn());
  }

  /** The domain first, then the names of apps. */
  private static List<String> names(Routes routes, DomainSettings own) {
    var names = new LinkedHashSet<String>();
    names.add(own.name());
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

  /**
   * When answers are slow or errors, or a host is unhealthy for an application; asked for after the
   * routes.
   */
  @Override
  public List<Alarm> alarms() {
    var whole = balancer.arnSuffix().applyValue(suffix -> Map.of("LoadBalancer", suffix));
    var alarms = new ArrayList<Alarm>();
    alarms.add(
        Alarm.above(label() + "-latency", "one answer in twenty takes more than %.0f s", 1.0)
            .on("AWS/ApplicationELB", "TargetResponseTime", "p95", whole)
            .after(3));
    alarms.add(
        Alarm.above(
                label() + "-errors",
                "the load balancer had more than %.0f errors in 5 minutes",
                5.0)
            .on("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", whole)
            .after(2));
    targets.forEach(
        (app, target) -> {
          var part =
              Output.tuple(balancer.arnSuffix(), target.arnSuffix())
                  .applyValue(known -> Map.of("LoadBalancer", known.t1, "TargetGroup", known.t2));
          alarms.add(
              Alarm.above(app + "-errors", app + " had more than %.0f errors in 5 minutes", 5.0)
                  .on("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", part)
                  .after(2));
          alarms.add(
              Alarm.above(app + "-unhealthy", "more than %.0f hosts are unhealthy for " + app, 0.0)
                  .on("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", part)
                  .after(2));
        });
    return alarms;
  }

  /** The target groups' ARNs, by app; asked for after the routes. */
  public Output<Map<String, String>> targetGroupArns() {
    var arns = new TreeMap<String, Output<String>>();
    targets.forEach((app, group) -> arns.put(app, group.arn()));
    return byName(arns);
  }

  /** Where the system is reached. */
  public Output<String> url() {
    return domain
        .map(own -> Output.of("https://" + own.name()))
        .orElseGet(() -> Output.format("http://%s", balancer.dnsName()));
  }

  /** Hosts are told where people reach them, before they are made. */
  @Override
  public Link link() {
    return Link.of(label(), Map.of("url", url()));
  }

  @Override
  public List<Resource> ready() {
    return List.of(balancer);
  }

  @Override
  protected int port() {
    return domain.isPresent() ? 443 : 80;
  }
}
