package dev.slipway.plan;

import com.pulumi.Context;
import dev.slipway.core.Json;
import dev.slipway.plan.cost.Cost;
import dev.slipway.plan.engine.OfflineEngine;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.plan.rules.Finding;
import dev.slipway.plan.rules.Rules;
import dev.slipway.stackfile.StackFile;
import dev.slipway.stackfile.StackFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import pulumirpc.EngineOuterClass.LogSeverity;

/**
 * What a stack would be, from a run of the program against an engine of our own: no account, no
 * network, no Pulumi CLI.
 *
 * <pre>{@code
 * var plan = Plan.of(Path.of("."), "staging", Main::stack);
 * plan.findings().forEach(System.out::println);
 * }</pre>
 */
public final class Plan {

  /** Whether a failure that nobody foresaw is told with where it was. */
  public static final boolean TRACED = "1".equals(System.getenv("SLIPWAY_TRACE"));

  /** A program for a stack's configuration. */
  @FunctionalInterface
  public interface Program {
    /**
     * @param config values by key, structured ones as JSON
     * @param secretKeys the keys that hold something encrypted
     */
    Consumer<Context> of(Map<String, String> config, Set<String> secretKeys);
  }

  private final StackFile file;
  private final Graph graph;
  private final List<String> problems;
  private final List<String> warnings;
  private final Map<String, String> accepted;
  private final List<Finding> findings;
  private final Cost cost;

  private Plan(StackFile file, Graph graph, List<String> problems, List<String> warnings) {
    this.file = file;
    this.graph = graph;
    this.problems = List.copyOf(problems);
    this.warnings = List.copyOf(warnings);
    this.accepted = reasons(file, "accept");
    this.findings = new ArrayList<>(Rules.check(graph, accepted));
    reasons(file, "plain").forEach((setting, reason) -> findings.add(plainText(setting, reason)));
    this.cost = Cost.of(graph);
  }

  /**
   * Runs the program for a stack.
   *
   * @param folder where {@code Pulumi.yaml} and the stack files are
   * @throws PlanException when the files cannot be read
   */
  public static Plan of(Path folder, String stack, Program program) {
    try {
      return of(StackFile.read(folder, stack), program);
    } catch (StackFileException unreadable) {
      throw new PlanException(unreadable.getMessage());
    }
  }

  /**
   * Runs the program with a configuration that is in no file; {@code config} is as in {@link
   * Program}.
   */
  public static Plan of(String project, String stack, Map<String, String> config, Program program) {
    return of(new StackFile(project, stack, Map.copyOf(config), Set.of()), program);
  }

  private static Plan of(StackFile file, Program program) {
    var region = file.config().getOrDefault("aws:region", "us-east-1");
    var account =
        file.config().getOrDefault(file.project() + ":account", ResourceNames.EXAMPLE_ACCOUNT);
    var names =
        new ResourceNames(
            file.project(),
            file.stack(),
            region,
            account.matches("[0-9]{12}") ? account : ResourceNames.EXAMPLE_ACCOUNT);
    var engine = new OfflineEngine(names);
    int status = engine.run(file, program.of(file.config(), file.secretKeys())).status();
    var problems = new ArrayList<String>();
    var warnings = new ArrayList<String>();
    for (var message : engine.messages()) {
      if (message.severity() == LogSeverity.ERROR) {
        problems.add(withoutTrace(message.text().strip()));
      } else if (message.severity() == LogSeverity.WARNING) {
        warnings.add(message.text().strip());
      }
    }
    problems.addAll(engine.problems());
    if (status != 0 && problems.isEmpty()) {
      problems.add("the program ended with status " + status + " and said nothing");
    }
    return new Plan(
        file, new Graph(names, engine.resources(), engine.outputs()), problems, warnings);
  }

  /** What the SDK says of a failure that nobody foresaw, without its stack trace. */
  private static String withoutTrace(String text) {
    if (!text.contains("\n\tat ") || TRACED) {
      return text;
    }
    return text.lines()
            .filter(line -> !line.matches("\\s+(at |\\.\\.\\. \\d+ (more|common)).*"))
            .limit(4)
            .collect(Collectors.joining("\n"))
        + "\nThis is a mistake of the program, not yours; SLIPWAY_TRACE=1 in the environment shows"
        + " where it was.";
  }

  private static Map<String, String> reasons(StackFile file, String setting) {
    var result = new TreeMap<String, String>();
    Json.object(file.config().getOrDefault(file.project() + ":" + setting, "{}"))
        .forEach((what, reason) -> result.put(what, String.valueOf(reason)));
    return result;
  }

  /** No rule of the graph's: the program itself refuses what looks like a secret. */
  private static Finding plainText(String setting, String reason) {
    return new Finding(
        "plain-text",
        Finding.Severity.WARNING,
        setting,
        "looks like a secret and is in plain text",
        reason);
  }

  /** The stack's name. */
  public String stack() {
    return file.stack();
  }

  /** Everything that would be there. */
  public Graph graph() {
    return graph;
  }

  /**
   * What is wrong, in the program's own words where it refuses its settings; a plan with problems
   * is not complete.
   */
  public List<String> problems() {
    return problems;
  }

  /** What the program warns of. */
  public List<String> warnings() {
    return warnings;
  }

  /** What the house rules object to, accepted or not. */
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /** The rules that the stack file accepts, with their reasons. */
  public Map<String, String> accepted() {
    return accepted;
  }

  /** What a month costs. */
  public Cost cost() {
    return cost;
  }

  /** Whether the program refused its settings: there is nothing to show but why. */
  public boolean isRefused() {
    return graph.resources().stream().noneMatch(Resource::custom) && !problems.isEmpty();
  }

  /** Whether nothing stands in its way. */
  public boolean ok() {
    return problems.isEmpty() && findings.stream().noneMatch(Finding::fails);
  }
}
