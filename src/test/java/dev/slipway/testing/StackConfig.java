package dev.slipway.testing;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The configuration of a stack, to be varied in tests.
 *
 * <pre>{@code
 * StackConfig.file("staging").with("slipway:host.sshFrom", List.of("198.51.100.0/24"))
 * }</pre>
 */
public final class StackConfig {
  private final Map<String, Object> tree;

  private StackConfig(Map<String, Object> tree) {
    this.tree = tree;
  }

  /** The stack file of the repository: {@code Pulumi.staging.yaml}. */
  public static StackConfig file(String stack) {
    try {
      return yaml(Files.readString(Path.of("Pulumi." + stack + ".yaml")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The least that an ERPNext stack says; everything else is a default. */
  public static StackConfig erpnext() {
    return yaml(
        """
        config:
          aws:region: us-east-1
          slipway:system: erpnext
          slipway:host:
            ami: {id: ami-0123456789abcdef0, region: us-east-1}
          slipway:erpnext:
            sites: [{name: erp.example.com}]
          slipway:https: {email: ops@example.com}
          slipway:release: {seed: v16.32.3}
        """);
  }

  /** The text of a stack file. */
  public static StackConfig yaml(String text) {
    Map<String, Map<String, Object>> file =
        new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    return new StackConfig(file.get("config"));
  }

  /** The same with another value at a path, {@code slipway:host.protect}. */
  public StackConfig with(String path, Object value) {
    return new StackConfig(changed(tree, path.split("\\."), 0, value));
  }

  /** The same without what is at a path. */
  public StackConfig without(String path) {
    return with(path, null);
  }

  private static Map<String, Object> changed(
      Map<?, ?> map, String[] path, int depth, Object value) {
    var copy = new LinkedHashMap<String, Object>();
    map.forEach((key, old) -> copy.put(String.valueOf(key), old));
    var key = path[depth];
    if (depth + 1 < path.length) {
      var inner = copy.get(key) instanceof Map<?, ?> known ? known : Map.of();
      copy.put(key, changed(inner, path, depth + 1, value));
    } else if (value == null) {
      copy.remove(key);
    } else {
      copy.put(key, value);
    }
    return copy;
  }

  String region() {
    return String.valueOf(tree.get("aws:region"));
  }

  /**
   * Values by key as Pulumi hands them to a program: what isn't a plain value is JSON, with its
   * keys in order.
   */
  public Map<String, String> values() {
    var values = new TreeMap<String, String>();
    tree.forEach(
        (key, value) ->
            values.put(
                key, value instanceof String text ? text : new Gson().toJson(sorted(value))));
    return values;
  }

  private static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      var result = new TreeMap<String, Object>();
      map.forEach((key, inner) -> result.put(String.valueOf(key), sorted(inner)));
      return result;
    }
    return value instanceof List<?> list ? list.stream().map(StackConfig::sorted).toList() : value;
  }
}
