package dev.slipway.plan.report;

import dev.slipway.core.Json;
import dev.slipway.core.Reasons;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.PlanException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A plan as {@code ./slipway plan --out} wrote it: one side of a comparison. A plan of now is taken
 * through the same JSON, so that both sides are read alike.
 *
 * @param source what it is, for people
 * @param json the object that {@link JsonReport} writes
 * @param files what hosts get, by path
 */
public record SavedPlan(String source, Map<String, Object> json, Map<String, byte[]> files) {

  /** A plan of now. */
  public static SavedPlan of(Plan plan) {
    return new SavedPlan(
        plan.stack(), Json.object(new JsonReport(plan).text()), PlanFiles.ofHosts(plan.graph()));
  }

  /**
   * Reads a folder.
   *
   * @throws PlanException when it isn't one that {@code --out} wrote, or was changed since
   */
  public static SavedPlan read(Path folder) {
    var file = folder.resolve("plan.json");
    if (!Files.isDirectory(folder) || !Files.isRegularFile(file)) {
      throw new PlanException(
          folder + ": is no saved plan, since it has no plan.json; write one with " + howTo());
    }
    var json = Json.object(new String(bytes(file), StandardCharsets.UTF_8));
    if (!(json.get("stack") instanceof String stack) || !(json.get("resources") instanceof List)) {
      throw new PlanException(
          file + ": is not what plan.sh writes; write a saved plan with " + howTo());
    }
    if (!Long.valueOf(JsonReport.FORMAT).equals(json.get("format"))) {
      throw new PlanException(
          "%s: was written by another version of plan.sh (its format is %s, this one reads %d); write it again with %s"
              .formatted(
                  file,
                  json.get("format") == null ? "an early one" : json.get("format"),
                  JsonReport.FORMAT,
                  howTo()));
    }
    var files = new LinkedHashMap<String, byte[]>();
    var root = folder.toAbsolutePath().normalize();
    for (var entry : maps(json.get("files"))) {
      var path = text(entry, "path");
      var listed = root.resolve(path).normalize();
      if (!listed.startsWith(root.resolve("host"))) {
        throw new PlanException(file + ": names a file outside of the saved plan: " + path);
      }
      if (!Files.isRegularFile(listed)
          || !sha256(bytes(listed)).equals(String.valueOf(entry.get("sha256")))) {
        throw new PlanException(
            "%s: is missing or was changed since the plan was saved; write it again with %s"
                .formatted(listed, howTo()));
      }
      files.put(path, bytes(listed));
    }
    return new SavedPlan("%s, a saved plan of %s".formatted(folder, stack), json, files);
  }

  private static String howTo() {
    return "./slipway plan STACK --out DIR";
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new PlanException("cannot read " + file + ": " + Reasons.of(unreadable));
    }
  }

  public static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  public String stack() {
    return text(json, "stack");
  }

  /** The objects of a list of the plan's. */
  public List<Map<String, Object>> list(String key) {
    return maps(json.get(key));
  }

  /** The names of the components right below the stack. */
  public List<String> systems() {
    return list("resources").stream()
        .filter(
            resource ->
                Boolean.FALSE.equals(resource.get("custom"))
                    && text(resource, "parent").contains("::pulumi:pulumi:Stack::"))
        .map(resource -> text(resource, "name"))
        .toList();
  }

  /** The objects among the elements of a list. */
  public static List<Map<String, Object>> maps(Object list) {
    var result = new ArrayList<Map<String, Object>>();
    for (var element : Json.list(list)) {
      if (element instanceof Map<?, ?> map) {
        result.add(Json.strings(map));
      }
    }
    return result;
  }

  /** A field as text, empty when there is none. */
  public static String text(Map<String, Object> object, String key) {
    var value = object.get(key);
    return value == null ? "" : String.valueOf(value);
  }
}
