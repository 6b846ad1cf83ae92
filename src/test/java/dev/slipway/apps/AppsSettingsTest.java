package dev.slipway.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Setting;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What the settings of applications are where the stack file says nothing. */
class AppsSettingsTest {

  private static String defaultOf(String setting) {
    return Arrays.stream(AppsSettings.class.getRecordComponents())
        .filter(component -> component.getName().equals(setting))
        .map(component -> component.getAnnotation(Setting.class).or())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theProxyIsTheCaddyThatRehearsalsRun() throws Exception {
    var version = defaultOf("proxyImage").replaceAll("\"caddy:(.*)\"", "$1");

    assertThat(Files.readString(Path.of("scripts/tools/caddy/go.mod")))
        .contains("require github.com/caddyserver/caddy/v2 v" + version + "\n");
  }
}
