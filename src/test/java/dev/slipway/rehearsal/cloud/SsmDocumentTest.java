package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SsmDocumentTest {

  private static final String RELEASE =
      """
      {"schemaVersion": "2.2",
       "parameters": {
         "ref": {"type": "String", "default": "", "allowedPattern": "^[A-Za-z0-9._/:@-]{0,200}$",
                 "interpolationType": "ENV_VAR"},
         "upgrade": {"type": "String", "allowedValues": ["true", "false"], "default": "false"},
         "actor": {"type": "String"}},
       "mainSteps": [{"action": "aws:runShellScript", "name": "release",
         "inputs": {"timeoutSeconds": "120", "runCommand": ["#!/bin/bash", "echo {{ ref }} {{actor}}"]}}]}
      """;

  private final SsmDocument document = SsmDocument.parse("slipway-test-release", RELEASE);

  @Test
  void parameterThatAsksForItComesAsVariable() {
    var parameters = document.complete(Map.of("ref", List.of("v1"), "actor", List.of("ci")));
    assertThat(document.variables(parameters)).containsExactly(Map.entry("SSM_ref", "v1"));
    assertThat(document.steps(parameters).get(0).script())
        .isEqualTo("#!/bin/bash\necho ${SSM_ref} ci\n");
  }

  @Test
  void otherParameterIsPastedAsItIs() {
    var parameters = document.complete(Map.of("actor", List.of("$(touch /tmp/x); true")));
    assertThat(document.steps(parameters).get(0).script()).contains("$(touch /tmp/x); true");
  }

  @Test
  void stepHasItsTimeOut() {
    var parameters = document.complete(Map.of("actor", List.of("ci")));
    assertThat(document.steps(parameters).get(0).timeoutSeconds()).isEqualTo(120);
  }

  @Test
  void defaultsAreAdded() {
    assertThat(document.complete(Map.of("actor", List.of("ci"))))
        .containsEntry("ref", List.of(""))
        .containsEntry("upgrade", List.of("false"));
  }

  @Test
  void valuesOutsidePatternAndListAreRefused() {
    refuses(Map.of("actor", List.of("ci"), "ref", List.of("; touch /tmp/x")), "allowed pattern");
    refuses(Map.of("actor", List.of("ci"), "ref", List.of("v1\nreboot")), "allowed pattern");
    refuses(Map.of("actor", List.of("ci"), "upgrade", List.of("yes")), "is not one of");
    refuses(Map.of("actor", List.of("a", "b")), "takes one value");
    refuses(Map.of("actor", List.of("ci"), "reff", List.of("v1")), "is not defined");
    refuses(Map.of(), "is missing");
  }

  private void refuses(Map<String, List<String>> given, String why) {
    assertThatThrownBy(() -> document.complete(given))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("InvalidParameters"))
        .hasMessageContaining(why);
  }

  @Test
  void wrongDocumentsAreRefused() {
    assertThatThrownBy(() -> SsmDocument.parse("d", RELEASE.replace("\"2.2\"", "\"3.0\"")))
        .hasMessageContaining("schemaVersion");
    assertThatThrownBy(() -> SsmDocument.parse("d", RELEASE.replace("{{ ref }}", "{{ reff }}")))
        .hasMessageContaining("reff");
    assertThatThrownBy(() -> SsmDocument.parse("d", RELEASE.replace("^[A-Z", "^[Z-A")))
        .hasMessageContaining("allowedPattern of ref");
    assertThatThrownBy(() -> SsmDocument.parse("d", RELEASE.replace("ENV_VAR", "ENVVAR")))
        .hasMessageContaining("interpolationType of ref");
  }

  @Test
  void shellScriptDocumentOfAwsRunsItsLines() {
    var document = SsmDocument.runShellScript();
    var parameters = document.complete(Map.of("commands", List.of("id", "uptime")));
    assertThat(document.steps(parameters).get(0).script()).isEqualTo("id\nuptime\n");
  }
}
