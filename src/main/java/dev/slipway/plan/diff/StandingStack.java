package dev.slipway.plan.diff;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.rules.StorageRules;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Changes that a stack which is there can't take, because AWS refuses them or because they would
 * stop half-way: each by the setting that asks for it, with the way that leads there.
 *
 * <p>That a VPC keeps its first block and a subnet its block and zone is said in the <a
 * href="https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html">VPC user guide</a>;
 * that a disk of RDS or EBS never shrinks, and an engine goes to no older version, in the guides of
 * <a
 * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.StorageTypes.html">RDS</a>
 * and <a href="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html">EBS</a>.
 */
public final class StandingStack {

  private static final String DATABASE = "aws:rds/instance:Instance";

  private static final String BESIDE =
      "make a stack of another name beside this one with the new value, bring the data there from a"
          + " backup (docs/runbooks/move.md), point the names at it, and destroy this"
          + " one";

  private static final String DATABASE_BESIDE =
      "restore a snapshot into a stack of another name that says so (docs/runbooks/move.md),"
          + " point the names at it, and destroy this one";

  private static final String OLDER_CACHE =
      "give a stack of another name the older version, which begins with an empty cache";

  /** How to get there all the same, where that is another way than {@link #BESIDE}. */
  private static final Map<String, String> WAYS =
      Map.of(
          DATABASE,
          DATABASE_BESIDE,
          "aws:elasticache/replicationGroup:ReplicationGroup",
          OLDER_CACHE,
          "aws:memorydb/cluster:Cluster",
          OLDER_CACHE);

  /** The settings that ask for an input, by type and input. */
  private static final Map<String, Map<String, String>> SETTINGS =
      Map.of(
          "aws:ec2/vpc:Vpc",
          Map.of("cidrBlock", "network.cidr"),
          "aws:ec2/subnet:Subnet",
          Map.of("cidrBlock", "network.cidr", "availabilityZone", "network.zone"),
          "aws:ebs/volume:Volume",
          Map.of("availabilityZone", "network.zone", "size", "host.dataVolumeGiB"),
          DATABASE,
          Map.of(
              "engineVersion", "database.version",
              "allocatedStorage", "database.storageGiB",
              "dbName", "database.name"),
          "aws:elasticache/replicationGroup:ReplicationGroup",
          Map.of("engineVersion", "cache.version"),
          "aws:memorydb/cluster:Cluster",
          Map.of("engineVersion", "cache.version"));

  private static final String LEAVE = "leave it as it is; to get there all the same, ";

  /**
   * A change that is refused.
   *
   * @param setting what a person would change back
   * @param resource the first resource that it would have to change
   * @param change what it would be
   * @param way how to get there
   * @param loss whether it can be had at the price of what the resource keeps: then whoever allows
   *     that loss by name gets it
   */
  public record Refusal(String setting, String resource, String change, String way, boolean loss) {
    public String text() {
      return "%s: %s of %s; %s".formatted(setting, change, resource, way);
    }
  }

  /**
   * A resource's inputs on both sides, empty where it isn't there.
   *
   * @param name its name, the system's before it or not
   */
  public record Change(
      String type, String name, Map<String, Object> before, Map<String, Object> after) {
    public boolean stays() {
      return !before.isEmpty() && !after.isEmpty();
    }

    boolean goes() {
      return !before.isEmpty() && after.isEmpty();
    }

    /** A value that was set and is to be another. */
    boolean differs(String input) {
      return stays()
          && before.get(input) != null
          && !Objects.equals(text(before.get(input)), text(after.get(input)));
    }

    private String says(String input) {
      return "%s can't go from %s to %s"
          .formatted(
              input,
              text(before.get(input)),
              after.get(input) == null ? "nothing" : text(after.get(input)));
    }

    private static String text(Object given) {
      var value = PropertyValues.special(given);
      return value instanceof Number number
          ? new BigDecimal(String.valueOf(number)).stripTrailingZeros().toPlainString()
          : String.valueOf(value);
    }
  }

  private final List<Refusal> refusals = new ArrayList<>();

  private StandingStack() {}

  /** What of this is refused. */
  public static List<Refusal> refusals(Collection<Change> changes) {
    var stack = new StandingStack();
    // A network before its parts: what is said of it says enough.
    changes.stream()
        .sorted(Comparator.comparing(change -> !change.type().equals("aws:ec2/vpc:Vpc")))
        .forEach(stack::judge);
    stack.refuseZonesTakenAway(changes);
    // RDS isn't asked to keep a password that it does not know to have given away.
    if (changes.stream().anyMatch(change -> change.type().equals(DATABASE) && change.stays())) {
      changes.stream()
          .filter(change -> change.type().equals("aws:secretsmanager/secret:Secret"))
          .filter(change -> change.goes() && change.name().endsWith("master-secret"))
          .forEach(
              change ->
                  stack.refuse(
                      change,
                      "database.masterPassword",
                      "the stack keeps the password of the database's administrator, which would be"
                          + " lost with the secret",
                      "set it to stack, also without a replica",
                      false));
    }
    return List.copyOf(stack.refusals);
  }

