package dev.slipway.plan.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.slipway.stackfile.StackFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What ./slipway plan answers to the text of a stack file. */
final class PlannedText {
  /** Far more than any plan takes; what takes longer hangs. */
  private static final int LIMIT_SECONDS = 60;

  /** What a stack trace or an engine's own name for a resource looks like. */
  private static final List<String> TRACES =
      List.of(
          "\tat ",
          "    at ",
          "Exception",
          "StackOverflow",
          "OutOfMemory",
          "failed where it should not",
          "mistake of the program",
          "urn:pulumi:",
          "registered twice",
          "java.util",
          "java.nio",
          "dev.slipway.",
          "ArrayList",
          "LinkedHashMap");

  private PlannedText() {}

  /** What was said, and how it ended. */
  record Answer(int status, String output, String errors) {
    String all() {
      return output + errors;
    }

    /** What nobody should have to read. */
    List<String> wrongs() {
      var wrongs = new ArrayList<String>();
      if (status != 0 && status != 1) {
        wrongs.add("ends with " + status);
      }
      if (status == 1 && all().isBlank()) {
        wrongs.add("fails and says nothing");
      }
      for (var bad : TRACES) {
        if (errors.contains(bad)) {
          wrongs.add("says \"" + bad.strip() + "\"");
        }
      }
      return wrongs;
    }
  }

  static List<String> stacks() {
    return StackFile.stacks(Path.of("."));
  }

  static byte[] bytesOf(String stack) throws IOException {
    return Files.readAllBytes(Path.of("Pulumi." + stack + ".yaml"));
  }

  /** The answer to a stack file, by the same entry as the script's. */
  static Answer answer(Path folder, String stack, byte[] file) throws IOException {
    Files.copy(
        Path.of("Pulumi.yaml"),
        folder.resolve("Pulumi.yaml"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.write(folder.resolve("Pulumi." + stack + ".yaml"), file);
    return run(stack, "--folder", folder.toString());
  }

  static Answer run(String... words) {
    var output = new ByteArrayOutputStream();
    var errors = new ByteArrayOutputStream();
    var run =
        new FutureTask<>(
            () ->
                PlanMain.run(
                    List.of(words),
                    new PrintStream(output, true, UTF_8),
                    new PrintStream(errors, true, UTF_8),
                    PlanMain.PROGRAM));
    var thread = new Thread(run, "plan");
    thread.setDaemon(true);
    thread.start();
    int status;
    try {
      status = run.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException thrown) {
      thrown.getCause().printStackTrace(new PrintStream(errors, true, UTF_8));
      status = 255;
    } catch (TimeoutException hangs) {
      status = 254;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
    return new Answer(status, output.toString(UTF_8), errors.toString(UTF_8));
  }
}
