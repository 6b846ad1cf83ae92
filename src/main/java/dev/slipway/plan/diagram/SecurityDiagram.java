package dev.slipway.plan.diagram;

import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Policies.Statement;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.Roles;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** Who may take which role, and on which services each acts. */
final class SecurityDiagram {

  private static final String ROLE = "aws:iam/role:Role";

  private SecurityDiagram() {}

  /**
   * Draws it.
   *
   * @param foundation the graph of the stack that makes the roles of GitHub's jobs, if there is one
   */
  static Flow of(Graph graph, Optional<Graph> foundation) {
    var flow = new Flow("LR");
    flow.group("takers", "", "who may take a role");
    flow.group("roles", "", "roles of the stack");
    flow.group("jobs", "", "roles of jobs on GitHub, from the foundation");
    flow.group("services", "", "services of AWS");
    for (var role : graph.of(ROLE)) {
      flow.node(role.urn(), "roles", Shape.BOX, graph.label(role).replaceFirst("^identity-", ""));
      takers(flow, graph, role);
      services(graph, role)
          .forEach(
              (service, verbs) -> {
                flow.node(service, "services", Shape.ROUND, service);
                flow.arrow(role.urn(), service, String.join(", ", verbs));
              });
    }
    var stack = graph.names().stack();
    foundation.ifPresent(
        other -> {
          var subjects =
              other.of(ROLE).stream()
                  .filter(role -> isOf(role, stack))
                  .flatMap(role -> Roles.subjects(role).stream())
                  .collect(java.util.stream.Collectors.toSet());
          for (var role : other.of(ROLE)) {
            for (var subject : Roles.subjects(role)) {
              // repo:OWNER/REPO:environment:NAME; with the numbers in it, it is the same jobs
              // again.
              var jobs = subject.replaceAll("@[0-9]+", "").split(":", 3);
              if (jobs.length == 3 && subjects.contains(subject)) {
                flow.node(
                    "jobs " + jobs[1] + jobs[2],
                    "takers",
                    Shape.ROUND,
                    "jobs of " + jobs[1],
                    jobs[2].replace(":", " "));
                flow.node(
                    role.urn(),
                    "jobs",
                    Shape.BOX,
                    role.text("name"),
                    "acts on "
                        + String.join(
                            ", ", Flow.few(List.copyOf(services(other, role).keySet()), 4)));
                flow.arrow("jobs " + jobs[1] + jobs[2], role.urn(), "OIDC");
              }
            }
          }
        });
    return flow;
  }

  private static boolean isOf(Resource role, String stack) {
    return ("-" + role.text("name") + "-").contains("-" + stack + "-");
  }

  private static void takers(Flow flow, Graph graph, Resource role) {
    for (var statement : Policies.statements(role.value("assumeRolePolicy"))) {
      if (!statement.allow()) {
        continue;
      }
      statement
          .principals()
          .values()
          .forEach(
              all ->
                  all.forEach(
                      who -> {
                        var own =
                            graph.of(ROLE).stream()
                                .filter(other -> other.text("arn").equals(who))
                                .findFirst();
                        if (own.isPresent()) {
                          flow.arrow(own.get().urn(), role.urn(), "takes");
                        } else {
                          var name = graph.named(who);
                          flow.node("taker " + name, "takers", Shape.ROUND, name);
                          flow.arrow("taker " + name, role.urn(), "takes");
                        }
                      }));
    }
  }

  /** Its verbs by service: what the statements allow, without what they are about. */
  private static TreeMap<String, TreeSet<String>> services(Graph graph, Resource role) {
    var result = new TreeMap<String, TreeSet<String>>();
    var attached =
        graph.pointingAt(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role");
    java.util.stream.Stream.concat(
            Policies.statementsOf(graph, role),
            attached.stream()
                .flatMap(each -> graph.follow(each, "policyArn").stream())
                .flatMap(policy -> Policies.statements(policy.value("policy")).stream()))
        .filter(Statement::allow)
        .flatMap(statement -> statement.actions().stream())
        .filter(action -> action.contains(":"))
        .forEach(
            action ->
                result
                    .computeIfAbsent(
                        action.substring(0, action.indexOf(':')), key -> new TreeSet<>())
                    .add(verb(action.substring(action.indexOf(':') + 1))));
    attached.stream()
        .filter(each -> graph.follow(each, "policyArn").isEmpty())
        .forEach(
            each ->
                result
                    .computeIfAbsent(
                        Policies.lastPart(each.text("policyArn")), k -> new TreeSet<>())
                    .add("has AWS's policy"));
    return result;
  }

  private static String verb(String action) {
    var verbs = new TreeMap<String, List<String>>();
    verbs.put("reads", List.of("Get", "List", "Describe", "BatchGet", "BatchCheck", "Head"));
    verbs.put("deletes", List.of("Delete"));
    verbs.put("starts", List.of("Start", "Invoke", "Send"));
    verbs.put("writes", List.of("Put", "Create", "Update", "Tag", "Modify"));
    verbs.put("takes", List.of("AssumeRole"));
    verbs.put("tells", List.of("Publish"));
    return verbs.entrySet().stream()
        .filter(entry -> entry.getValue().stream().anyMatch(action::startsWith))
        .map(java.util.Map.Entry::getKey)
        .findFirst()
        .orElse("uses");
  }
}
