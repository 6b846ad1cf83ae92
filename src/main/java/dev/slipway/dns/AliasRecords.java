package dev.slipway.dns;

import com.pulumi.aws.route53.Record;
import com.pulumi.aws.route53.RecordArgs;
import com.pulumi.aws.route53.inputs.RecordAliasArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import java.util.List;
import java.util.Map;

/**
 * Names that stand for something of AWS's whose addresses change, a load balancer say.
 *
 * <p>Creates an A record for each name, which may be the zone's own. Costs nothing, and neither do
 * its queries.
 *
 * <pre>{@code
 * new AliasRecords(named("names"), zoneId, childOptions()).point(names, balancer.dnsName(), balancer.zoneId());
 * }</pre>
 *
 * <p>Such a record has no TTL of its own: Route 53 answers with that of its target, 60 seconds for
 * a load balancer, as the <a
 * href="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html">Route
 * 53 developer guide</a> says.
 */
public final class AliasRecords extends Component {
  static final String TYPE = "slipway:dns:AliasRecords";

  private final String zoneId;

  public AliasRecords(String name, String zoneId, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.zoneId = zoneId;
    registerOutputs(Map.of());
  }

  /**
   * Points names at a target.
   *
   * @param dnsName the target's own name
   * @param targetZoneId the zone that AWS keeps that name in
   */
  public List<Record> point(
      List<String> names, Output<String> dnsName, Output<String> targetZoneId) {
    return names.stream().map(name -> record(name, dnsName, targetZoneId)).toList();
  }

  private Record record(String name, Output<String> dnsName, Output<String> targetZoneId) {
    return new Record(
        named(name.replace("*", "any")),
        RecordArgs.builder()
            .zoneId(zoneId)
            .name(name)
            .type("A")
            .aliases(
                RecordAliasArgs.builder()
                    .name(dnsName)
                    .zoneId(targetZoneId)
                    // There is nothing to fail over to.
                    .evaluateTargetHealth(false)
                    .build())
            .build(),
        leaf().build());
  }
}
