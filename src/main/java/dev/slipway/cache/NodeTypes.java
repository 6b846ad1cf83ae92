package dev.slipway.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Node types that can be had for the versions of Redis that this program takes.
 *
 * <p>Left out are those that ElastiCache makes no more (T2), and those that keep a part of the data
 * on disk (R6gd), which want data tiering to be turned on. See the <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html">ElastiCache</a>
 * and <a
 * href="https://docs.aws.amazon.com/memorydb/latest/devguide/nodes.supportedtypes.html">MemoryDB</a>
 * guides.
 */
final class NodeTypes {
  private static final String GRAVITON = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
  private static final String INTEL = "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge";
  private static final String SMALL = "micro small medium";

  static final List<String> ELASTICACHE =
      types(
          "cache",
          Map.ofEntries(
              Map.entry("m7g", GRAVITON),
              Map.entry("m6g", GRAVITON),
              Map.entry("r7g", GRAVITON),
              Map.entry("r6g", GRAVITON),
              Map.entry("c7gn", GRAVITON),
              Map.entry("m5", INTEL),
              Map.entry("r5", INTEL),
              Map.entry("m4", "large xlarge 2xlarge 4xlarge 10xlarge"),
              Map.entry("r4", "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
              Map.entry("t4g", SMALL),
              Map.entry("t3", SMALL)));

  /** For what keeps every write. */
  static final List<String> MEMORYDB =
      types("db", Map.of("r7g", GRAVITON, "r6g", GRAVITON, "t4g", "small medium"));

  private NodeTypes() {}

  private static List<String> types(String prefix, Map<String, String> sizes) {
    var result = new ArrayList<String>();
    sizes.forEach(
        (family, names) -> {
          for (String size : names.split(" ")) {
            result.add(prefix + "." + family + "." + size);
          }
        });
    result.sort(null);
    return List.copyOf(result);
  }
}
