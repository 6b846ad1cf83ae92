package dev.slipway.scripts;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.StackReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which images {@code rehearse.sh} takes, with everything faked that it starts. */
class RehearseTest {
  @TempDir Path root;

  private Workplace place;

  @BeforeEach
  void makeThePlace() {
    place =
        new Workplace(root)
            .fakeScript("tools.sh", "true")
            .fakeScript("build.sh", "true")
            .fakeScript("frappe-docker.sh", "printf '%s\\n' \"$FAKES/checkout\" upstream")
            .fakeScript("rehearsal-images.sh", "true")
            .fake(
                "mvn",
                "for word; do case $word in -Dmdep.outputFile=*) echo classes >\"${word#*=}\" ;; esac; done")
            // A registry that answers: nobody may ask it.
            .fake("docker", "true");
    for (String stack : new String[] {"staging", "qa"}) {
      place.file(
          "Pulumi." + stack + ".yaml",
          "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n");
    }
    place.file("target/.keep", "");
    // What the stack files say is known before Java is another one.
    StackReader.read(root, root.resolve("scripts"));
    place.fake("java", "true");
  }

  @Test
  void standInsAreTheDefaultEvenWhereARegistryAnswers() {
    Workplace.Ended ended = place.run("rehearse.sh", "staging", "--only", "up");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("docker")).isEmpty();
    assertThat(place.calls("java")).singleElement().asString().contains("--images stand-in");
    assertThat(place.calls("rehearsal-images.sh")).noneMatch(call -> call.contains("real"));
    assertThat(ended.output()).contains("images: stand-in");
  }

  /** What is behind the balancer in production alone is played every night. */
  @Test
  void allPlaysStepsOfOtherStacksThatADescriptorNames() {
    place.fakeScript("rehearse.sh", "echo '1 passed, 0 failed'");

    var usual = place.run("test.sh", "rehearse");
    assertThat(usual.exit()).as(usual.all()).isZero();
    assertThat(place.calls("rehearse.sh"))
        .contains("rehearse.sh staging", "rehearse.sh fastapi-dev")
        .noneMatch(call -> call.contains("--only"));

    var all = place.run("test.sh", "--all", "rehearse");
    assertThat(all.exit()).as(all.all()).isZero();
    assertThat(place.calls("rehearse.sh"))
        .contains(
            "rehearse.sh staging --all",
            "rehearse.sh fastapi-dev --all",
            "rehearse.sh fastapi-prod --only release");
    assertThat(all.output()).contains("fastapi-prod, rehearsed beside them:", "6 checks");
  }

  @Test
  void aPluginForAwsIsForAStackWithoutHosts() {
    Workplace.Ended ended = place.run("rehearse.sh", "staging", "--aws-plugin", "/bin/true");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("--aws-plugin: \"staging\" has hosts");
    assertThat(place.calls("java")).isEmpty();
    assertThat(place.calls("tools.sh")).isEmpty();
  }

  @Test
  void aPluginForAwsHasToBeAProgram() {
    Workplace.Ended ended = place.run("rehearse.sh", "staging", "--aws-plugin", "nowhere");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("nowhere\" is no program");
  }

  @Test
  void everyStackIsRehearsedWithThemToo() {
    Workplace.Ended ended = place.run("rehearse.sh", "--all");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("docker")).isEmpty();
    assertThat(place.calls("java")).hasSize(2).allMatch(call -> call.contains("--images stand-in"));
  }

  @Test
  void realOnesAreTakenWhenAskedForAndAPullThatFailsEndsTheRun() {
    Workplace.Ended real = place.run("rehearse.sh", "staging", "--images", "real");

    assertThat(real.exit()).as(real.all()).isZero();
    assertThat(place.calls("rehearsal-images.sh"))
        .anyMatch(call -> call.contains("--images real --pull-only"));
    assertThat(place.calls("java")).singleElement().asString().contains("--images real");

    place.fakeScript(
        "rehearsal-images.sh", "[[ $* != *pull-only* ]] || { echo 'no way to it'; exit 1; }");
    Workplace.Ended unreachable = place.run("rehearse.sh", "staging", "--images", "real");

    assertThat(unreachable.exit()).isNotZero();
    assertThat(place.calls("java")).as("no other way is tried").hasSize(1);
  }

  @Test
  void anotherKindOfImagesIsRefused() {
    for (String kind : new String[] {"fake", ""}) {
      Workplace.Ended ended = place.run("rehearse.sh", "staging", "--images", kind);

      assertThat(ended.exit()).isEqualTo(2);
      assertThat(ended.all()).contains("--images");
      assertThat(place.calls("java")).isEmpty();
    }
  }

  /** On a new machine the tools come first: without them no stack file can be read. */
  @Test
  void whatReadsStackFilesIsInstalledWhereItIsMissing() throws IOException {
    Path programs = Files.createDirectory(root.resolve("programs"));
    Path jq = null;
    for (String folder : System.getenv("PATH").split(":")) {
      if (!Files.isDirectory(Path.of(folder))) {
        continue;
      }
      try (var files = Files.list(Path.of(folder))) {
        for (Path file : files.toList()) {
          if (file.endsWith("jq")) {
            jq = jq == null ? file : jq;
          } else if (!Files.exists(programs.resolve(file.getFileName()), NOFOLLOW_LINKS)) {
            Files.createSymbolicLink(programs.resolve(file.getFileName()), file);
          }
        }
      }
    }
    place
        .with("PATH", programs.toString())
        .fakeScript("tools.sh", "[[ $* != system ]] || ln -sf '" + jq + "' " + programs);

    for (String[] words : List.of(new String[] {"--help"}, new String[] {"--no-such-option"})) {
      place.run("rehearse.sh", words);
      assertThat(place.calls("tools.sh")).isEmpty();
    }
    Workplace.Ended ended = place.run("rehearse.sh", "staging", "--only", "up");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("tools.sh").get(0)).isEqualTo("tools.sh system");
    assertThat(place.calls("java")).hasSize(1);
  }
}
