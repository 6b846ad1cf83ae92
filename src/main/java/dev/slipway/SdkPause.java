package dev.slipway;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Has the SDK rest between two looks at what it waits for.
 *
 * <p>It looks at all tasks that are under way again and again without a pause, each time in a task
 * of its own ({@code DeploymentImpl.DefaultRunner.loopUntilDone}), so that a processor is busy for
 * as long as a release takes. With each look it logs how many tasks are left, at a level that is
 * off: whoever hears that can let it wait. Where it doesn't log that, nothing is changed.
 */
final class SdkPause {
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Kept here, since what nobody holds is forgotten with its settings. */
  private static final Logger LOGGER =
      Logger.getLogger("com.pulumi.deployment.internal.DeploymentImpl");

  private SdkPause() {}

  static void install() {
    Level shown = Level.INFO;
    LOGGER.setFilter(
        said -> {
          if (String.valueOf(said.getMessage()).startsWith("Remaining tasks")) {
            LockSupport.parkNanos(PAUSE.toNanos());
          }
          return said.getLevel().intValue() >= shown.intValue();
        });
    LOGGER.setLevel(Level.FINEST);
  }
}
