package dev.slipway.access;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Optional;

/** The repository that these stacks are kept in, and how long its workflows may work. */
public record GithubSettings(
    @Setting(
            value = "This repository, whose workflows bring stacks up.",
            example = "my-company/slipway")
        String repository,
    @Setting(
            "Its numbers, which newer repositories send beside the names; then both forms are"
                + " trusted.")
        Optional<RepositoryIds> ids,
    @Setting(
            value =
                "The OIDC provider for GitHub that the account has already. It is used, and neither"
                    + " made nor removed.",
            example = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com")
        Optional<String> oidcProviderArn,
    @Setting(
            value =
                "The most that a workflow's credentials may last, 4 to 12: workflows ask for up to 4"
                    + " hours, so that the state can be saved after the longest release.",
            or = "4")
        int sessionHours) {

  /** For how many hours the workflows ask; AWS refuses a session that is longer than the role's. */
  public static final int SHORTEST = 4;

  public GithubSettings {
    var check = new Check();
    Names.repository(check, "repository", repository);
    check
        .that(
            oidcProviderArn
                .map(
                    arn ->
                        arn.matches(
                            "arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/"
                                + "token\\.actions\\.githubusercontent\\.com"))
                .orElse(true),
            "oidcProviderArn",
            "\""
                + oidcProviderArn.orElse("")
                + "\" is not the ARN of GitHub's provider, such as"
                + " arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com")
        .that(
            sessionHours >= SHORTEST && sessionHours <= 12,
            "sessionHours",
            sessionHours
                + " is not from 4, for which the workflows ask, to 12, which is the most that AWS"
                + " gives")
        .orThrow();
  }

  /** Who a job in one of the repository's environments is. */
  public List<String> subjects(String environment) {
    return Subjects.of(repository, ids, environment);
  }
}
