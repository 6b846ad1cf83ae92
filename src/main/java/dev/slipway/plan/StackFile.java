package dev.slipway.plan;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

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
record StackFile(String project, String stack, Map<String, String> config, Set<String> secretKeys) {

  /** What stands for an encrypted value. */
  static final String MASK = "[secret]";

  private static final Pattern STACK = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

  /**
   * Reads both files.
   *
   * @throws PlanException when one is missing or is no YAML that Pulumi would take
   */
  static StackFile read(Path folder, String stack) {
    if (!STACK.matcher(stack).matches()) {
      throw new PlanException(
          "\""
              + stack
              + "\" cannot be the name of a stack; use letters, digits, hyphens, dots and underscores");
    }
    var projectFile = folder.resolve("Pulumi.yaml");
    if (!Files.exists(projectFile)) {
      throw new PlanException(
          "there is no " + projectFile + "; run this in the folder of a Pulumi project");
    }
    var project = mapping(projectFile, load(projectFile));
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
        .forEach((key, value) -> put(name, key, value, config, secretKeys));
    var settings = mapping(file, load(file)).get("config");
    if (settings != null) {
      mapping(file, settings).forEach((key, value) -> put(name, key, value, config, secretKeys));
    }
    return new StackFile(name, stack, Map.copyOf(config), Set.copyOf(secretKeys));
  }

  /** The names of the stacks that have a file in the folder. */
  static List<String> stacks(Path folder) {
    var result = new ArrayList<String>();
    try (var files = Files.newDirectoryStream(folder, "Pulumi.*.yaml")) {
      for (var file : files) {
        var name = file.getFileName().toString();
        result.add(name.substring("Pulumi.".length(), name.length() - ".yaml".length()));
      }
    } catch (IOException unreadable) {
      throw new PlanException("cannot list " + folder + ": " + unreadable.getMessage());
    }
    result.sort(null);
    return result;
  }

  /** Values that the project gives to every stack. */
  private static Map<String, Object> defaults(Path file, Map<String, Object> project) {
    var result = new TreeMap<String, Object>();
    if (project.get("config") instanceof Map<?, ?> config) {
      Json.strings(config)
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
    } else if (project.get("config") != null) {
      throw new PlanException(file + ": config is not a mapping");
    }
    return result;
  }

  private static void put(
      String project,
      String key,
      Object value,
      Map<String, String> config,
      Set<String> secretKeys) {
    var whole = key.contains(":") ? key : project + ":" + key;
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
      return MASK;
    } else if (value instanceof Map<?, ?> map) {
      var result = Json.strings(map);
      result.replaceAll((key, inner) -> mask(inner));
      return result;
    } else if (value instanceof List<?> list) {
      return list.stream().map(StackFile::mask).toList();
    }
    return value;
  }

  private static Object load(Path file) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    var dump = new DumperOptions();
    var yaml =
        new Yaml(
            new SafeConstructor(options), new Representer(dump), dump, options, new PlainScalars());
    try (Reader reader = Files.newBufferedReader(file)) {
      return yaml.load(reader);
    } catch (YAMLException wrong) {
      throw new PlanException(file.getFileName() + " is not valid YAML: " + wrong.getMessage());
    } catch (IOException unreadable) {
      throw new PlanException("cannot read " + file + ": " + unreadable.getMessage());
    }
  }

  private static Map<String, Object> mapping(Path file, Object value) {
    if (value instanceof Map<?, ?> map) {
      return Json.strings(map);
    }
    throw new PlanException(
        file.getFileName()
            + ": holds "
            + (value == null ? "nothing" : "a " + value.getClass().getSimpleName())
            + " where a mapping is expected");
  }

  /**
   * Pulumi reads YAML 1.2, where only {@code true} and {@code false} are booleans and dates are
   * text; the library's own rules are those of YAML 1.1.
   */
  private static final class PlainScalars extends Resolver {
    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.BOOL, Pattern.compile("true|True|TRUE|false|False|FALSE"), "tTfF");
      addImplicitResolver(Tag.INT, Pattern.compile("[-+]?(?:0|[1-9][0-9]*)"), "-+0123456789");
      addImplicitResolver(
          Tag.FLOAT,
          Pattern.compile("[-+]?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)(?:[eE][-+]?[0-9]+)?"),
          "-+0123456789");
      addImplicitResolver(Tag.NULL, Pattern.compile("~|null|Null|NULL| "), "~nN\0");
      addImplicitResolver(Tag.NULL, Pattern.compile("^$"), null);
      addImplicitResolver(Tag.MERGE, Pattern.compile("<<"), "<");
    }
  }
}
