package dev.slipway.identity;

import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import java.util.List;
import java.util.Map;

/**
 * The roles of a stack: every role is made here, so that a permissions boundary holds for all.
 *
 * <p>Creates nothing by itself: the roles that are asked for. Costs nothing.
 *
 * <pre>{@code
 * var identity = new Identity(named("identity"), settings.identity(), childOptions());
 * var role = identity.hostRole();
 * }</pre>
 */
public final class Identity extends Component {
  static final String TYPE = "slipway:identity:Identity";

  private final IdentitySettings settings;

  public Identity(String name, IdentitySettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    registerOutputs(Map.of());
  }

  /** A role for an AWS service, allowed nothing yet. */
  public ServiceRole role(String role, String service) {
    return new ServiceRole(named(role), service, settings, childOptions());
  }

  /** A role that only another role of the stack takes, allowed nothing yet. */
  public ServiceRole role(String role, ServiceRole by) {
    return new ServiceRole(named(role), by, settings, childOptions());
  }

  /**
   * The role of hosts: Systems Manager reaches them, and of all parameters in the account they
   * reach the stack's own.
   *
   * <p>AmazonSSMManagedInstanceCore allows {@code ssm:GetParameter} on everything; the deny beside
   * it takes that back but for the stack's path and the parameters that AWS publishes.
   */
  public ServiceRole hostRole() {
    var role = role("host", "ec2.amazonaws.com");
    role.attach("AmazonSSMManagedInstanceCore");
    role.allow(
        "own-parameters-only",
        context()
            .arn("ssm", "parameter" + stack().path())
            .applyValue(
                own ->
                    List.of(
                        Statement.deny("OwnParametersOnly")
                            .actions(
                                "ssm:GetParameter",
                                "ssm:GetParameters",
                                "ssm:GetParametersByPath",
                                "ssm:GetParameterHistory",
                                "ssm:PutParameter",
                                "ssm:DeleteParameter",
                                "ssm:DeleteParameters",
                                "ssm:LabelParameterVersion",
                                "ssm:UnlabelParameterVersion")
                            .resourcesOtherThan(
                                own,
                                own + "/*",
                                "arn:" + stack().partition() + ":ssm:*:*:parameter/aws/*"))));
    return role;
  }
}
