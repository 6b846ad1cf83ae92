package dev.slipway.stackfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each value without quotes is read as Pulumi reads it, or refused. */
class ScalarsTest {
  @TempDir Path folder;

  static List<ScalarTable.Row> rows() {
    return ScalarTable.rows();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isReadAsTheTableSays(ScalarTable.Row row) throws IOException {
    Files.writeString(folder.resolve("Pulumi.yaml"), "name: tiny\nruntime: java\n");
    Files.writeString(
        folder.resolve("Pulumi.dev.yaml"), "config:\n  tiny:s: " + row.written() + "\n");

    if (row.refused()) {
      assertThatThrownBy(() -> StackFile.read(folder, "dev"))
          .isInstanceOf(StackFileException.class)
          .hasMessageStartingWith("Pulumi.dev.yaml");
    } else {
      assertThat(StackFile.read(folder, "dev").config()).containsEntry("tiny:s", row.made());
    }
  }
}
