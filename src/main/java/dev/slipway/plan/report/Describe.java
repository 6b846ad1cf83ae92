package dev.slipway.plan.report;

import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.GraphResource;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.SecretText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Resources in words. */
public final class Describe {

  private Describe() {}

  /** A type as people say it: {@code ec2 Instance}, {@code Network}. */
  public static String type(Resource resource) {
    return type(resource.type(), resource.custom());
  }

  public static String type(String token, boolean custom) {
    var parts = token.split("[:/]");
    var name = parts[parts.length - 1].replaceAll("(?<=[a-z])V2$", "").replaceAll("v2$", "");
    if (!custom) {
      return name;
    }
    return parts[0].equals("pulumi") ? "provider" : parts[1] + " " + name;
  }

  /** What one would ask about it first. */
  static String detail(Graph graph, Resource resource) {
    var words = new ArrayList<String>();
    Catalog.type(resource.type())
        .map(type -> type.summary(new GraphResource(graph, resource)))
        .filter(summary -> !summary.isEmpty())
        .ifPresent(words::add);
    if (resource.protect()) {
      words.add("[protected]");
    }
    if (resource.external()) {
      words.add("[only read]");
    }
    return String.join(" ", words);
  }

  /** A value that may be shown: secrets masked, special values in words. */
  public static Object shown(Object given) {
    var value = PropertyValues.special(given);
    if (value instanceof PropertyValues.Secret) {
      return SecretText.MASK;
    } else if (value instanceof PropertyValues.Unknown) {
      return "[known after the update]";
    } else if (value instanceof PropertyValues.Asset asset) {
      return Map.of(asset.archive() ? "archive" : "asset", asset.contents());
    } else if (value instanceof PropertyValues.Reference reference) {
      return reference.urn();
    } else if (value instanceof Map<?, ?> map) {
      var result = new LinkedHashMap<String, Object>();
      map.forEach((key, inner) -> result.put(String.valueOf(key), shown(inner)));
      return result;
    } else if (value instanceof List<?> list) {
      return list.stream().map(Describe::shown).toList();
    }
    return value;
  }

  /** So many of something: {@code 3 changes}. */
  public static String count(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
