package dev.slipway.identity;

import com.pulumi.aws.iam.InstanceProfile;
import com.pulumi.aws.iam.InstanceProfileArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.iam.RolePolicyAttachment;
import com.pulumi.aws.iam.RolePolicyAttachmentArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A role that one AWS service takes, or another role of the stack, with what it is allowed.
 *
 * <p>Creates an IAM role under the stack's own path, and a policy for each grant. Costs nothing.
 *
 * <pre>{@code
 * var role = identity.role("scheduler", "scheduler.amazonaws.com");
 * var grant = role.allow("start", Output.of(List.of(Statement.allow("Start")...)));
 * }</pre>
 *
 * <p>What a service's role must trust is said in the <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html">IAM user guide</a>:
 * {@code aws:SourceAccount} keeps other accounts from borrowing it.
 */
public final class ServiceRole extends Component {
  static final String TYPE = "slipway:identity:ServiceRole";

  private final Role role;
  private final List<Resource> grants = new ArrayList<>();
  private boolean taken;
  private InstanceProfile profile;

  ServiceRole(
      String name, String service, IdentitySettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    role = role(name, trust(service), settings);
    registerOutputs(Map.of("arn", role.arn()));
  }

  ServiceRole(
      String name, ServiceRole by, IdentitySettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    role = role(name, by.arn().applyValue(ServiceRole::trustOf), settings);
    registerOutputs(Map.of("arn", role.arn()));
  }

  private Role role(String name, Output<String> trust, IdentitySettings settings) {
    var args =
        RoleArgs.builder()
            .path(stack().path() + "/")
            .description("Slipway " + stack().name() + ": " + name)
            .assumeRolePolicy(trust)
            .tags(nameTag("role"));
    settings.permissionsBoundary().ifPresent(args::permissionsBoundary);
    return new Role(named("role"), args.build(), leaf().build());
  }

  private static String trustOf(String role) {
    return Policy.of(Statement.allow("Trust").principal("AWS", role).actions("sts:AssumeRole"));
  }

  private Output<String> trust(String service) {
    return context()
        .account()
        .applyValue(
            account -> {
              var statement =
                  Statement.allow("Trust").principal("Service", service).actions("sts:AssumeRole");
              // EC2 takes its roles from within the account alone, and sends no source account.
              return Policy.of(
                  service.startsWith("ec2.")
                      ? statement
                      : statement.when("StringEquals", "aws:SourceAccount", account));
            });
  }

  /**
   * Adds a policy of the role's own.
   *
   * @param what names the policy: what it lets the role do
   */
  public Resource allow(String what, Output<List<Statement>> statements) {
    if (taken) {
      throw new IllegalStateException(
          "the grant " + what + " comes after the host that takes the role: grants come first");
    }
    var policy =
        new RolePolicy(
            named(what),
            RolePolicyArgs.builder()
                .role(role.name())
                .name(what)
                .policy(statements.applyValue(Policy::of))
                .build(),
            leaf().build());
    grants.add(policy);
    return policy;
  }

  /** Attaches a policy that AWS keeps. */
  Resource attach(String managedPolicy) {
    var attachment =
        new RolePolicyAttachment(
            named(managedPolicy),
            RolePolicyAttachmentArgs.builder()
                .role(role.name())
                .policyArn("arn:" + stack().partition() + ":iam::aws:policy/" + managedPolicy)
                .build(),
            leaf().build());
    grants.add(attachment);
    return attachment;
  }

  /**
   * The role as an instance takes it. No grant can be added afterwards, because a machine that
   * boots doesn't wait for one.
   */
  public InstanceProfile instanceProfile() {
    taken = true;
    profile =
        new InstanceProfile(
            named("profile"),
            InstanceProfileArgs.builder()
                .role(role.name())
                .path(stack().path() + "/")
                .tags(nameTag("profile"))
                .build(),
            leaf().build());
    return profile;
  }

  /** The name by which instances take the role, once something does. */
  public Output<String> instanceProfileName() {
    return profile.name();
  }

  /** The role's ARN. */
  public Output<String> arn() {
    return role.arn();
  }

  /** What whoever takes the role waits for. */
  public List<Resource> grants() {
    return List.copyOf(grants);
  }
}
