package dev.slipway.plan.engine;

import com.pulumi.asset.AssetOrArchive;
import com.pulumi.core.Either;
import com.pulumi.core.Output;
import com.pulumi.core.annotations.EnumType;
import com.pulumi.core.annotations.Import;
import dev.slipway.core.Suggestion;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.PropertyValues.Asset;
import dev.slipway.plan.graph.PropertyValues.Secret;
import dev.slipway.plan.graph.PropertyValues.Unknown;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The JSON kind of an input, read from the SDK's Java type. */
sealed interface TypeSchema {

  /** How messages call it. */
  String title();

  /** Adds what is wrong with the value to the list. */
  void check(String path, Object value, List<String> problems);

  /** A string, number or boolean. */
  record Scalar(String title, Class<?> kind, boolean whole) implements TypeSchema {
    @Override
    public void check(String path, Object value, List<String> problems) {
      if (!kind.isInstance(value)) {
        problems.add(mismatch(path, value));
      } else if (whole && ((Number) value).doubleValue() % 1 != 0) {
        problems.add(path + ": is " + value + " where " + article(title) + " is expected");
      }
    }
  }

  /** One of a closed set of words. */
  record Choice(Set<String> words) implements TypeSchema {
    @Override
    public String title() {
      return "string";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      if (!(value instanceof String word)) {
        problems.add(mismatch(path, value));
      } else if (!words.contains(word)) {
        var suggestion = Suggestion.sentence(word, words);
        problems.add(
            path
                + ": \""
                + word
                + "\" is not one of the words that the SDK knows"
                + (suggestion.isEmpty() ? ": " + String.join(", ", words) : suggestion));
      }
    }
  }

  /** A list of one kind. */
  record ListOf(TypeSchema element) implements TypeSchema {
    @Override
    public String title() {
      return "list";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      if (value instanceof List<?> list) {
        for (int i = 0; i < list.size(); i++) {
          element.examine(path + "[" + i + "]", list.get(i), problems);
        }
      } else {
        problems.add(mismatch(path, value));
      }
    }
  }

  /** A map of one kind, with keys of any name. */
  record MapOf(TypeSchema element) implements TypeSchema {
    @Override
    public String title() {
      return "map";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      if (value instanceof Map<?, ?> map) {
        map.forEach((key, inner) -> element.examine(path + "[\"" + key + "\"]", inner, problems));
      } else {
        problems.add(mismatch(path, value));
      }
    }
  }

  /** An object with named fields; {@code owner} is how messages call it. */
  record Fields(String owner, Map<String, Field> fields) implements TypeSchema {
    @Override
    public String title() {
      return "object";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      if (!(value instanceof Map<?, ?> map)) {
        problems.add(mismatch(path, value));
        return;
      }
      var prefix = path.isEmpty() ? "" : path + ".";
      map.forEach(
          (key, inner) -> {
            var name = String.valueOf(key);
            var field = fields.get(name);
            if (field == null) {
              problems.add(
                  prefix
                      + name
                      + ": is not an input of "
                      + owner
                      + Suggestion.sentence(name, fields.keySet()));
            } else if (inner != null) {
              field.schema().examine(prefix + name, inner, problems);
            }
          });
      fields.forEach(
          (name, field) -> {
            if (field.required() && map.get(name) == null) {
              problems.add(prefix + name + ": is missing; " + owner + " requires it");
            }
          });
    }
  }

  /**
   * One field of an object; its schema is read when it is first needed, since types may hold
   * themselves.
   */
  final class Field {
    private final Type type;
    private final boolean required;
    private TypeSchema schema;

    Field(Type type, boolean required) {
      this.type = type;
      this.required = required;
    }

    boolean required() {
      return required;
    }

    synchronized TypeSchema schema() {
      if (schema == null) {
        schema = TypeSchema.of(type);
      }
      return schema;
    }
  }

  /** Either of two kinds. */
  record OneOf(TypeSchema left, TypeSchema right) implements TypeSchema {
    @Override
    public String title() {
      return left.title().equals(right.title())
          ? left.title()
          : left.title() + " or " + right.title();
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      var first = new java.util.ArrayList<String>();
      left.examine(path, value, first);
      if (first.isEmpty()) {
        return;
      }
      var second = new java.util.ArrayList<String>();
      right.examine(path, value, second);
      if (!second.isEmpty()) {
        problems.addAll(left.title().equals(kind(value)) ? first : second);
      }
    }
  }

