package dev.slipway.plan;

import dev.slipway.Main;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;

/**
 * The command behind {@code scripts/plan.sh}: {@code STACK [--json] [--out DIR] [--folder DIR]}.
 *
 * <p>Ends with 0 when the plan is in order, with 1 when settings are wrong or a house rule is
 * broken that the stack doesn't accept, with 2 when the command line is wrong.
 */
public final class PlanMain {

  /** Slipway itself. */
  static final Plan.Program PROGRAM = Main::stack;

  private PlanMain() {}

  public static void main(String[] arguments) {
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status = run(List.of(arguments), out, err, PROGRAM);
    out.flush();
    // The SDK leaves threads behind that would keep the process for seconds.
    System.exit(status);
  }

  static int run(List<String> arguments, PrintStream out, PrintStream err, Plan.Program program) {
    boolean json = false;
    Path folder = Path.of("");
    Path target = null;
    String stack = null;
    var open = new ArrayDeque<>(arguments);
    while (!open.isEmpty()) {
      var word = open.pop();
      switch (word) {
        case "--json" -> json = true;
        case "--out", "--folder" -> {
          if (open.isEmpty()) {
            err.println("plan: " + word + " needs a folder");
            return 2;
          }
          var path = Path.of(open.pop());
          if (word.equals("--out")) {
            target = path;
          } else {
            folder = path;
          }
        }
        default -> {
          if (word.startsWith("-") || stack != null) {
            err.println(
                "plan: \"" + word + "\" is not understood; usage: plan STACK [--json] [--out DIR]");
            return 2;
          }
          stack = word;
        }
      }
    }
    if (stack == null) {
      err.println(
          "plan: name a stack: " + String.join(", ", StackFile.stacks(folder.toAbsolutePath())));
      return 2;
    }
    try {
      var plan = Plan.of(folder.toAbsolutePath(), stack, program);
      if (plan.graph().resources().stream().noneMatch(Resource::custom)
          && !plan.problems().isEmpty()) {
        // The settings are wrong: there is nothing to show but why.
        if (json) {
          out.println(new JsonReport(plan).text());
        }
        plan.problems().forEach(err::println);
        return 1;
      }
      if (target != null) {
        new PlanFiles(plan).write(target);
      }
      out.println(json ? new JsonReport(plan).text() : new TextReport(plan).text());
      if (target != null && !json) {
        out.println("Files: " + target);
      }
      plan.problems().forEach(err::println);
      return plan.ok() ? 0 : 1;
    } catch (PlanException wrong) {
      err.println(wrong.getMessage());
      return 1;
    }
  }
}
