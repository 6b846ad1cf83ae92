package dev.slipway.system.adminpanel;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.apps.AppsSettings;
import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.cache.RedisSettings;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Inline;
import dev.slipway.core.StackContext;
import dev.slipway.database.PostgresSettings;
import dev.slipway.host.FleetSettings;
import dev.slipway.identity.IdentitySettings;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.network.ZonedNetworkSettings;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.secret.ApplicationSecretsSettings;
import dev.slipway.system.CommonSettings;
import dev.slipway.system.DeliverySettings;
import dev.slipway.system.SystemSettings;
import java.util.Map;

/** All that a stack file says of an admin panel. */
public record AdminPanelSettings(
    @Inline CommonSettings common,
    @Inline DeliverySettings delivery,
    DomainSettings domain,
    LoadBalancerSettings balancer,
    ZonedNetworkSettings network,
    FleetSettings hosts,
    IdentitySettings identity,
    @Inline AppsSettings apps,
    @ForHosts PostgresSettings database,
    RedisSettings cache,
    @ForHosts ApplicationSecretsSettings secrets,
    @ForHosts ReleaseSettings release,
    @ForHosts AlertSettings alerts)
    implements SystemSettings {

  public AdminPanelSettings {
    var check = new Check();
    apps.check(check, secrets);
    apps.check(check, domain);
    apps.check(check, hosts, release);
    apps.check(check, hosts, database);
    check.orThrow();
  }

  @Override
  public Map<String, Output<?>> build(
      String name, StackContext context, ComponentResourceOptions options) {
    return new AdminPanel(name, this, context, options).outputs();
  }

  /** How long a request may take, which is waited for before a container goes. */
  @ForHosts
  int requestSeconds() {
    return balancer.idleTimeoutSeconds();
  }
}
