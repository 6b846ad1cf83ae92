package dev.slipway.plan.preview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.slipway.plan.Plan;
import dev.slipway.plan.cli.PreviewMain;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.report.PlanFiles;
import dev.slipway.testing.TestSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the engine's preview is made of, from recordings of Pulumi 3.230 in {@code
 * src/test/resources/dev/slipway/plan/preview}: a system of a disk, an address, a bucket, a group
 * and two parameters, before a file backend and the rehearsal's provider.
 */
class PreviewTest {

  private static final List<String> SYSTEMS = List.of("erpnext");

  private static Path recording(String name) {
    return TestSources.project()
        .resolve("src/test/resources/dev/slipway/plan/preview/" + name + ".json");
  }

  private static Preview read(String name) throws IOException {
    return Preview.read(Files.readString(recording(name)));
  }

  private static List<String> losses(Preview preview, String... allowed) {
    return new LossGuard("staging", SYSTEMS, List.of(allowed))
        .losses(preview).stream()
            .map(
                loss ->
                    "%s %s, %s, %s"
                        .formatted(
                            loss.allowed() ? "allowed" : "refused",
                            loss.name(),
                            loss.kind(),
                            loss.operation()))
            .toList();
  }

  @Nested
  class Reading {

    @Test
    void givesStepsWithoutWhatStaysAsItIs() throws IOException {
      var preview = read("replace");

      assertThat(preview.steps())
          .extracting(step -> step.operation() + " " + step.name() + " " + step.reasons())
          .containsExactly(
              "replace erpnext-host-data [availabilityZone]",
              "update erpnext-host-pointer [value]",
              "create erpnext-host-word []",
              "delete erpnext-host-address []");
      assertThat(preview.counts())
          .isEqualTo(Map.of("create", 1L, "delete", 1L, "replace", 1L, "same", 6L, "update", 1L));
      assertThat(preview.errors()).isEmpty();
    }

    @Test
    void leavesTheToolsChatterOut() throws IOException {
      assertThat(read("replace").messages()).isEmpty();
      assertThat(read("broken").messages())
          .contains("warning: the disk is small")
          .noneMatch(message -> message.contains("start debugging") || message.contains("JDK_"));
    }

    @Test
    void givesTheProgramsErrors() throws IOException {
      assertThat(read("broken").errors())
          .first()
          .isEqualTo("error: Pulumi.staging.yaml has 1 problem:\n  erpnext.domain: is missing");
    }

    @Test
    void tellsThatAProtectionGoes() throws IOException {
      assertThat(read("unprotected").steps())
          .extracting(Preview.Step::name, Preview.Step::unprotected, Preview.Step::losesState)
          .containsExactly(
              tuple("erpnext-host-address", true, false),
              tuple("erpnext-host-data", true, false),
              tuple("erpnext-backup-bucket", true, false));
    }

    @Test
    void refusesWhatIsNoPreview() {
      for (var text : List.of("", "error: no stack named 'staging' found", "{}", "[1]")) {
        assertThatThrownBy(() -> Preview.read(text))
            .isInstanceOf(PlanException.class)
            .hasMessage("Pulumi printed no preview");
      }
    }

    @Test
    void masksWhatAProgramSays() {
      assertThat(
              Preview.read(
                      "{\"diagnostics\": [{\"severity\": \"error\", \"message\":"
                          + " \"postgres://a:b@c\"}]}")
                  .errors())
          .containsExactly("[secret]c");
    }
  }

  @Nested
  class Guard {

    @Test
    void refusesToDeleteAndToReplace() throws IOException {
      assertThat(losses(read("replace")))
          .containsExactly(
              "refused host-data, disk, replaced", "refused host-address, address, deleted");
    }

    @Test
    void findsNothingInWhatIsMadeAnew() throws IOException {
      assertThat(losses(read("create"))).isEmpty();
    }

    @Test
    void seesWhatIsStillProtectedToo() throws IOException {
      assertThat(new LossGuard("staging", SYSTEMS, List.of()).losses(read("protected")))
          .hasSize(2)
          .allMatch(LossGuard.Loss::held);
    }

    @Test
    void seesWhatLosesItsProtectionInTheSameChange() throws IOException {
      // The engine refuses to delete the address, and would replace the disk.
      assertThat(
              new LossGuard("staging", SYSTEMS, List.of())
                  .losses(read("protected-and-unprotected")))
          .extracting(LossGuard.Loss::name, LossGuard.Loss::held, LossGuard.Loss::allowed)
          .containsExactly(tuple("host-data", false, false), tuple("host-address", true, false));
    }

    @Test
    void allowsByNameAlone() throws IOException {
      assertThat(losses(read("replace"), "staging/host-data"))
          .containsExactly(
              "allowed host-data, disk, replaced", "refused host-address, address, deleted");
      assertThat(losses(read("replace"), "staging/erpnext-host-data", "staging/host-address"))
          .allMatch(loss -> loss.startsWith("allowed"));
    }

