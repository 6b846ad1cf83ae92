package dev.slipway.system.erpnext;

import dev.slipway.core.Branch;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Optional;

/** The repository of an application of one's own. */
public record ApplicationSettings(
    @Setting(
            value = "Where the application's code is; none releases published images alone.",
            example = "https://github.com/example/erp-app")
        @ForHosts
        Optional<String> repository,
    @Setting(value = "The branch that is released.", or = "\"develop\"") @ForHosts String branch,
    @Setting(
            value =
                "The name of the secret with an access token for an https:// repository; put it"
                    + " there with ./slipway secret.",
            example = "git-token")
        @ForHosts
        Optional<String> token,
    @Setting(
            value = "The name of the secret with the private key for an ssh repository.",
            example = "git-deploy-key")
        @ForHosts
        Optional<String> deployKey) {

  /** What was given isn't shown: it may be the secret itself. */
  private static final String NOT_A_NAME =
      "is not the name of a secret, such as git-token; the secret itself never goes here";

  public ApplicationSettings {
    boolean https = repository.map(ApplicationSettings::keepsTokens).orElse(false);
    boolean ssh = repository.map(url -> url.matches("(ssh://|[^/:@]+@).+")).orElse(false);
    new Check()
        .that(
            repository
                .map(url -> url.matches("(https|ssh|git|http)://[^\\s'\"]+|[^/:@\\s]+@[^\\s'\"]+"))
                .orElse(true),
            "repository",
            "\"" + repository.orElse("") + "\" is not the URL of a git repository")
        .that(
            !repository.map(url -> url.matches("[a-z]+://[^/]*:[^/]*@.*")).orElse(false),
            "repository",
            "has a password in it; put it into a secret and name that in application.token")
        .none(Branch.problem(branch), "branch")
        .that(
            token.isEmpty() || https,
            "token",
            "goes with an https:// repository, over which nobody reads it; for ssh name"
                + " application.deployKey")
        .that(
            deployKey.isEmpty() || ssh,
            "deployKey",
            "goes with an ssh repository; for https:// name application.token")
        .that(isName(token), "token", NOT_A_NAME)
        .that(isName(deployKey), "deployKey", NOT_A_NAME)
        .orThrow();
  }

  /** Within a private network a token may travel without TLS. */
  private static boolean keepsTokens(String url) {
    return url.startsWith("https://")
        || url.matches("http://(127|10|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\..*");
  }

  private static boolean isName(Optional<String> secret) {
    return secret.map(name -> name.matches("[a-z][a-z0-9-]{0,62}")).orElse(true);
  }
}
