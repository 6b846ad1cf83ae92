package dev.slipway.registry;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A registry for the images of one application. */
public record RepositorySettings(
    @Setting(value = "Its name; default the application's.", example = "erp") Optional<String> name,
    @Setting(
            value =
                "How many images with a tag are kept, the newest; beside them stays what has a tag"
                    + " that begins with kept-.",
            or = "100")
        int keep,
    @Setting(value = "How many days an image without a tag is kept.", or = "14") int untaggedDays,
    @Setting(
            value =
                "Refuse to move a tag. The cache of builds, whose tag moves, then has a registry of"
                    + " its own, NAME-cache.",
            or = "false")
        boolean immutableTags,
    @Setting(
            value =
                "From which severity on a scan's finding fails a release: any, low, medium, high,"
                    + " critical.",
            or = "any")
        String failOn,
    @Setting(value = "Refuse to delete it.", or = "true") boolean protect) {

  /** The tag that tells scripts/ci/scan-image.sh of a milder threshold than any. */
  private static final String FAIL_ON = "slipway:failOn";

  private static final List<String> SEVERITIES =
      List.of("any", "low", "medium", "high", "critical");

  public RepositorySettings {
    new Check()
        .that(
            name.map(
                    given ->
                        given.matches("[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*"))
                .orElse(true),
            "name",
            "\"" + name.orElse("") + "\" is not a name that ECR takes")
        .that(
            keep >= 10 && keep <= 1000,
            "keep",
            keep + " is not from 10 to 1000; a release that must come back needs its image")
        .that(untaggedDays >= 1, "untaggedDays", untaggedDays + " is less than 1")
        .that(
            SEVERITIES.contains(failOn),
            "failOn",
            "\"" + failOn + "\" is none of " + String.join(", ", SEVERITIES))
        .orThrow();
  }

  /** What the threshold is told by; none is the strictest. */
  Map<String, String> thresholdTag() {
    return failOn.equals("any") ? Map.of() : Map.of(FAIL_ON, failOn);
  }
}
