package dev.slipway.plan.rules;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Policies.Statement;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** House rules about what is kept: buckets, databases, secrets. */
public final class StorageRules {

  private static final String BUCKET = "aws:s3/bucketV2:BucketV2";

  static final List<Rule> ALL =
      List.of(
          Rule.error("bucket-public-access", "Every bucket blocks public access in all four ways."),
          Rule.error(
              "bucket-tls-only",
              "Every bucket refuses requests that come without TLS.",
              graph ->
                  buckets(graph)
                      .filter(bucket -> !requiresTls(graph, bucket))
                      .map(
                          bucket ->
                              new Hit(
                                  bucket,
                                  "takes requests without TLS; deny s3:* where aws:SecureTransport"
                                      + " is false"))),
          Rule.error("bucket-encryption", "Every bucket says how it encrypts."),
          Rule.warning(
              "bucket-versions-kept",
              "A versioned bucket without a rule for former versions grows for ever."),
          Rule.error("encryption-at-rest", "Databases and caches are encrypted at rest."),
          Rule.warning(
              "unprotected",
              "What cannot be made again is protected from deletion.",
              StorageRules::unprotected),
          Rule.warning(
              "ephemeral",
              "A stack that is thrown away protects nothing: whoever destroys it loses all that is"
                  + " in it.",
              StorageRules::ephemeral),
          Rule.warning(
              "milder-scan",
              "Whatever a scan finds in an image stops its release, unless a registry says"
                  + " otherwise."),
          Rule.warning(
              "retained-on-delete",
              "What Pulumi forgets and AWS keeps is billed silently.",
              graph ->
                  graph.resources().stream()
                      .filter(Resource::retainOnDelete)
                      .filter(resource -> !isSetting(resource.type()))
                      .map(
                          resource ->
                              new Hit(
                                  resource,
                                  "stays on AWS when the stack is destroyed, and nobody lists"
                                      + " it"))),
          Rule.error(
              "secret-in-state",
              "Secrets are made where they are used and never pass through Pulumi's state.",
              StorageRules::secretsInState),
          Rule.error(
              "secret-material",
              "No input of any resource holds a password, a key or a token.",
              StorageRules::secretMaterial));

  private StorageRules() {}

  /**
   * What a resource of this type keeps that cannot be made again, in a word, null when it keeps
   * nothing: a disk, say. The plan's marks, the rule {@code unprotected} and the guard of {@code
   * scripts/ci/preview.sh} all ask here.
   *
   * @param tags the resource's tags, by which the program says what it makes again from nothing
   */
  public static String stateful(String type, Object tags) {
    return isReproducible(tags) ? null : kept(type);
  }

  private static String kept(String type) {
    return Catalog.type(type).flatMap(AwsType::kept).orElse(null);
  }

  private static boolean isSetting(String type) {
    return Catalog.type(type).map(AwsType::setting).orElse(false);
  }

  static Stream<Resource> buckets(Graph graph) {
    return graph.of(BUCKET).stream().filter(bucket -> !bucket.external());
  }

  private static boolean requiresTls(Graph graph, Resource bucket) {
    return graph.pointingAt(bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket").stream()
        .flatMap(policy -> Policies.statements(policy.value("policy")).stream())
        .anyMatch(statement -> deniesPlainText(statement, bucket.text("arn")));
  }

  private static boolean deniesPlainText(Statement statement, String arn) {
    return !statement.allow()
        && (statement.principals().containsKey("*")
            || statement.principals().getOrDefault("AWS", List.of()).contains("*"))
        && statement.actions().stream()
            .anyMatch(action -> action.equals("*") || action.equals("s3:*"))
        && statement.resources().containsAll(List.of(arn, arn + "/*"))
        && statement.conditions().size() == 1
        && statement.condition("Bool", "aws:SecureTransport").equals(List.of("false"));
  }

  private static boolean isEphemeral(Graph graph) {
    return "true".equals(String.valueOf(graph.outputs().get("ephemeral")));
  }

  /** Once for the whole stack, with all that goes. */
  private static Stream<Hit> ephemeral(Graph graph) {
    var going =
        exposed(graph)
            .map(resource -> kept(resource.type()) + " " + graph.label(resource))
            .collect(Collectors.joining(", "));
    return isEphemeral(graph)
        ? Stream.of(
            new Hit(
                null,
                "THE WHOLE STACK IS THROWN AWAY after use (slipway:ephemeral): nothing is"
                    + " protected, and destroying it takes "
                    + (going.isEmpty() ? "everything" : going)
                    + " with all that is in them"))
        : Stream.empty();
  }

  private static Stream<Resource> exposed(Graph graph) {
    return graph.resources().stream()
        .filter(
            resource ->
                kept(resource.type()) != null && !resource.external() && !resource.protect())
        .filter(resource -> !isReproducible(resource));
  }

  private static Stream<Hit> unprotected(Graph graph) {
    return exposed(graph)
        .filter(resource -> !isEphemeral(graph))
        .map(
            resource ->
                new Hit(
                    resource,
                    "this %s can be deleted by a mistake%s; protect it"
                        .formatted(
                            kept(resource.type()),
                            resource.is("forceDestroy") ? " with all that is in it" : "")));
  }

  /** The program says of some things that it makes them again from nothing. */
  private static boolean isReproducible(Resource resource) {
    return isReproducible(resource.value("tagsAll"));
  }

  private static boolean isReproducible(Object tags) {
    return tags instanceof Map<?, ?> map && "true".equals(map.get("slipway:reproducible"));
  }

  private static Stream<Hit> secretsInState(Graph graph) {
    return graph.resources().stream()
        .filter(Resource::custom)
        .flatMap(
            resource ->
                resource.inputs().entrySet().stream()
                    .filter(entry -> holdsSecret(entry.getValue()))
                    .map(
                        entry ->
                            new Hit(
                                resource,
                                "puts a secret into Pulumi's state by its input "
                                    + entry.getKey()
                                    + "; pass the name of one and fetch it where it is used")));
  }

  private static boolean holdsSecret(Object value) {
    return value instanceof PropertyValues.Secret
        || (value instanceof Map<?, ?> map
            && map.values().stream().anyMatch(StorageRules::holdsSecret))
        || (value instanceof List<?> list && list.stream().anyMatch(StorageRules::holdsSecret));
  }

  private static Stream<Hit> secretMaterial(Graph graph) {
    var hits = new ArrayList<Hit>();
    for (var resource : graph.resources()) {
      if (resource.custom()) {
        resource.inputs().forEach((key, value) -> search(resource, key, value, hits));
      }
    }
    return hits.stream();
  }

  private static void search(Resource resource, String path, Object given, List<Hit> hits) {
    var value = PropertyValues.special(given);
    if (value instanceof PropertyValues.Secret secret) {
      value = secret.value();
    }
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, inner) -> search(resource, path + "." + key, inner, hits));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        search(resource, path + "[" + i + "]", list.get(i), hits);
      }
    } else if (value instanceof String text) {
      SecretText.forms(text)
          .forEach(what -> hits.add(new Hit(resource, "holds " + what + " in its input " + path)));
      var key = path.substring(path.lastIndexOf('.') + 1);
      if (SecretText.isSecretByName(key, text)) {
        hits.add(new Hit(resource, "has a value for " + path + ", which by its name is a secret"));
      }
    }
  }
}
