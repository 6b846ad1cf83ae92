package dev.slipway.system.grocery;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.apps.AppRoles;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.core.Component;
import dev.slipway.core.Linkable;
import dev.slipway.core.StackContext;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.host.Artifacts;
import dev.slipway.host.Fleet;
import dev.slipway.identity.Identity;
import dev.slipway.identity.ServiceRole;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.network.Network;
import dev.slipway.network.Placement;
import dev.slipway.registry.ImagePull;
import dev.slipway.release.CommandDocuments;
import dev.slipway.release.FleetRelease;
import dev.slipway.secret.ApplicationSecrets;
import dev.slipway.storage.Buckets;
import dev.slipway.system.Systems;
import dev.slipway.workflow.DumpRestore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A backend and a frontend in containers on hosts that come and go with their load, with PostgreSQL
 * and buckets: the grocery.
 *
 * <p>Creates a network over two zones or more, a load balancer, with a domain its certificate and
 * name, an autoscaling group of hosts, an RDS database, buckets, secrets, documents, alarms, a
 * workflow that restores dumps, and the first release. What it costs docs/systems/grocery.md says,
 * and ./slipway plan.
 *
 * <pre>{@code
 * new Grocery("grocery", settings, context, options);
 * }</pre>
 */
public final class Grocery extends Component {
  static final String TYPE = "slipway:system:Grocery";

  private final Network network;
  private final LoadBalancer balancer;
  private final PostgresDatabase database;
  private final Buckets buckets;
  private final Monitoring monitoring;
  private final Optional<DumpRestore> dumps;
  private final ServiceRole role;
  private final AppRoles roles;
  private final Fleet hosts;
  private final GrocerySettings settings;

  public Grocery(
      String name,
      GrocerySettings settings,
      StackContext context,
      ComponentResourceOptions options) {
    super(TYPE, name, context, options);
    this.settings = settings;

    // What exists.
    var identity = new Identity(named("identity"), settings.identity(), childOptions());
    network = new Network(named("network"), settings.network(), identity, childOptions());
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    var secrets =
        new ApplicationSecrets(
            named("secrets"), List.of("database"), settings.secrets(), childOptions());
    database =
        new PostgresDatabase(
            named("database"), network, settings.database(), identity, childOptions());
    buckets =
        new Buckets(
            named("buckets"),
            settings.buckets(),
            settings.protectBuckets(),
            settings.cdn(),
            childOptions());
    balancer =
        new LoadBalancer(
            named("balancer"), network, settings.domain(), settings.balancer(), childOptions());
    monitoring = new Monitoring(named("monitoring"), settings.alerts(), childOptions());
    var documents =
        new CommandDocuments(
            named("runbook"), Systems.of(stack()).verbs(), settings.release(), childOptions());
    dumps =
        settings
            .dumps()
            .map(
                asked ->
                    new DumpRestore(
                        named("dumps"),
                        database,
                        documents,
                        artifacts,
                        monitoring,
                        identity,
                        asked,
                        childOptions()));

    // Who may do what, and who may talk to whom.
    role = identity.hostRole();
    artifacts.grantRead(role);
    secrets.grantUse(role);
    database.grantUse(role);
    monitoring.appLogs(settings.apps().names());
    monitoring.grantReport(role);
    documents.grantRecord(role);
    ImagePull.grant(role, settings.apps().images());
    roles = new AppRoles(named("apps"), identity, role, buckets, settings.apps(), childOptions());
    dumps.ifPresent(each -> each.grantUse(role));
    var scripts = artifacts.publish(Systems.bundle(stack(), settings));
    // The balancer is there before hosts: they tell the frontend where it is reached.
    var givers =
        new ArrayList<Linkable>(List.of(secrets, database, roles, buckets, balancer, monitoring));
    dumps.ifPresent(givers::add);
    hosts =
        new Fleet(named("hosts"), network, role, scripts, givers, settings.hosts(), childOptions());
    hosts.allowSsh();
    database.allowFrom(hosts);
    balancer.routeTo(hosts, settings.apps().routes());
    buckets.allowUploadsFrom(balancer.url());

    // What runs.
    new FleetRelease(
        named("release"),
        hosts,
        documents,
        settings.release(),
        settings.apps().seed(),
        childOptions());
    monitoring.watch(hosts, database, balancer);
    dumps.ifPresent(monitoring::watch);
    monitoring.show();
    registerOutputs(Map.copyOf(outputs()));
  }

  /** What {@code pulumi up} prints at its end: the outputs of the document's modules, and ours. */
  public Map<String, Output<?>> outputs() {
    var outputs = new LinkedHashMap<String, Output<?>>();
    outputs.put("url", balancer.url());
    outputs.put("vpcId", network.vpcId());
    outputs.put("publicSubnetIds", network.subnetIds(Placement.open));
    outputs.put("privateSubnetIds", network.subnetIds(Placement.closed));
    outputs.put("albSgId", balancer.groupId());
    outputs.put("ec2SgId", hosts.groupId());
    outputs.put("rdsSgId", database.groupId());
    outputs.put("albDnsName", balancer.dnsName());
    outputs.put("targetGroupArns", balancer.targetGroupArns());
    outputs.put("asgName", hosts.groupName());
    // As other systems call it, and their runbooks.
    outputs.put("hosts", hosts.groupName());
    outputs.put("launchTemplateId", hosts.templateId());
    outputs.put("dbEndpoint", database.endpoint());
    database.replicaEndpoint().ifPresent(found -> outputs.put("readReplicaEndpoint", found));
    outputs.put("bucketNames", buckets.names());
    buckets.cdnDomain().ifPresent(found -> outputs.put("cdnDomain", found));
    outputs.put("ecrRepositoryUrl", Output.of(settings.apps().images().get(0)));
    outputs.put("roleArns", roleArns());
    outputs.put("instanceProfileName", role.instanceProfileName());
    dumps.ifPresent(
        each -> {
          outputs.put("lambdaFunctionArns", each.functionArns());
          outputs.put("lambdaObjectKeys", each.functionKeys());
          outputs.put("stateMachineArn", each.stateMachineArn());
          outputs.put("stepFunctionLogGroupArn", each.logGroupArn());
          // By these two ./slipway dump finds them, whatever the system.
          outputs.put("dumpsBucket", each.bucketName());
          outputs.put("dumpsStateMachine", each.stateMachineArn());
        });
    outputs.put("logGroups", monitoring.appLogNames());
    monitoring.topic().ifPresent(topic -> outputs.put("alarmTopic", topic));
    return outputs;
  }

  /** By whose it is. */
  private Output<Map<String, String>> roleArns() {
    var arns = new TreeMap<String, Output<String>>();
    arns.put("hosts", role.arn());
    database.monitoringRoleArn().ifPresent(arn -> arns.put("database-monitoring", arn));
    dumps.ifPresent(each -> arns.putAll(each.roleArns()));
    return Output.tuple(roles.arns(), byName(arns))
        .applyValue(
            known -> {
              var all = new TreeMap<String, String>(known.t1);
              all.putAll(known.t2);
              return all;
            });
  }
}
