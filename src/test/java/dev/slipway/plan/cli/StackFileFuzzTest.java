package dev.slipway.plan.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/**
 * Stack files that nobody would write on purpose: each is answered with a plan or with problems,
 * never with a stack trace and never with silence.
 *
 * <p>The cases come from the real stack files and a seed, {@code -Dslipway.fuzz.seed=N}; {@code
 * -Dslipway.fuzz.cases=N} makes more of them. One in eight is tried on every change, spread over
 * all stacks, and every one at night: {@code -Dslipway.fuzz.share=1}. What was found once is in
 * {@link StackFileRegressionsTest}.
 */
class StackFileFuzzTest {
  private static final long SEED = Long.getLong("slipway.fuzz.seed", 20261130);
  private static final int CASES = Integer.getInteger("slipway.fuzz.cases", 400);

  /** How many values each setting of each stack is given. */
  private static final int ROUNDS = Integer.getInteger("slipway.fuzz.rounds", 1);

  /** One in so many cases is tried. */
  private static final int SHARE = Integer.getInteger("slipway.fuzz.share", 8);

  private static final List<String> STACKS = PlannedText.stacks();

  @TempDir Path folder;

  private int asked;

  /** Values that YAML gives another type, or none, than what a setting expects. */
  private static final List<String> SCALARS =
      List.of(
          "",
          "~",
          "null",
          "true",
          "no",
          "0",
          "-1",
          "007",
          "1e9",
          "1.5",
          "-0.0",
          "99999999999999999999999",
          "-2147483649",
          ".inf",
          ".nan",
          "2026-02-30",
          "12:30:45",
          "[]",
          "{}",
          "[[]]",
          "[null]",
          "{a: {b: {c: []}}}",
          "{null: null}",
          "{[a]: b}",
          "\"\"",
          "\" \"",
          "\"\\n\"",
          "\"\\0\"",
          "\"\\u202e\\u200b\"",
          "\"\\ud83d\\ude00\"",
          "\"a b\"",
          "\"-\"",
          "api-",
          "-api",
          "a--b",
          "A",
          "é",
          "ß.example.com",
          "x.",
          "..",
          "../../etc/passwd",
          "/",
          "*",
          "\"*.example.com\"",
          "\"%s%n%1$s\"",
          "\"{{ x }}\"",
          "\"${x}\"",
          "\"$(touch /tmp/x)\"",
          "\"'\"",
          "10.0.0.0/33",
          "300.1.1.1/16",
          "::/0",
          "arn:aws:iam::111122223333:role/x",
          "sha256:0",
          "!!binary aGVsbG8=",
          "!!timestamp 2026-01-01",
          "!!set {a, b}",
          "!!int x",
          "!!float .nan",
          "!!java.lang.String x",
          "{secure: v1:abc:def}",
          "*nothing",
          "&a [*a]",
          "&b {self: *b}",
          "|\n      several\n      lines",
          ">-\n      folded",
          "'it''s'",
          "'unfinished",
          "\"unfinished",
          "[unfinished",
          "{unfinished",
          "@x",
          "`x`",
          "%x",
          "? x");

  @Test
  void filesCutAnywhereAreAnswered() throws IOException {
    for (var stack : STACKS) {
      var whole = PlannedText.bytesOf(stack);
      // A cut within a line is like the one before it; the first kilobyte is cut at each byte.
      for (int end = 0; end < whole.length; end += end < 300 ? 1 : 23) {
        answered(stack, Arrays.copyOf(whole, end), "cut after " + end + " bytes");
      }
    }
  }

  @Test
  void eachValueReplacedIsAnswered() throws IOException {
    for (var stack : STACKS) {
      var lines = new String(PlannedText.bytesOf(stack), UTF_8).lines().toList();
      for (int at = 0; at < lines.size(); at++) {
        if (!lines.get(at).matches(".*\\S: \\S.*")) {
          continue;
        }
        var random = new Random(SEED + at);
        for (int round = 0; round < ROUNDS; round++) {
          var changed = new ArrayList<>(lines);
          var scalar = pick(random, SCALARS);
          changed.set(at, lines.get(at).replaceFirst(": .*", ": ") + scalar);
          answered(stack, text(changed), "line " + (at + 1) + " has " + scalar);
        }
      }
    }
  }

