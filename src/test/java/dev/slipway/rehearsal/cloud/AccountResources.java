package dev.slipway.rehearsal.cloud;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** What the emulated account knows of its keys and machines. */
final class AccountResources implements ResourceContext {
  /** What is known of a bucket for a moment, since scripts make many calls at once. */
  private record BucketKey(String key, Instant readAt) {}

  private static final Duration FRESH = Duration.ofSeconds(2);

  private final Map<String, BucketKey> bucketKeys = new ConcurrentHashMap<>();
  private final AwsClient aws;
  private final Machines machines;
  private volatile UnaryOperator<String> tasks = token -> "*";

  AccountResources(AwsClient aws, Machines machines) {
    this.aws = aws;
    this.machines = machines;
  }

  /** Asks this from now on for the state machine of a task's token. */
  void tasks(UnaryOperator<String> machineOfTask) {
    tasks = machineOfTask;
  }

  @Override
  public String machineOfTask(String token) {
    return tasks.apply(token);
  }

  private List<Map<String, Object>> aliases() {
    return Values.maps(aws.json("kms", "TrentService.ListAliases", Map.of()).get("Aliases"));
  }

  @Override
  public String key(String named) {
    String name = named.replaceFirst("^arn:aws:kms:[^:]*:[^:]*:(key/)?", "");
    return aliases().stream()
        .filter(alias -> name.equals(alias.get("AliasName")) && alias.get("TargetKeyId") != null)
        .map(alias -> String.valueOf(alias.get("TargetKeyId")))
        .findFirst()
        .orElse(name);
  }

  @Override
  public List<String> aliases(String keyId) {
    return aliases().stream()
        .filter(alias -> keyId.equals(alias.get("TargetKeyId")))
        .map(alias -> String.valueOf(alias.get("AliasName")))
        .toList();
  }

  @Override
  public String bucketKey(String bucket) {
    BucketKey known = bucketKeys.get(bucket);
    if (known == null || known.readAt().plus(FRESH).isBefore(Instant.now())) {
      known = new BucketKey(readBucketKey(bucket), Instant.now());
      bucketKeys.put(bucket, known);
    }
    return known.key();
  }

  private String readBucketKey(String bucket) {
    try {
      Xml encryption =
          Xml.parse(
              aws.rest("s3", "GET", "/" + bucket + "?encryption", Map.of(), new byte[0]).body());
      String algorithm = encryption.anywhere("SSEAlgorithm").map(Xml::text).orElse("");
      String key = encryption.anywhere("KMSMasterKeyID").map(Xml::text).orElse("");
      // Everybody in the account may use AWS's own key through S3.
      return algorithm.startsWith("aws:kms") && !key.isEmpty() && !key.endsWith("alias/aws/s3")
          ? key
          : null;
    } catch (AwsError e) {
      return null;
    }
  }

  @Override
  public String secretKey(String secret) {
    try {
      String key =
          Values.text(
              aws.json(
                      "secretsmanager", "secretsmanager.DescribeSecret", Map.of("SecretId", secret))
                  .get("KmsKeyId"));
      return key == null || key.endsWith("alias/aws/secretsmanager") ? null : key;
    } catch (AwsError e) {
      return null;
    }
  }

  @Override
  public Map<String, String> instanceTags(String id) {
    return machines.all().stream()
        .filter(machine -> machine.id().equals(id))
        .findFirst()
        .map(Machine::tags)
        .orElse(Map.of());
  }
}
