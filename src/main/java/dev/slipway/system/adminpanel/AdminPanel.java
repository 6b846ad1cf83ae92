package dev.slipway.system.adminpanel;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.cache.RedisCache;
import dev.slipway.core.Component;
import dev.slipway.core.Linkable;
import dev.slipway.core.StackContext;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.host.Artifacts;
import dev.slipway.host.Fleet;
import dev.slipway.identity.Identity;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.network.Network;
import dev.slipway.network.Placement;
import dev.slipway.registry.ImagePull;
import dev.slipway.release.CommandDocuments;
import dev.slipway.release.FleetRelease;
import dev.slipway.secret.ApplicationSecrets;
import dev.slipway.system.Systems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Applications in containers behind a load balancer, with PostgreSQL and Redis: the admin panel.
 *
 * <p>Creates a network over two zones or more, an autoscaling group of hosts of a fixed size, a
 * load balancer with its certificate and names, an RDS database, a Redis cache, secrets, documents,
 * alarms and the first release. Costs, in us-east-1, about 115 dollars a month as QA and 280 as
 * production; ./slipway plan says what.
 *
 * <pre>{@code
 * new AdminPanel("admin-panel", settings, context, options);
 * }</pre>
 */
public final class AdminPanel extends Component {
  static final String TYPE = "slipway:system:AdminPanel";

  private final Network network;
  private final LoadBalancer balancer;
  private final PostgresDatabase database;
  private final RedisCache cache;
  private final ApplicationSecrets secrets;
  private final Monitoring monitoring;
  private final Fleet hosts;
  private final AdminPanelSettings settings;

  public AdminPanel(
      String name,
      AdminPanelSettings settings,
      StackContext context,
      ComponentResourceOptions options) {
    super(TYPE, name, context, options);
    this.settings = settings;

    // What exists.
    var identity = new Identity(named("identity"), settings.identity(), childOptions());
    network = new Network(named("network"), settings.network(), identity, childOptions());
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    secrets =
        new ApplicationSecrets(
            named("secrets"), ApplicationSecrets.OWN, settings.secrets(), childOptions());
    database =
        new PostgresDatabase(
            named("database"), network, settings.database(), identity, childOptions());
    cache = new RedisCache(named("cache"), network, settings.cache(), childOptions());
    balancer =
        new LoadBalancer(
            named("balancer"),
            network,
            Optional.of(settings.domain()),
            settings.balancer(),
            childOptions());
    monitoring = new Monitoring(named("monitoring"), settings.alerts(), childOptions());
    var documents =
        new CommandDocuments(
            named("runbook"), Systems.of(stack()).verbs(), settings.release(), childOptions());

    // Who may do what, and who may talk to whom.
    var role = identity.hostRole();
    artifacts.grantRead(role);
    secrets.grantUse(role);
    database.grantUse(role);
    cache.grantUse(role);
    monitoring.appLogs(settings.apps().names());
    monitoring.grantReport(role);
    documents.grantRecord(role);
    ImagePull.grant(role, settings.apps().images());
    var scripts = artifacts.publish(Systems.bundle(stack(), settings));
    var givers = new ArrayList<Linkable>(List.of(secrets, database, cache, monitoring));
    if (settings.apps().tellAddress()) {
      givers.add(balancer);
    }
    hosts =
        new Fleet(named("hosts"), network, role, scripts, givers, settings.hosts(), childOptions());
    hosts.allowSsh();
    database.allowFrom(hosts);
    cache.allowFrom(hosts);
    balancer.routeTo(hosts, settings.apps().routes());

    // What runs.
    new FleetRelease(
        named("release"),
        hosts,
        documents,
        settings.release(),
        settings.apps().seed(),
        childOptions());
    monitoring.watch(hosts, database, cache, balancer);
    monitoring.show();
    registerOutputs(Map.copyOf(outputs()));
  }

  /** What {@code pulumi up} prints at its end. */
  public Map<String, Output<?>> outputs() {
    var outputs = new LinkedHashMap<String, Output<?>>();
    outputs.put("url", balancer.url());
    outputs.put("balancer", balancer.balancerName());
    outputs.put("vpcId", network.vpcId());
    outputs.put("publicSubnets", network.subnetIds(Placement.open));
    outputs.put("privateSubnets", network.subnetIds(Placement.closed));
    outputs.put("hosts", hosts.groupName());
    outputs.put("database", database.endpoint());
    outputs.put("cache", cache.endpoint());
    outputs.put("images", Output.of(settings.apps().images()));
    outputs.put("secrets", secrets.arns());
    outputs.put("logGroups", monitoring.appLogNames());
    monitoring.topic().ifPresent(topic -> outputs.put("alarmTopic", topic));
    return outputs;
  }
}