  @Test
  void changedStructuresAreAnswered() throws IOException {
    var random = new Random(SEED);
    for (int number = 0; number < CASES; number++) {
      var stack = pick(random, STACKS);
      Object tree = new Yaml().load(new String(PlannedText.bytesOf(stack), UTF_8));
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        tree = changed(tree, random, 0);
      }
      answered(stack, new Yaml().dump(tree).getBytes(UTF_8), "structure " + number);
    }
  }

  @Test
  void changedTextIsAnswered() throws IOException {
    var random = new Random(SEED);
    for (int number = 0; number < CASES; number++) {
      var stack = pick(random, STACKS);
      var bytes = PlannedText.bytesOf(stack);
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes = noise(bytes, random);
      }
      answered(stack, bytes, "text " + number);
    }
  }

  private void answered(String stack, byte[] file, String what) throws IOException {
    if (asked++ % SHARE != 0) {
      return;
    }
    var answer = PlannedText.answer(folder, stack, file);
    assertThat(answer.wrongs())
        .as(
            "%s of %s (seed %s):%n%s%n--- answer:%n%s",
            what, stack, SEED, new String(file, ISO_8859_1), answer.all())
        .isEmpty();
  }

  private static byte[] text(List<String> lines) {
    return (String.join("\n", lines) + "\n").getBytes(UTF_8);
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** The same tree with one place of it changed. */
  private static Object changed(Object tree, Random random, int depth) {
    if (tree instanceof Map<?, ?> map && !map.isEmpty() && random.nextInt(5) != 0) {
      var result = new LinkedHashMap<Object, Object>(map);
      var key = pick(random, List.copyOf(map.keySet()));
      switch (depth == 0 ? 9 : random.nextInt(10)) {
        case 0 -> result.remove(key);
        case 1 ->
            result.put(key + pick(random, List.of("-", " ", ".x", "[0]", "é", "A")), map.get(key));
        case 2 -> {
          result.remove(key);
          result.put(
              pick(random, List.of("", 0, true, "a-b", "A_B", "../x", "x".repeat(300))),
              map.get(key));
        }
        default -> result.put(key, changed(map.get(key), random, depth + 1));
      }
      return result;
    }
    if (tree instanceof List<?> list && !list.isEmpty() && random.nextInt(5) != 0) {
      var result = new ArrayList<Object>(list);
      int at = random.nextInt(list.size());
      switch (random.nextInt(4)) {
        case 0 -> result.add(list.get(at));
        case 1 -> result.add(other(list.get(at)));
        case 2 -> result.remove(at);
        default -> result.set(at, changed(list.get(at), random, depth + 1));
      }
      return result;
    }
    return switch (random.nextInt(12)) {
      case 0 -> null;
      case 1 -> List.of();
      case 2 -> Map.of();
      case 3 -> Arrays.asList(tree, null, tree);
      case 4 -> Map.of("a", "b", "slipway", 1);
      case 5 -> random.nextInt();
      case 6 -> random.nextDouble() * 1e18;
      case 7 -> random.nextBoolean();
      case 8 -> "x".repeat(random.nextInt(3000));
      case 9 ->
          tree + pick(random, List.of("-", " ", "é", "\n", "'", "\"", "/", ".", "x".repeat(64)));
      case 10 -> other(tree);
      default -> pick(random, SCALARS).replace("\"", "");
    };
  }

  /** What a person might take for the same. */
  private static Object other(Object value) {
    if (value instanceof String text) {
      return text.toUpperCase(java.util.Locale.ROOT).equals(text)
          ? text + "."
          : text.toUpperCase(java.util.Locale.ROOT);
    }
    return value instanceof Integer number ? (Object) (number + 1) : value;
  }

  /** The same bytes with one place of them changed. */
  private static byte[] noise(byte[] bytes, Random random) {
    int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    int end = Math.min(bytes.length, at + random.nextInt(8));
    byte[] put =
        switch (random.nextInt(8)) {
          case 0 -> new byte[0];
          case 1 -> new byte[] {(byte) random.nextInt(256)};
          case 2 -> " ".repeat(random.nextInt(5)).getBytes(UTF_8);
          case 3 -> "\t".getBytes(UTF_8);
          case 4 -> pick(random, SCALARS).getBytes(UTF_8);
          case 5 ->
              pick(
                      random,
                      List.of(
                          ": ", "- ", "\n", "#", "[", "]", "{", "}", ",", "&x ", "*x", "!", "|",
                          ">", "---\n", "...\n"))
                  .getBytes(UTF_8);
          case 6 -> Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 200));
          default -> {
            var some = new byte[random.nextInt(20)];
            random.nextBytes(some);
            yield some;
          }
        };
    var result = Arrays.copyOf(bytes, at + put.length + bytes.length - end);
    System.arraycopy(put, 0, result, at, put.length);
    System.arraycopy(bytes, end, result, at + put.length, bytes.length - end);
    return result;
  }
}
