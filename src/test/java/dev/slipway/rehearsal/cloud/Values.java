package dev.slipway.rehearsal.cloud;

import com.google.protobuf.Struct;
import dev.slipway.plan.graph.PropertyValues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Turns the engine's property values into what AWS would be sent, and back. */
final class Values {

  /** Stands for a value that a preview cannot know yet. */
  static final PropertyValues.Unknown UNKNOWN = new PropertyValues.Unknown();

  private Values() {}

  /** Plain values; secrets are opened, since AWS gets them in clear too. */
  static Map<String, Object> plain(Struct struct) {
    return map(open(PropertyValues.read(struct)));
  }

  private static Object open(Object value) {
    if (value instanceof PropertyValues.Secret secret) {
      return open(secret.value());
    }
    if (value instanceof Map<?, ?> map) {
      var opened = new LinkedHashMap<String, Object>();
      map.forEach((key, item) -> opened.put((String) key, open(item)));
      return opened;
    }
    if (value instanceof List<?> list) {
      var opened = new ArrayList<Object>();
      list.forEach(item -> opened.add(open(item)));
      return opened;
    }
    return value;
  }

  /** The names of the properties with a secret anywhere in them. */
  static Set<String> secrets(Struct struct) {
    var names = new TreeSet<String>();
    PropertyValues.read(struct)
        .forEach(
            (name, value) -> {
              if (contains(value, PropertyValues.Secret.class)) {
                names.add(name);
              }
            });
    return names;
  }

  /** The engine's form again, with the named properties marked as secrets. */
  static Struct struct(Map<String, Object> map, Set<String> secrets) {
    var marked = new LinkedHashMap<String, Object>();
    map.forEach(
        (name, value) ->
            marked.put(
                name,
                secrets.contains(name) && value != null
                    ? new PropertyValues.Secret(value)
                    : value));
    return PropertyValues.write(marked);
  }

  static boolean hasUnknown(Object value) {
    return contains(value, PropertyValues.Unknown.class);
  }

  private static boolean contains(Object value, Class<?> kind) {
    if (kind.isInstance(value)) {
      return true;
    }
    if (value instanceof PropertyValues.Secret secret) {
      return contains(secret.value(), kind);
    }
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().anyMatch(item -> contains(item, kind));
    }
    return value instanceof List<?> list && list.stream().anyMatch(item -> contains(item, kind));
  }

  /** The bytes of a file or text asset. */
  static byte[] bytes(PropertyValues.Asset asset) {
    if (asset.contents().get("text") instanceof String text && !text.isEmpty()) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    if (asset.contents().get("path") instanceof String path && !path.isEmpty()) {
      try {
        return Files.readAllBytes(Path.of(path));
      } catch (IOException e) {
        throw new IllegalArgumentException("asset " + path + ": cannot be read: " + e.getMessage());
      }
    }
    return new byte[0];
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return value == null ? Map.of() : (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return value == null ? List.of() : (List<Object>) value;
  }

  static List<String> strings(Object value) {
    return list(value).stream().map(String::valueOf).toList();
  }

  static List<Map<String, Object>> maps(Object value) {
    return list(value).stream().map(Values::map).toList();
  }

  static Map<String, String> stringMap(Object value) {
    var strings = new LinkedHashMap<String, String>();
    map(value).forEach((key, item) -> strings.put(key, String.valueOf(item)));
    return strings;
  }

  /** The text of a value, or null where there is none. */
  static String text(Object value) {
    return value == null ? null : String.valueOf(value);
  }
}
