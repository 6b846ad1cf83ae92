package dev.slipway.workflow;

import dev.slipway.core.Resources;
import dev.slipway.host.Zip;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;

/** The Python of the workflow's functions, as one archive for all of them. */
final class FunctionCode {
  private static final List<String> FILES =
      List.of("archive", "claim", "refusal", "run", "sql", "stream", "validate");

  private FunctionCode() {}

  /** The archive, which is the same, bit for bit, whenever the code is. */
  static Zip zip() {
    var files = new TreeMap<String, byte[]>();
    for (var name : FILES) {
      files.put(
          name + ".py",
          Resources.text(FunctionCode.class, "dumps/" + name + ".py")
              .getBytes(StandardCharsets.UTF_8));
    }
    return Zip.of(files);
  }
}
