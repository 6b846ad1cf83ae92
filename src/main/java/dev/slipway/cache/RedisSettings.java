package dev.slipway.cache;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import dev.slipway.core.Suggestion;
import java.util.List;

/** A Redis cache that AWS keeps. */
public record RedisSettings(
    @Setting(
            value =
                "The type of its nodes: cache.t3.micro, or for persistence durable db.t4g.small and"
                    + " larger.",
            or = "\"cache.t3.micro\"")
        String nodeType,
    @Setting(value = "The version of Redis: 7.0 or 7.1.", or = "\"7.1\"") String version,
    @Setting(
            value =
                "How many copies there are beside the first node, in other zones; with one or more a"
                    + " copy takes over by itself when the first fails. Each costs a node.",
            or = "0")
        int replicas,
    @Setting(
            value =
                "What outlives the nodes: none, snapshots (a copy of every day), or durable"
                    + " (MemoryDB, where every write is kept; it costs more and wants clients that"
                    + " speak Redis Cluster). ElastiCache takes no appendonly.",
            or = "\"snapshots\"")
        String persistence,
    @Setting(value = "For how many days snapshots are kept.", or = "7") int snapshotDays,
    @Setting(
            value =
                "Refuse to delete what it keeps until this is false; with none it keeps nothing. When"
                    + " it goes it leaves a final snapshot behind, unless the stack is ephemeral.",
            or = "true")
        boolean protect) {

  private static final String NONE = "none";
  private static final String DURABLE = "durable";
  private static final List<String> PERSISTENCE = List.of(NONE, "snapshots", DURABLE);

  /** What people write who know how Redis itself keeps every write. */
  private static final List<String> APPEND_ONLY = List.of("aof", "appendonly", "append-only");

  public RedisSettings {
    var check =
        new Check()
            .that(
                List.of("7.0", "7.1").contains(version),
                "version",
                "\"" + version + "\" is none of 7.0, 7.1")
            .that(replicas >= 0 && replicas <= 5, "replicas", replicas + " is not from 0 to 5")
            .that(
                snapshotDays >= 1 && snapshotDays <= 35,
                "snapshotDays",
                snapshotDays + " is not from 1 to 35")
            .that(PERSISTENCE.contains(persistence), "persistence", notPersistence(persistence));
    boolean durable = persistence.equals(DURABLE);
    var known = durable ? NodeTypes.MEMORYDB : NodeTypes.ELASTICACHE;
    check
        .that(
            known.contains(nodeType),
            "nodeType",
            "\""
                + nodeType
                + "\" is not a node of "
                + (durable ? "MemoryDB" : "ElastiCache")
                + " that takes Redis "
                + version
                + ", such as "
                + (durable ? "db.t4g.small" : "cache.t3.micro")
                + Suggestion.sentence(nodeType, known))
        .orThrow();
  }

  private static String notPersistence(String given) {
    return APPEND_ONLY.contains(given)
        ? "\""
            + given
            + "\" is not to be had: ElastiCache has no append-only file since Redis 2.8.22; the"
            + " nearest are snapshots with one replica or more, which loses what was written since"
            + " the copy fell behind, and durable, which is MemoryDB and loses no write"
        : "\""
            + given
            + "\" is none of "
            + String.join(", ", PERSISTENCE)
            + Suggestion.sentence(given, PERSISTENCE);
  }

  /** Whether every write is kept. */
  boolean durable() {
    return persistence.equals(DURABLE);
  }

  /** Whether all is gone with the nodes. */
  boolean volatileAlone() {
    return persistence.equals(NONE);
  }
}
