package dev.slipway.core;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Turns the configuration of a stack into settings records.
 *
 * <p>A record's components are the keys. Texts, numbers, true/false, enums, lists, maps, nested
 * records and {@link Optional} of these are understood. Everything that is wrong is noted, never
 * only the first thing.
 */
public final class SettingsBinder {
  private static final Object INVALID = new Object();

  /** What is longer than this is told by its kind. */
  private static final int SHORT = 100;

  private final String namespace;
  private final Problems problems;

  /**
   * @param namespace the prefix of the keys on a command line, {@code slipway}
   */
  public SettingsBinder(String namespace, Problems problems) {
    this.namespace = namespace;
    this.problems = problems;
  }

  /**
   * Binds the top level, where each value is text and holds JSON if its setting is structured.
   *
   * @return empty if there were problems
   */
  public <R extends Record> Optional<R> bind(Class<R> type, Map<String, String> raw) {
    var tree = new JsonObject();
    int before = problems.found().size();
    var components =
        components(type)
            .collect(Collectors.toMap(RecordComponent::getName, component -> component));
    raw.forEach(
        (key, text) -> {
          var component = components.get(key);
          tree.add(
              key,
              component == null || isScalar(component.getGenericType())
                  ? new JsonPrimitive(text)
                  : parse(key, text));
        });
    Object bound = record(type, tree, "");
    return bound == INVALID || problems.found().size() > before
        ? Optional.empty()
        : Optional.of(type.cast(bound));
  }

  private JsonElement parse(String key, String text) {
    try {
      return JsonParser.parseString(text);
    } catch (JsonParseException e) {
      // A plain text where a structure is wanted is reported by the setting's own type.
      return new JsonPrimitive(text);
    }
  }

  private static boolean isScalar(Type type) {
    var plain = isOptional(type) ? argument(type, 0) : type;
    return plain instanceof Class<?> c && !c.isRecord();
  }

  private Object record(Class<?> type, JsonObject given, String path) {
    var components = type.getRecordComponents();
    var names = names(type);
    for (var key : given.keySet()) {
      if (!names.contains(key)) {
        problems.add(
            join(path, key),
            renamed(type, path, key).orElseGet(() -> "is not a setting" + meant(path, key, names)));
      }
    }
    var values = new Object[components.length];
    boolean valid = true;
    for (int i = 0; i < components.length; i++) {
      var component = components[i];
      values[i] =
          component.isAnnotationPresent(Inline.class)
              ? record(component.getType(), part(given, names(component.getType())), path)
              : component(
                  component, given.get(component.getName()), join(path, component.getName()));
      valid &= values[i] != INVALID;
    }
    if (!valid) {
      return INVALID;
    }
    try {
      var constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof InvalidSettings invalid) {
        problems.addAll(path, invalid.problems());
        return INVALID;
      }
      throw new IllegalStateException("settings record " + type.getName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("settings record " + type.getName(), e);
    }
  }

  private static Optional<String> renamed(Class<?> type, String path, String key) {
    return components(type)
        .filter(component -> component.isAnnotationPresent(Setting.class))
        .filter(component -> component.getAnnotation(Setting.class).formerly().equals(key))
        .map(
            component ->
                "is called %s now; write that in its place"
                    .formatted(join(path, component.getName())))
        .findFirst();
  }

  private String meant(String path, String key, List<String> names) {
    // What `pulumi config set` makes of a path when it isn't told that it is one.
    return path.isEmpty()
            && key.matches("[^.\\[]+[.\\[].+")
            && names.contains(key.split("[.\\[]")[0])
        ? "; take it out with: pulumi config rm "
            + namespace
            + ":"
            + key
            + "; and set it with --path"
        : Suggestion.sentence(key, names);
  }

  private Object component(RecordComponent component, JsonElement given, String path) {
    var type = component.getGenericType();
    var setting = component.getAnnotation(Setting.class);
    if (given == null || given.isJsonNull()) {
      if (setting != null && !setting.or().isEmpty()) {
        return value(type, JsonParser.parseString(setting.or()), path);
      }
      if (isOptional(type)) {
        return Optional.empty();
      }
      if (type instanceof Class<?> c && c.isRecord()) {
        return record(c, new JsonObject(), path);
      }
      var example = setting == null || setting.example().isEmpty() ? "VALUE" : setting.example();
      problems.add(path, "is missing; set it with: " + command(path, example));
      return INVALID;
    }
    return value(type, given, path);
  }

