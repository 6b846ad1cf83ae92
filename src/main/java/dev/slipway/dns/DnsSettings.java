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

  /** What is wrong with the id of a zone, as a sentence about it, if anything is. */
  public static Optional<String> problem(String zoneId) {
    return zoneId.matches("[A-Z0-9]{6,32}")
        ? Optional.empty()
        : Optional.of(
            "\"" + zoneId + "\" is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ");
  }
}
