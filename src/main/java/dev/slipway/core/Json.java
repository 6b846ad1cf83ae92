package dev.slipway.core;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as plain maps and lists. */
public final class Json {

  private static final Gson GSON =
      new GsonBuilder()
          .disableHtmlEscaping()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .create();
  private static final Gson PRETTY = GSON.newBuilder().setPrettyPrinting().create();

  private Json() {}

  /** The object that the text holds, empty when it holds none. */
  public static Map<String, Object> object(String text) {
    try {
      Map<String, Object> object =
          GSON.fromJson(text, new TypeToken<LinkedHashMap<String, Object>>() {}.getType());
      return object == null ? Map.of() : object;
    } catch (JsonParseException notAnObject) {
      return Map.of();
    }
  }

  public static String compact(Object value) {
    return GSON.toJson(value);
  }

  public static String pretty(Object value) {
    return PRETTY.toJson(value);
  }

  /** The same map with its keys as text. */
  public static Map<String, Object> strings(Map<?, ?> map) {
    var result = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> result.put(String.valueOf(key), value));
    return result;
  }

  /**
   * A list as it is, anything else as a list of one, nothing as none: how policies write their
   * fields.
   */
  public static List<?> list(Object value) {
    if (value == null) {
      return List.of();
    }
    return value instanceof List<?> list ? list : List.of(value);
  }
}
