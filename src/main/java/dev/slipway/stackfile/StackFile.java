package dev.slipway.stackfile;

import dev.slipway.core.Reasons;
import java.io.IOException;
import java.math.BigDecimal;
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

  /** What stands for an encrypted value. */
  public static final String MASK = "[secret]";

  /** What a setting's declaration in Pulumi.yaml may have. */
  private static final Set<String> DECLARATION =
      Set.of("type", "description", "default", "value", "secret", "items");

  private static final Pattern STACK = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

  /**
   * What both files say, before it becomes text.
   *
   * @param project the project's name
   * @param values by key; encrypted ones masked, mappings in the order that Pulumi gives them
   * @param secretKeys the keys whose value is encrypted, wholly or in part
   * @param file all of the stack file, with what Pulumi keeps there beside settings
   */
  record Content(
      String project,
      Map<String, Object> values,
      Set<String> secretKeys,
      Map<String, Object> file) {}

  /**
   * Reads both files.
   *
   * @throws StackFileException when one is missing or is no YAML that Pulumi would take
   */
  public static StackFile read(Path folder, String stack) {
    var content = content(folder, stack);
    var config = new TreeMap<String, String>();
    content.values.forEach((key, value) -> config.put(key, text(value)));
    return new StackFile(content.project, stack, Map.copyOf(config), content.secretKeys);
  }

  static Content content(Path folder, String stack) {
    if (!isName(stack)) {
      throw new StackFileException(notAName(stack));
    }
    var projectFile = folder.resolve("Pulumi.yaml");
    if (!Files.exists(projectFile)) {
      throw new StackFileException(
          "there is no " + projectFile + "; run this in the folder of a Pulumi project");
    }
    var project = YamlFile.read(projectFile);
    if (!(project.get("name") instanceof String name)) {
      throw new StackFileException(projectFile + ": name is missing");
    }
    var file = folder.resolve("Pulumi." + stack + ".yaml");
    if (!Files.exists(file)) {
      throw new StackFileException(
          "there is no "
              + file.getFileName()
              + "; stacks here: "
              + String.join(", ", stacks(folder)));
    }
    var content = YamlFile.read(file);
    var values = new TreeMap<String, Object>();
    var required = new TreeSet<String>();
    values.putAll(settings(projectFile, name, defaults(projectFile, name, project, required)));
    values.putAll(settings(file, name, YamlFile.config(file, content)));
    for (var key : required) {
      if (!values.containsKey(whole(projectFile, name, key))) {
        throw wrong(projectFile, key, "has no default, and " + file.getFileName() + " no value");
      }
    }
    var secretKeys = new TreeSet<String>();
    values.forEach(
        (key, value) -> {
          if (holdsSecret(value)) {
            secretKeys.add(key);
          }
        });
    values.replaceAll((key, value) -> mask(value));
    return new Content(name, values, Set.copyOf(secretKeys), content);
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
      throw new StackFileException("cannot list " + folder + ": " + Reasons.of(unreadable));
    }
    result.sort(null);
    return result;
  }

  /**
   * Values that the project gives to every stack: of a setting of its own as a {@code default}, of
   * one of a provider's as a {@code value}, and either in short.
   */
  private static Map<String, Object> defaults(
      Path file, String project, Map<String, Object> content, Set<String> required) {
    var result = new TreeMap<String, Object>();
    YamlFile.config(file, content)
        .forEach(
            (key, given) -> {
              boolean own = !key.contains(":") || key.startsWith(project + ":");
              if (key.matches(".*[.\\[\"].*")) {
                throw wrong(file, key, "is a path into a setting; write the whole setting");
              }
              if (given instanceof Map<?, ?> declaration) {
                var names = YamlFile.strings(declaration).keySet();
                if (!DECLARATION.containsAll(names)) {
                  throw wrong(
                      file,
                      key,
                      "is a mapping; put it below %s:".formatted(own ? "default" : "value"));
                }
                if (names.contains("default") && (names.contains("value") || !own)) {
                  throw wrong(
                      file,
                      key,
                      own ? "has default and value; keep one" : "takes value, not default");
                }
                var value = declaration.get(names.contains("value") ? "value" : "default");
                if (value != null) {
                  result.put(key, value);
                } else if (own) {
                  required.add(key);
                } else {
                  throw wrong(file, key, "has no value");
                }
              } else if (given == null || given instanceof BigDecimal) {
                throw wrong(
                    file,
                    key,
                    "is %s; Pulumi takes it below %s: only"
                        .formatted(given == null ? "empty" : given, own ? "default" : "value"));
              } else {
                result.put(key, given);
              }
            });
    return result;
  }

  private static StackFileException wrong(Path file, String key, String what) {
    return new StackFileException("%s: config.%s: %s".formatted(file.getFileName(), key, what));
  }

  /** The same by whole keys, {@code slipway:host} for {@code host}. */
  private static Map<String, Object> settings(
      Path file, String project, Map<String, Object> given) {
    var result = new TreeMap<String, Object>();
    given.forEach(
        (key, value) -> {
          var whole = whole(file, project, key);
          if (result.containsKey(whole)) {
            throw new StackFileException(
                "%s: %s is there twice, with %s before it and without"
                    .formatted(
                        file.getFileName(),
                        whole,
                        whole.startsWith(project + ":") ? project + ":" : "config:"));
          }
          result.put(whole, value);
        });
    return result;
  }

  /** Pulumi takes {@code aws:config:region} for {@code aws:region}, as its first versions wrote. */
  private static String whole(Path file, String project, String key) {
    var parts = key.split(":", -1);
    if (parts.length == 1) {
      return project + ":" + key;
    } else if (parts.length == 3 && parts[1].equals("config")) {
      return parts[0] + ":" + parts[2];
    } else if (parts.length == 2) {
      return key;
    }
    throw wrong(file, key, "is no key of a setting; write it as " + project + ":name");
  }

  /** As the engine hands it to a program: nothing is an empty text, a structure is JSON. */
  private static String text(Object value) {
    if (value == null) {
      return "";
    }
    return value instanceof Map || value instanceof List
        ? JsonText.of(value)
        : String.valueOf(value);
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
      return MASK;
    } else if (value instanceof Map<?, ?> map) {
      // Pulumi hands mappings on in the order of their keys.
      var result = new TreeMap<String, Object>(YamlFile.strings(map));
      result.replaceAll((key, inner) -> mask(inner));
      return result;
    } else if (value instanceof List<?> list) {
      return list.stream().map(StackFile::mask).toList();
    }
    return value;
  }
}
