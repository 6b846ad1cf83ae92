package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs on pull requests, and what makes them. */
class PullsTest {
  private static final String BOOTSTRAPPED =
      "secretsprovider: awskms://alias/slipway\nconfig:\n  aws:region: us-east-1\n";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place = new Workplace(root);
  }

  @Nested
  class Preview {
    @BeforeEach
    void start() {
      place.fakeScript(
          "preview.sh",
          """
          while (($#)); do
            if [[ $1 == --comment ]]; then printf 'preview of %s\\n' "$name" >"$2"; fi
            shift
          done
          """
              .replace("\"$name\"", "\"$stack\"")
              .replaceFirst("while", "stack=\\$1\nwhile"));
      place.file("Pulumi.qa.yaml", BOOTSTRAPPED);
      place.file("Pulumi.staging.yaml", BOOTSTRAPPED);
    }

    private Workplace.Ended preview(String... words) {
      var line = new java.util.ArrayList<>(java.util.List.of("--out", "comment.md"));
      line.addAll(java.util.List.of(words));
      return place.run("preview-pull.sh", line.toArray(String[]::new));
    }

    private String comment() throws IOException {
      return Files.readString(place.path("comment.md"));
    }

    @Test
    void everyStackIsInOneComment() throws Exception {
      assertThat(preview().exit()).isZero();
      assertThat(comment()).contains("preview of qa", "preview of staging");
      assertThat(place.calls("preview.sh")).noneMatch(call -> call.contains("--offline"));
    }

    @Test
    void strangersGetThePlanAlone() {
      assertThat(preview("--offline").exit()).isZero();
      assertThat(place.calls("preview.sh")).hasSize(2).allMatch(call -> call.contains("--offline"));
    }

    @Test
    void aLabelAllowsOneLossOfOneStackAndOthersMeanNothing() {
      place.with(
          "LABELS",
          "[\"allow-loss:qa/data\", \"allow-loss:qa/a;rm -rf /\", \"bug\", \"allow-loss:staging\"]");

      assertThat(preview().exit()).isZero();

      assertThat(place.calls("preview.sh qa"))
          .singleElement()
          .asString()
          .contains("--allow qa/data");
      assertThat(place.calls()).noneMatch(call -> call.contains("rm"));
      assertThat(place.calls("preview.sh staging"))
          .singleElement()
          .asString()
          .doesNotContain("--allow");
    }

    @Test
    void aLossFailsTheCheckAndTheCommentIsWrittenAllTheSame() throws Exception {
      place.fakeScript(
          "preview.sh",
          "if [[ $1 == qa ]]; then exit 3; fi\nwhile [[ $1 != --comment ]]; do shift; done\necho fine >\"$2\"; exit 1");

      assertThat(preview().exit()).isEqualTo(3);
      assertThat(comment()).contains("### qa", "The preview failed", "fine");
    }

    @Test
    void plansAreComparedWithThoseOfTheBase() throws Exception {
      place.file("base/Pulumi.staging.yaml", BOOTSTRAPPED);
      place.file("base/Pulumi.old.yaml", BOOTSTRAPPED);
      Path plan =
          place.file(
              "base/scripts/plan.sh",
              "#!/usr/bin/env bash\nmkdir -p \"$3\"; echo \"$SLIPWAY_HOME\" >\"$FAKES/home\"\n");
      assertThat(plan.toFile().setExecutable(true)).isTrue();

      assertThat(preview("--base-tree", place.path("base").toString()).exit()).isZero();

      assertThat(place.calls("preview.sh staging")).singleElement().asString().contains("--base ");
      assertThat(place.calls("preview.sh qa")).singleElement().asString().doesNotContain("--base ");
      assertThat(place.path("home")).content().contains("base/.slipway");
      assertThat(comment()).contains("Pulumi.old.yaml is taken away");
    }

    @Test
    void aStackWithoutBootstrapIsPlannedOnly() {
      place.file("Pulumi.qa.yaml", "config:\n  aws:region: us-east-1\n");

      assertThat(preview().exit()).isZero();
      assertThat(place.calls("preview.sh qa")).singleElement().asString().contains("--offline");
    }
  }

  /** With a real git, whose github.com is a folder. */
  @Nested
  class Ami {
    @BeforeEach
    void start() throws Exception {
      place
          .with("GITHUB_REPOSITORY", "my-company/slipway")
          .with("GIT_CONFIG_GLOBAL", place.path("gitconfig").toString())
          .with("GIT_CONFIG_NOSYSTEM", "1")
          .fakeScript(
              "ami.sh",
              """
              if [[ $2 == --print ]]; then
                echo 'ami: {id: ami-22222222, region: us-east-1}'
              else
                sed -i "s/ami-[0-9]*/$3/" "$FAKES/Pulumi.$1.yaml"
                echo "Pulumi.$1.yaml: ami: {id: $3}"
              fi""")
          .fake("gh pr list", "cat \"$FAKES/open\" 2>/dev/null || true")
          .fake("gh pr create", "echo 9 >\"$FAKES/open\"")
          .fake("gh pr edit", ":");
      place.file(
          "gitconfig",
          "[user]\n name = t\n email = t@example.com\n[init]\n defaultBranch = develop\n"
              + "[url \"%s/\"]\n insteadOf = https://github.com/my-company/\n"
                  .formatted(place.path("remote")));
      place.file("Pulumi.staging.yaml", "config:\n  slipway:host:\n    ami: {id: ami-11111111}\n");
      place.file(".gitignore", "*\n!/Pulumi.staging.yaml\n");
      git(
          "init -q --bare remote/slipway.git && git init -q . && git add -f Pulumi.staging.yaml && git commit -q -m one");
    }

    private String git(String words) throws Exception {
      var builder = new ProcessBuilder("bash", "-c", "git " + words).directory(root.toFile());
      builder.environment().put("GIT_CONFIG_GLOBAL", place.path("gitconfig").toString());
      Process process = builder.redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor()).as(output).isZero();
      return output;
    }

    @Test
    void aNewerImageIsProposedOnceAndRenewed() throws Exception {
      var first = place.run("ami-pull.sh");
      assertThat(first.exit()).as(first.all()).isZero();
      assertThat(git("--git-dir remote/slipway.git show automation/ami:Pulumi.staging.yaml"))
          .contains("ami-22222222");
      assertThat(place.calls("gh pr create")).hasSize(1);

      git("checkout -q develop");
      assertThat(place.run("ami-pull.sh").exit()).isZero();
      assertThat(place.calls("gh pr create")).hasSize(1);
      assertThat(place.calls("gh pr edit 9")).hasSize(1);
    }

    @Test
    void withoutANewerOneNothingHappens() throws Exception {
      place.fakeScript("ami.sh", "echo 'ami: {id: ami-11111111}'");

      var ended = place.run("ami-pull.sh");

      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(ended.output()).contains("every stack has the newest image already");
      assertThat(place.calls("gh")).isEmpty();
    }

    /** As in the workflow, whose first job asks AWS and whose second may write. */
    @Test
    void lookingWritesNothingAndProposingAsksNobody() throws Exception {
      place.with("GITHUB_OUTPUT", place.path("outputs").toString());
      var looked = place.run("ami-pull.sh", "--only", "look");
      assertThat(looked.exit()).as(looked.all()).isZero();
      assertThat(Files.readString(place.path("outputs")))
          .isEqualTo("images=staging=ami-22222222\n");
      assertThat(place.calls("gh")).isEmpty();
      assertThat(git("status --porcelain")).isEmpty();

      place.fakeScript("ami.sh", "[[ $2 == --id ]] && sed -i \"s/ami-[0-9]*/$3/\" Pulumi.$1.yaml");
      var proposed =
          place.run("ami-pull.sh", "--only", "propose", "--images", "staging=ami-22222222");
      assertThat(proposed.exit()).as(proposed.all()).isZero();
      assertThat(git("--git-dir remote/slipway.git show automation/ami:Pulumi.staging.yaml"))
          .contains("ami-22222222");
    }

    @Test
    void onlyStacksAndImagesAreProposed() {
      for (String list : new String[] {"staging=latest", "../x=ami-22222222", "staging"}) {
        var ended = place.run("ami-pull.sh", "--only", "propose", "--images", list);
        assertThat(ended.exit()).as(list).isEqualTo(2);
        assertThat(ended.errors()).contains("is not STACK=IMAGE");
      }
      assertThat(place.calls()).isEmpty();
    }
  }
}
