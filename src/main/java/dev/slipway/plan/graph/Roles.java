package dev.slipway.plan.graph;

import dev.slipway.plan.graph.Policies.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What roles may do, in words. */
public final class Roles {

  /** What AWS's managed policies allow, for those that stacks here attach. */
  private static final Map<String, List<String>> MANAGED =
      Map.of(
          "AmazonSSMManagedInstanceCore",
          List.of(
              "Systems Manager's agent: its channels, inventory and associations",
              "ssm:GetParameter, ssm:GetParameters on every parameter of the account"),
          "CloudWatchAgentServerPolicy",
          List.of(
              "CloudWatch's agent: metrics, logs, traces; ssm:GetParameter on AmazonCloudWatch-*"));

  /** Who reads, writes and removes objects is often given AWS's own policy for that. */
  private static final List<String> USES_OBJECTS =
      List.of("s3:DeleteObject", "s3:GetObject", "s3:PutObject");

  private static final String NOT_FULL_ACCESS =
      "and not AmazonS3FullAccess, which is for every bucket of the account, the state's and others'"
          + " backups among them, and for their policies";

  private Roles() {}

  /**
   * One role.
   *
   * @param name its name in the program
   * @param takenBy who may take it
   * @param boundary the policy beyond which it cannot go, empty when there is none
   * @param lines what it may and may not do
   */
  public record Role(String name, String takenBy, String boundary, List<Line> lines) {}

  /**
   * One thing that a role may do, or may not.
   *
   * @param verb {@code may} or {@code never}
   * @param targets on what
   * @param note under which condition, or why on everything
   */
  public record Line(String verb, String actions, String targets, String note) {}

  /** All roles of a graph, and policies that no role of it has: what others are bounded by. */
  public static List<Role> in(Graph graph) {
    var roles =
        graph.of("aws:iam/role:Role").stream()
            .map(
                role ->
                    new Role(
                        graph.label(role),
                        Policies.statements(role.value("assumeRolePolicy")).stream()
                            .filter(Statement::allow)
                            .map(Roles::trusted)
                            .collect(Collectors.joining("; ")),
                        role.text("permissionsBoundary"),
                        lines(graph, role)));
    return Stream.concat(roles, loose(graph)).toList();
  }

  private static Stream<Role> loose(Graph graph) {
    return graph.of("aws:iam/policy:Policy").stream()
        .filter(
            policy ->
                graph
                    .pointingAt(
                        policy, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn")
                    .isEmpty())
        .map(
            policy ->
                new Role(
                    graph.label(policy),
                    "nobody: the most that roles can do which carry it as their boundary",
                    "",
                    Policies.statements(policy.value("policy")).stream()
                        .map(statement -> line(graph, statement))
                        .toList()));
  }

  /** Whose jobs on GitHub take a role, as their tokens say it. */
  public static List<String> subjects(Resource role) {
    return Policies.statements(role.value("assumeRolePolicy")).stream()
        .filter(Statement::allow)
        .flatMap(statement -> subjects(statement).stream())
        .toList();
  }

  private static List<String> subjects(Statement statement) {
    return statement
        .conditions()
        .getOrDefault("StringEquals", Map.of())
        .getOrDefault("token.actions.githubusercontent.com:sub", List.of());
  }

  private static String trusted(Statement statement) {
    var who =
        statement.principals().values().stream()
            .flatMap(List::stream)
            .collect(Collectors.joining(", "));
    var subjects = subjects(statement);
    if (!subjects.isEmpty()) {
      // That aud is right and sub is exact is a rule of the house; what differs is whose jobs.
      return "jobs on GitHub: " + String.join(", ", subjects);
    }
    var when = conditions(statement);
    return when.isEmpty() ? who : who + " " + when;
  }

  private static List<Line> lines(Graph graph, Resource role) {
    var result = new ArrayList<Line>();
    for (var attachment :
        graph.pointingAt(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role")) {
      var arn = attachment.text("policyArn");
      var own = graph.follow(attachment, "policyArn");
      if (own.isPresent()) {
        Policies.statements(own.get().value("policy"))
            .forEach(statement -> result.add(line(graph, statement)));
      } else {
        var name = Policies.lastPart(arn);
        MANAGED
            .getOrDefault(name, List.of("whatever AWS puts into it"))
            .forEach(what -> result.add(new Line("may", what, "", "by " + name)));
      }
    }
    graph.pointingAt(role, "aws:iam/rolePolicy:RolePolicy", "role").stream()
        .flatMap(policy -> Policies.statements(policy.value("policy")).stream())
        .map(statement -> line(graph, statement))
        .forEach(result::add);
    for (var inline : role.list("inlinePolicies")) {
      if (inline instanceof Map<?, ?> map) {
        Policies.statements(map.get("policy"))
            .forEach(statement -> result.add(line(graph, statement)));
      }
    }
    // What it may come first, what it never may last.
    return Stream.concat(
            result.stream().filter(line -> line.verb().equals("may")),
            result.stream().filter(line -> !line.verb().equals("may")))
        .toList();
  }

  private static Line line(Graph graph, Statement statement) {
    var targets = new ArrayList<String>();
    statement.resources().stream()
        .map(graph::named)
        .map(name -> name.equals("*") ? "everything" : name)
        .forEach(targets::add);
    if (!statement.otherResources().isEmpty()) {
      targets.add(
          "anything but "
              + statement.otherResources().stream()
                  .map(graph::named)
                  .collect(Collectors.joining(", ")));
    }
    var actions = new ArrayList<>(statement.actions());
    if (!statement.otherActions().isEmpty()) {
      actions.add("everything but " + String.join(", ", statement.otherActions()));
    }
    var notes = new ArrayList<String>();
    Optional.of(conditions(statement)).filter(text -> !text.isEmpty()).ifPresent(notes::add);
    if (statement.allow() && statement.resources().contains("*")) {
      statement.actions().stream()
          .map(UnscopedActions::reason)
          .flatMap(Optional::stream)
          .distinct()
          .forEach(notes::add);
    }
    if (statement.allow()
        && statement.actions().containsAll(USES_OBJECTS)
        && !statement.actions().contains("s3:DeleteObjectVersion")
        && !statement.resources().contains("*")) {
      notes.add(NOT_FULL_ACCESS);
    }
    return new Line(
        statement.allow() ? "may" : "never",
        String.join(", ", actions),
        String.join(", ", targets),
        String.join("; ", notes));
  }

  private static String conditions(Statement statement) {
    return statement.conditions().entrySet().stream()
        .flatMap(
            operator ->
                operator.getValue().entrySet().stream()
                    .map(
                        entry ->
                            operator.getKey().equals("Null")
                                ? "where there is "
                                    + (entry.getValue().contains("true") ? "no " : "")
                                    + entry.getKey()
                                : "where "
                                    + entry.getKey()
                                    + " "
                                    + operatorWords(operator.getKey())
                                    + " "
                                    + String.join(" or ", entry.getValue())))
        .collect(Collectors.joining(", "));
  }

  private static String operatorWords(String operator) {
    return switch (operator) {
      case "StringEquals", "Bool", "ArnEquals", "NumericEquals" -> "is";
      case "StringLike", "ArnLike" -> "is like";
      case "StringNotEquals" -> "is not";
      case "ForAnyValue:StringEquals" -> "has";
      case "ForAllValues:StringNotEquals" -> "has not";
      case "StringEqualsIfExists" -> "is, if given,";
      case "ArnNotEquals" -> "is not";
      default -> operator;
    };
  }
}
