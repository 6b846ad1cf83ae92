package dev.slipway.plan.graph;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.pulumi.asset.AssetOrArchive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes property values in the form in which Pulumi's programs, engine and providers
 * exchange them.
 */
public final class PropertyValues {

  private static final String SIGNATURE = "4dabf18193072939515e22adb298388d";
  private static final String SECRET = "1b47061264138c4ac30d75fd1eb44270";
  private static final String OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
  private static final String ASSET = "c44067f5952c0a294b673a41bacd8c17";
  private static final String ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
  private static final String RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
  private static final String UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

  /** A value that must not be shown. */
  public record Secret(Object value) {
    @Override
    public String toString() {
      return "[secret]";
    }
  }

  /** A value that is known only after an update. */
  public record Unknown() {
    @Override
    public String toString() {
      return "[unknown]";
    }
  }

  /** A file, text or archive; {@code contents} holds its wire form. */
  public record Asset(boolean archive, Map<String, Object> contents) {}

  /** Another resource. */
  public record Reference(String urn, Object id) {}

  private PropertyValues() {}

  /** The fields of a message, with Pulumi's special values as the records of this class. */
  public static Map<String, Object> read(Struct struct) {
    var result = new LinkedHashMap<String, Object>();
    struct.getFieldsMap().keySet().stream()
        .sorted()
        .forEach(key -> result.put(key, read(struct.getFieldsOrThrow(key))));
    return result;
  }

  private static Object read(Value value) {
    return switch (value.getKindCase()) {
      case STRING_VALUE -> special(value.getStringValue());
      case NUMBER_VALUE -> number(value.getNumberValue());
      case BOOL_VALUE -> value.getBoolValue();
      case LIST_VALUE -> {
        var list = new ArrayList<Object>();
        value.getListValue().getValuesList().forEach(element -> list.add(read(element)));
        yield list;
      }
      case STRUCT_VALUE -> special(read(value.getStructValue()));
      default -> null;
    };
  }

  /**
   * The value with Pulumi's wire form of secrets, outputs, assets and unknown values turned into
   * the records of this class; only the outermost level is looked at.
   */
  public static Object special(Object value) {
    if (UNKNOWN.equals(value)) {
      return new Unknown();
    }
    if (value instanceof AssetOrArchive) {
      return new Asset(value instanceof com.pulumi.asset.Archive, Map.of());
    }
    if (!(value instanceof Map<?, ?> map) || !(map.get(SIGNATURE) instanceof String signature)) {
      return value;
    }
    return switch (signature) {
      case SECRET -> new Secret(special(map.get("value")));
      case OUTPUT -> {
        var inner = map.containsKey("value") ? special(map.get("value")) : new Unknown();
        yield Boolean.TRUE.equals(map.get("secret")) ? new Secret(inner) : inner;
      }
      case ASSET, ARCHIVE -> new Asset(signature.equals(ARCHIVE), strings(map));
      case RESOURCE -> new Reference(String.valueOf(map.get("urn")), map.get("id"));
      default -> value;
    };
  }

  private static Map<String, Object> strings(Map<?, ?> map) {
    var result = new LinkedHashMap<String, Object>();
    map.forEach(
        (key, value) -> {
          if (!key.equals(SIGNATURE)) {
            result.put(String.valueOf(key), value);
          }
        });
    return result;
  }

  private static Object number(double number) {
    return number == Math.rint(number) && Math.abs(number) < 1e15
        ? (Object) (long) number
        : (Object) number;
  }

  /** The fields as a message; the opposite of {@link #read(Struct)}. */
  public static Struct write(Map<String, ?> fields) {
    var struct = Struct.newBuilder();
    fields.forEach((key, value) -> struct.putFields(key, write(value)));
    return struct.build();
  }

  private static Value write(Object value) {
    var result = Value.newBuilder();
    if (value == null) {
      return result.setNullValueValue(0).build();
    } else if (value instanceof String text) {
      result.setStringValue(text);
    } else if (value instanceof Number number) {
      result.setNumberValue(number.doubleValue());
    } else if (value instanceof Boolean flag) {
      result.setBoolValue(flag);
    } else if (value instanceof List<?> list) {
      list.forEach(element -> result.getListValueBuilder().addValues(write(element)));
      result.getListValueBuilder();
    } else if (value instanceof Map<?, ?> map) {
      var struct = result.getStructValueBuilder();
      map.forEach((key, element) -> struct.putFields(String.valueOf(key), write(element)));
    } else if (value instanceof Unknown) {
      result.setStringValue(UNKNOWN);
    } else if (value instanceof Secret secret) {
      result.setStructValue(signed(SECRET).putFields("value", write(secret.value())));
    } else if (value instanceof Asset asset) {
      var struct = signed(asset.archive() ? ARCHIVE : ASSET);
      asset.contents().forEach((key, element) -> struct.putFields(key, write(element)));
      result.setStructValue(struct);
    } else if (value instanceof Reference reference) {
      var struct = signed(RESOURCE).putFields("urn", write(reference.urn()));
      if (reference.id() != null) {
        struct.putFields("id", write(reference.id()));
      }
      result.setStructValue(struct);
    } else {
      throw new IllegalArgumentException("no property value: " + value.getClass().getName());
    }
    return result.build();
  }

  private static Struct.Builder signed(String signature) {
    return Struct.newBuilder().putFields(SIGNATURE, write((Object) signature));
  }
}
