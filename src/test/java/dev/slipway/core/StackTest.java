package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class StackTest {
  private static Stack stack(String name, String region, Map<String, String> tags) {
    return new Stack(name, "erpnext", region, tags);
  }

  @Test
  void namesWhatBelongsToIt() {
    var stack = stack("staging", "us-east-1", Map.of());

    assertThat(stack.pointer()).isEqualTo("/slipway/staging/host");
    assertThat(stack.desiredRelease()).isEqualTo("/slipway/staging/release/desired");
    assertThat(stack.secrets()).isEqualTo("/slipway/staging/secrets");
    assertThat(stack.document("release")).isEqualTo("slipway-staging-release");
    assertThat(stack.prefix("backup")).isEqualTo("slipway-staging-backup-");
  }

  @Test
  void tagsEverythingAndLetsTheStackFileWin() {
    assertThat(stack("staging", "us-east-1", Map.of("Project", "erp", "Owner", "ops")).tags())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "Project", "erp",
                "Environment", "staging",
                "ManagedBy", "pulumi",
                "System", "erpnext",
                "slipway:owner", "staging",
                "Owner", "ops"));
  }

  @Test
  void refusesTagsThatAwsWouldRefuse() {
    assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of("aws:x", "1")))
        .hasMessageContaining("tags.aws:x");
    assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of("Team", "a;b")))
        .hasMessageContaining("tags.Team: \"a;b\"");
    assertThatThrownBy(
            () ->
                stack("staging", "us-east-1", Map.of("a", "", "b", "", "c", "", "d", "", "e", "")))
        .hasMessageContaining("more than 9");
    assertThat(stack("staging", "us-east-1", Map.of("Équipe", "a b/c")).tags()).hasSize(6);
    assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of("AWS:x", "1")))
        .hasMessageContaining("tags.AWS:x");
  }

  /** IAM does, and refuses a role in the middle of an update. */
  @Test
  void keysOfTagsAreTheSameWhateverTheirCase() {
    assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of("owner", "a", "Owner", "b")))
        .hasMessageContaining("tags: \"Owner\" and \"owner\" are one key to IAM");
    assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of("project", "a")))
        .hasMessageContaining("tags: \"Project\" and \"project\" are one key to IAM");
    assertThat(stack("staging", "us-east-1", Map.of("Project", "a", "Owner", "b")).tags())
        .hasSize(6);
  }

  @Test
  void tagsByWhichStacksAreToldApartAreTheProgramsAlone() {
    for (String key : new String[] {"slipway:owner", "slipway:OWNER", "Slipway:stack"}) {
      assertThatThrownBy(() -> stack("staging", "us-east-1", Map.of(key, "other")))
          .hasMessageContaining("tags." + key + ": is the program's");
    }
  }

  @Test
  void knowsThePartitionOfItsRegion() {
    assertThat(stack("a", "eu-central-1", Map.of()).partition()).isEqualTo("aws");
    assertThat(stack("a", "cn-north-1", Map.of()).partition()).isEqualTo("aws-cn");
    assertThat(stack("a", "us-gov-west-1", Map.of()).partition()).isEqualTo("aws-us-gov");
  }

  @Test
  void refusesANameThatAwsWouldRefuseSomewhere() {
    assertThatThrownBy(() -> stack("Staging_1", "us-east-1", Map.of()))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("Staging_1");
    assertThatThrownBy(() -> stack("a-name-of-more-than-20", "us-east-1", Map.of()))
        .isInstanceOf(InvalidSettings.class);
  }
}
