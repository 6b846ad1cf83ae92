package dev.slipway.stackfile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the real Pulumi makes of stack files. It needs the CLI, so that only scripts/test.sh runs
 * it, or {@code mvn test -DexcludedGroups=} after {@code scripts/tools.sh pulumi}.
 */
@Tag("engine")
@Timeout(180)
class PulumiScalarsTest {
  private static final Path PULUMI =
      Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/bin/pulumi")
          .toAbsolutePath();

  @TempDir Path folder;

  /** The passphrase's salt, which a stack without secrets needs all the same. */
  private String salt;

  private record Ended(int status, String output) {}

  @BeforeEach
  void aStack() throws Exception {
    Files.createDirectories(folder.resolve("state"));
    write("Pulumi.yaml", "name: tiny\nruntime: java\n");
    write("Pulumi.dev.yaml", "");
    assertThat(pulumi("stack", "init", "dev").status()).isZero();
    salt = Files.readString(folder.resolve("Pulumi.dev.yaml"));
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private Ended pulumi(String... words) throws Exception {
    var line = new java.util.ArrayList<>(List.of(PULUMI.toString()));
    line.addAll(List.of(words));
    var output = folder.resolve("output");
    var builder =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectOutput(output.toFile())
            .redirectError(folder.resolve("errors").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "PULUMI_BACKEND_URL",
                "file://" + folder.resolve("state"),
                "PULUMI_CONFIG_PASSPHRASE",
                "none",
                "PULUMI_HOME",
                folder.resolve("home").toString(),
                "PULUMI_SKIP_UPDATE_CHECK",
                "true"));
    var process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Ended(process.exitValue(), Files.readString(output));
  }

  /** The configuration as Pulumi hands it to a program; null where it refuses the files. */
  private Map<String, String> config(String stack) throws Exception {
    write("Pulumi.dev.yaml", salt + stack);
    var ended = pulumi("config", "--json", "--stack", "dev");
    if (ended.status() != 0) {
      return null;
    }
    var result = new TreeMap<String, String>();
    for (var entry : JsonParser.parseString(ended.output()).getAsJsonObject().entrySet()) {
      var value = ((JsonObject) entry.getValue()).get("value");
      result.put(entry.getKey(), value == null ? "" : value.getAsString());
    }
    return result;
  }

  /** The same as our reader gives it. */
  private Map<String, String> read() {
    return new TreeMap<>(StackFile.read(folder, "dev").config());
  }

  private static void assertSame(Map<String, String> ours, Map<String, String> pulumis) {
    assertThat(ours.keySet()).isEqualTo(pulumis.keySet());
    ours.forEach(
        (key, value) -> {
          if (value.startsWith("{") || value.startsWith("[")) {
            assertThat(JsonParser.parseString(value))
                .as(key)
                .isEqualTo(JsonParser.parseString(pulumis.get(key)));
          } else {
            assertThat(value).as(key).isEqualTo(pulumis.get(key));
          }
        });
  }

  @Test
  void makesOfEachValueWhatTheTableSays() throws Exception {
    var rows = ScalarTable.rows();
    var text = new StringBuilder("config:\n");
    for (int i = 0; i < rows.size(); i++) {
      if (!rows.get(i).made().equals(ScalarTable.FAILS)) {
        text.append("  tiny:s%d: %s\n".formatted(i, rows.get(i).written()));
      }
    }
    var config = config(text.toString());
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.get(i);
      if (row.made().equals(ScalarTable.FAILS)) {
        assertThat(config("config:\n  tiny:s: " + row.written() + "\n")).as(row.written()).isNull();
      } else {
        assertThat(config.get("tiny:s" + i)).as(row.written()).isEqualTo(row.made());
      }
    }
  }

  @Test
  void andSoWithinMappingsAndListsAndInTheProject() throws Exception {
    var stack = new StringBuilder("config:\n");
    var project = new StringBuilder("name: tiny\nruntime: java\nconfig:\n");
    var rows = ScalarTable.rows();
    for (int i = 0; i < rows.size(); i++) {
      var row = rows.get(i);
      if (!row.refused()) {
        stack.append(
            "  tiny:m%1$d: {\"v\": [%2$s ], \"%3$d\":\n    %2$s }\n"
                .formatted(i, row.written().contains(",") ? "x" : row.written(), i));
        if (!row.made().isEmpty()) {
          project.append(
              "  p%d: {default: %s }\n"
                  .formatted(i, row.written().contains(",") ? "x" : row.written()));
          project.append(
              "  aws:p%d: {value: [%s ]}\n"
                  .formatted(i, row.written().contains(",") ? "x" : row.written()));
        }
      }
    }
    write("Pulumi.yaml", project.toString());

    var pulumis = config(stack.toString());

    assertThat(pulumis).hasSizeGreaterThan(150);
    assertSame(read(), pulumis);
  }

  @Test
  void readsKeysAndFormsAsWeDo() throws Exception {
    write(
        "Pulumi.yaml",
        """
        name: tiny
        runtime: java
        config:
          aws:region: us-east-1
          size: {type: integer, default: 3}
          shape: round
          tiny:list: [a, 2]
        """);
    for (var stack :
        List.of(
            "config:\n  \"tiny:shape\": square\n  'aws:region': eu-central-1\n",
            "config:\n  tiny:shape:\n  tiny:size: ~\n",
            "config:\n  aws:config:region: x\n  tiny:config:b: y\n",
            "config:\n  bare: {true: a, 8080: b, yes: c}\n",
            "config:\n  a: &x {b: 1}\n  c: {<<: [*x, {b: 3, e: 4}], d: 2}\n  e: [*x, *x]\n",
            "config:\n  z: {b: 1, a: 2, B: 4}\n  w: |\n    x\n    y\n  v: >-\n    0400\n  u: 10\n    20\n",
            "config:\n  s: {secure: 5}\n  t: {secure: abc, other: x}\n",
            "config: {\"tiny:a\": \"x\", \"tiny:b\": {\"c\": [1, true, null, \"\\u00e9\"]}}\n")) {
      var pulumis = config(stack);
      assertThat(pulumis).as(stack).isNotNull();
      assertSame(read(), pulumis);
    }
  }
}
