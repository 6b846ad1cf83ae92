package dev.slipway.secret;

import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;

/**
 * The SecureString parameters of a stack, which hosts make and people set.
 *
 * <p>Creates no parameter: a secret that Pulumi makes is in Pulumi's state. What is here is the
 * right to make and read them under the stack's own path. Standard parameters and the key {@code
 * alias/aws/ssm} cost nothing.
 *
 * <pre>{@code
 * new Secrets(named("secrets"), childOptions()).grantUse(role);
 * }</pre>
 *
 * <p>The key's own policy lets every principal of the account use it through Parameter Store, so no
 * KMS grant is needed; see the <a
 * href="https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html">KMS
 * developer guide</a>.
 */
public final class Secrets extends Component {
  static final String TYPE = "slipway:secret:Secrets";

  public Secrets(String name, ComponentResourceOptions options) {
    super(TYPE, name, options);
    registerOutputs(Map.of());
  }

  /** Lets a role read the stack's secrets, and keep those that it generates. */
  public Resource grantUse(ServiceRole role) {
    return role.allow(
        "use-secrets",
        context()
            .arn("ssm", "parameter" + stack().secrets() + "/*")
            .applyValue(
                secrets ->
                    List.of(
                        Statement.allow("UseSecrets")
                            .actions("ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter")
                            .resources(secrets))));
  }
}
