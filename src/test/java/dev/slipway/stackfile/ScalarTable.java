package dev.slipway.stackfile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The table of values without quotes, {@code scalars.txt}. */
final class ScalarTable {
  /** What the table says where Pulumi refuses the file. */
  static final String FAILS = "FAILS";

  private static final Path FILE = Path.of("src/test/resources/dev/slipway/stackfile/scalars.txt");

  record Row(String written, String made, boolean refused) {}

  private ScalarTable() {}

  static List<Row> rows() {
    try {
      return Files.readAllLines(FILE).stream()
          .filter(line -> !line.startsWith("# "))
          .map(line -> line.split(" *\\| ?", -1))
          .map(cells -> new Row(cells[0], cells[1].strip(), cells[2].equals("refused")))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
