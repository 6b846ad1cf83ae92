package dev.slipway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.StackConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What expires of a registry, decided as the ECR user guide says. */
class LifecyclePolicyTest {
  private static final int KEEP = 10;
  private static final String REPOSITORY = "foundation-app-erp-registry-lifecycle";
  private static final String CACHE = "foundation-app-erp-registry-cache-lifecycle";
  private static final Map<String, Object> ONE = Map.of("keep", KEEP, "untaggedDays", 7);
  private static final Map<String, Object> SEVERAL =
      Map.of("keep", KEEP, "prefixes", List.of("backend-", "frontend-"), "immutableTags", true);

  /** An image by the number of its push. */
  private record Image(int pushed, int daysAgo, List<String> tags) {}

  private static List<JsonObject> rules(Map<String, Object> ecr, String of) {
    var stack =
        FakeCloud.stack(
            "foundation",
            StackConfig.file("foundation")
                .with(
                    "slipway:applications",
                    List.of(
                        Map.of(
                            "name", "erp",
                            "repository", "my-company/erp",
                            "environment", "staging",
                            "stack", "staging",
                            "ecr", ecr))));
    var rules = new ArrayList<JsonObject>();
    JsonParser.parseString(
            stack.all("aws:ecr/lifecyclePolicy:LifecyclePolicy").stream()
                .filter(made -> made.name().equals(of))
                .findFirst()
                .orElseThrow()
                .text("policy"))
        .getAsJsonObject()
        .getAsJsonArray("rules")
        .forEach(rule -> rules.add(rule.getAsJsonObject()));
    rules.sort(Comparator.comparingInt(rule -> rule.get("rulePriority").getAsInt()));
    return rules;
  }

  private static boolean selects(JsonObject selection, Image image) {
    return switch (selection.get("tagStatus").getAsString()) {
      case "untagged" -> image.tags().isEmpty();
      case "tagged" -> {
        var pattern = selection.getAsJsonArray("tagPatternList").get(0).getAsString();
        yield image.tags().stream().anyMatch(tag -> tag.matches(pattern.replace("*", ".*")));
      }
      default -> throw new IllegalStateException("any: a later rule would reach kept images");
    };
  }

  /** What is left: an image that a rule selects can't be expired by the rules after it. */
  private static List<Integer> left(List<JsonObject> rules, List<Image> images) {
    var expired = new HashSet<Image>();
    Set<Image> decided = new HashSet<>();
    for (var rule : rules) {
      var selection = rule.getAsJsonObject("selection");
      int count = selection.get("countNumber").getAsInt();
      var selected =
          images.stream()
              .filter(image -> selects(selection, image))
              .sorted(Comparator.comparingInt(Image::pushed).reversed())
              .toList();
      boolean byAge = selection.get("countType").getAsString().equals("sinceImagePushed");
      for (int i = 0; i < selected.size(); i++) {
        var image = selected.get(i);
        if (decided.add(image) && (byAge ? image.daysAgo() > count : i >= count)) {
          expired.add(image);
        }
      }
    }
    return images.stream().filter(image -> !expired.contains(image)).map(Image::pushed).toList();
  }

  @Test
  void theNewestTaggedImagesStay() {
    var images = new ArrayList<Image>();
    for (int i = 1; i <= 14; i++) {
      images.add(new Image(i, 100 - i, List.of("sha-" + i)));
    }

    assertThat(left(rules(ONE, REPOSITORY), images))
        .containsExactly(5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  }

  @Test
  void untaggedImagesGoAfterSevenDays() {
    var images = List.of(new Image(1, 8, List.of()), new Image(2, 7, List.of()));

    assertThat(left(rules(ONE, REPOSITORY), images)).containsExactly(2);
  }

  @Test
  void whatAReleaseWasMadeOfNeverExpires() {
    var images = new ArrayList<Image>();
    images.add(new Image(1, 400, List.of("sha-1", "kept-admin-prod-0123456789ab")));
    for (int i = 2; i <= 40; i++) {
      images.add(new Image(i, 300 - i, List.of("sha-" + i)));
    }

    assertThat(left(rules(ONE, REPOSITORY), images)).contains(1).hasSize(1 + KEEP);
  }

  @Test
  void buildsOfOneImageDontMakeTheOtherOfTheRepositoryExpire() {
    var images = new ArrayList<Image>();
    images.add(new Image(1, 400, List.of("frontend-1", "frontend-latest")));
    for (int i = 2; i <= 40; i++) {
      images.add(new Image(i, 300 - i, List.of("backend-" + i)));
    }

    assertThat(left(rules(SEVERAL, REPOSITORY), images)).contains(1, 40).hasSize(1 + KEEP);
  }

  @Test
  void whatAReleaseWasMadeOfNeverExpiresWhateverItsPrefix() {
    var images = new ArrayList<Image>();
    images.add(new Image(1, 400, List.of("backend-1", "kept-grocery-prod-0123456789ab")));
    images.add(new Image(2, 400, List.of("frontend-2", "kept-grocery-prod-ba9876543210")));
    for (int i = 3; i <= 80; i++) {
      images.add(new Image(i, 300 - i, List.of((i % 2 == 0 ? "backend-" : "frontend-") + i)));
    }

    assertThat(left(rules(SEVERAL, REPOSITORY), images)).contains(1, 2).hasSize(2 + 2 * KEEP);
  }

  @Test
  void whatHasNoneOfThePrefixesGoesTheSameWay() {
    var images = new ArrayList<Image>();
    for (int i = 1; i <= 14; i++) {
      images.add(new Image(i, 100 - i, List.of("by-hand-" + i)));
    }

    assertThat(left(rules(SEVERAL, REPOSITORY), images)).hasSize(KEEP).doesNotContain(1, 2, 3, 4);
  }

  @Test
  void theCacheOfEachImageIsKept() {
    var images = new ArrayList<Image>();
    images.add(new Image(1, 90, List.of("frontend-build-cache")));
    for (int i = 2; i <= 9; i++) {
      images.add(new Image(i, 9 - i, List.of("backend-build-cache")));
    }

    assertThat(left(rules(SEVERAL, CACHE), images)).contains(1, 9).hasSize(3);
  }
}
