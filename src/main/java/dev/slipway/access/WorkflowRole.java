package dev.slipway.access;

import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.iam.RolePolicyAttachment;
import com.pulumi.aws.iam.RolePolicyAttachmentArgs;
import com.pulumi.core.Alias;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Stack;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A role that the jobs of a GitHub environment take, with what they may do.
 *
 * <p>Creates an IAM role beside those of stacks, and a policy for each grant. Costs nothing.
 *
 * <pre>{@code
 * var preview = new WorkflowRole(named("preview"), "preview", github, subjects, 4, childOptions());
 * preview.allow("look", Output.of(List.of(Statement.allow("LookUp")...)));
 * }</pre>
 *
 * <p>A role's name is fixed: workflows know it before it is made. How large policies get is said in
 * the <a href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html">IAM user
 * guide</a>.
 */
public final class WorkflowRole extends Component {
  static final String TYPE = "slipway:access:WorkflowRole";

  private final Role role;
  private final String roleName;

  /**
   * @param role what the role is called after {@code slipway-}
   * @param subjects the jobs that take it
   */
  public WorkflowRole(
      String name,
      String role,
      GithubProvider github,
      List<String> subjects,
      int sessionHours,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    roleName = "slipway-" + role;
    this.role =
        new Role(
            named("role"),
            RoleArgs.builder()
                .name(roleName)
                .path(Stack.WORKFLOWS)
                .description("Slipway: taken by jobs on GitHub; see docs/identities.md")
                .assumeRolePolicy(github.trust(subjects))
                .maxSessionDuration(sessionHours * 3600)
                .tags(nameTag("role"))
                .build(),
            leaf().deleteBeforeReplace(true).build());
    registerOutputs(Map.of("arn", this.role.arn()));
  }

  /**
   * Adds a policy of the role's own.
   *
   * @param what names the policy: what it lets the role do
   */
  public void allow(String what, Output<List<Statement>> statements) {
    new RolePolicy(
        named(what),
        RolePolicyArgs.builder()
            .role(role.name())
            .name(what)
            .policy(statements.applyValue(Policy::of))
            .build(),
        leaf().build());
  }

  /**
   * Adds policies that are resources of their own, for what is too large to be the role's: as few
   * as hold the statements. The others come after the first, in which is what is denied, and so
   * goes none that one of them takes the place of.
   *
   * @param what names the policies, with a number each
   * @param former what policies were called that these take the place of, one each
   * @param statements by the account's number
   */
  public void attach(
      String what, List<String> former, Function<String, List<Statement>> statements) {
    // How many there are is known before the account is: all numbers have twelve digits.
    int count = PolicyPacking.of(statements.apply("000000000000")).size();
    List<Resource> first = List.of();
    for (int i = 0; i < count; i++) {
      int number = i;
      var attached =
          attach(
              what + "-" + (number + 1),
              context()
                  .account()
                  .applyValue(account -> PolicyPacking.of(statements.apply(account)).get(number)),
              number < former.size() ? Optional.of(former.get(number)) : Optional.empty(),
              first);
      first = number == 0 ? List.of(attached) : first;
    }
  }

  private RolePolicyAttachment attach(
      String what,
      Output<List<Statement>> statements,
      Optional<String> former,
      List<Resource> after) {
    var policy =
        new com.pulumi.aws.iam.Policy(
            named(what),
            com.pulumi.aws.iam.PolicyArgs.builder()
                .name(roleName + "-" + what)
                .path(Stack.WORKFLOWS)
                .description("Slipway: what " + roleName + " may do, " + what)
                .policy(statements.applyValue(Policy::of))
                .tags(nameTag(what))
                .build(),
            replacing(former, "").deleteBeforeReplace(true).dependsOn(after).build());
    return new RolePolicyAttachment(
        named(what + "-attached"),
        RolePolicyAttachmentArgs.builder().role(role.name()).policyArn(policy.arn()).build(),
        replacing(former, "-attached").build());
  }

  /** In the place of a former one, which goes first: IAM counts how many a role has. */
  private CustomResourceOptions.Builder replacing(Optional<String> former, String rest) {
    var options = leaf();
    former.ifPresent(name -> options.aliases(Alias.builder().name(named(name + rest)).build()));
    return options;
  }

  /** The role's ARN. */
  public Output<String> arn() {
    return role.arn();
  }
}
