package dev.slipway.plan.rules;

import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.GraphResource;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.rules.Finding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The house rules: what must hold for every stack, by name. They look at the plan's graph alone, so
 * by which the plan, the unit tests over every stack and the rehearsal go alike.
 *
 * <pre>{@code
 * assertThat(Rules.check(Plan.of(folder, "staging", Main::stack).graph(), Map.of())).isEmpty();
 * }</pre>
 */
public final class Rules {

  /** What one rule says about one resource; {@code resource} is null when it is about the stack. */
  record Hit(Resource resource, String message) {}

  /**
   * One rule.
   *
   * @param why the reason that the documentation gives
   */
  record Rule(String name, Severity severity, String why, Function<Graph, Stream<Hit>> check) {

    static Rule error(String name, String why, Function<Graph, Stream<Hit>> check) {
      return new Rule(name, Severity.ERROR, why, check);
    }

    static Rule warning(String name, String why, Function<Graph, Stream<Hit>> check) {
      return new Rule(name, Severity.WARNING, why, check);
    }

    /** A rule of which the catalog says what breaks it, type by type. */
    static Rule error(String name, String why) {
      return error(name, why, graph -> byType(graph, name));
    }

    static Rule warning(String name, String why) {
      return warning(name, why, graph -> byType(graph, name));
    }
  }

  private static final Map<String, Rule> ALL = new LinkedHashMap<>();

  static {
    Stream.of(
            NetworkRules.ALL,
            MachineRules.ALL,
            IdentityRules.ALL,
            StorageRules.ALL,
            OperationRules.ALL,
            LimitRules.ALL)
        .flatMap(List::stream)
        .forEach(rule -> ALL.put(rule.name(), rule));
  }

  private Rules() {}

  /** What the catalog objects to by a rule's name, in resources that are the stack's own. */
  static Stream<Hit> byType(Graph graph, String rule) {
    return graph.resources().stream()
        .filter(resource -> resource.custom() && !resource.external())
        .flatMap(
            resource ->
                Catalog.type(resource.type())
                    .flatMap(type -> type.objection(rule, new GraphResource(graph, resource)))
                    .map(message -> new Hit(resource, message))
                    .stream());
  }

  /** Every rule by name, with the reason for it. */
  public static Map<String, String> names() {
    var result = new LinkedHashMap<String, String>();
    ALL.forEach((name, rule) -> result.put(name, rule.why()));
    return result;
  }

  /** How bad it is to break a rule. */
  public static Severity severity(String name) {
    return ALL.get(name).severity();
  }

  /**
   * What the rules find, errors first.
   *
   * @param accepted reasons by the name of the rule that they accept
   */
  public static List<Finding> check(Graph graph, Map<String, String> accepted) {
    var result = new ArrayList<Finding>();
    for (var rule : ALL.values()) {
      rule.check()
          .apply(graph)
          .map(
              hit ->
                  new Finding(
                      rule.name(),
                      rule.severity(),
                      hit.resource() == null ? "" : graph.label(hit.resource()),
                      hit.message(),
                      accepted.get(rule.name())))
          .forEach(result::add);
    }
    result.sort(
        Comparator.comparing((Finding finding) -> finding.accepted() != null)
            .thenComparing(Finding::severity)
            .thenComparing(Finding::rule)
            .thenComparing(Finding::resource)
            .thenComparing(Finding::message));
    return result;
  }
}
