package dev.slipway.release;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.host.Host;
import java.util.List;
import java.util.Map;

/**
 * Brings a host to its configuration and to its release, over Systems Manager.
 *
 * <p>Creates two commands that run on the machine of whoever runs {@code pulumi up}: one when the
 * host's scripts, settings or machine change, and one that converges on the desired release, or on
 * the seed where there is none. Costs nothing, and removes nothing when it is removed.
 *
 * <pre>{@code
 * new Release(named("release"), host, runbook, settings.release(), seed, child());
 * }</pre>
 */
public final class Release extends ReleaseCommands {
  static final String TYPE = "slipway:release:Release";

  /**
   * @param seed the first release, where none was made
   */
  public Release(
      String name,
      Host host,
      Runbook runbook,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    run(
        host.instanceId().applyValue(instance -> List.of("--instance", instance)),
        Output.of(Map.of()),
        host.ready(),
        host.bundle(),
        runbook,
        settings,
        seed);
  }
}
