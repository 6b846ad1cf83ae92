package dev.slipway.aws;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What stays of a resource that was destroyed, as {@code ./slipway destroy} tells it: snapshots
 * that go on costing money, or the days within which it can be brought back.
 */
public final class Leftover {
  private final Map<String, Object> said = new LinkedHashMap<>();

  private Leftover() {}

  /**
   * Snapshots that outlive it.
   *
   * @param call what AWS's CLI is asked: {@code rds describe-db-snapshots}
   * @param list where its answer has them
   * @param name the name of one in it
   * @param removal the command that removes the one whose name follows
   */
  static Leftover snapshots(String call, String list, String name, String removal) {
    var result = new Leftover();
    result.said.put("call", call);
    result.said.put("list", list);
    result.said.put("name", name);
    result.said.put("removal", removal);
    return result;
  }

  /**
   * It is deleted some days later, and can be brought back till then.
   *
   * @param days the input that says how many
   * @param command what brings it back, with {region} and {id}
   */
  static Leftover deletedLater(String days, String command) {
    var result = new Leftover();
    result.said.put("days", days);
    result.said.put("command", command);
    return result;
  }

  /** The same for what is of use only to others that can be brought back: their key. */
  static Leftover deletedLaterWithOthers(String days, String command) {
    var result = deletedLater(days, command);
    result.said.put("of", "others");
    return result;
  }

  Map<String, Object> json() {
    return said;
  }
}
