package dev.slipway.dns;

import com.pulumi.aws.route53.Zone;
import com.pulumi.aws.route53.ZoneArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import java.util.List;
import java.util.Map;

/**
 * A hosted zone of Route 53 for a domain, made once for all stacks that have names in it.
 *
 * <p>Creates the zone, protected: another one of the same name has other name servers, and the
 * domain stops working until they are told to its registrar. Costs 0.50 dollars a month.
 *
 * <pre>{@code
 * new HostedZone(named("zone-example.com"), "example.com", childOptions()).nameServers();
 * }</pre>
 *
 * <p>What to tell the registrar is said in the <a
 * href="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/MigratingDNS.html">Route 53
 * developer guide</a>.
 */
public final class HostedZone extends Component {
  static final String TYPE = "slipway:dns:HostedZone";

  private final Zone zone;

  public HostedZone(String name, String domain, ComponentResourceOptions options) {
    super(TYPE, name, options);
    zone =
        new Zone(
            named("zone"),
            ZoneArgs.builder()
                .name(domain)
                .comment("Slipway " + stack().name() + ": names of all stacks")
                // Names that somebody else made are not removed with it.
                .forceDestroy(false)
                .tags(nameTag("zone"))
                .build(),
            leaf().protect(stack().protects(true)).build());
    registerOutputs(Map.of("zoneId", zone.zoneId(), "nameServers", zone.nameServers()));
  }

  /** The id by which stacks name the zone. */
  public Output<String> zoneId() {
    return zone.zoneId();
  }

  /** What the domain's registrar must be told. */
  public Output<List<String>> nameServers() {
    return zone.nameServers();
  }
}
