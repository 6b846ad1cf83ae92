package dev.slipway.plan.engine;

import dev.slipway.core.Json;
import dev.slipway.core.Reasons;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.graph.SecretText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A stack's configuration as the engine hands it to a program: values by key, objects as JSON, read
 * from {@code Pulumi.yaml} and {@code Pulumi.<stack>.yaml}. Encrypted values cannot be read without
 * the stack's key and aren't needed: the program gets a mask.
 *
 * @param project the project's name
 * @param stack the stack's name
 * @param config values by key, {@code slipway:host} for example
 * @param secretKeys the keys whose value is encrypted, wholly or in part
 */
public record StackFile(
    String project, String stack, Map<String, String> config, Set<String> secretKeys) {

  private static final Pattern STACK = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

  /**
   * Reads both files.
   *
   * @throws PlanException when one is missing or is no YAML that Pulumi would take
   */
  public static StackFile read(Path folder, String stack) {
    if (!isName(stack)) {
      throw new PlanException(notAName(stack));
    }
    var projectFile = folder.resolve("Pulumi.yaml");
    if (!Files.exists(projectFile)) {
      throw new PlanException(
          "there is no " + projectFile + "; run this in the folder of a Pulumi project");
    }
    var project = YamlFile.read(projectFile);
    if (!(project.get("name") instanceof String name)) {
      throw new PlanException(projectFile + ": name is missing");
    }
    var file = folder.resolve("Pulumi." + stack + ".yaml");
    if (!Files.exists(file)) {
      throw new PlanException(
          "there is no "
              + file.getFileName()
              + "; stacks here: "
              + String.join(", ", stacks(folder)));
    }
    var config = new TreeMap<String, String>();
    var secretKeys = new TreeSet<String>();
    defaults(projectFile, project)
        .forEach((key, value) -> put(whole(name, key), value, config, secretKeys));
    var seen = new TreeSet<String>();
    YamlFile.config(file, YamlFile.read(file))
        .forEach(
            (key, value) -> {
              var whole = whole(name, key);
              if (!seen.add(whole)) {
                throw new PlanException(
                    "%s: %s is there twice, with %s: before it and without"
                        .formatted(file.getFileName(), whole, name));
              }
              put(whole, value, config, secretKeys);
            });
    return new StackFile(name, stack, Map.copyOf(config), Set.copyOf(secretKeys));
  }

  /** Whether Pulumi takes it as the name of a stack. */
  public static boolean isName(String stack) {
    return STACK.matcher(stack).matches();
  }

  public static String notAName(String stack) {
    return "\""
        + stack
        + "\" cannot be the name of a stack; use letters, digits, hyphens, dots and underscores";
  }

  /** The names of the stacks that have a file in the folder. */
  public static List<String> stacks(Path folder) {
    var result = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(folder, "Pulumi.*.yaml")) {
      for (var file : files) {
        var name = file.getFileName().toString();
        result.add(name.substring("Pulumi.".length(), name.length() - ".yaml".length()));
      }
    } catch (IOException unreadable) {
      throw new PlanException("cannot list " + folder + ": " + Reasons.of(unreadable));
    }
    result.sort(null);
    return result;
  }

  /** Values that the project gives to every stack. */
  private static Map<String, Object> defaults(Path file, Map<String, Object> project) {
    var result = new TreeMap<String, Object>();
    YamlFile.config(file, project)
        .forEach(
            (key, value) -> {
              if (value instanceof Map<?, ?> declaration) {
                var given =
                    declaration.containsKey("value")
                        ? declaration.get("value")
                        : declaration.get("default");
                if (given != null) {
                  result.put(key, given);
                }
              } else if (value != null) {
                result.put(key, value);
              }
            });
    return result;
  }

  private static String whole(String project, String key) {
    return key.contains(":") ? key : project + ":" + key;
  }

  private static void put(
      String whole, Object value, Map<String, String> config, Set<String> secretKeys) {
    if (holdsSecret(value)) {
      secretKeys.add(whole);
    }
    var masked = mask(value);
    config.put(
        whole,
        masked instanceof Map || masked instanceof List
            ? Json.compact(masked)
            : String.valueOf(masked));
  }

  private static boolean isSecret(Object value) {
    return value instanceof Map<?, ?> map && map.size() == 1 && map.get("secure") instanceof String;
  }

  private static boolean holdsSecret(Object value) {
    return isSecret(value)
        || (value instanceof Map<?, ?> map
            && map.values().stream().anyMatch(StackFile::holdsSecret))
        || (value instanceof List<?> list && list.stream().anyMatch(StackFile::holdsSecret));
  }

  private static Object mask(Object value) {
    if (isSecret(value)) {
      return SecretText.MASK;
    } else if (value instanceof Map<?, ?> map) {
      var result = Json.strings(map);
      result.replaceAll((key, inner) -> mask(inner));
      return result;
    } else if (value instanceof List<?> list) {
      return list.stream().map(StackFile::mask).toList();
    }
    return value;
  }
}
