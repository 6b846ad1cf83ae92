package dev.slipway.testing;

import dev.slipway.stackfile.StackFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The stacks of the repository, and such that have what those leave out. */
public final class EveryOption {

  /** A key by which nobody signs: its private one was thrown away. */
  public static final String PUBLIC_KEY =
      """
      -----BEGIN PUBLIC KEY-----
      MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlq9sCth2ZJJ2jVhqdvvg
      0K/E7xYHXk77jX5smX4jnRrIxxE/+xYpu1sr+b+cXh9/8fZF4pwf8LshXbyiRqC9
      rnNHLT18Q/HKMDF62TwE9QoWqWl3eWzEZV8PyCH/XV/sNS4N616G/mTqNG+Zxkff
      86AWlObFjsBNW0Y/UTkbfZChs96zjbHipOrHjdRln15gPVBdv+V2XK89tJHYc+Tl
      t+GYn9I87PubpurhOSw3HRugLt8ji8rR4aDYugjDJshuwikXXEp65aPCl5A6xwqB
      KVKeuYUQccxFtQKCKPS6BwQ3y+RxfI13DKWCoJk9WMLuZV4ZWMlNqi30Yg7u4oMi
      AQIDAQAB
      -----END PUBLIC KEY-----
      """;

  private EveryOption() {}

  /** By a name that a stack can have. */
  public static Map<String, StackConfig> stacks() {
    var all = new LinkedHashMap<String, StackConfig>();
    for (var name : StackFile.stacks(Path.of("."))) {
      all.put(name, StackConfig.file(name));
    }
    all.put("all-of-erpnext", erpNext());
    all.put("durable", adminPanel());
    all.put("all-of-fastapi", fastApi());
    all.put("all-of-grocery", grocery());
    all.put("all-of-account", foundation());
    return all;
  }

  private static StackConfig erpNext() {
    return StackConfig.file("staging")
        .with("slipway:network.flowLogs", true)
        .with("slipway:network.ipv6", true)
        .with("slipway:alerts.email", "ops@example.com")
        .with("slipway:backup.objectLockDays", 14)
        .with("slipway:dns.zoneId", "Z0123456789ABCDEFGHIJ")
        .with("slipway:host.sshFrom", List.of("192.0.2.0/24"))
        .with(
            "slipway:host.schedule",
            Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI"));
  }

  /** Its cache is either ElastiCache's, as in the stacks of the repository, or MemoryDB's. */
  private static StackConfig adminPanel() {
    return StackConfig.file("admin-prod")
        .without("slipway:promotedFrom")
        .with("slipway:cache.persistence", "durable")
        .with("slipway:cache.nodeType", "db.t4g.small")
        .with("slipway:network.flowLogs", true)
        .with("slipway:network.dataSubnets", true)
        .with("slipway:hosts.scaling", Map.of("max", 4))
        .with("slipway:database.replica", Map.of())
        .with("slipway:database.monitoringSeconds", 60);
  }

  private static StackConfig fastApi() {
    return StackConfig.file("fastapi-prod")
        .without("slipway:promotedFrom")
        .with("slipway:network.nat", "one")
        .with("slipway:network.flowLogs", true)
        .with("slipway:host.dataVolume", true)
        .with("slipway:host.sshFrom", List.of("192.0.2.0/24"))
        .with("slipway:database.replica", Map.of())
        .with("slipway:database.monitoringSeconds", 60);
  }

  private static StackConfig grocery() {
    return withCdn(StackConfig.file("grocery-prod"))
        .without("slipway:promotedFrom")
        .with("slipway:network.flowLogs", true)
        .with("slipway:hosts.scaling", Map.of("max", 4, "requestsPerHost", 600))
        .with("slipway:hosts.count", 1)
        .with("slipway:dumps.xray", true);
  }

  /** A grocery whose avatars a CDN shows. */
  public static StackConfig withCdn(StackConfig grocery) {
    return grocery
        .with("slipway:cdn", Map.of("publicKeys", List.of(PUBLIC_KEY)))
        .with("slipway:secrets.external", List.of("avatars-cdn"))
        .with("slipway:apps.backend.secrets.AVATARS_CDN_PRIVATE_KEY", "avatars-cdn");
  }

  private static StackConfig foundation() {
    return StackConfig.file("foundation")
        .with("slipway:zones", List.of("example.com"))
        .with("slipway:blockPublicBuckets", Map.of("closes", List.of("old-site")));
  }
}
