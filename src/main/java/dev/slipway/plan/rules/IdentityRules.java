package dev.slipway.plan.rules;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Policies.Statement;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.UnscopedActions;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** House rules about what roles may do, and who may take them. */
final class IdentityRules {

  private static final String MANAGED_CORE = "AmazonSSMManagedInstanceCore";

  /** Conditions that scope a statement although its resource is {@code *}. */
  private static final List<String> SCOPING =
      List.of(
          "aws:ResourceTag/",
          "ec2:ResourceTag/",
          "ssm:resourceTag/",
          "cloudwatch:namespace",
          "kms:ViaService",
          "aws:RequestTag/");

  static final List<Rule> ALL =
      List.of(
          Rule.error(
              "wide-action",
              "A role may do what it needs by name, and not all that a service offers.",
              graph ->
                  grants(graph)
                      .filter(grant -> grant.statement().allow())
                      .flatMap(
                          grant ->
                              grant.statement().actions().stream()
                                  .filter(action -> action.equals("*") || action.endsWith(":*"))
                                  .filter(
                                      action ->
                                          UnscopedActions.reason(action.replace("*", "Any"))
                                              .isEmpty())
                                  .map(
                                      action ->
                                          new Hit(
                                              grant.resource(),
                                              grant.where()
                                                  + " allows "
                                                  + action
                                                  + "; name the actions")))),
          Rule.error(
              "wide-action-left-out",
              "Allowing everything but a list allows what AWS will add next year.",
              graph ->
                  grants(graph)
                      .filter(
                          grant ->
                              grant.statement().allow()
                                  && !grant.statement().otherActions().isEmpty())
                      .map(
                          grant ->
                              new Hit(
                                  grant.resource(),
                                  grant.where()
                                      + " allows everything but a list; name the actions"))),
          Rule.error(
              "wide-resource",
              "A role's rights are for the stack's own things; * needs a reason: an action that AWS"
                  + " doesn't scope, or a condition that does.",
              IdentityRules::wideResource),
          Rule.error(
              "wide-managed-policy",
              "AWS's own wide policies give far more than any part needs.",
              graph ->
                  graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").stream()
                      .filter(
                          attachment ->
                              attachment
                                  .text("policyArn")
                                  .matches(
                                      ".*/(AdministratorAccess|PowerUserAccess|IAMFullAccess|ReadOnlyAccess|\\w+FullAccess)$"))
                      .map(
                          attachment ->
                              new Hit(
                                  attachment,
                                  "attaches "
                                      + Policies.lastPart(attachment.text("policyArn"))
                                      + "; grant what is needed"))),
          Rule.error(
              "parameters-of-others",
              MANAGED_CORE
                  + " reads every parameter of the account; a deny leaves the stack's own.",
              IdentityRules::parametersOfOthers),
          Rule.error(
              "open-trust",
              "A role says exactly who may take it; federated roles compare aud and sub exactly.",
              IdentityRules::openTrust),
          Rule.error(
              "open-policy",
              "A bucket, topic, key or document is not for everybody.",
              IdentityRules::openPolicy),
          Rule.error(
              "long-lived-key",
              "Nothing here has an access key: machines have roles, workflows have OIDC."));

  private IdentityRules() {}

  /** A statement and the resource whose policy holds it. */
  record Grant(Resource resource, Statement statement) {
    String where() {
      return statement.sid().isEmpty() ? "a statement" : "statement " + statement.sid();
    }
  }

  /** Every statement of every policy that roles have. */
  static Stream<Grant> grants(Graph graph) {
    var result = new ArrayList<Grant>();
    for (var token :
        List.of(
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/policy:Policy",
            "aws:iam/userPolicy:UserPolicy")) {
      for (var policy : graph.of(token)) {
        Policies.statements(policy.value("policy"))
            .forEach(statement -> result.add(new Grant(policy, statement)));
      }
    }
    for (var role : graph.of("aws:iam/role:Role")) {
      for (var inline : role.list("inlinePolicies")) {
        if (inline instanceof Map<?, ?> map) {
          Policies.statements(map.get("policy"))
              .forEach(statement -> result.add(new Grant(role, statement)));
        }
      }
    }
    return result.stream();
  }

