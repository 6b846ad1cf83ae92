package dev.slipway.balancer;

import dev.slipway.core.Check;
import dev.slipway.core.Domains;
import java.util.List;

/**
 * Which requests an app gets, and where it gets them.
 *
 * @param hostPort the port of each host that answers for the app
 * @param health the path that says whether the app is well
 * @param hosts the names that it is reached by, {@code api.example.com}; none takes any
 * @param paths the paths that are its own, {@code /api/*}; none takes any
 */
public record Route(int hostPort, String health, List<String> hosts, List<String> paths) {
  /** What a rule of a load balancer takes, of names and paths together. */
  private static final int MOST_VALUES = 5;

  public Route {
    hosts = List.copyOf(hosts);
    paths = List.copyOf(paths);
    var check =
        new Check()
            .that(
                hostPort >= 1 && hostPort <= 65535,
                "hostPort",
                hostPort + " is not a port, from 1 to 65535")
            .that(
                health.matches("/[!-~]{0,1023}"),
                "health",
                "\"" + health + "\" is not a path such as /health")
            .that(
                hosts.size() + paths.size() <= MOST_VALUES,
                "paths",
                "are, with hosts, more than "
                    + MOST_VALUES
                    + ", which is what a rule of a load balancer takes; join them with *")
            .that(
                wildcards(hosts) + wildcards(paths) <= MOST_VALUES,
                "paths",
                "have, with hosts, more than "
                    + MOST_VALUES
                    + " wildcards, which is what a rule of a load balancer takes");
    for (int i = 0; i < hosts.size(); i++) {
      check.none(Domains.problemWithPattern(hosts.get(i)), "hosts[" + i + "]");
    }
    for (int i = 0; i < paths.size(); i++) {
      check.that(
          paths.get(i).matches("/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}"),
          "paths[" + i + "]",
          "\"" + paths.get(i) + "\" is not a path such as /api/*");
    }
    check.orThrow();
  }

  private static long wildcards(List<String> patterns) {
    return String.join("", patterns).chars().filter(c -> c == '*' || c == '?').count();
  }

  /** Whether it takes all that nobody else takes. */
  boolean takesTheRest() {
    return hosts.isEmpty() && paths.isEmpty();
  }
}
