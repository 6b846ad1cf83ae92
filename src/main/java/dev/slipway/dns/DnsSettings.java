package dev.slipway.dns;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;

/** The hosted zone in Route 53 that names are made in. */
public record DnsSettings(
    @Setting(value = "The id of the hosted zone.", example = "Z0123456789ABCDEFGHIJ")
        String zoneId) {

  public DnsSettings {
    new Check()
        .that(
            zoneId.matches("Z[A-Z0-9]{5,31}"),
            "zoneId",
            "\"" + zoneId + "\" is not the id of a hosted zone, such as Z0123456789ABCDEFGHIJ")
        .orThrow();
  }
}
