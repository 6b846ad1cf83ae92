package dev.slipway.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Check;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Problems;
import dev.slipway.core.Setting;
import dev.slipway.core.SettingsBinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private static List<String> problems(String app, String... buckets) {
    var problems = new Problems();
    var apps =
        new SettingsBinder("slipway", problems)
            .bind(AppsSettings.class, Map.of("apps", "{\"api\": " + app + "}"));
    apps.ifPresent(
        bound -> {
          var check = new Check();
          bound.check(check, List.of(buckets), Optional.empty());
          try {
            check.orThrow();
          } catch (InvalidSettings invalid) {
            invalid.problems().forEach(problem -> problems.add(problem.path(), problem.message()));
          }
        });
    return problems.found().stream().map(String::valueOf).toList();
  }

  private static String app(String more) {
    return "{\"image\": \"registry:5000/api\", \"hostPort\": 8001, " + more + "}";
  }

  @Test
  void aRoleForBucketsIsForStacksThatHaveSome() {
    assertThat(problems(app("\"buckets\": true")))
        .singleElement()
        .asString()
        .contains("apps.api.buckets", "the stack has no bucket");
    assertThat(problems(app("\"buckets\": true"), "avatars")).isEmpty();
    assertThat(problems(app("\"buckets\": false"))).isEmpty();
  }

  @Test
  void whatARoleBringsIsNoVariableOfTheAppsOwn() {
    assertThat(
            problems(
                app(
                    "\"buckets\": true, \"environment\": {\"OLD_FILES_BUCKET\": \"x\", \"AWS_REGION\": \"y\"}"),
                "old-files"))
        .hasSize(2)
        .anySatisfy(problem -> assertThat(problem).contains("can't be given OLD_FILES_BUCKET"))
        .anySatisfy(problem -> assertThat(problem).contains("can't be given AWS_REGION"));
    assertThat(problems(app("\"environment\": {\"AWS_REGION\": \"y\"}"), "old-files")).isEmpty();
  }

  @Test
  void theReplicasVariableIsNoOther() {
    assertThat(problems(app("\"databaseUrl\": \"URL\", \"replicaUrl\": \"URL\"")))
        .singleElement()
        .asString()
        .contains("URL is given more than once");
    assertThat(problems(app("\"replicaUrl\": \"my-url\"")))
        .singleElement()
        .asString()
        .contains("apps.api.replicaUrl", "is not the name of a variable");
  }
}
