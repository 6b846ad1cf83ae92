package dev.slipway.release;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.host.Fleet;
import java.util.List;

/**
 * Brings all hosts of a fleet to their configuration and to their release, one after another.
 *
 * <p>Creates two commands that run on the machine of whoever runs {@code pulumi up}, as {@link
 * Release} does for one host. A machine that boots later converges by itself. Costs nothing, and
 * removes nothing when it is removed.
 *
 * <pre>{@code
 * new FleetRelease(named("release"), fleet, runbook, settings.release(), seed, child());
 * }</pre>
 */
public final class FleetRelease extends ReleaseCommands {

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
    super(FleetRelease.class, name, options);
    run(
        Output.of(List.of("--stack", stack().name(), "--rolling")),
        fleet.ready(),
        fleet.bundle(),
        runbook,
        settings,
        seed);
  }
}
