package dev.slipway.system.fastapi;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.core.Component;
import dev.slipway.core.StackContext;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.host.Artifacts;
import dev.slipway.host.Host;
import dev.slipway.identity.Identity;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.network.Network;
import dev.slipway.release.CommandDocuments;
import dev.slipway.release.Release;
import dev.slipway.secret.Secrets;
import dev.slipway.storage.Buckets;
import dev.slipway.system.Systems;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A FastAPI service on one machine, with PostgreSQL in RDS and buckets of its own.
 *
 * <p>Creates a network of two zones, a host with its role and address, an RDS database, buckets,
 * documents, alarms and the first release; with {@code alb} a load balancer before the host, with
 * its certificate and name. Costs, in us-east-1, about 41 dollars a month, and about 24 more with
 * the load balancer; ./slipway plan says what.
 *
 * <pre>{@code
 * new FastApi("fastapi", settings, context, options);
 * }</pre>
 */
public final class FastApi extends Component {
  static final String TYPE = "slipway:system:FastApi";

  private final Host host;
  private final PostgresDatabase database;
  private final Buckets buckets;
  private final Monitoring monitoring;
  private final Optional<LoadBalancer> balancer;
  private final FastApiSettings settings;

  public FastApi(
      String name,
      FastApiSettings settings,
      StackContext context,
      ComponentResourceOptions options) {
    super(TYPE, name, context, options);
    this.settings = settings;

    // What exists.
    var identity = new Identity(named("identity"), settings.identity(), childOptions());
    var network = new Network(named("network"), settings.network(), identity, childOptions());
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    var secrets = new Secrets(named("secrets"), childOptions());
    database =
        new PostgresDatabase(
            named("database"), network, settings.database(), identity, childOptions());
    buckets =
        new Buckets(
            named("buckets"), settings.buckets(), settings.protectBuckets(), childOptions());
    balancer =
        settings
            .servedBy()
            .map(
                domain ->
                    new LoadBalancer(
                        named("balancer"),
                        network,
                        Optional.of(domain),
                        settings.balancer(),
                        childOptions()));
    monitoring = new Monitoring(named("monitoring"), settings.alerts(), childOptions());
    var documents =
        new CommandDocuments(
            named("runbook"), Systems.of(stack()).verbs(), settings.release(), childOptions());

    // Who may do what, and who may talk to whom.
    var role = identity.hostRole();
    artifacts.grantRead(role);
    secrets.grantUse(role);
    database.grantUse(role);
    buckets.grantUse(role);
    monitoring.appLogs(List.of(FastApiSettings.SERVICE));
    monitoring.grantReport(role);
    documents.grantRecord(role);
    var scripts = artifacts.publish(Systems.bundle(stack(), settings));
    host =
        new Host(
            named("host"),
            network,
            role,
            scripts,
            List.of(database, buckets, monitoring),
            settings.host(),
            childOptions());
    host.allowSsh();
    database.allowFrom(host);
    balancer.ifPresentOrElse(
        before -> before.routeTo(host, settings.routes()),
        () -> host.openTo(settings.openTo(), settings.service().port()));

    // What runs.
    new Release(
        named("release"), host, documents, settings.release(), settings.seed(), childOptions());
    monitoring.watch(host, database);
    balancer.ifPresent(monitoring::watch);
    monitoring.show();
    registerOutputs(Map.copyOf(outputs()));
  }

  /** What {@code pulumi up} prints at its end. */
  public Map<String, Output<?>> outputs() {
    var outputs = new LinkedHashMap<String, Output<?>>();
    outputs.put("app_url", url());
    outputs.put("rds_endpoint", database.endpoint());
    outputs.put("instanceId", host.instanceId());
    if (!settings.network().hidesHosts()) {
      outputs.put("publicIp", host.publicIp());
    }
    outputs.put("session", host.sessionCommand());
    outputs.put("buckets", buckets.names());
    outputs.put("logGroups", monitoring.appLogNames());
    balancer.ifPresent(before -> outputs.put("balancer", before.balancerName()));
    monitoring.topic().ifPresent(topic -> outputs.put("alarmTopic", topic));
    return outputs;
  }

  private Output<String> url() {
    return balancer
        .map(LoadBalancer::url)
        .orElseGet(() -> Output.format("http://%s:%s", host.publicIp(), settings.service().port()));
  }
}