    @Test
    void takesNoNameOfAnotherStackNorAnInexactOne() throws IOException {
      for (var given :
          List.of(
              "prod/host-data", "staging/host", "staging/*", "staging/HOST-DATA", "host-data")) {
        assertThat(losses(read("replace"), given)).as(given).allMatch(l -> l.startsWith("refused"));
        var guard = new LossGuard("staging", SYSTEMS, List.of(given));
        assertThat(guard.unused(guard.losses(read("replace")))).containsExactly(given);
      }
    }

    @Test
    void takesATagOfWhatIsThereAndNotOfWhatIsWanted() {
      var digest =
          """
          {"steps": [{"op": "replace",
            "urn": "urn:pulumi:staging::slipway::aws:s3/bucketV2:BucketV2::erpnext-bundles",
            "oldState": {"outputs": {"tagsAll": %s}},
            "newState": {"outputs": {"tagsAll": %s}}}]}
          """;
      var tag = "{\"slipway:reproducible\": \"true\"}";

      assertThat(losses(Preview.read(digest.formatted(tag, "{}")))).isEmpty();
      assertThat(losses(Preview.read(digest.formatted("{}", tag)))).hasSize(1);
    }

    @Test
    void leavesWhatBelongsToSomebodyElse() {
      assertThat(
              losses(
                  Preview.read(
                      """
                      {"steps": [{"op": "delete",
                        "urn": "urn:pulumi:staging::slipway::aws:s3/bucketV2:BucketV2::theirs",
                        "oldState": {"external": true}}]}
                      """)))
          .isEmpty();
    }

    @Test
    void cutsANameThatIsTooLongForALabel() {
      var long1 = "a-resource-with-a-name-that-nobody-could-ever-type-one";
      var digest =
          """
          {"steps": [
            {"op": "delete", "urn": "urn:pulumi:staging::slipway::aws:s3/bucketV2:BucketV2::%s"},
            {"op": "delete", "urn": "urn:pulumi:staging::slipway::aws:s3/bucketV2:BucketV2::%s"}]}
          """
              .formatted(long1, long1 + "-b");
      var preview = Preview.read(digest);

      var overrides =
          new LossGuard("staging", SYSTEMS, List.of())
              .losses(preview).stream().map(LossGuard.Loss::override).toList();

      assertThat(overrides).doesNotHaveDuplicates().hasSize(2);
      assertThat(overrides)
          .allMatch(override -> (LossGuard.LABEL + override).length() == 50)
          .allMatch(override -> override.startsWith("staging/a-resource-with-a-n"));
      assertThat(losses(preview, overrides.get(0)))
          .first()
          .asString()
          .startsWith("allowed " + long1 + ",");
      assertThat(losses(preview, overrides.get(0)).get(1)).startsWith("refused");
    }
  }

  @Nested
  class Comment {

    @TempDir Path folder;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void aStack() throws IOException {
      Files.writeString(folder.resolve("Pulumi.yaml"), "name: slipway\nruntime: java\n");
      stack("10.0.0.0/16");
    }

    private void stack(String cidr) throws IOException {
      Files.writeString(
          folder.resolve("Pulumi.staging.yaml"),
          "config:\n  aws:region: us-east-1\n  slipway:cidr: "
              + cidr
              + "\n  slipway:accept: {default-security-group: a test}\n");
    }

    private int run(String... words) {
      var all =
          new ArrayList<>(
              List.of(
                  "staging",
                  "--folder",
                  folder.toString(),
                  "--comment",
                  folder.resolve("comment.md").toString()));
      all.addAll(Arrays.asList(words));
      return PreviewMain.run(
          all,
          new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          (config, secretKeys) -> dev.slipway.plan.fixture.TinyProgram::stack);
    }

    private int engine(String recording, String... words) {
      var all =
          new ArrayList<>(List.of("--engine", recording(recording).toString(), "--status", "0"));
      all.addAll(Arrays.asList(words));
      return run(all.toArray(String[]::new));
    }

    private String comment() throws IOException {
      return Files.readString(folder.resolve("comment.md"));
    }

    private Path base() {
      var base = folder.resolve("base");
      new PlanFiles(
              Plan.of(
                  folder,
                  "staging",
                  (config, secretKeys) -> dev.slipway.plan.fixture.TinyProgram::stack))
          .write(base);
      return base;
    }

    @Test
    void beginsWithItsMarkAndASummary() throws IOException {
      var base = base().toString();
      stack("10.9.0.0/16");

      assertThat(engine("create", "--base", base)).isZero();

      assertThat(comment().lines().limit(2))
          .containsExactly(
              "<!-- slipway:preview:staging -->",
              "**Preview of <code>staging</code>:** Pulumi: 9 to create; plan: 4 resources changed,"
                  + " 4 of them replaced");
      assertThat(comment())
          .contains("Pulumi's preview: 9 to create", "<code>10.9.0.0/16</code>", "<details>");
    }

