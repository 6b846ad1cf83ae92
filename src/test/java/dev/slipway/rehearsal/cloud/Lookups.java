package dev.slipway.rehearsal.cloud;

import dev.slipway.plan.engine.LookUps;
import dev.slipway.plan.graph.ResourceNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Answers the look-ups (Pulumi's functions) that a program may ask of AWS. */
final class Lookups {

  /** A machine image that can be launched. */
  record Image(String id, String architecture, String name) {}

  private final AwsClient aws;
  private final ResourceNames names;
  private final List<Image> images;

  Lookups(AwsClient aws, String region, List<Image> images) {
    this.aws = aws;
    names = new ResourceNames("emulated", "aws", region, EmulatedCloud.ACCOUNT);
    this.images = images;
  }

  Map<String, Object> answer(String token, Map<String, Object> arguments) {
    return switch (token) {
      case "aws:index/getCallerIdentity:getCallerIdentity" ->
          Fields.of(
              "id",
              EmulatedCloud.ACCOUNT,
              "accountId",
              EmulatedCloud.ACCOUNT,
              "arn",
              "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":user/operator",
              "userId",
              "AIDASLIPWAYOPERATOR");
      case "aws:ec2/getAmi:getAmi" -> image(arguments);
      case "aws:ssm/getParametersByPath:getParametersByPath" -> parameters(arguments);
      // What is the same in every account, so that the plan's answers are right here too.
      case "aws:index/getRegion:getRegion",
              "aws:index/getPartition:getPartition",
              "aws:index/getAvailabilityZones:getAvailabilityZones" ->
          LookUps.call(token, arguments, names).orElseThrow();
      default ->
          throw new AwsError(
              "InvalidAction", "the look-up " + token + " is not known to this emulated AWS");
    };
  }

  private Map<String, Object> parameters(Map<String, Object> arguments) {
    var found = new LinkedHashMap<String, String>();
    Map<String, Object> answer =
        aws.json(
            "ssm",
            "AmazonSSM.GetParametersByPath",
            Fields.of("Path", arguments.get("path"), "WithDecryption", false));
    if (answer.get("NextToken") != null) {
      throw new AwsError(
          "ValidationException", "this emulated AWS looks up ten parameters at most");
    }
    for (Map<String, Object> parameter : Values.maps(answer.get("Parameters"))) {
      found.put(Values.text(parameter.get("Name")), Values.text(parameter.get("Value")));
    }
    return LookUps.parameters(arguments, found);
  }

  private Map<String, Object> image(Map<String, Object> arguments) {
    List<Map<String, Object>> filters = Values.maps(arguments.get("filters"));
    List<String> wanted =
        filters.stream()
            .filter(filter -> "image-id".equals(filter.get("name")))
            .flatMap(filter -> Values.strings(filter.get("values")).stream())
            .toList();
    if (wanted.isEmpty()) {
      throw new AwsError(
          "InvalidFilter", "this emulated AWS looks images up by the filter image-id only");
    }
    Image found =
        images.stream()
            .filter(image -> wanted.contains(image.id()))
            .findFirst()
            .orElseThrow(
                () ->
                    new AwsError(
                        "InvalidAMIID.NotFound",
                        "Your query returned no results. Please change your search criteria and try"
                            + " again. ("
                            + String.join(", ", wanted)
                            + ")"));
    var answer = new LinkedHashMap<String, Object>();
    answer.put("id", found.id());
    answer.put("imageId", found.id());
    answer.put("architecture", found.architecture());
    answer.put("name", found.name());
    answer.put("description", found.name());
    answer.put("ownerId", "099720109477");
    answer.put("imageOwnerAlias", "");
    answer.put("imageType", "machine");
    answer.put("imageLocation", "099720109477/" + found.name());
    answer.put("creationDate", "2026-01-01T00:00:00.000Z");
    answer.put("deprecationTime", "2028-01-01T00:00:00.000Z");
    answer.put("hypervisor", "xen");
    answer.put("virtualizationType", "hvm");
    answer.put("rootDeviceName", "/dev/sda1");
    answer.put("rootDeviceType", "ebs");
    answer.put("state", "available");
    answer.put("public", true);
    answer.put("enaSupport", true);
    answer.put("imdsSupport", "v2.0");
    answer.put("platform", "");
    answer.put("platformDetails", "Linux/UNIX");
    answer.put("usageOperation", "RunInstances");
    answer.put("arn", "arn:aws:ec2:" + names.region() + "::image/" + found.id());
    answer.put("rootSnapshotId", "snap-0123456789abcdef0");
    answer.put("blockDeviceMappings", List.of());
    answer.put("productCodes", List.of());
    answer.put("stateReason", Map.of("code", "UNSET", "message", "UNSET"));
    answer.put("tags", Map.of());
    answer.put("filters", filters);
    answer.put("owners", Values.list(arguments.get("owners")));
    answer.put("includeDeprecated", Boolean.TRUE.equals(arguments.get("includeDeprecated")));
    answer.put("mostRecent", Boolean.TRUE.equals(arguments.get("mostRecent")));
    answer.put("sriovNetSupport", "simple");
    answer.put("bootMode", "uefi-preferred");
    answer.put("ramdiskId", "");
    answer.put("kernelId", "");
    answer.put("tpmSupport", "");
    return answer;
  }
}
