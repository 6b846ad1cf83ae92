package dev.slipway.storage;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How long a bucket keeps what is in it, and how hard it holds on to it.
 *
 * @param role what the bucket is for; part of its name
 * @param reproducible whether the program can make all of its content again
 * @param protect whether destroying the bucket is refused
 * @param glacierAfterDays when objects move to Glacier Instant Retrieval
 * @param expireAfterDays when objects are removed
 * @param formerVersionDays how long replaced and removed objects are kept
 * @param prefixDays when objects are removed whose keys begin with this, by prefix
 * @param lockDays how long an object can't be removed by anybody without a special right
 */
public record BucketRules(
    String role,
    boolean reproducible,
    boolean protect,
    Optional<Integer> glacierAfterDays,
    Optional<Integer> expireAfterDays,
    int formerVersionDays,
    Map<String, Integer> prefixDays,
    Optional<Integer> lockDays) {

  /** Keeps everything, former versions for 30 days, and is protected. */
  public static BucketRules of(String role) {
    return new BucketRules(
        role, false, true, Optional.empty(), Optional.empty(), 30, Map.of(), Optional.empty());
  }

  /** Holds nothing that is worth protecting. */
  public BucketRules asReproducible() {
    return new BucketRules(
        role,
        true,
        false,
        glacierAfterDays,
        expireAfterDays,
        formerVersionDays,
        prefixDays,
        lockDays);
  }

  public BucketRules protectedIf(boolean protect) {
    return new BucketRules(
        role,
        reproducible,
        protect,
        glacierAfterDays,
        expireAfterDays,
        formerVersionDays,
        prefixDays,
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
        prefixDays,
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
        prefixDays,
        lockDays);
  }

  public BucketRules formerVersionsFor(int days) {
    return new BucketRules(
        role, reproducible, protect, glacierAfterDays, expireAfterDays, days, prefixDays, lockDays);
  }

  public BucketRules lockedFor(Optional<Integer> days) {
    return new BucketRules(
        role,
        reproducible,
        protect,
        glacierAfterDays,
        expireAfterDays,
        formerVersionDays,
        prefixDays,
        days);
  }

  /** Removes what begins with a prefix after so many days. */
  public BucketRules expireAfter(String prefix, int days) {
    var more = new TreeMap<>(prefixDays);
    more.put(prefix, days);
    return new BucketRules(
        role,
        reproducible,
        protect,
        glacierAfterDays,
        expireAfterDays,
        formerVersionDays,
        more,
        lockDays);
  }
}
