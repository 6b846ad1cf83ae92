package dev.slipway.access;

import dev.slipway.aws.Catalog;
import dev.slipway.aws.Target;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What bringing one stack up, and taking it down, takes: its state, the types of resources that its
 * system is made of, where they are the stack's own, and its documents.
 *
 * <p>Own is what has the stack's path (roles, parameters, logs), what begins with its name
 * (buckets, documents, topics, alarms, schedules), or what carries its tag {@code slipway:owner}
 * (EC2 and keys, whose names AWS makes).
 */
final class DeployRights {
  private DeployRights() {}

  /**
   * What is denied comes first, and so is in the first policy whatever types there are: it can't be
   * missing for a moment because it moves from one policy to another.
   *
   * @param types those that the stack's system makes
   */
  static List<Statement> of(Target target, Collection<String> types, StateSettings state) {
    return Stream.of(
            new StateRights(state, target).keep(),
            Catalog.deploy(types, target),
            List.of(leaveRightsAlone(target)),
            ReleaseRights.of(target, ReleaseRights.DEPLOY))
        .flatMap(List::stream)
        .sorted(Comparator.comparing(Statement::allows))
        .toList();
  }

  /** Nothing allows these; whoever adds to this role one day finds them denied. */
  private static Statement leaveRightsAlone(Target target) {
    return Statement.deny("LeaveRightsAlone")
        .actions(
            "iam:AttachRolePolicy",
            "iam:CreatePolicy",
            "iam:CreatePolicyVersion",
            "iam:CreateRole",
            "iam:DeletePolicy",
            "iam:DeletePolicyVersion",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PassRole",
            "iam:PutRolePermissionsBoundary",
            "iam:PutRolePolicy",
            "iam:SetDefaultPolicyVersion",
            "iam:UpdateAssumeRolePolicy",
            "iam:UpdateRole")
        .resources(
            target.global("iam", "role" + Stack.WORKFLOWS + "*"),
            target.global("iam", "policy" + Stack.WORKFLOWS + "*"));
  }
}
