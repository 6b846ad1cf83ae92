package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.core.Json;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What scripts on hosts read of settings.json is what the settings records give. */
class SettingsOnHostsTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");
  private static final Pattern READ = Pattern.compile("\\bsetting (\\.[A-Za-z.]+)");
  private static final Map<String, String> BY_RUNTIME =
      Map.of("compose", "staging", "apps", "admin-qa", "service", "fastapi-dev");

  private static Map<String, Object> settings(String stack) {
    var settings = Main.settings(StackConfig.file(stack).values(), stack);
    var files = Systems.bundle(settings.stack(), (Record) settings.system()).files();
    return Json.object(new String(files.get("settings.json"), StandardCharsets.UTF_8));
  }

  private static boolean has(Object settings, String path) {
    var value = settings;
    for (var step : path.substring(1).split("\\.")) {
      if (!(value instanceof Map<?, ?> map) || !map.containsKey(step)) {
        return false;
      }
      value = map.get(step);
    }
    return true;
  }

  @Test
  void scriptsReadNothingThatNoRecordGives() throws IOException {
    var byRuntime = new HashMap<String, Map<String, Object>>();
    BY_RUNTIME.forEach((runtime, stack) -> byRuntime.put(runtime, settings(stack)));
    var missing = new TreeSet<String>();
    try (var files = Files.walk(BUNDLE)) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        var name = BUNDLE.relativize(file).toString();
        var given =
            byRuntime.entrySet().stream()
                .filter(
                    each ->
                        !name.startsWith("runtimes/")
                            || name.startsWith("runtimes/" + each.getKey() + "/"))
                .map(Map.Entry::getValue)
                .toList();
        READ.matcher(Files.readString(file))
            .results()
            .map(found -> found.group(1))
            .filter(path -> given.stream().noneMatch(settings -> has(settings, path)))
            .forEach(path -> missing.add(name + " " + path));
      }
    }

    // How the function is used, in its comment.
    assertThat(missing).isSubsetOf("lib/common.sh .path.in.settings");
  }

  @Test
  void whatIsForThePlanStaysWithIt() {
    assertThat(settings("staging"))
        .containsOnlyKeys(
            List.of(
                "alerts",
                "application",
                "backup",
                "compose",
                "host",
                "https",
                "parameters",
                "plainVariables",
                "release",
                "runtime",
                "seed",
                "sites",
                "stack",
                "system"));
    assertThat(settings("admin-qa"))
        .containsOnlyKeys(
            List.of(
                "alerts",
                "apps",
                "composeFolder",
                "database",
                "parameters",
                "proxyImage",
                "release",
                "requestSeconds",
                "runtime",
                "secrets",
                "seed",
                "stack",
                "system",
                "trustedCa"));
    assertThat(settings("fastapi-dev"))
        .containsOnlyKeys(
            List.of(
                "alerts",
                "database",
                "host",
                "parameters",
                "release",
                "runtime",
                "seed",
                "service",
                "stack",
                "system",
                "trustedCa"));
    assertThat(settings("admin-qa").get("alerts")).isEqualTo(Map.of("cloudwatchAgent", false));
  }
}
