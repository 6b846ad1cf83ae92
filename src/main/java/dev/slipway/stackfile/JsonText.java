package dev.slipway.stackfile;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Writes JSON. The reader of stack files is compiled alone where only scripts run, and needs no
 * library for this.
 */
final class JsonText {
  private final StringBuilder text = new StringBuilder();

  private JsonText() {}

  /**
   * One line of JSON.
   *
   * @param value null, texts, numbers, truth values, and lists and maps of these
   */
  static String of(Object value) {
    var json = new JsonText();
    json.write(value);
    return json.text.toString();
  }

  private void write(Object value) {
    if (value instanceof Map<?, ?> map) {
      var entries = map.entrySet().iterator();
      text.append('{');
      while (entries.hasNext()) {
        var entry = entries.next();
        string(String.valueOf(entry.getKey()));
        text.append(':');
        write(entry.getValue());
        comma(entries);
      }
      text.append('}');
    } else if (value instanceof List<?> list) {
      var items = list.iterator();
      text.append('[');
      while (items.hasNext()) {
        write(items.next());
        comma(items);
      }
      text.append(']');
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      text.append(value);
    } else {
      string(String.valueOf(value));
    }
  }

  private void comma(Iterator<?> more) {
    if (more.hasNext()) {
      text.append(',');
    }
  }

  private void string(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' ' || c == '\u2028' || c == '\u2029') {
            text.append("\\u%04x".formatted((int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }
}
