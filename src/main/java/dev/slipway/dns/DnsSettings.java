package dev.slipway.dns;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** The hosted zone in Route 53 that names are made in. */
public record DnsSettings(
    @Setting(value = "The id of the hosted zone.", example = "Z0123456789ABCDEFGHIJ")
        String zoneId) {

  public DnsSettings {
    new Check().none(problem(zoneId), "zoneId").orThrow();
  }

  /**
   * What is wrong with the id of a zone, as a sentence about it, if anything is. Route 53's API <a
   * href="https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html">allows 32
   * characters</a>; all that it gives out begin with a Z.
   */
  public static Optional<String> problem(String zoneId) {
    return zoneId.matches("Z[A-Z0-9]{5,31}")
        ? Optional.empty()
        : Optional.of(
            "\"" + zoneId + "\" is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ");
  }
}
