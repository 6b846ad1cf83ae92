package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SettingsDocTest {
  @Test
  void thePageInTheRepositoryIsWhatTheProgramReads() throws Exception {
    assertThat(Files.readString(Path.of("docs/settings.md")))
        .as("docs/settings.md is old; write it with the command in SettingsDoc's documentation")
        .isEqualTo(SettingsDoc.text());
  }

  @Test
  void everySettingHasADefaultOrSaysThatItHasNone() {
    assertThat(SettingsDoc.text())
        .contains("| `instanceType` | text | `t3.medium` |")
        .contains("| `metadataHopLimit` | number | `1` |")
        .contains("| `permissionsBoundary` | text | *optional* |")
        .contains("### slipway:erpnext.sites[]")
        .contains("| `source` | `registry` or `build` | `registry` |");
  }

  @Test
  void writesWhereItIsTold() {
    assertThatThrownBy(() -> SettingsDoc.main(new String[0]))
        .hasMessageContaining("docs/settings.md");
  }
}