  /** A zone is taken away from what may be in it: a database or a cache. */
  private void refuseZonesTakenAway(Collection<Change> changes) {
    if (changes.stream()
        .noneMatch(
            change -> change.stays() && change.type().endsWith("/subnetGroup:SubnetGroup"))) {
      return;
    }
    var subnets =
        changes.stream().filter(change -> change.type().equals("aws:ec2/subnet:Subnet")).toList();
    // They are in the subnets for data where a network has some, and among the hosts' elsewhere.
    var data = ".*data-[a-z]";
    var within =
        subnets.stream()
                .anyMatch(subnet -> !subnet.before().isEmpty() && subnet.name().matches(data))
            ? data
            : ".*private-[a-z]";
    subnets.stream()
        .filter(subnet -> subnet.goes() && subnet.name().matches(within))
        .forEach(
            subnet -> {
              var zone = text(subnet.before(), "availabilityZone");
              var stays =
                  subnets.stream()
                      .anyMatch(
                          other ->
                              !other.after().isEmpty()
                                  && text(other.after(), "availabilityZone").equals(zone));
              refuse(
                  subnet,
                  stays ? "network.dataSubnets" : "network.zones",
                  (stays ? "a subnet for data" : "a zone")
                      + " can't be taken away, since a database or a cache may be in it: the"
                      + " subnet "
                      + zone,
                  LEAVE + BESIDE,
                  false);
            });
  }

  private static String text(Map<String, Object> inputs, String key) {
    return String.valueOf(inputs.get(key));
  }

  private void judge(Change change) {
    if (change.type().equals("pulumi:providers:aws")) {
      fixed(change, "region", "aws:region", BESIDE);
    }
    var way = WAYS.getOrDefault(change.type(), BESIDE);
    Catalog.type(change.type())
        .map(AwsType::standing)
        .orElse(Map.of())
        .forEach(
            (input, rule) -> {
              var setting = setting(change.type(), input);
              switch (rule) {
                case FIXED -> fixed(change, input, setting, way);
                case GROWS -> grows(change, input, setting, way);
                case NEWER -> newer(change, input, setting, way);
              }
            });
  }

  /** An input that no setting asks for is named by what has it: the disk's encrypted. */
  private static String setting(String type, String input) {
    var what = StorageRules.stateful(type, Map.of());
    return SETTINGS
        .getOrDefault(type, Map.of())
        .getOrDefault(
            input,
            "the %s's %s"
                .formatted(what == null ? type.substring(type.lastIndexOf(':') + 1) : what, input));
  }

  private void fixed(Change change, String input, String setting, String way) {
    if (change.differs(input)) {
      refuse(
          change,
          setting,
          change.says(input),
          LEAVE + way,
          StorageRules.stateful(change.type(), Map.of()) != null);
    }
  }

  private void grows(Change change, String input, String setting, String way) {
    var was = number(change.before().get(input));
    var is = number(change.after().get(input));
    if (change.differs(input) && was != null && is != null && is.compareTo(was) < 0) {
      refuse(
          change,
          setting,
          change.says(input) + " GiB, since a disk never shrinks",
          LEAVE + way,
          false);
    }
  }

  private void newer(Change change, String input, String setting, String way) {
    if (change.differs(input) && older(change.after().get(input), change.before().get(input))) {
      refuse(change, setting, change.says(input) + ", which is older", LEAVE + way, false);
    }
  }

  /** Whether one version comes before the other, as far as both say. */
  private static boolean older(Object one, Object other) {
    var some = Change.text(one).split("\\.");
    var others = Change.text(other).split("\\.");
    for (int i = 0; i < Math.min(some.length, others.length); i++) {
      var here = number(some[i]);
      var there = number(others[i]);
      if (here == null || there == null) {
        return false;
      }
      if (here.compareTo(there) != 0) {
        return here.compareTo(there) < 0;
      }
    }
    return false;
  }

  private static BigDecimal number(Object value) {
    try {
      return new BigDecimal(Change.text(value));
    } catch (NumberFormatException none) {
      return null;
    }
  }

  /** Each setting once: the first resource says enough. */
  private void refuse(Change change, String setting, String what, String way, boolean loss) {
    if (refusals.stream().noneMatch(known -> known.setting().equals(setting))) {
      refusals.add(new Refusal(setting, change.name(), what, way, loss));
    }
  }
}
