package dev.slipway.access;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import dev.slipway.registry.RepositorySettings;
import java.util.List;
import java.util.Optional;

/** An application in a repository of its own, whose workflows build images and release a stack. */
public record ApplicationAccess(
    @Setting(value = "The application's name.", example = "erp") String name,
    @Setting(value = "Its repository.", example = "my-company/erp") String repository,
    @Setting("Its numbers, which newer repositories send beside the names.")
        Optional<RepositoryIds> ids,
    @Setting(
            value = "The environment of that repository whose jobs build and release.",
            example = "staging")
        String environment,
    @Setting(value = "The stack that they release.", example = "staging") String stack,
    @Setting("A registry for its images; none makes no build role.")
        Optional<RepositorySettings> ecr) {

  public ApplicationAccess {
    var check = new Check();
    Names.own(check, "name", name);
    Names.repository(check, "repository", repository);
    Names.environment(check, "environment", environment);
    check.orThrow();
  }

  /** Who a job of the application is. */
  public List<String> subjects() {
    return Subjects.of(repository, ids, environment);
  }

  /** The name of the registry that its images are in. */
  public Optional<String> registry() {
    return ecr.map(settings -> settings.name().orElse(name));
  }
}
