package dev.slipway.balancer;

import dev.slipway.core.Check;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32;

/**
 * The routes of all apps, and in which order they are looked at.
 *
 * <p>A rule's number says how exact the rule is: names with paths come first, then paths, then
 * names, longer ones before shorter. An app's number depends on its own route, so that adding an
 * app moves no other: a load balancer refuses to give a rule a number that another one has still.
 */
public final class Routes {
  private static final int LONGEST_PATH = 128;

  /** How many rules may be equally exact. */
  private static final int SEATS = 100;

  private static final int ONE_CLASS = (LONGEST_PATH + 1) * SEATS;

  private final SortedMap<String, Route> byApp;
  private final Map<String, Integer> priorities;

  /**
   * @param byApp the route of each app by the app's name
   */
  public Routes(Map<String, Route> byApp) {
    this.byApp = Collections.unmodifiableSortedMap(new TreeMap<>(byApp));
    var check = new Check().that(!byApp.isEmpty(), "", "has no app to route to");
    var ports = new HashMap<Integer, String>();
    var taken = new HashMap<List<Object>, String>();
    this.byApp.forEach(
        (app, route) -> {
          var samePort = ports.putIfAbsent(route.hostPort(), app);
          check
              .that(
                  app.matches("[a-z]([a-z0-9-]{0,18}[a-z0-9])?"),
                  app,
                  "\"" + app + "\" is not the name of an app: at most 20 of a-z, 0-9 and -")
              .that(
                  samePort == null,
                  app + ".hostPort",
                  route.hostPort() + " is " + samePort + "'s, too; give each app its own");
          var same =
              taken.putIfAbsent(
                  List.of(new TreeSet<>(route.hosts()), new TreeSet<>(route.paths())), app);
          check.that(
              same == null,
              app + (route.takesTheRest() ? ".hosts" : ".paths"),
              route.takesTheRest()
                  ? "and paths are missing, and so are those of "
                      + same
                      + ": one app can take what nobody else takes"
                  : "and hosts are those of " + same + ", too");
        });
    check.orThrow();
    priorities = seats(this.byApp);
  }

  private static Map<String, Integer> seats(SortedMap<String, Route> byApp) {
    var taken = new TreeSet<Integer>();
    var result = new TreeMap<String, Integer>();
    byApp.forEach(
        (app, route) -> {
          if (!route.takesTheRest()) {
            int row = row(route);
            int seat = (int) (hash(app) % SEATS);
            while (!taken.add(row + seat)) {
              seat = (seat + 1) % SEATS;
            }
            result.put(app, row + seat);
          }
        });
    return result;
  }

  /** The first number of those that are as exact as this one. */
  private static int row(Route route) {
    int path = route.paths().stream().mapToInt(String::length).max().orElse(0);
    if (path > 0) {
      return 1 + (route.hosts().isEmpty() ? ONE_CLASS : 0) + (LONGEST_PATH - path) * SEATS;
    }
    boolean pattern = route.hosts().stream().anyMatch(host -> host.startsWith("*"));
    return 1 + 2 * ONE_CLASS + (pattern ? SEATS : 0);
  }

  private static long hash(String text) {
    var crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }

  /** The route of each app, by its name. */
  SortedMap<String, Route> byApp() {
    return byApp;
  }

  /** The number of an app's rule, of which the lowest is looked at first. */
  int priority(String app) {
    return priorities.get(app);
  }

  /** The app that takes what nobody else takes. */
  Optional<String> rest() {
    return byApp.keySet().stream().filter(app -> byApp.get(app).takesTheRest()).findFirst();
  }

  /** Every name that apps are reached by, each once. */
  List<String> hosts() {
    var hosts = new LinkedHashSet<String>();
    byApp.values().forEach(route -> hosts.addAll(route.hosts()));
    return new ArrayList<>(hosts);
  }

  /**
   * The name of an app's target group, which can have 32 characters and must be another one when
   * the port is, because the group is then made anew beside the old one.
   */
  static String targetGroup(String stack, String app, int port) {
    var hash = HexFormat.of().toHexDigits(hash(app + ":" + port)).substring(10);
    int room = 32 - stack.length() - hash.length() - 2;
    var name = app.length() > room ? app.substring(0, room) : app;
    return stack + "-" + name.replaceAll("-+$", "") + "-" + hash;
  }
}
