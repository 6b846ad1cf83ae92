package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The policies of buckets. moto would apply them too, but without their conditions: one that denies
 * plain HTTP would lock everybody out.
 */
final class BucketPolicies {
  private final Map<String, String> policies = new ConcurrentHashMap<>();

  void put(String bucket, String policy) {
    try {
      new PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError(400, "MalformedPolicy", e.getMessage());
    }
    policies.put(bucket, policy);
  }

  /** The policy of a bucket, or null. */
  String get(String bucket) {
    return policies.get(bucket);
  }

  void remove(String bucket) {
    policies.remove(bucket);
  }
}
