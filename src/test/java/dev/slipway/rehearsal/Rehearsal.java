package dev.slipway.rehearsal;

import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The rehearsal: takes the real program through the real Pulumi engine onto an emulated cloud and a
 * real Linux host, and keeps a diary of it.
 *
 * <p>Example: {@code ./slipway rehearse staging --only backup}. It costs nothing.
 */
public final class Rehearsal {
  private Rehearsal() {}

  public static void main(String[] arguments) {
    Options options;
    Suite<?> suite;
    try {
      options = Options.parse(arguments);
      suite = Suite.of(options.repository().resolve("Pulumi." + options.stack() + ".yaml"));
      options.steps(suite);
      options.checkPlugin(suite);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    System.exit(run(options, suite));
  }

  private static int run(Options options, Suite<?> suite) {
    var diary = new Diary(System.out);
    var over = new AtomicBoolean();
    try (var cloud =
        EmulatedCloud.start(
            options.repository(),
            options.home(),
            options.stack(),
            suite.hosts(),
            options.awsPlugin())) {
      // Ctrl-C takes the same way out as the end: whatever was started is taken away again.
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    if (!over.get()) {
                      diary.interrupt();
                      System.out.println("\ninterrupted: taking the emulated cloud away");
                      cloud.close();
                    }
                  }));
      suite.perform(new Fixture(options, cloud, diary));
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      over.set(true);
      return 2;
    } catch (Exception e) {
      diary.goOn();
      System.out.println("the rehearsal broke: " + e);
      e.printStackTrace(System.out);
      over.set(true);
      return 1;
    }
    over.set(true);
    System.out.printf(
        "%n%d passed, %d failed%n", diary.checks() - diary.failures(), diary.failures());
    return diary.failed() ? 1 : 0;
  }
}
