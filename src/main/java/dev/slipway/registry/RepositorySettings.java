package dev.slipway.registry;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A registry for the image of one application, or for its several images, told apart by tags. */
public record RepositorySettings(
    @Setting(value = "Its name; default the application's.", example = "erp") Optional<String> name,
    @Setting(
            value =
                "What tags begin with where it holds several images of the application: of each"
                    + " prefix its own newest are kept, and images with other tags are not pushed.",
            or = "[]",
            example = "'[\"backend-\",\"frontend-\"]'")
        List<String> prefixes,
    @Setting(
            value =
                "How many images with a tag are kept, the newest, of each prefix; beside them stays"
                    + " what has a tag that begins with kept-.",
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

  /** What a script that pushes reads the prefixes from. */
  private static final String PREFIXES = "slipway:prefixes";

  /** Of the 50 rules that a lifecycle may have. */
  private static final int MOST_PREFIXES = 40;

  /** What AWS takes as the value of a tag. */
  private static final int LONGEST_TAG = 256;

  public RepositorySettings {
    var check = new Check();
    checkPrefixes(check, prefixes);
    check
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

  private static void checkPrefixes(Check check, List<String> prefixes) {
    for (int i = 0; i < prefixes.size(); i++) {
      var path = "prefixes[" + i + "]";
      var prefix = prefixes.get(i);
      check
          .none(TagPrefix.problem(prefix), path)
          .that(
              !prefix.startsWith(ImageRegistry.KEPT),
              path,
              "\"" + prefix + "\" is what hosts mark images with; use another");
      for (int j = 0; j < i; j++) {
        check.that(
            TagPrefix.tellApart(prefix, prefixes.get(j)),
            path,
            "\"%s\" and \"%s\" don't tell images apart: one begins with the other"
                .formatted(prefix, prefixes.get(j)));
      }
    }
    check.that(
        prefixes.size() <= MOST_PREFIXES && String.join(" ", prefixes).length() <= LONGEST_TAG,
        "prefixes",
        "are more than %d, or %d characters long in all and not up to %d; use another registry too"
            .formatted(MOST_PREFIXES, String.join(" ", prefixes).length(), LONGEST_TAG));
  }

  /** What scripts that push and scan are told by. */
  Map<String, String> tags() {
    var tags = new TreeMap<String, String>();
    if (!failOn.equals("any")) {
      tags.put(FAIL_ON, failOn);
    }
    if (!prefixes.isEmpty()) {
      tags.put(PREFIXES, String.join(" ", prefixes));
    }
    return tags;
  }
}
