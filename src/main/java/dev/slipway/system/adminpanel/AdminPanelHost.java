package dev.slipway.system.adminpanel;

import com.google.gson.GsonBuilder;
import dev.slipway.core.Stack;
import dev.slipway.system.Systems;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Renders what the scripts on an admin panel's hosts read of the settings: settings.json. */
final class AdminPanelHost {
  /**
   * How long a snapshot may take before a release gives up on it; the first one copies the disk.
   */
  private static final int SNAPSHOT_MINUTES = 30;

  private AdminPanelHost() {}

  static String settingsJson(Stack stack, AdminPanelSettings settings) {
    var json =
        map(
            "stack", stack.name(),
            "system", stack.system(),
            "runtime", Systems.named(stack.system()).orElseThrow().runtime().orElseThrow(),
            "release",
                map(
                    "seed", settings.seed(),
                    "keep", settings.release().keep(),
                    "minFreeGiB", settings.release().minFreeGiB()),
            "apps", apps(stack, settings),
            "caddy", map("image", settings.proxyImage()),
            "requestSeconds", settings.balancer().idleTimeoutSeconds(),
            "database",
                map(
                    "connectionLimit", settings.database().connectionLimit(),
                    "snapshot", settings.database().snapshotBeforeMigration(),
                    "snapshotKeep", settings.database().snapshotKeep(),
                    "snapshotMinutes", SNAPSHOT_MINUTES),
            "secrets",
                map(
                    "generated", settings.secrets().generated(),
                    "brought", settings.secrets().brought()),
            "trustedCa", settings.trustedCa().orElse(null),
            "parameters",
                map(
                    "prefix", stack.path(),
                    "desired", stack.desiredRelease(),
                    "secrets", stack.secrets()),
            "cloudwatchAgent", settings.alerts().cloudwatchAgent());
    return new GsonBuilder()
            .serializeNulls()
            .disableHtmlEscaping()
            .setPrettyPrinting()
            .create()
            .toJson(json)
        + "\n";
  }

  private static Map<String, Object> apps(Stack stack, AdminPanelSettings settings) {
    var apps = new LinkedHashMap<String, Object>();
    new TreeMap<>(settings.apps())
        .forEach(
            (name, app) ->
                apps.put(
                    name,
                    map(
                        "image", app.image(),
                        "port", app.port(),
                        "hostPort", app.hostPort(),
                        "health", app.health(),
                        "healthSeconds", app.healthSeconds(),
                        "environment", new TreeMap<>(app.environment()),
                        "secrets", new TreeMap<>(app.secrets()),
                        "databaseUrl", app.databaseUrl().orElse(null),
                        "connectionLimitInUrl", app.connectionLimitInUrl(),
                        "databaseVariables",
                            app.databaseVariables().some()
                                ? app.databaseVariables().variables()
                                : null,
                        "cacheUrl", app.cacheUrl().orElse(null),
                        "migrate", app.migrate().isEmpty() ? null : app.migrate(),
                        "memoryMiB", app.memoryMiB().orElse(null),
                        "logGroup", stack.path() + "/" + name)));
    return apps;
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}
