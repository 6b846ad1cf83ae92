package dev.slipway.access;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.registry.ImageRegistry;
import dev.slipway.registry.RepositorySettings;
import java.util.Map;

/**
 * Who may push an application's images, and where to.
 *
 * <p>Creates the registry and the role of the application's builds, each of which names the other.
 * Costs what the images take.
 *
 * <pre>{@code
 * new ApplicationRoles(named("erp"), application, registry, settings.github(), github, childOptions());
 * }</pre>
 *
 * <p>The registry is the foundation's and not a stack's, because every stack that the image goes
 * through on its way pulls it from there by its digest.
 */
public final class ApplicationRoles extends Component {
  static final String TYPE = "slipway:access:ApplicationRoles";

  private final ImageRegistry registry;
  private final WorkflowRole build;

  public ApplicationRoles(
      String name,
      ApplicationAccess application,
      RepositorySettings settings,
      GithubSettings github,
      GithubProvider provider,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    registry =
        new ImageRegistry(
            named("registry"), application.registry().orElseThrow(), settings, childOptions());
    build =
        new WorkflowRole(
            named("build"),
            "build-" + application.name(),
            provider,
            application.subjects(),
            github.sessionHours(),
            childOptions());
    build.allow("push", registry.arns().applyValue(BuildRights::of));
    registry.allowPush(build.arn());
    registerOutputs(Map.of("build", build.arn(), "url", registry.url()));
  }

  /** The ARN of the role that builds. */
  public Output<String> build() {
    return build.arn();
  }

  /** What the application's images are called, without a tag. */
  public Output<String> url() {
    return registry.url();
  }
}
