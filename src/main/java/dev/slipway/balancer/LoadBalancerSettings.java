package dev.slipway.balancer;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;

/** The load balancer and its log. */
public record LoadBalancerSettings(
    @Setting(
            value =
                "Refuse to delete the load balancer, whose address names point at, and its access"
                    + " log until this is false.",
            or = "true")
        boolean protect,
    @Setting(
            value =
                "How long a request may be silent before the balancer ends it; longer than the"
                    + " slowest answer.",
            or = "60")
        int idleTimeoutSeconds,
    @Setting(value = "When access logs move to Glacier.", or = "90") int glacierAfterDays,
    @Setting(value = "When access logs are removed.", or = "365") int expireAfterDays) {

  public LoadBalancerSettings {
    new Check()
        .that(
            idleTimeoutSeconds >= 1 && idleTimeoutSeconds <= 4000,
            "idleTimeoutSeconds",
            idleTimeoutSeconds + " is not from 1 to 4000")
        .that(glacierAfterDays >= 1, "glacierAfterDays", glacierAfterDays + " is less than 1")
        .that(
            // Glacier Instant Retrieval is paid for 90 days at least.
            expireAfterDays >= glacierAfterDays + 90,
            "expireAfterDays",
            expireAfterDays
                + " leaves them in Glacier for less than the 90 days that it is paid for; keep them"
                + " at least "
                + (glacierAfterDays + 90))
        .orThrow();
  }
}
