package dev.slipway.rehearsal.cloud;

import java.util.LinkedHashMap;
import java.util.Map;

/** What a call of AWS is given, or answers, by name; what is null is left out. */
final class Fields extends LinkedHashMap<String, Object> {
  private static final long serialVersionUID = 1L;

  private Fields() {}

  /** Keys and values in turn. */
  static Fields of(Object... keysAndValues) {
    return new Fields().and(keysAndValues);
  }

  /**
   * Fields by a table of a resource's properties. A row is what AWS calls the field, and the
   * property that it is: {@code "RoleName=name"}, with a value for where there is none {@code
   * "Path=path:/"}. A property of the same name, but for the capital, isn't said again: {@code
   * "Description"}. The resource's id is {@code "RoleName=#"}.
   */
  static Fields table(String id, Map<String, Object> properties, String... rows) {
    var fields = new Fields();
    for (String row : rows) {
      String[] named = row.split(":", 2);
      String[] names = named[0].split("=", 2);
      String property =
          names.length == 2
              ? names[1]
              : Character.toLowerCase(names[0].charAt(0)) + names[0].substring(1);
      Object value = property.equals("#") ? id : properties.get(property);
      fields.and(names[0], value == null && named.length == 2 ? named[1] : plain(value));
    }
    return fields;
  }

  private static Object plain(Object value) {
    return value instanceof Iterable || value instanceof Map ? value : Values.text(value);
  }

  Fields and(Object... keysAndValues) {
    for (int i = 0; i < keysAndValues.length; i += 2) {
      if (keysAndValues[i + 1] != null) {
        put((String) keysAndValues[i], keysAndValues[i + 1]);
      }
    }
    return this;
  }

  /**
   * Tags as the query protocol has them.
   *
   * @param list what AWS calls the list of them, e.g. {@code Tags.member}
   */
  Fields tags(String list, Map<String, String> tags) {
    int n = 0;
    for (var tag : tags.entrySet()) {
      n++;
      and(list + "." + n + ".Key", tag.getKey(), list + "." + n + ".Value", tag.getValue());
    }
    return this;
  }
}
