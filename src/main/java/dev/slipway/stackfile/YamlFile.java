package dev.slipway.stackfile;

import dev.slipway.core.Reasons;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * A YAML file as mappings, lists, texts, numbers and truth values, and nothing else.
 *
 * <p>What can't be read so ends in a {@link StackFileException} that says where and what to do,
 * never in a failure of the library's.
 */
public final class YamlFile {
  /** The largest stack file that anybody wrote by hand is a hundredth of this. */
  private static final int MOST_BYTES = 1 << 20;

  /** Values after every alias is written out; a few lines can stand for billions. */
  private static final int MOST_VALUES = 100_000;

  /** The tag of a value without quotes. */
  private static final Tag PLAIN = new Tag("!plain");

  private final String name;
  private int values;

  /** The collections around the one that is read, to find one that contains itself. */
  private final Set<Object> around = Collections.newSetFromMap(new IdentityHashMap<>());

  private YamlFile(String name) {
    this.name = name;
  }

  /**
   * The mapping that the file holds; empty when it holds nothing, as Pulumi takes it.
   *
   * @throws StackFileException when it isn't one
   */
  public static Map<String, Object> read(Path path) {
    var file = new YamlFile(path.getFileName().toString());
    var loaded = file.load(file.text(file.bytes(path)));
    try {
      return file.mapping(file.plain(loaded, ""), "");
    } catch (StackOverflowError tooDeep) {
      throw file.wrong("", "is nested too deeply");
    }
  }

