package dev.slipway.release;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Script;
import dev.slipway.host.Fleet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings all hosts of a fleet to their configuration and to their release, one after another.
 *
 * <p>Creates three commands that run on the machine of whoever runs {@code pulumi up}: one that
 * waits until the fleet's group has replaced the hosts that a changed template has it replace, and
 * two as {@link Release} has them for one host. So {@code up} ends when the hosts that are to stay
 * serve, and fails where they don't. A machine that boots later converges by itself. Costs nothing,
 * and removes nothing when it is removed.
 *
 * <pre>{@code
 * new FleetRelease(named("release"), fleet, runbook, settings.release(), seed, child());
 * }</pre>
 */
public final class FleetRelease extends ReleaseCommands {
  static final String TYPE = "slipway:release:FleetRelease";

  /** Below the two hours after which ./slipway up ends an update. */
  private static final int REFRESH_SECONDS = 5400;

  /**
   * @param seed the first release, where none was made; empty makes none
   */
  public FleetRelease(
      String name,
      Fleet fleet,
      Runbook runbook,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    var template =
        fleet.templateVersion().applyValue(version -> Map.of("SLIPWAY_TEMPLATE", version));
    var kind = fleet.links().apply(links -> with(template, Map.of("SLIPWAY_FACTS", links)));
    var ready = new ArrayList<>(fleet.ready());
    ready.add(
        command("refresh", fleet.groupName().applyValue(this::await), template, fleet.ready()));
    run(
        Output.of(List.of("--stack", stack().name(), "--rolling")),
        kind,
        ready,
        fleet.bundle(),
        runbook,
        settings,
        seed);
  }

  private String await(String group) {
    return Script.line(
        List.of(
            "./scripts/refresh-wait.sh",
            "--group",
            group,
            "--region",
            stack().region(),
            "--timeout",
            Integer.toString(REFRESH_SECONDS)));
  }
}
