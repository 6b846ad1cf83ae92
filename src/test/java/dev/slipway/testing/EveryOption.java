package dev.slipway.testing;

import dev.slipway.stackfile.StackFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The stacks of the repository, and such that have what those leave out. */
public final class EveryOption {
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
    return StackConfig.file("grocery-prod")
        .with("slipway:dumps.xray", true)
        .without("slipway:promotedFrom")
        .with("slipway:network.flowLogs", true)
        .with("slipway:hosts.scaling", Map.of("max", 4, "requestsPerHost", 600))
        .with("slipway:hosts.count", 1)
        .with("slipway:dumps.xray", true);
  }

  private static StackConfig foundation() {
    return StackConfig.file("foundation")
        .with("slipway:zones", List.of("example.com"))
        .with("slipway:blockPublicBuckets", Map.of("closes", List.of("old-site")));
  }
}
