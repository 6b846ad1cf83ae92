package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplyTest {
  private static final String COMMIT = "c".repeat(40);

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fakeScript("up.sh", "echo \"up as ${AWS_PROFILE:-${AWS_ACCESS_KEY_ID:-nobody}}\"")
            .fakeScript(
                "release.sh", "echo \"release as ${AWS_PROFILE:-${AWS_ACCESS_KEY_ID:-nobody}}\"");
    place.file(
        "Pulumi.staging.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n");
    serves(COMMIT, 200);
  }

  private void serves(String commit, int answer) {
    place.fakeScript(
        "status.sh",
        """
        cat <<'JSON'
        {"release": {"id": "20261121T000000Z-1", "ref": "develop", "commit": "%s"}, "inProgress": null,
         "sites": [{"name": "erp.example.com", "status": %d, "maintenance": false}], "containers": []}
        JSON"""
            .formatted(commit, answer));
  }

  @Test
  void bringsUpReleasesAndLooks() throws Exception {
    place.with("GITHUB_STEP_SUMMARY", place.path("summary").toString());

    var ended = place.run("apply.sh", "staging", "--ref", COMMIT);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls())
        .extracting(call -> call.split(" ", 2)[0])
        .containsExactly("up.sh", "release.sh", "status.sh");
    assertThat(place.calls("up.sh")).containsExactly("up.sh staging --yes");
    assertThat(place.calls("release.sh staging " + COMMIT)).hasSize(1);
    assertThat(Files.readString(place.path("summary")))
        .contains("### staging: released", "https://erp.example.com", COMMIT, "| Up | ok, 0:0");
  }

  @Test
  void nothingIsReleasedOnAStackThatDidNotComeUp() throws Exception {
    place
        .fakeScript("up.sh", "exit 9")
        .with("GITHUB_STEP_SUMMARY", place.path("summary").toString());

    assertThat(place.run("apply.sh", "staging", "--ref", COMMIT).exit()).isEqualTo(9);
    assertThat(place.calls("release.sh")).isEmpty();
    assertThat(Files.readString(place.path("summary")))
        .contains("### staging: up failed", "failed with status 9");
  }

  @Test
  void theReleasesOwnStatusComesBack() {
    place.fakeScript("release.sh", "exit 20");

    assertThat(place.run("apply.sh", "staging", "--ref", COMMIT).exit()).isEqualTo(20);
  }

  @Test
  void aReleaseThatDoesNotServeIsNoneThatIsDone() {
    serves("d".repeat(40), 502);

    var ended = place.run("apply.sh", "staging", "--ref", COMMIT, "--smoke-timeout", "0");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("serves, and not " + COMMIT, "https://erp.example.com answers 502");
    assertThat(ended.output()).contains("### staging: smoke failed");
  }

  @Test
  void aBranchWhoseCommitServedAlreadyIsReleased() {
    place.fakeScript(
        "status.sh",
        """
        echo '{"release": {"id": "1", "ref": "%1$s", "commit": "%1$s"}, "inProgress": null, "sites": []}'"""
            .formatted(COMMIT));

    for (String name : List.of("develop", "v1.2.3", COMMIT)) {
      var ended = place.run("apply.sh", "staging", "--ref", name, "--smoke-timeout", "0");
      assertThat(ended.exit()).as(name + ": " + ended.all()).isZero();
    }
    place.fakeScript("release.sh", "exit 20");
    assertThat(place.run("apply.sh", "staging", "--ref", "develop").exit()).isEqualTo(20);
  }

  @Test
  void withoutARefWhatServesIsReleasedAgain() {
    assertThat(place.run("apply.sh", "staging").exit()).isZero();
    assertThat(place.calls("release.sh staging develop")).hasSize(1);

    assertThat(place.run("apply.sh", "staging", "--ref", "").exit())
        .as("an empty one is a variable that has no value")
        .isEqualTo(2);
    assertThat(place.calls("release.sh")).hasSize(1);

    place.fakeScript("status.sh", "echo '{\"release\": null, \"desired\": null}'");
    var nothing = place.run("apply.sh", "staging");
    assertThat(nothing.exit()).isEqualTo(11);
    assertThat(nothing.errors()).contains("nothing has been released on staging yet");
  }

  @Test
  void eachStepTakesItsOwnRole() {
    place.with("AWS_ACCESS_KEY_ID", "key");

    assertThat(place.run("apply.sh", "staging").output()).contains("up as key", "release as key");
    assertThat(
            place
                .run("apply.sh", "staging", "--deploy-profile", "d", "--release-profile", "r")
                .output())
        .contains("up as d", "release as r");
  }

  @Test
  void theFoundationIsNotBroughtUpByAWorkflow() {
    place.file(
        "Pulumi.foundation.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:system: foundation\n");

    var ended = place.run("apply.sh", "foundation");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void aCommitOfAnotherRepositoryIsNotReleased() {
    var own = new Workplace(root.resolve("own"));
    own.file(
        "Pulumi.staging.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:application:\n"
            + "    repository: https://github.com/my-company/erp.git # ours\n");
    own.fakeScript("ssm-run.sh", ":");

    assertThat(own.run("release.sh", "staging", COMMIT, "--source", "my-company/erp").exit())
        .isZero();
    var other = own.run("release.sh", "staging", COMMIT, "--source", "y-company/erp");
    assertThat(other.exit()).isEqualTo(2);
    assertThat(other.errors())
        .contains("does not say that its application comes from y-company/erp");
    assertThat(own.calls()).hasSize(1);
  }

  @Test
  void stacksFollowTheBranchThatTheirFilesName() {
    place.file("Pulumi.qa.yaml", "config:\n  slipway:branch: \"develop\" # QA\n");
    place.file("Pulumi.dev.yaml", "config:\n  slipway:branch: develop\n");
    place.with("GITHUB_OUTPUT", place.path("output").toString());

    assertThat(
            place.run("stacks.sh", "--branch", "develop", "--json", "--output", "stacks").output())
        .isEqualTo("[\"dev\",\"qa\"]\n");
    assertThat(place.path("output")).hasContent("stacks=[\"dev\",\"qa\"]");
    assertThat(place.run("stacks.sh", "--branch", "main", "--json").output()).isEqualTo("[]\n");
    assertThat(place.run("stacks.sh").output()).isEqualTo("dev\nqa\nstaging\n");
  }
}
