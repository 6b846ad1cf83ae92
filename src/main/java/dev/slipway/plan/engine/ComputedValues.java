package dev.slipway.plan.engine;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.NewResource;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Values that AWS would compute, from the patterns of the catalog. The same resource of the same
 * stack gets the same values every time, and they have the form of the real ones, so that what is
 * put together from them (a policy, a URL, a command) can be read and checked. A type without a
 * pattern has its name in AWS as id, and an ARN of the common form.
 */
final class ComputedValues {

  private static final Pattern FUNCTION = Pattern.compile("\\{([^{}]+)}");
  private static final Pattern VERSION = Pattern.compile("V\\d+$");

  private final ResourceType type;
  private final String name;
  private final Map<String, Object> inputs;
  private final ResourceNames names;
  private final Map<String, Object> values = new LinkedHashMap<>();

  private ComputedValues(
      ResourceType type, String name, Map<String, Object> inputs, ResourceNames names) {
    this.type = type;
    this.name = name;
    this.inputs = inputs;
    this.names = names;
  }

  static Map<String, Object> of(
      ResourceType type,
      Map<String, Class<?>> outputs,
      String name,
      Map<String, Object> inputs,
      ResourceNames names) {
    return new ComputedValues(type, name, inputs, names).compute(outputs);
  }

  private Map<String, Object> compute(Map<String, Class<?>> outputs) {
    if (type.token().startsWith("pulumi:providers:")) {
      // A provider's id is a UUID, and it has no other outputs.
      var hex = hex("id", 32);
      values.put(
          "id",
          String.join(
              "-",
              hex.substring(0, 8),
              hex.substring(8, 12),
              "4" + hex.substring(13, 16),
              "8" + hex.substring(17, 20),
              hex.substring(20)));
      return values;
    }
    if (type.token().equals("command:local:Command")) {
      values.put("id", name + hex("id", 16));
    }
    var known = Catalog.type(type.token());
    var rules = known.map(AwsType::computed).orElse(Map.of());
    // Names that Pulumi makes up: the logical name with seven random digits.
    for (var nameInput : List.of("name", "bucket", "identifier", "clusterIdentifier")) {
      if (type.inputs().contains(nameInput)
          && !type.required().contains(nameInput)
          && missing(nameInput)
          && !rules.containsKey(nameInput)) {
        // A prefix of the program's own gets a time and a count behind it, 26 digits.
        put(
            outputs,
            nameInput,
            inputs.get(nameInput + "Prefix") instanceof String prefix
                ? prefix + "2026010100000000" + hex(nameInput, 10)
                : name + "-" + hex(nameInput, 7));
      }
    }
    rules.forEach(
        (output, pattern) -> {
          if (missing(output)) {
            put(outputs, output, expand(pattern, output));
          }
        });
    values.putIfAbsent("id", physicalName());
    if (outputs.containsKey("arn") && missing("arn")) {
      put(outputs, "arn", expand("arn:aws:{service}:{region}:{account}:{kind}/{id}", "arn"));
    }
    if (outputs.containsKey("tagsAll") && missing("tagsAll")) {
      values.put("tagsAll", inputs.getOrDefault("tags", Map.of()));
    }
    known.ifPresent(found -> values.putAll(found.computed(new Asked())));
    return values;
  }

  private void put(Map<String, Class<?>> outputs, String output, String text) {
    var kind = outputs.get(output);
    if (kind == Integer.class) {
      values.put(output, Integer.valueOf(text));
    } else if (kind == Boolean.class) {
      values.put(output, Boolean.valueOf(text));
    } else if (kind == List.class) {
      values.put(output, List.of(text));
    } else {
      values.put(output, text);
    }
  }

  private boolean missing(String key) {
    return !values.containsKey(key) && inputs.get(key) == null;
  }

  /** What a name in AWS's own interfaces would be. */
  private String physicalName() {
    for (var key : List.of("name", "bucket", "identifier", "clusterIdentifier")) {
      var value =
          values.containsKey(key) ? values.get(key) : PropertyValues.special(inputs.get(key));
      if (value instanceof String text) {
        return text;
      }
    }
    return name + "-" + hex("id", 7);
  }

  private String expand(String pattern, String output) {
    var matcher = FUNCTION.matcher(pattern);
    var text = new StringBuilder();
    while (matcher.find()) {
      matcher.appendReplacement(
          text, java.util.regex.Matcher.quoteReplacement(function(matcher.group(1), output)));
    }
    return matcher.appendTail(text).toString();
  }

  private String function(String call, String output) {
    if (call.startsWith("hex")) {
      return hex(output, Integer.parseInt(call.substring(3)));
    } else if (call.startsWith("letters")) {
      // Ids of 21 capital letters and digits, and the like.
      int length = Integer.parseInt(call.substring(7));
      var digits = hex(output, length);
      return digits.toUpperCase(java.util.Locale.ROOT);
    } else if (call.startsWith("number")) {
      // number A B: between A and B, both included.
      var bounds = call.split(" ");
      int low = Integer.parseInt(bounds[1]);
      int high = Integer.parseInt(bounds[2]);
      return String.valueOf(low + Integer.parseInt(hex(output, 6), 16) % (high - low + 1));
    }
    if (call.startsWith("dashed ")) {
      // An address in a host name.
      return function(call.substring(7), output).replace('.', '-');
    }
    if (call.startsWith("host ")) {
      return function(call.substring(5), output).replaceFirst("^https://", "");
    }
    return switch (call) {
      case "region" -> names.region();
      case "account" -> names.account();
      case "logical" -> name;
      case "name" -> physicalName();
      case "service" -> type.token().split("[:/]")[1];
      case "kind" -> kind();
      case "path" -> inputs.get("path") instanceof String path ? path : "/";
      default -> {
        // {a|b}: the first of the values and inputs that is there.
        for (var key : call.split("\\|")) {
          var value =
              values.containsKey(key) ? values.get(key) : PropertyValues.special(inputs.get(key));
          if (value instanceof PropertyValues.Secret secret) {
            value = secret.value();
          }
          if (value != null && !(value instanceof PropertyValues.Unknown)) {
            yield String.valueOf(value);
          }
        }
        yield physicalName();
      }
    };
  }

  private String kind() {
    var simple =
        VERSION.matcher(type.token().substring(type.token().lastIndexOf(':') + 1)).replaceAll("");
    return simple.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(java.util.Locale.ROOT);
  }

  private String hex(String output, int length) {
    return names.hex(length, type.token(), name, output);
  }

  /** The resource as the catalog asks about it. */
  private final class Asked implements NewResource {
    @Override
    public Object input(String input) {
      return inputs.get(input);
    }

    @Override
    public String name() {
      return physicalName();
    }

    @Override
    public String region() {
      return names.region();
    }

    @Override
    public String account() {
      return names.account();
    }

    @Override
    public String hex(String of, int length) {
      return ComputedValues.this.hex(of, length);
    }
  }
}
