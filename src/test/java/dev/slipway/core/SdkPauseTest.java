package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class SdkPauseTest {
  private static final class Shown extends Handler {
    final List<String> messages = new ArrayList<>();

    @Override
    public void publish(LogRecord said) {
      messages.add(said.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void eachRoundOfTheLoopTakesItsTimeAndTheRestIsLoggedAsBefore() {
    SdkPause.install();
    Logger logger = Logger.getLogger(SdkPause.LOGGER);
    assertThat(logger).isInstanceOf(SdkPause.class);
    var shown = new Shown();
    logger.addHandler(shown);
    logger.setUseParentHandlers(false);
    try {
      long begun = System.nanoTime();
      for (int round = 0; round < 10; round++) {
        logger.log(Level.FINEST, "Remaining tasks [1]: [a task]");
      }
      assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(10 * 20_000_000L);
      logger.log(Level.SEVERE, "a failure");
      logger.log(Level.FINE, "a detail");
    } finally {
      logger.setUseParentHandlers(true);
      logger.removeHandler(shown);
    }
    assertThat(shown.messages).containsExactly("a failure");
  }
}
