package dev.slipway.plan.cli;

import dev.slipway.core.Reasons;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.DiagramPage;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.stackfile.StackFile;
import dev.slipway.stackfile.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Writes the page of a stack's diagrams, out of its plan, the foundation's, and the workflows. */
final class StackDiagrams {

  private static final String FOUNDATION = "foundation";

  private StackDiagrams() {}

  static void write(Path folder, Plan plan, Plan.Program program, Path file) {
    var settings = StackFile.read(folder, plan.stack());
    var branch = settings.config().getOrDefault(settings.project() + ":branch", "develop");
    var page = DiagramPage.of(plan, branch, workflows(folder), foundation(folder, plan, program));
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      Files.writeString(file, page);
    } catch (IOException refused) {
      throw new PlanException("cannot write " + file + ": " + Reasons.of(refused));
    }
  }

  /** The stack of the roles that GitHub's jobs take is the one of the system of that name. */
  private static Optional<Graph> foundation(Path folder, Plan plan, Plan.Program program) {
    return StackFile.stacks(folder).stream()
        .filter(stack -> !stack.equals(plan.stack()))
        .filter(
            stack -> {
              var file = StackFile.read(folder, stack);
              return FOUNDATION.equals(file.config().get(file.project() + ":system"));
            })
        .findFirst()
        .map(stack -> Plan.of(folder, stack, program).graph());
  }

  private static Map<String, Map<String, Object>> workflows(Path folder) {
    var result = new TreeMap<String, Map<String, Object>>();
    var at = folder.resolve(".github/workflows");
    if (!Files.isDirectory(at)) {
      return result;
    }
    try (var files = Files.list(at)) {
      files
          .filter(file -> file.toString().endsWith(".yml"))
          .forEach(file -> result.put(file.getFileName().toString(), YamlFile.read(file)));
    } catch (IOException unreadable) {
      throw new PlanException("cannot read " + at + ": " + Reasons.of(unreadable));
    }
    return result;
  }
}
