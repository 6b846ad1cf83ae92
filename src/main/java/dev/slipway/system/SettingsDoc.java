package dev.slipway.system;

import com.google.gson.JsonParser;
import dev.slipway.core.Setting;
import dev.slipway.core.SettingsBinder;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes docs/settings.md from the settings records, so that the page says what the program reads.
 *
 * <pre>{@code
 * mvn -q compile exec:java -DmainClass=dev.slipway.system.SettingsDoc -Dexec.args=docs/settings.md
 * }</pre>
 */
public final class SettingsDoc {
  private static final String BEGINNING =
      """
      # Settings

      Everything that `Pulumi.<stack>.yaml` can say. This page is written from the program's settings
      records by `dev.slipway.system.SettingsDoc`; a test compares the two.

      A setting without a default must be given unless it says *optional*. What is wrong is reported all
      at once, before anything is made. `aws:region` stands beside these, or in `Pulumi.yaml`, and is
      required.

      A value without quotes is what Pulumi makes of it. One of which it makes something else than what is
      written, such as `0400` (256), `15.10` (15.1), `12345e7` (123450000000) or a date, is refused; in
      quotes each is the text that it shows.
      """;

  private final StringBuilder text = new StringBuilder();

  private SettingsDoc() {}

  /**
   * @param arguments the file to write
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("give the file to write: docs/settings.md");
    }
    Files.writeString(Path.of(arguments[0]), text());
  }

  /** The page for all systems. */
  public static String text() {
    var doc = new SettingsDoc();
    doc.text.append(BEGINNING);
    Systems.ALL.forEach(
        system -> {
          doc.text.append("\n## ").append(system.name()).append("\n");
          doc.table("slipway:", own(system.settings()));
          doc.sections("slipway:", system.settings());
        });
    return doc.text.toString();
  }

  private static List<RecordComponent> own(Class<?> record) {
    return SettingsBinder.components(record)
        .filter(component -> nested(component.getGenericType()) == null)
        .toList();
  }

  private void sections(String path, Class<?> record) {
    for (var component : SettingsBinder.components(record).toList()) {
      var inner = nested(component.getGenericType());
      if (inner == null) {
        continue;
      }
      var name = path + component.getName() + each(component);
      text.append("\n### ").append(name).append("\n");
      var setting = component.getAnnotation(Setting.class);
      if (setting != null) {
        text.append("\n").append(setting.value());
        text.append(SettingsBinder.isOptional(component.getGenericType()) ? " *Optional.*" : "");
        text.append("\n");
      }
      table("", own(inner));
      sections(name + ".", inner);
    }
  }

  private void table(String prefix, List<RecordComponent> components) {
    if (components.isEmpty()) {
      return;
    }
    text.append("\n| setting | kind | default | what it does |\n| --- | --- | --- | --- |\n");
    for (var component : components) {
      var setting = component.getAnnotation(Setting.class);
      text.append(
          "| `%s` | %s | %s | %s%s |\n"
              .formatted(
                  prefix + component.getName(),
                  kind(component.getGenericType()),
                  byDefault(component, setting),
                  setting.value(),
                  setting.example().isEmpty() ? "" : " For example `" + setting.example() + "`."));
    }
  }

  private static String byDefault(RecordComponent component, Setting setting) {
    if (!setting.or().isEmpty()) {
      var json = JsonParser.parseString(setting.or());
      if (json.isJsonArray()) {
        return json.getAsJsonArray().isEmpty()
            ? "none"
            : json.getAsJsonArray().asList().stream()
                .map(item -> "`" + item.getAsString() + "`")
                .collect(Collectors.joining(", "));
      }
      return json.isJsonObject() ? "none" : "`" + json.getAsString() + "`";
    }
    return SettingsBinder.isOptional(component.getGenericType()) ? "*optional*" : "";
  }

  private static String kind(Type type) {
    if (type instanceof ParameterizedType generic) {
      if (generic.getRawType() == List.class) {
        return "list";
      }
      return generic.getRawType() == Map.class
          ? "mapping"
          : kind(SettingsBinder.argument(generic, 0));
    }
    var c = (Class<?>) type;
    if (c.isEnum()) {
      return Arrays.stream(c.getEnumConstants())
          .map(constant -> "`" + constant + "`")
          .collect(Collectors.joining(" or "));
    }
    return switch (c.getSimpleName()) {
      case "String" -> "text";
      case "boolean", "Boolean" -> "true or false";
      default -> "number";
    };
  }

  /** How one of several is named. */
  private static String each(RecordComponent component) {
    if (Map.class.isAssignableFrom(component.getType())) {
      return ".NAME";
    }
    return Collection.class.isAssignableFrom(component.getType()) ? "[]" : "";
  }

  /** The record in a setting: itself, an optional one, or each of a list or a mapping. */
  private static Class<?> nested(Type type) {
    if (type instanceof ParameterizedType generic) {
      return nested(SettingsBinder.argument(generic, generic.getRawType() == Map.class ? 1 : 0));
    }
    return type instanceof Class<?> c && c.isRecord() ? c : null;
  }
}
