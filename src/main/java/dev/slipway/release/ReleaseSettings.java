package dev.slipway.release;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Optional;

/** How releases are made. */
public record ReleaseSettings(
    @Setting(
            value =
                "What the first release is made of, where no release has been made: an image's tag"
                    + " or digest, or with an application repository a branch or commit (its branch"
                    + " by default). Later releases are made by ./slipway release.",
            example = "v16.32.3")
        Optional<String> seed,
    @Setting(value = "How many releases stay on the host to go back to.", or = "5") @ForHosts
        int keep,
    @Setting(value = "A release is refused when less than this is free.", or = "4") @ForHosts
        int minFreeGiB,
    @Setting(value = "How long a release may take.", or = "60") int timeoutMinutes) {

  /** What names a release: a branch, a tag, a commit or a digest; of several apps one for each. */
  public static final String REF = "[A-Za-z0-9._/:@,+#=%!-]+";

  /** What begins otherwise is an option to git and Docker, or a digest that is cut short. */
  private static final String SEED = "sha256:[0-9a-f]{64}|(?!-|sha256:).{1,1000}";

  public ReleaseSettings {
    new Check()
        .that(
            seed.map(ref -> ref.matches(REF) && ref.matches(SEED)).orElse(true),
            "seed",
            "\"" + seed.orElse("") + "\" is not a tag, digest, branch or commit")
        .that(keep >= 2, "keep", keep + " leaves none to go back to; keep at least 2")
        .that(minFreeGiB >= 1, "minFreeGiB", minFreeGiB + " is less than 1")
        .that(
            timeoutMinutes >= 5 && timeoutMinutes <= 720,
            "timeoutMinutes",
            timeoutMinutes + " is not from 5 to 720")
        .orThrow();
  }
}
