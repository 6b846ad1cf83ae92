package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromoteTest {
  private static final String RAN = "sha256:" + "a".repeat(64);
  private static final String FAILED = "sha256:" + "b".repeat(64);
  private static final String COMMIT = "c".repeat(40);
  private static final String PROTECTED =
      """
      {"name": "production", "protection_rules": [{"type": "required_reviewers",
        "reviewers": [{"type": "User", "reviewer": {"login": "ada"}}]}], "deployment_branch_policy": null}""";
  private static final String OPEN =
      "{\"name\": \"production\", \"protection_rules\": [], \"deployment_branch_policy\": null}";

  private static final String FILE = "config:\n  aws:region: us-east-1\n";

  @TempDir Path root;
  private Workplace place;
  private FakeGitHub github;

  @BeforeEach
  void start() {
    place = new Workplace(root);
    github = new FakeGitHub(place);
    place.file("Pulumi.qa.yaml", FILE);
    place.file("Pulumi.production.yaml", FILE + "  slipway:promotedFrom: qa # and nowhere else\n");
    place
        .fakeScript("release.sh", ":")
        .fakeScript(
            "status.sh",
            """
            cat <<'JSON'
            {"release": {"id": "3", "ref": "x", "commit": "%s", "outcome": "ok"}, "history": [
              {"id": "1", "imageDigest": "%s", "outcome": "ok"},
              {"id": "2", "imageDigest": "%s", "outcome": "failed"},
              {"id": "3", "commit": "%s", "outcome": "ok"}]}
            JSON"""
                .formatted(COMMIT, RAN, FAILED, COMMIT));
    github.environments.put("production", FakeGitHub.json(PROTECTED));
  }

  @AfterEach
  void stop() {
    github.close();
  }

  private Workplace.Ended promote(String ref, String... words) {
    var line = new java.util.ArrayList<>(java.util.List.of("production", ref));
    line.addAll(java.util.List.of(words));
    return place.run("promote.sh", line.toArray(String[]::new));
  }

  private void assertRefused(Workplace.Ended ended, String why) {
    assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
    assertThat(ended.errors()).contains(why, "nothing was changed");
    assertThat(place.calls("release.sh")).isEmpty();
  }

  @Test
  void whatRanInQaIsReleased() {
    for (String ref : new String[] {RAN, COMMIT}) {
      var ended = promote(ref);
      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(place.calls("release.sh production " + ref)).hasSize(1);
    }
  }

  @Test
  void eachAppOfAReleaseHasToHaveServed() {
    place.fakeScript(
        "status.sh",
        """
        echo '{"release": {"id": "2", "ref": "api@%s,web@%s", "outcome": "ok"}, "history": [
          {"id": "1", "ref": "api@%s,web@%s", "outcome": "ok"}]}'"""
            .formatted(RAN, RAN, FAILED, RAN));

    var ended = promote("api@" + FAILED + ",web@" + RAN);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertRefusedNow("web@" + FAILED);
  }

  /** Those before the one where it failed had it for a while, and went back. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"history\": [{\"id\": \"9\", \"ref\": \"api@%1$s\", \"outcome\": \"rolled-back\"}]",
        "\"inProgress\": {\"verb\": \"release\", \"ref\": \"api@%1$s\"}"
      })
  void whatFailedOnOneOfSeveralHostsIsRefused(String second) {
    var hosts =
        """
        first='"release": {"id": "3", "ref": "api@%2$s", "outcome": "ok"}, "history": [
          {"id": "1", "ref": "api@%2$s", "outcome": "ok"}, {"id": "2", "ref": "api@%1$s", "outcome": "ok"}]'
        echo "{$first, \\"hosts\\": [{\\"instance\\": \\"i-1\\", $first}, {\\"instance\\": \\"i-2\\",
          \\"release\\": {\\"id\\": \\"8\\", \\"ref\\": \\"api@%2$s\\", \\"outcome\\": \\"ok\\"}, $(cat "$FAKES/second")}]}"
        """;
    place.file("second", second.formatted(FAILED));
    place.fakeScript("status.sh", hosts.formatted(FAILED, RAN));

    assertRefused(promote("api@" + FAILED), "failed in qa, on i-2");
    assertThat(promote("api@" + RAN).exit()).isZero();
  }

  private void assertRefusedNow(String ref) {
    int before = place.calls("release.sh").size();
    var ended = promote(ref);
    assertThat(ended.exit()).as(ended.all()).isEqualTo(11);
    assertThat(ended.errors()).contains("never served in qa");
    assertThat(place.calls("release.sh")).hasSize(before);
  }

  @Test
  void anEnvironmentWithoutReviewersIsRefused() {
    github.environments.put("production", FakeGitHub.json(OPEN));
    assertRefused(promote(RAN), "has no required reviewers");

    github.environments.clear();
    assertRefused(promote(RAN), "can't be read");
  }

  @Test
  void whatNeverRanOrFailedInQaIsRefused() {
    assertRefused(promote("sha256:" + "e".repeat(64)), "never served in qa; it served:");
    assertRefused(promote(FAILED), "never served in qa");
  }

  @Test
  void qaThatDoesNotAnswerIsNoProof() {
    place.fakeScript("status.sh", "exit 30");

    assertRefused(promote(RAN), "qa can't be asked");
  }

  @Test
  void aNameThatCouldMoveIsNoRef() {
    for (String ref : new String[] {"develop", "v1.2.3", "c".repeat(12)}) {
      assertThat(promote(ref).exit()).as(ref).isEqualTo(2);
    }
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void whereItHasToHaveServedIsNotForWhoeverStartsItToSay() {
    assertThat(promote(RAN, "--from", "staging").errors()).contains("\"--from\" is not an option");

    var files =
        Map.of(
            "", "slipway:promotedFrom is missing",
            "  slipway:promotedFrom: production\n", "is the stack that is to be released to",
            "  slipway:promotedFrom: nowhere\n", "Pulumi.nowhere.yaml");
    files.forEach(
        (more, said) -> {
          place.file("Pulumi.production.yaml", FILE + more);
          var ended = promote(RAN);
          assertThat(ended.exit()).as(more).isEqualTo(2);
          assertThat(ended.errors()).contains(said);
        });
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void withoutReviewersAProtectedBranchWillDoWhenAskedFor() {
    github.environments.put("production", FakeGitHub.json(OPEN));
    assertRefused(promote(RAN, "--guard", "branch"), "takes every branch");

    github.environments.put(
        "production", FakeGitHub.json(OPEN.replace("null", "{\"protected_branches\": true}")));
    assertRefused(promote(RAN, "--guard", "branch"), "takes every protected branch");

    github.environments.put(
        "production", FakeGitHub.json(OPEN.replace("null", "{\"protected_branches\": false}")));
    github.policies.put("production", new TreeMap<>(Map.of(1, "main", 2, "develop")));
    assertRefused(promote(RAN, "--guard", "branch"), "takes these branches: develop main");

    github.policies.put("production", new TreeMap<>(Map.of(1, "main")));
    assertRefused(promote(RAN, "--guard", "branch"), "nobody has reviewed");

    var rules = new JsonArray();
    rules.add(
        FakeGitHub.json(
            "{\"type\": \"pull_request\", \"parameters\": {\"required_approving_review_count\": 1}}"));
    github.branchRules.put("main", rules);
    var ended = promote(RAN, "--guard", "branch");
    assertThat(ended.exit()).as(ended.all()).isZero();
  }

  @Test
  void eachStepCanStandAloneWithRightsOfItsOwn() {
    place.with("GITHUB_OUTPUT", place.path("output").toString());
    assertThat(promote(RAN, "--only", "guard").exit()).isZero();
    assertThat(place.calls()).allMatch(call -> call.startsWith("gh "));
    assertThat(place.path("output")).as("whose role the next job takes").hasContent("from=qa");

    assertThat(promote(RAN, "--only", "ran").exit()).isZero();
    assertThat(place.calls("release.sh")).isEmpty();
  }

  @Test
  void theReleasesOwnStatusComesBack() {
    place.fakeScript("release.sh", "exit 20");

    assertThat(promote(RAN).exit()).isEqualTo(20);
  }
}
