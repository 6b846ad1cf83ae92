package dev.slipway.system.erpnext;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.backup.Backup;
import dev.slipway.core.Component;
import dev.slipway.core.StackContext;
import dev.slipway.dns.DnsRecords;
import dev.slipway.host.Artifacts;
import dev.slipway.host.Host;
import dev.slipway.identity.Identity;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.network.Network;
import dev.slipway.registry.ImagePull;
import dev.slipway.release.CommandDocuments;
import dev.slipway.release.OfficeHoursSchedule;
import dev.slipway.release.Release;
import dev.slipway.secret.Secrets;
import dev.slipway.system.Systems;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ERPNext on one machine: served over HTTPS, released over Systems Manager, backed up to S3.
 *
 * <p>Creates a network, a host with its data volume and address, its role, buckets for backups and
 * scripts, documents, alarms and the first release. Costs about 40 dollars a month at the defaults.
 *
 * <pre>{@code
 * new ErpNext("erpnext", settings, context, options);
 * }</pre>
 */
public final class ErpNext extends Component {
  static final String TYPE = "slipway:system:ErpNext";

  private final Host host;
  private final Backup backups;
  private final ErpNextSettings settings;

  public ErpNext(
      String name,
      ErpNextSettings settings,
      StackContext context,
      ComponentResourceOptions options) {
    super(TYPE, name, context, options);
    this.settings = settings;

    // What exists.
    var identity = new Identity(named("identity"), settings.identity(), childOptions());
    var network = new Network(named("network"), settings.network(), identity, childOptions());
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    var secrets = new Secrets(named("secrets"), childOptions());
    var monitoring = new Monitoring(named("monitoring"), settings.alerts(), childOptions());
    var documents =
        new CommandDocuments(
            named("runbook"), Systems.of(stack()).verbs(), settings.release(), childOptions());
    backups = new Backup(named("backup"), settings.backup(), childOptions());

    // Who may do what, and who may talk to whom.
    var role = identity.hostRole();
    artifacts.grantRead(role);
    secrets.grantUse(role);
    backups.grantKeep(role);
    monitoring.grantReport(role);
    documents.grantRecord(role);
    ImagePull.grant(role, List.of(settings.erpnext().image().name()));
    var scripts = artifacts.publish(Systems.bundle(stack(), settings));
    host =
        new Host(
            named("host"),
            network,
            role,
            scripts,
            List.of(backups, monitoring),
            settings.host(),
            childOptions());
    host.allowWeb();
    host.allowSsh();
    if (settings.dns().isPresent()) {
      var names = new DnsRecords(named("dns"), settings.dns().get(), childOptions());
      names.point(settings.domains(), host);
    }

    // What runs.
    new Release(
        named("release"), host, documents, settings.release(), settings.seed(), childOptions());
    monitoring.watch(host, backups.of(host));
    if (settings.erpnext().servesHttps()) {
      monitoring.watch(host.certificates());
    }
    if (settings.host().schedule().isPresent()) {
      var hours = settings.host().schedule().get();
      new OfficeHoursSchedule(
          named("schedule"), host, hours, identity, settings.release(), childOptions());
    }
    registerOutputs(Map.copyOf(outputs()));
  }

  /** What {@code pulumi up} prints at its end. */
  public Map<String, Output<?>> outputs() {
    var outputs = new LinkedHashMap<String, Output<?>>();
    outputs.put("url", Output.of("https://" + settings.domains().get(0)));
    outputs.put("publicIp", host.publicIp());
    outputs.put("instanceId", host.instanceId());
    outputs.put("session", host.sessionCommand());
    outputs.put("backupBucket", backups.bucketName());
    outputs.put("dnsRecord", DnsRecords.lines(settings.domains(), host));
    return outputs;
  }
}
