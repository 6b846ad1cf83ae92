package dev.slipway.rehearsal.cloud;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * CloudFront's distributions and what they are given, made in moto. Nothing is served: no browser
 * of a rehearsal asks for a picture.
 *
 * <p>moto changes no group of keys and deletes none, so that which there are is known here. Source
 * of the rules: Amazon CloudFront API Reference, CreateDistribution and CreateKeyGroup.
 */
final class CdnHandlers {
  private static final String API = "/2020-05-31/";
  private static final String NAMESPACE =
      " xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"";

  private final AwsClient aws;
  private final AtomicInteger serial = new AtomicInteger();
  private final Set<String> groups = ConcurrentHashMap.newKeySet();

  CdnHandlers(AwsClient aws) {
    this.aws = aws;
  }

  List<Handler> all() {
    return List.of(access(), key(), keyGroup(), distribution());
  }

  private HttpResponse<byte[]> send(String method, String path, String etag, String body) {
    var headers =
        etag.isEmpty()
            ? Map.of("Content-Type", "application/xml")
            : Map.of("Content-Type", "application/xml", "If-Match", etag);
    return aws.rest(
        "cloudfront", method, API + path, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  private Xml get(String path) {
    return Xml.parse(send("GET", path, "", "").body());
  }

  /** A change has to name what it changes, by the version as it is now. */
  private String version(String path) {
    return etag(send("GET", path, "", ""));
  }

  private static String etag(HttpResponse<byte[]> answer) {
    return answer.headers().firstValue("etag").orElse("").replace("\"", "");
  }

  private String reference() {
    return element("CallerReference", "rehearsal-" + serial.incrementAndGet());
  }

  private static String element(String name, Object value) {
    return "<%s>%s</%s>".formatted(name, Xml.escape(String.valueOf(value)), name);
  }

  /** A list as CloudFront has them: how many, and each. */
  private static String items(String name, List<String> values) {
    return element("Quantity", values.size())
        + values.stream()
            .map(value -> element(name, value))
            .collect(Collectors.joining("", "<Items>", "</Items>"));
  }

  // --- what a distribution is given
  // --------------------------------------------------------------------------------

  private Handler access() {
    return Handler.of("aws:cloudfront/originAccessControl:OriginAccessControl")
        .create(
            request -> {
              var made = send("POST", "origin-access-control", "", accessConfig(request));
              return Handler.Made.of(Xml.parse(made.body()).need("Id"), "etag", etag(made));
            })
        .change(
            request ->
                send(
                    "PUT",
                    "origin-access-control/" + request.id() + "/config",
                    version("origin-access-control/" + request.id()),
                    accessConfig(request)))
        .delete(
            request ->
                send(
                    "DELETE",
                    "origin-access-control/" + request.id(),
                    version("origin-access-control/" + request.id()),
                    ""))
        .found(request -> get("origin-access-control/" + request.id()));
  }

  private static String accessConfig(Handler.Request request) {
    return "<OriginAccessControlConfig"
        + NAMESPACE
        + ">"
        + element("Name", request.text("name"))
        + element("Description", request.text("description", ""))
        + element("SigningProtocol", request.text("signingProtocol"))
        + element("SigningBehavior", request.text("signingBehavior"))
        + element("OriginAccessControlOriginType", request.text("originAccessControlOriginType"))
        + "</OriginAccessControlConfig>";
  }

  private Handler key() {
    return Handler.of("aws:cloudfront/publicKey:PublicKey")
        .create(
            request -> {
              if (!request.text("encodedKey").startsWith("-----BEGIN PUBLIC KEY-----")) {
                throw new AwsError(
                    400,
                    "InvalidArgument",
                    "Your request contains empty/invalid/out of limits RSA Encoded Key");
              }
              var made =
                  send(
                      "POST",
                      "public-key",
                      "",
                      "<PublicKeyConfig"
                          + NAMESPACE
                          + ">"
                          + reference()
                          + element("Name", request.text("name"))
                          + element("EncodedKey", request.text("encodedKey"))
                          + "</PublicKeyConfig>");
              return Handler.Made.of(Xml.parse(made.body()).need("Id"), "etag", etag(made));
            })
        .delete(
            request ->
                send(
                    "DELETE",
                    "public-key/" + request.id(),
                    version("public-key/" + request.id()),
                    ""))
        .exists(request -> hasKey(request.id()));
  }

  /** moto fails when it is asked for a key that is not there. */
  private boolean hasKey(String id) {
    return get("public-key")
        .at("Items")
        .map(list -> list.children("PublicKeySummary"))
        .orElse(List.of())
        .stream()
        .anyMatch(key -> key.text("Id").equals(id));
  }

  private Handler keyGroup() {
    return Handler.of("aws:cloudfront/keyGroup:KeyGroup")
        .create(
            request -> {
              checkKeys(request);
              var made =
                  send(
                      "POST",
                      "key-group",
                      "",
                      "<KeyGroupConfig"
                          + NAMESPACE
                          + ">"
                          + element("Name", request.text("name"))
                          + request.strings("items").stream()
                              .map(id -> element("PublicKey", id))
                              .collect(Collectors.joining("", "<Items>", "</Items>"))
                          + "</KeyGroupConfig>");
              String id = Xml.parse(made.body()).need("Id");
              groups.add(id);
              return Handler.Made.of(id, "etag", etag(made));
            })
        .change(this::checkKeys)
        .delete(request -> groups.remove(request.id()))
        .exists(request -> groups.contains(request.id()));
  }

  private void checkKeys(Handler.Request request) {
    for (String id : request.strings("items")) {
      if (!hasKey(id)) {
        throw new AwsError(
            400, "InvalidArgument", "The public key " + id + " in the key group does not exist.");
      }
    }
  }

  // --- distributions
  // -----------------------------------------------------------------------------------------------

  private Handler distribution() {
    return Handler.of("aws:cloudfront/distribution:Distribution")
        .create(
            request -> {
              checkGiven(request);
              var made =
                  send(
                      "POST",
                      "distribution?WithTags",
                      "",
                      "<DistributionConfigWithTags"
                          + NAMESPACE
                          + ">"
                          + config(request, "", reference())
                          + tags(request)
                          + "</DistributionConfigWithTags>");
              var xml = Xml.parse(made.body());
              return Handler.Made.of(
                  xml.need("Id"),
                  "arn",
                  xml.need("ARN"),
                  "domainName",
                  xml.need("DomainName"),
                  "hostedZoneId",
                  "Z2FDTNDATAQYW2",
                  "status",
                  "Deployed",
                  "etag",
                  etag(made));
            })
        .change(
            request -> {
              checkGiven(request);
              send(
                  "PUT",
                  "distribution/" + request.id() + "/config",
                  version("distribution/" + request.id()),
                  config(request, NAMESPACE, reference()));
            })
        .delete(
            request ->
                send(
                    "DELETE",
                    "distribution/" + request.id(),
                    version("distribution/" + request.id()),
                    ""))
        .found(request -> get("distribution/" + request.id()));
  }

  private static Map<String, Object> behavior(Handler.Request request) {
    return Values.map(request.inputs().get("defaultCacheBehavior"));
  }

  private void checkGiven(Handler.Request request) {
    for (String id : Values.strings(behavior(request).get("trustedKeyGroups"))) {
      if (!groups.contains(id)) {
        throw new AwsError(
            400, "TrustedKeyGroupDoesNotExist", "The key group " + id + " does not exist.");
      }
    }
    for (var origin : request.maps("origins")) {
      if (origin.get("originAccessControlId") != null) {
        get("origin-access-control/" + origin.get("originAccessControlId"));
      }
    }
  }

  private static String config(Handler.Request request, String namespace, String reference) {
    var behavior = behavior(request);
    var groups = Values.strings(behavior.get("trustedKeyGroups"));
    return "<DistributionConfig"
        + namespace
        + ">"
        + reference
        + element("Comment", request.text("comment", ""))
        + element("Enabled", request.flag("enabled"))
        + element("IsIPV6Enabled", request.flag("isIpv6Enabled"))
        + element("HttpVersion", request.text("httpVersion", "http2"))
        + element("PriceClass", request.text("priceClass", "PriceClass_All"))
        + "<Origins>"
        + element("Quantity", request.maps("origins").size())
        + request.maps("origins").stream()
            .map(CdnHandlers::origin)
            .collect(Collectors.joining("", "<Items>", "</Items>"))
        + "</Origins><DefaultCacheBehavior>"
        + element("TargetOriginId", behavior.get("targetOriginId"))
        + element("ViewerProtocolPolicy", behavior.get("viewerProtocolPolicy"))
        + element("CachePolicyId", behavior.get("cachePolicyId"))
        + element("ResponseHeadersPolicyId", behavior.get("responseHeadersPolicyId"))
        + "<AllowedMethods>"
        + items("Method", Values.strings(behavior.get("allowedMethods")))
        + "<CachedMethods>"
        + items("Method", Values.strings(behavior.get("cachedMethods")))
        + "</CachedMethods></AllowedMethods><TrustedKeyGroups>"
        + element("Enabled", !groups.isEmpty())
        + items("KeyGroup", groups)
        + "</TrustedKeyGroups></DefaultCacheBehavior></DistributionConfig>";
  }

  private static String origin(Map<String, Object> origin) {
    return "<Origin>"
        + element("Id", origin.get("originId"))
        + element("DomainName", origin.get("domainName"))
        + element("OriginAccessControlId", origin.getOrDefault("originAccessControlId", ""))
        + "<S3OriginConfig><OriginAccessIdentity></OriginAccessIdentity></S3OriginConfig></Origin>";
  }

  private static String tags(Handler.Request request) {
    return request.tags().entrySet().stream()
        .map(
            tag ->
                "<Tag>"
                    + element("Key", tag.getKey())
                    + element("Value", tag.getValue())
                    + "</Tag>")
        .collect(Collectors.joining("", "<Tags><Items>", "</Items></Tags>"));
  }
}