  private String command(String path, String example) {
    return "pulumi config set --path "
        + (path.contains("[") ? "'" + namespace + ":" + path + "'" : namespace + ":" + path)
        + " "
        + example;
  }

  private Object value(Type type, JsonElement given, String path) {
    if (isOptional(type)) {
      var inner = value(argument(type, 0), given, path);
      return inner == INVALID ? INVALID : Optional.of(inner);
    }
    if (type instanceof ParameterizedType generic) {
      return generic.getRawType() == List.class
          ? list(argument(type, 0), given, path)
          : map(argument(type, 1), given, path);
    }
    var c = (Class<?>) type;
    if (c.isRecord()) {
      return given.isJsonObject()
          ? record(c, given.getAsJsonObject(), path)
          : wrong(path, given, "a mapping of " + String.join(", ", names(c)));
    }
    if (!given.isJsonPrimitive()) {
      return wrong(path, given, kind(c));
    }
    var text = given.getAsString();
    if (c == String.class) {
      return text;
    }
    if (c == boolean.class || c == Boolean.class) {
      return switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> wrong(path, given, "true or false");
      };
    }
    if (c == int.class || c == Integer.class) {
      return text.matches("-?[0-9]{1,9}")
          ? (Object) Integer.valueOf(text)
          : wrong(path, given, "a whole number");
    }
    if (c.isEnum()) {
      for (var constant : c.getEnumConstants()) {
        if (constant.toString().equals(text)) {
          return constant;
        }
      }
      var names = Arrays.stream(c.getEnumConstants()).map(Object::toString).toList();
      problems.add(
          path,
          quote(given)
              + " is none of "
              + String.join(", ", names)
              + Suggestion.sentence(text, names));
      return INVALID;
    }
    throw new IllegalStateException("no setting can be a " + c.getName() + " (" + path + ")");
  }

  private Object list(Type element, JsonElement given, String path) {
    if (!given.isJsonArray()) {
      return wrong(path, given, "a list");
    }
    var values = new ArrayList<Object>();
    boolean valid = true;
    JsonArray array = given.getAsJsonArray();
    for (int i = 0; i < array.size(); i++) {
      var value = value(element, array.get(i), path + "[" + i + "]");
      valid &= value != INVALID;
      values.add(value);
    }
    return valid ? List.copyOf(values) : INVALID;
  }

  private Object map(Type element, JsonElement given, String path) {
    if (!given.isJsonObject()) {
      return wrong(path, given, "a mapping");
    }
    var values = new LinkedHashMap<String, Object>();
    boolean valid = true;
    for (var entry : given.getAsJsonObject().entrySet()) {
      var value =
          entry.getValue() instanceof JsonNull
              ? wrong(join(path, entry.getKey()), entry.getValue(), "a value")
              : value(element, entry.getValue(), join(path, entry.getKey()));
      valid &= value != INVALID;
      values.put(entry.getKey(), value);
    }
    return valid ? java.util.Collections.unmodifiableMap(values) : INVALID;
  }

  private Object wrong(String path, JsonElement given, String wanted) {
    problems.add(path, quote(given) + " is not " + wanted);
    return INVALID;
  }

  private static String quote(JsonElement given) {
    if (given.isJsonPrimitive()) {
      return "\"" + given.getAsString() + "\"";
    }
    if (given.isJsonNull()) {
      return "nothing";
    }
    try {
      var text = given.toString();
      if (text.length() <= SHORT) {
        return text;
      }
    } catch (StackOverflowError deep) {
      // What is nested in a text isn't bounded as a file is.
    }
    return given.isJsonArray() ? "a list" : "a mapping";
  }

  private static String kind(Class<?> type) {
    if (type == String.class || type.isEnum()) {
      return "a text";
    }
    return type == boolean.class || type == Boolean.class ? "true or false" : "a whole number";
  }

  /** A record's settings, those of its inlined records among them. */
  public static Stream<RecordComponent> components(Class<?> record) {
    return Arrays.stream(record.getRecordComponents())
        .flatMap(
            component ->
                component.isAnnotationPresent(Inline.class)
                    ? components(component.getType())
                    : Stream.of(component));
  }

  private static JsonObject part(JsonObject given, List<String> names) {
    var part = new JsonObject();
    names.stream().filter(given::has).forEach(name -> part.add(name, given.get(name)));
    return part;
  }

  private static List<String> names(Class<?> record) {
    return components(record).map(RecordComponent::getName).toList();
  }

  private static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  public static boolean isOptional(Type type) {
    return type instanceof ParameterizedType generic && generic.getRawType() == Optional.class;
  }

  public static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }
}