  /** A file, text or archive. */
  record AssetValue() implements TypeSchema {
    @Override
    public String title() {
      return "asset or archive";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {
      if (!(value instanceof Asset)) {
        problems.add(mismatch(path, value));
      }
    }
  }

  /** Anything at all. */
  record Anything() implements TypeSchema {
    @Override
    public String title() {
      return "any value";
    }

    @Override
    public void check(String path, Object value, List<String> problems) {}
  }

  /** Checks a value that may be wrapped as a secret, or not known. */
  default void examine(String path, Object value, List<String> problems) {
    var plain = PropertyValues.special(value);
    if (plain instanceof Secret secret) {
      plain = PropertyValues.special(secret.value());
    }
    if (!(plain instanceof Unknown)) {
      check(path, plain, problems);
    }
  }

  default String mismatch(String path, Object value) {
    return path + ": is " + article(kind(value)) + " where " + article(title()) + " is expected";
  }

  private static String article(String noun) {
    return (noun.matches("[aeo].*") ? "an " : "a ") + noun;
  }

  private static String kind(Object value) {
    if (value instanceof String) {
      return "string";
    } else if (value instanceof Number) {
      return "number";
    } else if (value instanceof Boolean) {
      return "boolean";
    } else if (value instanceof List) {
      return "list";
    } else if (value instanceof Map) {
      return "map";
    }
    return value == null
        ? "null"
        : value.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT);
  }

  /** The schema of a Java type of the SDK. */
  static TypeSchema of(Type type) {
    if (type instanceof WildcardType wildcard) {
      return of(wildcard.getUpperBounds()[0]);
    }
    if (type instanceof ParameterizedType generic) {
      var arguments = generic.getActualTypeArguments();
      var raw = (Class<?>) generic.getRawType();
      if (raw == Output.class || raw == Optional.class) {
        return of(arguments[0]);
      } else if (raw == List.class) {
        return new ListOf(of(arguments[0]));
      } else if (raw == Map.class) {
        return new MapOf(of(arguments[1]));
      } else if (raw == Either.class) {
        return new OneOf(of(arguments[0]), of(arguments[1]));
      }
      throw new IllegalStateException("a type of the SDK that nobody has met yet: " + type);
    }
    var kind = (Class<?>) type;
    if (kind == String.class) {
      return new Scalar("string", String.class, false);
    } else if (kind == Boolean.class) {
      return new Scalar("boolean", Boolean.class, false);
    } else if (kind == Integer.class) {
      return new Scalar("whole number", Number.class, true);
    } else if (kind == Double.class) {
      return new Scalar("number", Number.class, false);
    } else if (AssetOrArchive.class.isAssignableFrom(kind)) {
      return new AssetValue();
    } else if (kind.isEnum() && kind.isAnnotationPresent(EnumType.class)) {
      return new Choice(words(kind));
    } else if (com.pulumi.resources.Resource.class.isAssignableFrom(kind)) {
      return new Anything();
    }
    var fields = fields(kind);
    return fields.isEmpty()
        ? new Anything()
        : new Fields(kind.getSimpleName().replaceAll("Args$", ""), fields);
  }

  /** The inputs that an args class declares. */
  static Map<String, Field> fields(Class<?> args) {
    var result = new LinkedHashMap<String, Field>();
    for (Class<?> type = args; type != null && type != Object.class; type = type.getSuperclass()) {
      for (var field : type.getDeclaredFields()) {
        var input = field.getAnnotation(Import.class);
        if (input != null) {
          // Inputs marked json travel as a string that holds JSON, which is how provider settings
          // are sent.
          var declared = input.json() ? String.class : field.getGenericType();
          result.put(
              input.name().isEmpty() ? field.getName() : input.name(),
              new Field(declared, input.required()));
        }
      }
    }
    return result;
  }

  private static Set<String> words(Class<?> type) {
    var result = new TreeSet<String>();
    Method converter = null;
    for (var method : type.getDeclaredMethods()) {
      if (method.isAnnotationPresent(EnumType.Converter.class)) {
        converter = method;
      }
    }
    for (var constant : type.getEnumConstants()) {
      try {
        if (converter == null) {
          result.add(constant.toString());
        } else {
          converter.setAccessible(true);
          result.add(String.valueOf(converter.invoke(constant)));
        }
      } catch (ReflectiveOperationException unreadable) {
        throw new IllegalStateException("cannot read the words of " + type.getName(), unreadable);
      }
    }
    return result;
  }
}
