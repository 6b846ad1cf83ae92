package dev.slipway.plan.engine;

import dev.slipway.core.Json;
import dev.slipway.plan.graph.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;

/**
 * Answers to what a program asks AWS about. Nobody but AWS knows whether an image is there: one
 * that is looked up by id and architecture is believed to be.
 */
public final class LookUps {

  /** Who answers look-ups. */
  @FunctionalInterface
  public interface Answers {
    /** The result of a look-up, empty when it is not known. */
    Optional<Map<String, Object>> call(
        String token, Map<String, Object> arguments, ResourceNames names);
  }

  private static final Map<
          String, BiFunction<Map<String, Object>, ResourceNames, Map<String, Object>>>
      ANSWERS = new TreeMap<>();

  static {
    ANSWERS.put(
        "aws:index/getCallerIdentity:getCallerIdentity",
        (arguments, names) ->
            Map.of(
                "id",
                names.account(),
                "accountId",
                names.account(),
                "arn",
                "arn:aws:iam::" + names.account() + ":user/plan",
                "userId",
                "AIDAPLANPLANPLANPLANP"));
    ANSWERS.put(
        "aws:index/getRegion:getRegion",
        (arguments, names) ->
            Map.of(
                "id", names.region(),
                "name", names.region(),
                "endpoint", "ec2." + names.region() + ".amazonaws.com",
                "description", names.region()));
    ANSWERS.put(
        "aws:index/getPartition:getPartition",
        (arguments, names) ->
            Map.of(
                "id",
                "aws",
                "partition",
                "aws",
                "dnsSuffix",
                "amazonaws.com",
                "reverseDnsPrefix",
                "com.amazonaws"));
    ANSWERS.put(
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        (arguments, names) ->
            Map.of(
                "id", names.region(),
                "names", List.of(names.region() + "a", names.region() + "b", names.region() + "c"),
                "zoneIds", List.of("az1", "az2", "az3"),
                "groupNames", List.of(names.region())));
    ANSWERS.put("aws:ec2/getAmi:getAmi", LookUps::image);
    // A plan is of a stack from nothing on.
    ANSWERS.put(
        "aws:ssm/getParametersByPath:getParametersByPath",
        (arguments, names) -> parameters(arguments, Map.of()));
    ANSWERS.put(
        "aws:kms/getAlias:getAlias",
        (arguments, names) -> {
          var key =
              "00000000-0000-4000-8000-"
                  + names.hex(12, "key", String.valueOf(arguments.get("name")));
          return Map.of(
              "id",
              String.valueOf(arguments.get("name")),
              "name",
              String.valueOf(arguments.get("name")),
              "arn",
              "arn:aws:kms:" + names.region() + ":" + names.account() + ":" + arguments.get("name"),
              "targetKeyId",
              key,
              "targetKeyArn",
              "arn:aws:kms:" + names.region() + ":" + names.account() + ":key/" + key);
        });
    ANSWERS.put(
        "aws:route53/getZone:getZone",
        (arguments, names) -> {
          var id =
              String.valueOf(
                  arguments.getOrDefault(
                      "zoneId",
                      "Z"
                          + names
                              .hex(20, "zone", String.valueOf(arguments.get("name")))
                              .toUpperCase(java.util.Locale.ROOT)));
          return Map.of(
              "id",
              id,
              "zoneId",
              id,
              "name",
              String.valueOf(arguments.getOrDefault("name", "example.com")),
              "arn",
              "arn:aws:route53:::hostedzone/" + id,
              "callerReference",
              "plan",
              "comment",
              "",
              "nameServers",
              List.of("ns-1.awsdns-01.org"),
              "primaryNameServer",
              "ns-1.awsdns-01.org",
              "privateZone",
              false,
              "resourceRecordSetCount",
              2);
        });
  }

  private LookUps() {}

  /** What AWS says of the parameters under a path, when these are all of them. */
  public static Map<String, Object> parameters(
      Map<String, Object> arguments, Map<String, String> found) {
    return Map.of(
        "id", String.valueOf(arguments.get("path")),
        "arns", List.of(),
        "names", List.copyOf(found.keySet()),
        "types", found.keySet().stream().map(name -> "String").toList(),
        "values", List.copyOf(found.values()));
  }

  /** The result of a look-up, empty when it is not known; it gives back what it was asked too. */
  public static Optional<Map<String, Object>> call(
      String token, Map<String, Object> arguments, ResourceNames names) {
    return Optional.ofNullable(ANSWERS.get(token))
        .map(
            answer -> {
              var result = new LinkedHashMap<>(answer.apply(arguments, names));
              arguments.forEach(result::putIfAbsent);
              return result;
            });
  }

  /** The look-ups that have an answer, for messages. */
  static String known() {
    return String.join(", ", ANSWERS.keySet());
  }

  private static Map<String, Object> image(Map<String, Object> arguments, ResourceNames names) {
    var result = new LinkedHashMap<String, Object>();
    result.put("id", "ami-" + names.hex(17, "image", Json.compact(arguments)));
    result.put("architecture", "x86_64");
    if (arguments.get("filters") instanceof List<?> filters) {
      for (var filter : filters) {
        if (filter instanceof Map<?, ?> map
            && map.get("values") instanceof List<?> values
            && values.size() == 1) {
          switch (String.valueOf(map.get("name"))) {
            case "image-id" -> result.put("id", values.get(0));
            case "architecture" -> result.put("architecture", values.get(0));
            default -> {
              // Other filters say nothing about the answer.
            }
          }
        }
      }
    }
    var id = String.valueOf(result.get("id"));
    result.put("imageId", id);
    result.put("arn", "arn:aws:ec2:" + names.region() + "::image/" + id);
    result.put("name", "image " + id);
    result.put("rootDeviceName", "/dev/sda1");
    result.put("rootDeviceType", "ebs");
    result.put("state", "available");
    result.put("virtualizationType", "hvm");
    result.put("ownerId", "099720109477");
    return result;
  }
}