  /** The condition that scopes a statement whose resource is everything. */
  static Optional<String> scope(Statement statement) {
    return SCOPING.stream().filter(statement::hasCondition).findFirst();
  }

  private static Stream<Hit> wideResource(Graph graph) {
    return grants(graph)
        .filter(grant -> grant.statement().allow())
        .filter(
            grant ->
                grant.statement().resources().contains("*")
                    || !grant.statement().otherResources().isEmpty())
        .filter(grant -> scope(grant.statement()).isEmpty())
        .flatMap(
            grant ->
                grant.statement().actions().stream()
                    .filter(action -> UnscopedActions.reason(action).isEmpty())
                    .map(
                        action ->
                            new Hit(
                                grant.resource(),
                                grant.where()
                                    + " allows "
                                    + action
                                    + " on everything; name the resources, or scope it by a"
                                    + " condition")));
  }

  private static Stream<Hit> parametersOfOthers(Graph graph) {
    return graph.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").stream()
        .filter(attachment -> attachment.text("policyArn").endsWith("/" + MANAGED_CORE))
        .filter(
            attachment ->
                graph
                    .follow(attachment, "role")
                    .map(
                        role ->
                            Policies.statementsOf(graph, role)
                                .noneMatch(IdentityRules::deniesOtherParameters))
                    .orElse(true))
        .map(
            attachment ->
                new Hit(
                    attachment,
                    "lets the role read every parameter of the account; deny ssm:GetParameter* with"
                        + " NotResource of its own path"));
  }

  private static boolean deniesOtherParameters(Statement statement) {
    return !statement.allow()
        && statement.conditions().isEmpty()
        && !statement.otherResources().isEmpty()
        && statement.otherResources().stream()
            .noneMatch(resource -> resource.endsWith(":parameter/*") || resource.equals("*"))
        && Stream.of("ssm:GetParameter", "ssm:GetParameters")
            .allMatch(
                action ->
                    statement.actions().stream().anyMatch(pattern -> matches(pattern, action)));
  }

  private static boolean matches(String pattern, String action) {
    return action.matches(Pattern.quote(pattern).replace("*", "\\E.*\\Q"));
  }

  private static Stream<Hit> openTrust(Graph graph) {
    var hits = new ArrayList<Hit>();
    for (var role : graph.of("aws:iam/role:Role")) {
      for (var statement : Policies.statements(role.value("assumeRolePolicy"))) {
        if (!statement.allow()) {
          continue;
        }
        if (statement.principals().containsKey("*")
            || statement.principals().getOrDefault("AWS", List.of()).contains("*")) {
          hits.add(new Hit(role, "may be taken by anybody; name who"));
        }
        if (statement.principals().containsKey("Federated")) {
          var exact = statement.conditions().getOrDefault("StringEquals", Map.of());
          boolean subject = exact.keySet().stream().anyMatch(key -> key.endsWith(":sub"));
          boolean audience = exact.keySet().stream().anyMatch(key -> key.endsWith(":aud"));
          if (!subject
              || !audience
              || exact.values().stream()
                  .flatMap(List::stream)
                  .anyMatch(value -> value.contains("*"))) {
            hits.add(new Hit(role, "doesn't compare aud and sub exactly (StringEquals, no *)"));
          }
        }
      }
    }
    return hits.stream();
  }

  private static Stream<Hit> openPolicy(Graph graph) {
    return graph.resources().stream()
        .flatMap(
            resource ->
                Catalog.type(resource.type()).flatMap(AwsType::policy).stream()
                    .flatMap(input -> Policies.statements(resource.value(input)).stream())
                    .filter(Statement::allow)
                    .filter(
                        statement ->
                            statement.principals().containsKey("*")
                                || statement
                                    .principals()
                                    .getOrDefault("AWS", List.of())
                                    .contains("*"))
                    .filter(
                        statement ->
                            !statement.hasCondition("aws:SourceAccount")
                                && !statement.hasCondition("aws:SourceOwner")
                                && !statement.hasCondition("aws:PrincipalOrgID")
                                && !statement.hasCondition("kms:CallerAccount")
                                && !statement.hasCondition("aws:SourceArn"))
                    .map(
                        statement ->
                            new Hit(
                                resource,
                                "lets anybody "
                                    + String.join(", ", statement.actions())
                                    + "; name who")));
  }
}
