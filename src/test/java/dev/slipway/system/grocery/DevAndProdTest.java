package dev.slipway.system.grocery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Json;
import dev.slipway.testing.StackConfig;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What differs between the two stacks: settings, and nothing else. */
class DevAndProdTest {

  /** Every setting of a stack file by its path. */
  private static Map<String, String> settings(String stack) {
    var all = new TreeMap<String, String>();
    StackConfig.file(stack)
        .values()
        .forEach(
            (key, value) -> flatten(key, value.startsWith("{") ? Json.object(value) : value, all));
    return all;
  }

  private static void flatten(String path, Object value, Map<String, String> into) {
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> flatten(path + "." + key, inner, into));
    } else {
      into.put(path, String.valueOf(value));
    }
  }

  @Test
  void isSettingsOnly() {
    var dev = settings("grocery-dev");
    var prod = settings("grocery-prod");
    var paths = new TreeSet<>(dev.keySet());
    paths.addAll(prod.keySet());
    paths.removeIf(path -> dev.getOrDefault(path, "").equals(prod.getOrDefault(path, "")));

    assertThat(paths)
        .containsExactly(
            "slipway:accept.ephemeral",
            "slipway:accept.listener-tls",
            "slipway:alerts.logRetentionDays",
            "slipway:apps.backend.environment.LOG_LEVEL",
            "slipway:branch",
            "slipway:database.backupDays",
            "slipway:database.instanceClass",
            "slipway:database.multiAz",
            "slipway:domain.name",
            "slipway:domain.zoneId",
            "slipway:dumps.keepDays",
            "slipway:ephemeral",
            "slipway:hosts.scaling.max",
            "slipway:imageTag",
            "slipway:network.cidr",
            "slipway:network.dataSubnets",
            "slipway:network.nat",
            "slipway:promotedFrom",
            "slipway:tags.Environment");
  }
}
