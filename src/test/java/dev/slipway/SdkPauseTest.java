package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SdkPauseTest {
  private final Logger logger = Logger.getLogger("com.pulumi.deployment.internal.DeploymentImpl");
  private final List<String> shown = new ArrayList<>();

  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord said) {
          shown.add(said.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @AfterEach
  void forget() {
    logger.removeHandler(handler);
    logger.setFilter(null);
    logger.setLevel(null);
  }

  @Test
  void eachRoundOfTheLoopTakesItsTime() {
    SdkPause.install();
    handler.setLevel(Level.ALL);
    logger.addHandler(handler);
    long begun = System.nanoTime();
    for (int round = 0; round < 10; round++) {
      logger.log(Level.FINEST, "Remaining tasks [1]: [a task]");
    }
    assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(10 * 20_000_000L);

    logger.severe("a failure");
    logger.fine("a detail");
    assertThat(shown).containsExactly("a failure");
  }
}