    @Test
    void refusesALossAndSaysHowToAllowIt() throws IOException {
      assertThat(engine("replace")).isEqualTo(3);

      assertThat(comment())
          .contains(
              "would lose 2 stateful resources",
              "- <code>erpnext-host-data</code> (disk) would be replaced. If that is meant, give"
                  + " this pull request the label"
                  + " <code>allow-loss&#58;staging/erpnext-host-data</code>.");
      assertThat(err.toString(StandardCharsets.UTF_8))
          .contains("to allow it: --allow staging/erpnext-host-data, on a pull request the label");
    }

    @Test
    void letsALossPassThatIsAllowed() throws IOException {
      assertThat(
              engine(
                  "replace",
                  "--allow",
                  "staging/erpnext-host-data",
                  "--allow",
                  "staging/erpnext-host-address",
                  "--allow",
                  "prod/host-data"))
          .isZero();

      assertThat(comment())
          .contains(
              "would be lost, as is allowed:",
              "Allowed by <code>allow-loss&#58;staging/erpnext-host-address</code>.",
              "<code>allow-loss&#58;prod/host-data</code> is for nothing that would be lost here");
      assertThat(err.toString(StandardCharsets.UTF_8))
          .isEqualTo("--allow prod/host-data is for nothing that would be lost here\n");
    }

    @Test
    void saysThatAProtectionHasToGoFirst() throws IOException {
      assertThat(engine("protected")).isEqualTo(3);

      assertThat(comment())
          .contains("take the protection off by a change of its own", "Pulumi's preview fails:");
    }

    @Test
    void warnsWhenAProtectionGoes() throws IOException {
      assertThat(engine("unprotected")).isZero();

      assertThat(comment())
          .contains(
              "3 stateful resources no longer protected", "so that a later change can delete");
    }

    @Test
    void isWrittenWhenThePreviewFails() throws IOException {
      assertThat(engine("broken")).isOne();

      assertThat(comment())
          .startsWith("<!-- slipway:preview:staging -->\n")
          .contains("failed; ", "error: Pulumi.staging.yaml has 1 problem:");
    }

    @Test
    void isWrittenWhenPulumiDoesNotGetThatFar() throws IOException {
      var printed = Files.writeString(folder.resolve("printed"), "");
      var errors =
          Files.writeString(folder.resolve("errors"), "error: no credentials ``` <script>\n");

      assertThat(
              run("--engine", printed.toString(), "--errors", errors.toString(), "--status", "255"))
          .isOne();

      assertThat(comment())
          .contains(
              "**Pulumi printed no preview (status 255):**\n\n````\nerror: no credentials ```"
                  + " <script>\n````");
    }

    @Test
    void failsByTheStatusAloneToo() throws IOException {
      assertThat(run("--engine", recording("create").toString(), "--status", "124")).isOne();

      assertThat(comment()).contains("it ended with status 124");
    }

    @Test
    void isWrittenWhenThePlanFails() throws IOException {
      Files.writeString(
          folder.resolve("Pulumi.staging.yaml"), "config:\n  aws:region: us-east-1\n");

      assertThat(engine("create")).isOne();

      assertThat(comment()).contains("**The plan fails:**", "cidr: is missing");
    }

    @Test
    void failsWhenAHouseRuleIsBroken() throws IOException {
      Files.writeString(
          folder.resolve("Pulumi.staging.yaml"),
          "config:\n  aws:region: us-east-1\n  slipway:cidr: 10.0.0.0/16\n");

      assertThat(engine("create")).isOne();

      assertThat(comment()).contains("**The plan breaks house rules:**", "default-security-group");
    }

    @Test
    void guardsWithoutTheEngineByThePlans() throws IOException {
      var base = base();
      var json = base.resolve("plan.json");
      var lost =
          "{\"urn\": \"x\", \"type\": \"aws:ebs/volume:Volume\", \"label\": \"data\", \"custom\":"
              + " true, \"inputs\": {}, \"stateful\": \"disk\"},";
      Files.writeString(
          json, Files.readString(json).replace("\"resources\": [", "\"resources\": [" + lost));

      assertThat(run("--base", base.toString())).isEqualTo(3);
      assertThat(comment())
          .contains("<code>data</code> (disk) would be deleted", "Pulumi wasn't asked");
      assertThat(run("--base", base.toString(), "--allow", "staging/data")).isZero();
    }

    @Test
    void goesOnWithoutABaseThatCannotBeRead() throws IOException {
      assertThat(engine("create", "--base", folder.resolve("nowhere").toString())).isZero();

      assertThat(comment()).contains("There is no plan to compare with", "US dollars a month");
    }

    @Test
    void doesNotCompareWithAnotherStack() throws IOException {
      var base = base();
      Files.move(folder.resolve("Pulumi.staging.yaml"), folder.resolve("Pulumi.dev.yaml"));
      stack("10.0.0.0/16");
      var json = base.resolve("plan.json");
      Files.writeString(
          json, Files.readString(json).replace("\"stack\": \"staging\"", "\"stack\": \"dev\""));

      assertThat(engine("create", "--base", base.toString())).isZero();

      assertThat(comment()).contains("is not one of staging");
    }
  }
}