  /** The same value, which has to be a mapping; nothing is an empty one. */
  Map<String, Object> mapping(Object value, String where) {
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      return strings(map);
    }
    throw wrong(where, "is " + kind(value) + ", and a mapping is expected, such as key: value");
  }

  /** The settings under {@code config:}; a file without them has none. */
  static Map<String, Object> config(Path path, Map<String, Object> content) {
    return new YamlFile(path.getFileName().toString()).mapping(content.get("config"), "config");
  }

  private static String kind(Object value) {
    if (value instanceof List) {
      return "a list";
    }
    return value instanceof String ? "a text" : "\"" + value + "\"";
  }

  private StackFileException wrong(String where, String what) {
    return new StackFileException(
        where.isEmpty() ? name + ": " + what : name + ": " + where + ": " + what);
  }

  private byte[] bytes(Path path) {
    if (!Files.isRegularFile(path)) {
      throw wrong("", "is not a file");
    }
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw wrong(
            "", "has " + Files.size(path) + " bytes; no more than " + MOST_BYTES + " are read");
      }
      return Files.readAllBytes(path);
    } catch (IOException unreadable) {
      throw wrong("", "can't be read: " + Reasons.of(unreadable));
    }
  }

  /** The file's text, which is UTF-8 without control characters. */
  private String text(byte[] bytes) {
    // Its byte order mark is 0xFE and 0xFF, in one order or the other.
    if (bytes.length >= 2 && Math.abs(bytes[0] - bytes[1]) == 1 && bytes[0] + bytes[1] == -3) {
      throw wrong("", "is UTF-16; save it as UTF-8");
    }
    var text = CharBuffer.allocate(bytes.length);
    var from = ByteBuffer.wrap(bytes);
    CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(from, text, true);
    text.flip();
    if (result.isError()) {
      throw wrong(
          "line " + line(text.toString()),
          "is not UTF-8 (the byte 0x%02X); save the file as UTF-8"
              .formatted(bytes[from.position()]));
    }
    var whole = text.toString();
    if (whole.startsWith("\ufeff")) {
      whole = whole.substring(1);
    }
    for (int i = 0; i < whole.length(); i++) {
      char c = whole.charAt(i);
      if (c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f) {
        throw wrong(
            "line " + line(whole.substring(0, i)),
            "has the control character 0x%02X, which YAML doesn't take".formatted((int) c));
      }
    }
    return whole;
  }

  private static long line(String before) {
    return 1 + before.chars().filter(c -> c == '\n').count();
  }

  private Object load(String text) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    var dump = new DumperOptions();
    var yaml =
        new Yaml(
            new Values(this, options), new Representer(dump), dump, options, new PlainScalars());
    try {
      return yaml.load(text);
    } catch (StackFileException refused) {
      throw refused;
    } catch (MarkedYAMLException wrong) {
      var mark = wrong.getProblemMark();
      var problem = wrong.getProblem() == null ? "it can't be read" : wrong.getProblem();
      throw new StackFileException(
          "%s is not valid YAML%s: %s%s"
              .formatted(
                  name,
                  mark == null
                      ? ""
                      : " at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1),
                  wrong.getContext() == null ? "" : oneLine(wrong.getContext()) + ", ",
                  oneLine(problem)));
    } catch (YAMLException wrong) {
      throw new StackFileException(name + " is not valid YAML: " + oneLine(wrong.getMessage()));
    } catch (RuntimeException | StackOverflowError wrong) {
      // The library's own ways to say that a value contains itself.
      throw new StackFileException(
          name + " is not valid YAML: an alias (*name) stands within its own anchor (&name)");
    }
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  /** The same value in types of which JSON knows each, every alias written out. */
  private Object plain(Object value, String where) {
    if (++values > MOST_VALUES) {
      throw wrong(
          "", "has more than " + MOST_VALUES + " values when each alias (*name) is written out");
    }
    if (!(value instanceof Map || value instanceof List)) {
      return value;
    }
    if (!around.add(value)) {
      throw wrong(where, "contains itself: an alias (*name) stands within its own anchor (&name)");
    }
    Object result;
    if (value instanceof List<?> list) {
      var items = new ArrayList<Object>();
      for (int i = 0; i < list.size(); i++) {
        items.add(plain(list.get(i), where + "[" + i + "]"));
      }
      result = items;
    } else {
      var entries = new LinkedHashMap<String, Object>();
      for (var entry : ((Map<?, ?>) value).entrySet()) {
        var key = key(entry.getKey(), where);
        var at = where.isEmpty() ? key : where + "." + key;
        if (entries.containsKey(key)) {
          throw wrong(at, "is there twice");
        }
        entries.put(key, plain(entry.getValue(), at));
      }
      result = entries;
    }
    around.remove(value);
    return result;
  }

  private String key(Object key, String where) {
    if (key instanceof String || key instanceof Boolean || key instanceof Number) {
      return String.valueOf(key);
    }
    throw wrong(
        where,
        (key == null ? "has nothing" : "has a list or a mapping")
            + " where the name of a setting is expected, before the colon");
  }

  /** The same map with its keys as text. */
  static Map<String, Object> strings(Map<?, ?> map) {
    var result = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> result.put(String.valueOf(key), value));
    return result;
  }

  /** Gives values without quotes a tag of ours, by which {@link Values} knows them. */
  private static final class PlainScalars extends Resolver {
    @Override
    protected void addImplicitResolvers() {}

    @Override
    public Tag resolve(NodeId kind, String value, boolean implicit) {
      if (kind != NodeId.scalar) {
        return super.resolve(kind, value, implicit);
      }
      return !implicit ? Tag.STR : value.equals("<<") ? Tag.MERGE : PLAIN;
    }
  }

  /** Makes values of those without quotes as Pulumi does, and of no tag but that of a text. */
  private static final class Values extends SafeConstructor {
    private final YamlFile file;

    Values(YamlFile file, LoaderOptions options) {
      super(options);
      this.file = file;
      yamlConstructors.put(PLAIN, new PlainValue());
      for (var tag :
          List.of(
              Tag.NULL,
              Tag.BOOL,
              Tag.INT,
              Tag.FLOAT,
              Tag.BINARY,
              Tag.TIMESTAMP,
              Tag.OMAP,
              Tag.PAIRS,
              Tag.SET)) {
        yamlConstructors.put(tag, new Tagged());
      }
      yamlConstructors.put(null, new Tagged());
      yamlConstructors.put(Tag.STR, new Text());
      yamlConstructors.put(Tag.MERGE, new ConstructYamlStr());
    }

    /** In quotes, or after a tag that says so, of which Pulumi knows more than one kind. */
    private final class Text extends ConstructYamlStr {
      @Override
      public Object construct(Node node) {
        var scalar = (ScalarNode) node;
        if (scalar.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN
            && !scalar.getValue().equals(Scalars.read(scalar.getValue()).value())) {
          throw file.wrong(line(node), "has a tag before a value; put the value in quotes instead");
        }
        return super.construct(node);
      }
    }

    private final class PlainValue extends AbstractConstruct {
      @Override
      public Object construct(Node node) {
        var reading = Scalars.read(((ScalarNode) node).getValue());
        if (reading.problem() != null) {
          throw file.wrong(line(node), reading.problem());
        }
        return reading.value();
      }
    }

    /** A tag makes another value of what is written, by rules that Pulumi and Java don't share. */
    private final class Tagged extends AbstractConstruct {
      @Override
      public Object construct(Node node) {
        if (node == null) {
          // A file that holds nothing.
          return null;
        }
        throw file.wrong(
            line(node),
            "has the tag " + shown(node.getTag()) + ", and no tag is read but !!str; leave it out");
      }
    }

    private static String line(Node node) {
      return "line " + (node.getStartMark().getLine() + 1);
    }

    private static String shown(Tag tag) {
      return tag.getValue().startsWith(Tag.PREFIX)
          ? "!!" + tag.getValue().substring(Tag.PREFIX.length())
          : tag.getValue();
    }
  }
}
