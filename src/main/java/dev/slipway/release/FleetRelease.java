package dev.slipway.release;

import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.host.Hosts;

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
 * new FleetRelease(named("release"), fleet, documents, settings.release(), seed, childOptions());
 * }</pre>
 */
public final class FleetRelease extends Release {
  static final String TYPE = "slipway:release:FleetRelease";

  /**
   * @param seed the first release, where none was made; empty makes none
   */
  public FleetRelease(
      String name,
      Hosts hosts,
      CommandDocuments documents,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    super(TYPE, name, hosts, documents, settings, seed, options);
  }
}
