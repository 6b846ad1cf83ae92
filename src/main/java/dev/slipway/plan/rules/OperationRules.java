package dev.slipway.plan.rules;

import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.engine.UnknownResourceTypeException;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Machines;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** House rules about running things: tags, logs, alarms, commands. */
final class OperationRules {

  private static final String COMMAND = "command:local:Command";
  private static final Set<String> TAGS =
      new TreeSet<>(Set.of("Project", "Environment", "ManagedBy", "System"));

  static final List<Rule> ALL =
      List.of(
          Rule.error(
              "untagged",
              "Everything that takes tags says which project, environment and system it is of, and"
                  + " that Pulumi keeps it.",
              OperationRules::untagged),
          Rule.warning(
              "logs-kept-for-ever", "Log groups keep everything unless they are told how long."),
          Rule.error(
              "silent-topic",
              "Alarms cannot publish to a topic that is encrypted with AWS's own key for SNS."),
          Rule.error(
              "command-on-delete",
              "No command does anything when a resource goes: that would run on a replacement too.",
              graph ->
                  graph.of(COMMAND).stream()
                      .filter(command -> !command.text("delete").isEmpty())
                      .map(
                          command ->
                              new Hit(
                                  command,
                                  "runs a command when it is deleted or replaced; leave delete"
                                      + " out"))),
          Rule.error(
              "command-triggers",
              "A changed trigger replaces a command, a changed input updates it.",
              graph ->
                  graph.of(COMMAND).stream()
                      .filter(command -> !command.list("triggers").isEmpty())
                      .map(
                          command ->
                              new Hit(
                                  command,
                                  "is replaced when a trigger changes; put what it depends on into"
                                      + " its environment"))),
          Rule.warning(
              "command-previous-output",
              "The command provider puts earlier output into the environment, which overflows.",
              graph ->
                  graph.of(COMMAND).stream()
                      .filter(
                          command -> !Boolean.FALSE.equals(command.value("addPreviousOutputInEnv")))
                      .map(
                          command ->
                              new Hit(
                                  command,
                                  "gets its earlier output as environment; set"
                                      + " addPreviousOutputInEnv to false"))));

  private OperationRules() {}

  private static Stream<Hit> untagged(Graph graph) {
    return Stream.concat(
        graph.resources().stream()
            .filter(
                resource ->
                    resource.custom() && !resource.external() && resource.type().startsWith("aws:"))
            .filter(resource -> takesTags(resource.type()))
            .flatMap(resource -> missing(resource, resource.value("tagsAll"), "carries no ")),
        // Default tags do not reach what a launch template or a group starts.
        graph.of(Machines.TEMPLATE).stream()
            .flatMap(
                template ->
                    Stream.of("instance", "volume", "network-interface")
                        .flatMap(
                            kind ->
                                missing(
                                    template,
                                    template.list("tagSpecifications").stream()
                                        .filter(
                                            entry ->
                                                entry instanceof Map<?, ?> map
                                                    && kind.equals(map.get("resourceType")))
                                        .map(entry -> ((Map<?, ?>) entry).get("tags"))
                                        .findFirst()
                                        .orElse(null),
                                    (kind.equals("instance") ? "starts an " : "starts a ")
                                        + kind.replace('-', ' ')
                                        + " without "))));
  }

  private static boolean takesTags(String token) {
    try {
      var type = ResourceTypes.of(token);
      return type.inputs().contains("tags") && type.outputs().contains("tagsAll");
    } catch (UnknownResourceTypeException unknown) {
      return false;
    }
  }

  private static Stream<Hit> missing(Resource resource, Object tags, String what) {
    var absent = new TreeSet<>(TAGS);
    if (PropertyValues.special(tags) instanceof Map<?, ?> map) {
      absent.removeAll(map.keySet());
    }
    return absent.isEmpty()
        ? Stream.empty()
        : Stream.of(new Hit(resource, what + "tag " + String.join(", ", absent)));
  }
}
