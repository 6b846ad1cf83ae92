package dev.slipway.access;

import com.pulumi.aws.iam.OpenIdConnectProvider;
import com.pulumi.aws.iam.OpenIdConnectProviderArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;

/**
 * GitHub as somebody whose word the account takes: workflows come with a token of GitHub's, and get
 * credentials that end by themselves.
 *
 * <p>Creates the account's OIDC provider for GitHub, of which there can be one; or nothing, where
 * the settings name the one that is there. Costs nothing.
 *
 * <pre>{@code
 * var github = new GithubProvider(named("github"), settings.github(), childOptions());
 * github.trust(settings.github().subjects("staging"));
 * }</pre>
 *
 * <p>What a trust policy must compare is said in the <a
 * href="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html">IAM
 * user guide</a>. Since 2023 AWS checks GitHub's certificate by its own authorities, and no
 * thumbprint is needed.
 */
public final class GithubProvider extends Component {
  static final String TYPE = "slipway:access:GithubProvider";

  /** Who signs the tokens. */
  static final String HOST = "token.actions.githubusercontent.com";

  /** Whom they are for. */
  private static final String AUDIENCE = "sts.amazonaws.com";

  private final Output<String> arn;

  public GithubProvider(String name, GithubSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    arn = settings.oidcProviderArn().map(Output::of).orElseGet(this::made);
    registerOutputs(Map.of("arn", arn));
  }

  private Output<String> made() {
    return new OpenIdConnectProvider(
            named("provider"),
            OpenIdConnectProviderArgs.builder()
                .url("https://" + HOST)
                .clientIdLists(AUDIENCE)
                .tags(nameTag("provider"))
                .build(),
            leaf().build())
        .arn();
  }

  /** The provider's ARN. */
  public Output<String> arn() {
    return arn;
  }

  /** The policy of a role that is taken by these jobs and by nobody else. */
  Output<String> trust(List<String> subjects) {
    return arn.applyValue(
        provider ->
            Policy.of(
                Statement.allow("Jobs")
                    .principal("Federated", provider)
                    .actions("sts:AssumeRoleWithWebIdentity")
                    .when("StringEquals", HOST + ":aud", AUDIENCE)
                    .when("StringEquals", HOST + ":sub", subjects.toArray(String[]::new))));
  }
}
