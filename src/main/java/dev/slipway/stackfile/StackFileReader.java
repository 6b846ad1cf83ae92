package dev.slipway.stackfile;

import dev.slipway.core.Reasons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Tells scripts what stack files say: {@code StackFileReader FOLDER [STACK ANSWER]...} writes each
 * stack's answer into a file, as JSON. scripts/lib compiles this package alone where the program
 * isn't built.
 *
 * <pre>{@code
 * {"project": "slipway", "stack": "staging", "config": {"aws:region": "us-east-1", …},
 *  "secretKeys": [], "secretsprovider": "awskms://…"}
 * {"problem": "Pulumi.staging.yaml: line 4: …"}
 * }</pre>
 */
public final class StackFileReader {
  private StackFileReader() {}

  /**
   * @param arguments the folder of {@code Pulumi.yaml}, then a stack and the file for its answer
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length % 2 == 0) {
      throw new IllegalArgumentException("give FOLDER [STACK ANSWER]...");
    }
    var folder = Path.of(arguments[0]);
    for (int i = 1; i < arguments.length; i += 2) {
      write(Path.of(arguments[i + 1]), JsonText.of(answer(folder, arguments[i])) + "\n");
    }
  }

  /** Another run may read the file meanwhile: it sees all of it or none. */
  private static void write(Path file, String text) throws IOException {
    var beside = Path.of(file + "." + ProcessHandle.current().pid());
    Files.writeString(beside, text);
    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What a stack's files say, or the one problem for which they can't be read. */
  static Map<String, Object> answer(Path folder, String stack) {
    var answer = new LinkedHashMap<String, Object>();
    try {
      var content = StackFile.content(folder, stack);
      answer.put("project", content.project());
      answer.put("stack", stack);
      answer.put("config", content.values());
      answer.put("secretKeys", new TreeSet<>(content.secretKeys()).stream().toList());
      for (var key : new String[] {"secretsprovider", "encryptedkey", "encryptionsalt"}) {
        if (content.file().get(key) instanceof String text) {
          answer.put(key, text);
        }
      }
    } catch (StackFileException wrong) {
      answer.put("problem", wrong.getMessage());
    } catch (RuntimeException | StackOverflowError failure) {
      answer.put("problem", Reasons.unforeseen(failure, false));
    }
    return answer;
  }
}
