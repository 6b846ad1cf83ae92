package dev.slipway.access;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.Target;
import dev.slipway.core.Component;
import dev.slipway.core.Stack;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who may deploy and who may release one stack, and the most that its own roles can ever do.
 *
 * <p>Creates two roles with their policies, and the policy that bounds the stack's roles. Costs
 * nothing.
 *
 * <pre>{@code
 * new StackRoles(named("staging"), stack, types, settings.github(), github, settings.state(), apps, childOptions());
 * }</pre>
 */
public final class StackRoles extends Component {
  static final String TYPE = "slipway:access:StackRoles";

  /**
   * What a deploy role's policies were called when each held one kind of rights. There were three
   * more than any role has now; they go after the others.
   */
  private static final List<String> FORMER =
      List.of("state", "network", "tags", "machines", "identity", "storage");

  private final WorkflowRole deploy;
  private final WorkflowRole release;
  private final com.pulumi.aws.iam.Policy boundary;

  /**
   * @param types those that the stack's system makes
   * @param applications those whose jobs release this stack too
   */
  public StackRoles(
      String name,
      StackAccess access,
      Set<String> types,
      GithubSettings settings,
      GithubProvider github,
      StateSettings state,
      List<ApplicationAccess> applications,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    var region = stack().region();
    var target = context().account().applyValue(account -> access.in(region, account));
    boundary =
        new com.pulumi.aws.iam.Policy(
            named("boundary"),
            com.pulumi.aws.iam.PolicyArgs.builder()
                .name(Target.boundaryName(access.name()))
                .path(Stack.WORKFLOWS)
                .description("Slipway: the most that a role of " + access.name() + " can ever do")
                .policy(
                    target
                        .applyValue(known -> Catalog.boundary(types, known))
                        .applyValue(PolicyPacking::inOne))
                .tags(nameTag("boundary"))
                .build(),
            // IAM changes neither in place, and a boundary that roles have can't go first.
            leaf().ignoreChanges(List.of("description", "path")).build());

    var jobs = settings.subjects(access.githubEnvironment());
    deploy =
        new WorkflowRole(
            named("deploy"),
            "deploy-" + access.name(),
            github,
            jobs,
            settings.sessionHours(),
            childOptions());
    deploy.attach(
        "rights", FORMER, account -> DeployRights.of(access.in(region, account), types, state));

    var releasing = new ArrayList<>(jobs);
    applications.forEach(application -> releasing.addAll(application.subjects()));
    release =
        new WorkflowRole(
            named("release"),
            "release-" + access.name(),
            github,
            releasing.stream().distinct().toList(),
            settings.sessionHours(),
            childOptions());
    release.allow(
        "release", target.applyValue(known -> ReleaseRights.of(known, ReleaseRights.RELEASE)));
    registerOutputs(
        Map.of("boundary", boundary.arn(), "deploy", deploy.arn(), "release", release.arn()));
  }

  /** The ARN of the policy that bounds the stack's roles. */
  public Output<String> boundary() {
    return boundary.arn();
  }

  /** The ARN of the role that deploys. */
  public Output<String> deploy() {
    return deploy.arn();
  }

  /** The ARN of the role that releases. */
  public Output<String> release() {
    return release.arn();
  }
}
