package dev.slipway.system.grocery;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.apps.AppsSettings;
import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Inline;
import dev.slipway.core.Setting;
import dev.slipway.core.StackContext;
import dev.slipway.core.Suggestion;
import dev.slipway.database.PostgresSettings;
import dev.slipway.host.FleetSettings;
import dev.slipway.identity.IdentitySettings;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.network.ZonedNetworkSettings;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.secret.ApplicationSecretsSettings;
import dev.slipway.storage.BucketNames;
import dev.slipway.storage.CdnSettings;
import dev.slipway.system.CommonSettings;
import dev.slipway.system.DeliverySettings;
import dev.slipway.system.SystemSettings;
import dev.slipway.workflow.DumpSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** All that a stack file says of a grocery. */
public record GrocerySettings(
    @Inline CommonSettings common,
    @Inline DeliverySettings delivery,
    @Setting(
            "The name of the system and its certificate. Without one it is reached by the load"
                + " balancer's own name in plain HTTP, which the stack has to accept:"
                + " accept.listener-tls.")
        Optional<DomainSettings> domain,
    LoadBalancerSettings balancer,
    ZonedNetworkSettings network,
    FleetSettings hosts,
    IdentitySettings identity,
    @Inline AppsSettings apps,
    @ForHosts PostgresSettings database,
    @Setting(value = "Buckets of the applications' files.", or = "[\"avatars\"]")
        List<String> buckets,
    @Setting(
            value = "Refuse to delete the buckets, with all that is in them, until this is false.",
            or = "true")
        boolean protectBuckets,
    @Setting(
            "A CDN, CloudFront, that shows the files of one of the buckets by URLs that the"
                + " application signs. Without it S3 shows them, by such URLs too.")
        Optional<CdnSettings> cdn,
    @ForHosts ApplicationSecretsSettings secrets,
    @Setting("Dumps of the database: made on a schedule, and restored when they are uploaded.")
        Optional<DumpSettings> dumps,
    @ForHosts ReleaseSettings release,
    @ForHosts AlertSettings alerts)
    implements SystemSettings {

  public GrocerySettings {
    buckets = List.copyOf(buckets);
    var check = new Check();
    apps.check(check, secrets);
    apps.check(check, hosts, release);
    apps.check(check, hosts, database);
    domain.ifPresent(own -> apps.check(check, own));
    BucketNames.check(check, "buckets", buckets);
    apps.check(check, buckets, cdn.map(CdnSettings::bucket));
    checkCdn(check, cdn, buckets);
    checkApps(check, apps, domain);
    check.none(dumps.flatMap(each -> each.problemWith(database)), "database.version");
    check.orThrow();
  }

  private static void checkCdn(Check check, Optional<CdnSettings> cdn, List<String> buckets) {
    cdn.ifPresent(
        asked ->
            check.that(
                buckets.contains(asked.bucket()),
                "cdn.bucket",
                "\"%s\" is none of slipway:buckets%s"
                    .formatted(asked.bucket(), Suggestion.sentence(asked.bucket(), buckets))));
  }

  private static void checkApps(Check check, AppsSettings apps, Optional<DomainSettings> domain) {
    apps.apps()
        .forEach(
            (name, app) ->
                check
                    .that(
                        app.cacheUrl().isEmpty(),
                        "apps." + name + ".cacheUrl",
                        "is the variable of a cache, which this system has not; take it out")
                    .that(
                        domain.isPresent() || app.hosts().isEmpty(),
                        "apps." + name + ".hosts",
                        "are names, and without a domain there is but the load balancer's own; route"
                            + " by paths, or give the system a domain"));
    check.that(
        apps.images().size() < 2,
        "apps",
        "have images of several repositories, %s; they are in one, told apart by tagPrefix"
            .formatted(String.join(" and ", apps.images())));
  }

  @Override
  public Map<String, Output<?>> build(
      String name, StackContext context, ComponentResourceOptions options) {
    return new Grocery(name, this, context, options).outputs();
  }

  /** How long a request may take, which is waited for before a container goes. */
  @ForHosts
  int requestSeconds() {
    return balancer.idleTimeoutSeconds();
  }
}
