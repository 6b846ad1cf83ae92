package dev.slipway.core;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Has the SDK rest between two looks at what it waits for.
 *
 * <p>It looks at all tasks that are under way again and again without a pause, each time in a task
 * of its own ({@code DeploymentImpl.DefaultRunner.loopUntilDone}), so that a processor is busy for
 * as long as a release takes. With each look it tells its logger how many tasks are left: the one
 * here waits when it hears that. Where the SDK doesn't say so nothing is changed.
 */
public final class SdkPause extends Logger {
  static final String LOGGER = "com.pulumi.deployment.internal.DeploymentImpl";
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Kept here, since the log's manager forgets a logger that nobody holds. */
  private static final SdkPause ONLY = new SdkPause(LOGGER);

  /** A logger for a deployment that is given one; {@link #install} is for those that look it up. */
  public SdkPause(String name) {
    super(name, null);
  }

  /** Takes the place of the SDK's logger, before the SDK asks for it. */
  public static void install() {
    LogManager.getLogManager().addLogger(ONLY);
  }

  @Override
  public void log(Level level, String said) {
    if (said != null && said.startsWith("Remaining tasks")) {
      LockSupport.parkNanos(PAUSE.toNanos());
    }
    super.log(level, said);
  }
}
