package dev.slipway.plan.cli;

import dev.slipway.Main;
import dev.slipway.core.Reasons;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.DiffJson;
import dev.slipway.plan.diff.DiffMarkdown;
import dev.slipway.plan.diff.DiffText;
import dev.slipway.plan.diff.PlanDiff;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.report.JsonReport;
import dev.slipway.plan.report.PlanFiles;
import dev.slipway.plan.report.SavedPlan;
import dev.slipway.plan.report.TextReport;
import dev.slipway.stackfile.StackFile;
import dev.slipway.stackfile.StackFileException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The command behind {@code ./slipway plan}: {@code STACK [--json] [--out DIR] [--diff OTHER
 * [--markdown]] [--diagrams FILE] [--folder DIR]}.
 *
 * <p>Ends with 0 when the plan is in order, with 1 when settings are wrong or a house rule is
 * broken that the stack doesn't accept, or the other plan is one of the same stack, which can't be
 * changed so, with 2 when the command line is wrong.
 */
public final class PlanMain {

  /** Slipway itself. */
  static final Plan.Program PROGRAM = Main::stack;

  private PlanMain() {}

  public static void main(String[] arguments) {
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status;
    try (var out = answer()) {
      status = run(List.of(arguments), out, err, PROGRAM);
    } catch (IOException unwritable) {
      err.println("plan.sh: the answer can't be written: " + Reasons.of(unwritable));
      status = 1;
    }
    // The SDK leaves threads behind that would keep the process for seconds.
    System.exit(status);
  }

  /**
   * Where the answer goes: the file that the property {@code slipway.answer} names, else standard
   * output, on which a JVM may put warnings of its own.
   */
  private static PrintStream answer() throws IOException {
    var file = System.getProperty("slipway.answer");
    return new PrintStream(
        file == null ? System.out : new FileOutputStream(file), false, StandardCharsets.UTF_8);
  }

  /** The command line, with everything that is wrong with it. */
  private static final class Words {
    private final List<String> problems = new ArrayList<>();
    private Path folder = Path.of("").toAbsolutePath();
    private Path target;
    private Path diagrams;
    private String stack;
    private String other;
    private boolean json;
    private boolean markdown;

    Words(List<String> arguments) {
      var open = new ArrayDeque<>(arguments);
      while (!open.isEmpty()) {
        var word = open.pop();
        switch (word) {
          case "--json" -> json = true;
          case "--markdown" -> markdown = true;
          case "--out" -> target = path(word, open);
          case "--diagrams" -> diagrams = path(word, open);
          case "--folder" -> {
            var given = path(word, open);
            folder = given == null ? folder : given.toAbsolutePath();
          }
          case "--diff" -> other = value(word, open);
          default -> word(word);
        }
      }
      if (!Files.isDirectory(folder)) {
        problems.add("--folder: there is no folder " + folder);
      } else if (stack == null) {
        if (problems.isEmpty()) {
          problems.add("STACK is missing: name one of " + stacks());
        }
      } else if (!StackFile.isName(stack)) {
        problems.add("STACK: " + StackFile.notAName(stack));
      } else if (!Files.exists(file(stack))) {
        problems.add("there is no Pulumi.%s.yaml; stacks here: %s".formatted(stack, stacks()));
      }
      if (target != null && Files.exists(target) && !Files.isDirectory(target)) {
        problems.add("--out: \"" + target + "\" is a file, and a folder is wanted");
      }
      if (diagrams != null && Files.isDirectory(diagrams)) {
        problems.add("--diagrams: \"" + diagrams + "\" is a folder, and a file is wanted");
      }
      if (other != null
          && !isStack(other)
          && !(isPath(other) && Files.isDirectory(Path.of(other)))) {
        problems.add(
            "--diff: \"%s\" is neither a stack (%s) nor a folder that --out has written"
                .formatted(other, stacks()));
      }
      if (markdown && other == null) {
        problems.add("--markdown goes with --diff; the plan's own page is among what --out writes");
      }
      if (markdown && json) {
        problems.add("--markdown and --json: one of them");
      }
    }

