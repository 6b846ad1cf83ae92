package dev.slipway.release;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.core.Stack;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

class CommandDocumentTest {
  private static final Stack STACK = new Stack("staging", "erpnext", "us-east-1", Map.of());

  private static final List<String> VERBS =
      List.of(
          "configure",
          "release",
          "rollback",
          "backup",
          "restore",
          "drill",
          "rename",
          "retire",
          "status",
          "check",
          "dump");

  private static JsonObject document(String verb) {
    var json = CommandDocuments.documents(STACK, 3600).get(verb).json();
    return JsonParser.parseString(json).getAsJsonObject();
  }

  private static JsonObject parameter(String verb, String name) {
    return document(verb).getAsJsonObject("parameters").getAsJsonObject(name);
  }

  @Test
  void thereIsOneForEachVerb() {
    assertThat(CommandDocuments.documents(STACK, 3600))
        .containsOnlyKeys(VERBS.toArray(String[]::new));
  }

  @ParameterizedTest
  @FieldSource("VERBS")
  void isOfTheFormThatSystemsManagerTakes(String verb) {
    var json = document(verb);
    var steps = json.getAsJsonArray("mainSteps");
    var step = steps.get(0).getAsJsonObject();

    assertThat(json.get("schemaVersion").getAsString()).isEqualTo("2.2");
    assertThat(steps).hasSize(1);
    assertThat(step.get("action").getAsString()).isEqualTo("aws:runShellScript");
    assertThat(step.get("name").getAsString()).isEqualTo(verb);
    assertThat(step.getAsJsonObject("inputs").get("timeoutSeconds").getAsString())
        .matches("[1-9][0-9]+");
    json.getAsJsonObject("parameters")
        .entrySet()
        .forEach(
            entry -> {
              var parameter = entry.getValue().getAsJsonObject();
              assertThat(parameter.get("type").getAsString()).isEqualTo("String");
              assertThat(parameter.get("interpolationType").getAsString()).isEqualTo("ENV_VAR");
              var pattern = parameter.get("allowedPattern").getAsString();
              assertThat(pattern).startsWith("^").endsWith("$");
              assertThat(parameter.get("default").getAsString()).matches(pattern);
            });
    assertThat(json.toString()).doesNotContain("{{");
  }

  @ParameterizedTest
  @FieldSource("VERBS")
  void noParameterLetsAShellIn(String verb) {
    var hostile = new String[] {"; touch /tmp/x", "$(touch /tmp/x)", "`x`", "a\nb", "a'b", "a\"b"};
    document(verb)
        .getAsJsonObject("parameters")
        .entrySet()
        .forEach(
            entry -> {
              var pattern =
                  Pattern.compile(
                      entry.getValue().getAsJsonObject().get("allowedPattern").getAsString());
              for (var value : hostile) {
                assertThat(pattern.matcher(value).matches())
                    .as(verb + " " + entry.getKey() + " " + value)
                    .isFalse();
              }
            });
  }

  @ParameterizedTest
  @CsvSource({
    "release, ref, v16.32.3",
    "release, ref, sha256:0123456789abcdef",
    "release, ref, feature/one@2",
    "release, run, https://github.com/o/r/actions/runs/1",
    "release, actor, Jane Doe",
    "rollback, to, 20261121T021700Z-1a2b3c4",
    "rollback, withData, 20261121T021700Z-none",
    "restore, backup, newest",
    "restore, backup, 20261121T021700Z-20261120T101010Z-1a2b3c4",
    "restore, site, erp.example.com",
    "status, format, json",
    "dump, key, db-dumps/2026-11-21/shop.dump.gz",
    "dump, version, 3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
    "dump, version, null",
    "dump, step, drop-former",
    "dump, taskToken, AQCEAAAAKgAAAAMAAAAAAAAAAf+/x=="
  })
  void takesWhatIsMeant(String verb, String name, String value) {
    assertThat(value).matches(parameter(verb, name).get("allowedPattern").getAsString());
  }

  @Test
  void theScriptRunsTheVerbAndNothingElse() {
    var inputs = document("release").getAsJsonArray("mainSteps").get(0).getAsJsonObject();

    assertThat(inputs.getAsJsonObject("inputs").getAsJsonArray("runCommand"))
        .extracting(line -> line.getAsString())
        .startsWith("#!/bin/bash")
        .endsWith("exec /opt/slipway/release.sh");
  }

  @Test
  void configureFetchesWhatThePointerNamesFirst() {
    var text = document("configure").toString();

    assertThat(text)
        .contains("export SLIPWAY_POINTER=/slipway/staging/host")
        .contains("slipway_fetch 120")
        .contains("exec /opt/slipway/configure.sh");
  }

  @Test
  void refusesADefaultThatItsOwnPatternRefuses() {
    assertThatThrownBy(
            () -> new CommandDocument("a", "b", "c", 60).parameter("p", "d", "^[a-z]+$", ""))
        .hasMessageContaining("p: its default");
  }

  @Test
  void refusesAScriptThatLeavesNoRoomForParameters() {
    var script = "echo hello\n".repeat(5000);

    assertThatThrownBy(() -> new CommandDocument("a", "b", script, 60).json())
        .hasMessageContaining("64 KB");
  }
}
