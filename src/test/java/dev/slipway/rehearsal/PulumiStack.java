package dev.slipway.rehearsal;

import com.pulumi.automation.AutomationException;
import com.pulumi.automation.ConfigValue;
import com.pulumi.automation.DestroyOptions;
import com.pulumi.automation.LocalWorkspace;
import com.pulumi.automation.LocalWorkspaceOptions;
import com.pulumi.automation.OperationType;
import com.pulumi.automation.RefreshOptions;
import com.pulumi.automation.UpdateSummary;
import com.pulumi.automation.WorkspaceStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The stack as its operator handles it: the real Pulumi CLI, driven by the Automation API. */
final class PulumiStack implements AutoCloseable {

  /** What one run of the engine did. */
  record Run(boolean ok, String output, Map<OperationType, Integer> changes) {
    boolean changedNothing() {
      return changes.entrySet().stream()
          .allMatch(change -> change.getKey() == OperationType.SAME || change.getValue() == 0);
    }

    String counts() {
      var words = new TreeMap<String, Integer>();
      changes.forEach((kind, count) -> words.put(kind.name().toLowerCase(), count));
      return words.toString().replaceAll("[{}]", "");
    }
  }

  /** A call of the Automation API. */
  private interface Call {
    UpdateSummary run() throws AutomationException;
  }

  /** What went wrong, and what the hosts' verbs say at their end; resources' names are not. */
  private static final Pattern WORTH_SHOWING = Pattern.compile("error|warning|^ *slipway: ");

  /** The engine says it at every end of a program that it could have been asked to debug. */
  private static final String NO_DEBUGGER = "unable to start debugging";

  private static final Duration LIMIT = Duration.ofHours(1);

  private final WorkspaceStack stack;
  private final Shell pulumi;
  private final Consumer<String> echo;
  private final StringBuilder everything = new StringBuilder();

  PulumiStack(
      String name,
      Path project,
      String secretsProvider,
      Map<String, String> environment,
      Consumer<String> echo)
      throws AutomationException {
    this.echo = echo;
    pulumi = new Shell(project, environment);
    var options =
        LocalWorkspaceOptions.builder()
            .workDir(project)
            .secretsProvider(secretsProvider)
            .environmentVariables(environment)
            .build();
    stack = LocalWorkspace.createOrSelectStack(name, project, options);
  }

  /** Sets settings by their paths, e.g. {@code slipway:https.email}. */
  void configure(Map<String, String> settings) throws AutomationException {
    var values = new LinkedHashMap<String, ConfigValue>();
    settings.forEach((path, value) -> values.put(path, new ConfigValue(value)));
    stack.setAllConfig(values, true);
  }

  /** Takes settings away by their paths, whether they are there or not. */
  void forget(List<String> paths) throws AutomationException {
    stack.removeAllConfig(paths, true);
  }

  /** By the command itself: the Automation API can't read outputs that are lists. */
  Run up() {
    var output = new StringBuilder();
    Shell.Result result =
        pulumi.run(
            LIMIT,
            line(output),
            "pulumi",
            "up",
            "--stack",
            stack.name(),
            "--yes",
            "--skip-preview",
            "--non-interactive",
            "--color",
            "never");
    if (!result.ok()) {
      return new Run(false, output.toString(), Map.of());
    }
    return run(output, () -> stack.getInfo().orElseThrow());
  }

  Run refresh() {
    var output = new StringBuilder();
    return run(
        output,
        () ->
            stack
                .refresh(
                    RefreshOptions.builder()
                        .color("never")
                        .onStandardOutput(line(output))
                        .onStandardError(line(output))
                        .build())
                .summary());
  }

  Run destroy() {
    var output = new StringBuilder();
    return run(
        output,
        () ->
            stack
                .destroy(
                    DestroyOptions.builder()
                        .color("never")
                        .onStandardOutput(line(output))
                        .onStandardError(line(output))
                        .build())
                .summary());
  }

  /** The whole state as the backend keeps it, secrets still encrypted. */
  String state() throws AutomationException {
    return new com.google.gson.Gson().toJson(stack.exportStack());
  }

  /** Everything that the engine has printed so far. */
  String everything() {
    return everything.toString();
  }

  private Run run(StringBuilder output, Call call) {
    try {
      UpdateSummary summary = call.run();
      var changes =
          summary.resourceChanges() == null
              ? Map.<OperationType, Integer>of()
              : summary.resourceChanges();
      return new Run(true, output.toString(), changes);
    } catch (AutomationException e) {
      everything.append(e.getMessage());
      return new Run(false, output + "\n" + e.getMessage(), Map.of());
    }
  }

  private Consumer<String> line(StringBuilder output) {
    return line -> {
      output.append(line).append('\n');
      everything.append(line).append('\n');
      if (WORTH_SHOWING.matcher(line).find() && !line.contains(NO_DEBUGGER)) {
        echo.accept(line.strip());
      }
    };
  }

  @Override
  public void close() throws Exception {
    stack.close();
  }
}