    private void word(String word) {
      if (word.isBlank()) {
        problems.add("an empty word was given, where STACK or an option is expected");
      } else if (word.startsWith("-")) {
        problems.add("\"" + word + "\" is not an option");
      } else if (stack != null) {
        problems.add("\"" + word + "\": STACK is the only word that it takes");
      } else {
        stack = word;
      }
    }

    private String value(String option, ArrayDeque<String> open) {
      if (open.isEmpty() || open.peek().startsWith("--")) {
        problems.add(option + " needs a value");
        return null;
      }
      if (open.peek().isBlank()) {
        problems.add(option + ": its value is empty");
        open.pop();
        return null;
      }
      return open.pop();
    }

    private Path path(String option, ArrayDeque<String> open) {
      var value = value(option, open);
      try {
        return value == null ? null : Path.of(value);
      } catch (InvalidPathException wrong) {
        problems.add(option + ": \"" + value + "\" can't be the name of a file here");
        return null;
      }
    }

    /** Whether the word can't be a path where the locale knows no such characters. */
    private static boolean isPath(String word) {
      try {
        Path.of(word);
        return true;
      } catch (InvalidPathException wrong) {
        return false;
      }
    }

    private Path file(String stack) {
      return folder.resolve("Pulumi." + stack + ".yaml");
    }

    /** A stack's name wins over a folder of that name, which can be given as {@code ./NAME}. */
    boolean isStack(String word) {
      return StackFile.isName(word) && Files.exists(file(word));
    }

    private String stacks() {
      return String.join(", ", StackFile.stacks(folder));
    }
  }

  public static int run(
      List<String> arguments, PrintStream out, PrintStream err, Plan.Program program) {
    try {
      var words = new Words(arguments);
      if (!words.problems.isEmpty()) {
        complain("plan.sh", words.problems, err);
        return 2;
      }
      return run(words, out, err, program);
    } catch (PlanException | StackFileException wrong) {
      err.println(wrong.getMessage());
      return 1;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError unforeseen) {
      err.println("plan.sh: " + Reasons.unforeseen(unforeseen, Plan.TRACED));
      return 1;
    }
  }

  /** All problems of a command line at once, as the other scripts tell them. */
  static void complain(String script, List<String> problems, PrintStream err) {
    if (problems.size() == 1) {
      err.println(script + ": " + problems.get(0));
    } else {
      err.println(script + ": " + problems.size() + " problems:");
      problems.forEach(problem -> err.println("  " + problem));
    }
    err.println("See ./slipway " + script.replace(".sh", "") + " --help");
  }

  private static int run(Words words, PrintStream out, PrintStream err, Plan.Program program) {
    // The other one first: where it can't be read nothing is printed that looks like an answer.
    var other = words.other == null ? null : other(words, program);
    var plan = Plan.of(words.folder, words.stack, program);
    if (plan.isRefused()) {
      // The settings are wrong: there is nothing to show but why.
      if (words.json && other == null) {
        out.println(new JsonReport(plan).text());
      }
      plan.problems().forEach(err::println);
      return 1;
    }
    if (words.target != null) {
      new PlanFiles(plan).write(words.target);
    }
    if (words.diagrams != null) {
      StackDiagrams.write(words.folder, plan, program, words.diagrams);
    }
    boolean refused = false;
    if (other == null) {
      out.println(words.json ? new JsonReport(plan).text() : new TextReport(plan).text());
    } else {
      var diff = PlanDiff.between(other, SavedPlan.of(plan));
      refused = !diff.refusals().isEmpty();
      out.println(
          words.json
              ? new DiffJson(diff).text()
              : words.markdown ? new DiffMarkdown(diff).text() : new DiffText(diff).text());
    }
    if (words.target != null && !words.json && !words.markdown) {
      out.println("Files: " + words.target);
    }
    plan.problems().forEach(err::println);
    return plan.ok() && !refused ? 0 : 1;
  }

  private static SavedPlan other(Words words, Plan.Program program) {
    if (!words.isStack(words.other)) {
      return SavedPlan.read(Path.of(words.other));
    }
    var plan = Plan.of(words.folder, words.other, program);
    if (plan.isRefused()) {
      throw new PlanException(
          "%s can't be compared with:\n%s"
              .formatted(words.other, String.join("\n", plan.problems())));
    }
    return SavedPlan.of(plan);
  }
}
