package dev.slipway.storage;

import java.util.Optional;

/**
 * How long a bucket keeps what is in it, and how hard it holds on to it.
 *
 * @param role what the bucket is for; part of its name
 * @param reproducible whether the program can make all of its content again
 * @param protect whether destroying the bucket is refused
 * @param glacierAfterDays when objects move to Glacier Instant Retrieval
 * @param expireAfterDays when objects are removed
 * @param formerVersionDays how long replaced and removed objects are kept
 * @param lockDays how long an object can't be removed by anybody without a special right
 */
public record BucketRules(
    String role,
    boolean reproducible,
    boolean protect,
    Optional<Integer> glacierAfterDays,
    Optional<Integer> expireAfterDays,
    int formerVersionDays,
    Optional<Integer> lockDays) {

  /** Keeps everything, former versions for 30 days, and is protected. */
  public static BucketRules of(String role) {
    return new BucketRules(
        role, false, true, Optional.empty(), Optional.empty(), 30, Optional.empty());
  }

  /** Holds nothing that is worth protecting. */
  public BucketRules asReproducible() {
    return new BucketRules(
        role, true, false, glacierAfterDays, expireAfterDays, formerVersionDays, lockDays);
  }

  public BucketRules protectedIf(boolean protect) {
    return new BucketRules(
        role,
        reproducible,
        protect,
        glacierAfterDays,
        expireAfterDays,
        formerVersionDays,
        lockDays);
  }

  public BucketRules glacierAfter(int days) {
    return new BucketRules(
        role,
        reproducible,
        protect,
        Optional.of(days),
        expireAfterDays,
        formerVersionDays,
        lockDays);
  }

  public BucketRules expireAfter(int days) {
    return new BucketRules(
        role,
        reproducible,
        protect,
        glacierAfterDays,
        Optional.of(days),
        formerVersionDays,
        lockDays);
  }

  public BucketRules formerVersionsFor(int days) {
    return new BucketRules(
        role, reproducible, protect, glacierAfterDays, expireAfterDays, days, lockDays);
  }

  public BucketRules lockedFor(Optional<Integer> days) {
    return new BucketRules(
        role, reproducible, protect, glacierAfterDays, expireAfterDays, formerVersionDays, days);
  }
}
