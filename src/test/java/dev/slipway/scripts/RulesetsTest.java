package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesetsTest {
  @TempDir Path root;
  private Workplace place;
  private FakeGitHub github;

  @BeforeEach
  void start() throws Exception {
    place = new Workplace(root);
    github = new FakeGitHub(place);
    github.teams.put("infrastructure", 42);
    place.file(".github/rulesets.json", Files.readString(Path.of(".github/rulesets.json")));
  }

  @AfterEach
  void stop() {
    github.close();
  }

  @Test
  void theSecondRunChangesNothing() {
    var first = place.run("rulesets.sh", "--yes");
    assertThat(first.exit()).as(first.all()).isZero();
    assertThat(github.rulesets.values())
        .extracting(ruleset -> ruleset.get("name").getAsString())
        .containsExactlyInAnyOrder("main", "develop", "release", "hotfix");
    assertThat(github.policies.get("staging").values())
        .containsExactlyInAnyOrder("develop", "main");
    github.writes.clear();

    var second = place.run("rulesets.sh", "--yes");

    assertThat(second.exit()).as(second.all()).isZero();
    assertThat(second.output()).contains("is as rulesets.json says");
    assertThat(github.writes).isEmpty();
  }

  @Test
  void whatSomebodyTurnedOffIsShownAndTurnedOnAgain() {
    place.run("rulesets.sh", "--yes");
    int id =
        github.rulesets.entrySet().stream()
            .filter(entry -> entry.getValue().get("name").getAsString().equals("main"))
            .findFirst()
            .orElseThrow()
            .getKey();
    github.rulesets.get(id).addProperty("enforcement", "disabled");
    github.policies.get("destroy").put(7, "anything");
    github.writes.clear();

    var check = place.run("rulesets.sh", "--check");

    assertThat(check.exit()).isEqualTo(3);
    assertThat(check.output())
        .contains("-      \"enforcement\": \"disabled\"", "+      \"enforcement\": \"active\"")
        .contains("-        \"anything\"");
    assertThat(github.writes).isEmpty();

    assertThat(place.run("rulesets.sh", "--yes").exit()).isZero();
    assertThat(github.rulesets.get(id).get("enforcement").getAsString()).isEqualTo("active");
    assertThat(github.policies.get("destroy").values()).containsExactly("main");
    assertThat(github.writes)
        .containsExactly(
            "PUT repos/my-company/slipway/rulesets/" + id,
            "PUT repos/my-company/slipway/environments/destroy",
            "DELETE repos/my-company/slipway/environments/destroy/deployment-branch-policies/7");
  }

  @Test
  void withoutAnAnswerNothingChanges() {
    var ended = place.run("rulesets.sh");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("give --yes");
    assertThat(github.writes).isEmpty();
  }

  @Test
  void aReviewerThatIsNotThereIsNamed() {
    github.teams.clear();

    var ended = place.run("rulesets.sh", "--yes");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("there is no team infrastructure in my-company");
  }

  @Test
  void aFileOfAnotherFormIsRefusedWithAllThatIsWrong() {
    place.file(
        "rules.json",
        "{\"rulesets\": [{\"name\": \"x\"}], \"environments\": [{\"name\": \"a b\", \"reviewers\": [\"me\"],"
            + " \"branches\": 1, \"extra\": 1}]}");

    var ended = place.run("rulesets.sh", "--file", "rules.json");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("5 problems", "\"me\" is not user:NAME", "extra");
    assertThat(place.calls()).isEmpty();
  }

  @Test
  void environmentsOfTheFileAreThoseThatWorkflowsName() throws Exception {
    var named = new java.util.TreeSet<String>();
    for (var workflow : Workflow.all()) {
      named.addAll(workflow.plainEnvironments());
    }
    var file = FakeGitHub.json(Files.readString(Path.of(".github/rulesets.json")));
    var there = new java.util.TreeSet<String>();
    file.getAsJsonArray("environments")
        .forEach(one -> there.add(one.getAsJsonObject().get("name").getAsString()));

    assertThat(there).containsAll(named);
  }
}
