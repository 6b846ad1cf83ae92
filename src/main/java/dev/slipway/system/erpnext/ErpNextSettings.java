package dev.slipway.system.erpnext;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.backup.BackupSettings;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Inline;
import dev.slipway.core.Setting;
import dev.slipway.core.StackContext;
import dev.slipway.dns.DnsSettings;
import dev.slipway.host.HostSettings;
import dev.slipway.identity.IdentitySettings;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.network.Cidr;
import dev.slipway.network.NetworkSettings;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.system.CommonSettings;
import dev.slipway.system.DeliverySettings;
import dev.slipway.system.SystemSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that a stack file says of an ERPNext system. */
public record ErpNextSettings(
    @Inline CommonSettings common,
    @Inline DeliverySettings delivery,
    NetworkSettings network,
    @ForHosts HostSettings host,
    IdentitySettings identity,
    @ForHosts("compose") ErpNextOptions erpnext,
    @ForHosts ApplicationSettings application,
    @ForHosts HttpsSettings https,
    @Setting("A hosted zone in Route 53 to make the sites' names in.") Optional<DnsSettings> dns,
    @ForHosts ReleaseSettings release,
    @ForHosts BackupSettings backup,
    @ForHosts AlertSettings alerts)
    implements SystemSettings {

  public ErpNextSettings {
    boolean build = erpnext.image().source() == ErpNextOptions.Source.build;
    var check =
        new Check()
            .that(
                application.repository().isPresent() || release.seed().isPresent(),
                "release.seed",
                "is missing; set it with: pulumi config set --path slipway:release.seed v16.32.3")
            .that(
                build || erpnext.image().architecture() == host.ami().architecture(),
                "erpnext.image.architecture",
                "\""
                    + erpnext.image().architecture()
                    + "\" doesn't run on a "
                    + host.instanceType()
                    + ", which is "
                    + host.ami().architecture()
                    + "; name an image that is built for it and say so here, or build on the host")
            .that(
                !build || application.repository().isPresent(),
                "erpnext.image.source",
                "is build, which builds application.repository, and there is none");
    check
        .that(
            host.dataVolume(), "host.dataVolume", "is false, and the sites' data is on that volume")
        .that(host.elasticIp(), "host.elasticIp", "is false, and the sites' names point at that");
    check.that(
        release.minFreeGiB() < host.dataVolumeGiB(),
        "release.minFreeGiB",
        release.minFreeGiB()
            + " can't be free on a disk of host.dataVolumeGiB, "
            + host.dataVolumeGiB());
    for (int i = 0; i < host.sshFrom().size(); i++) {
      check.that(
          network.ipv6() || !Cidr.parse(host.sshFrom().get(i)).isIpv6(),
          "host.sshFrom[" + i + "]",
          "\"" + host.sshFrom().get(i) + "\" is IPv6, which the network has not: network.ipv6");
    }
    check.orThrow();
  }

  @Override
  public Map<String, Output<?>> build(
      String name, StackContext context, ComponentResourceOptions options) {
    return new ErpNext(name, this, context, options).outputs();
  }

  /** The sites, where hosts of every system that has some look for them. */
  @ForHosts
  List<ErpNextOptions.Site> sites() {
    return erpnext.sites();
  }

  /**
   * Variables for Compose that look like a secret, and of which the stack file says that none is.
   */
  @ForHosts
  List<String> plainVariables() {
    return erpnext.environment().keySet().stream()
        .filter(name -> common.plain().containsKey("erpnext.environment." + name))
        .sorted()
        .toList();
  }

  /** The names of the sites. */
  List<String> domains() {
    return sites().stream().map(ErpNextOptions.Site::name).toList();
  }

  /** What the first release is made of. */
  @ForHosts
  String seed() {
    return release.seed().orElse(application.branch());
  }
}
