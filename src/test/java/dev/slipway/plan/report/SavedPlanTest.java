package dev.slipway.plan.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.aws.ssm.Document;
import com.pulumi.aws.ssm.DocumentArgs;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.PlanException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedPlanTest {

  @TempDir Path folder;

  private Plan plan;

  @BeforeEach
  void save() {
    plan =
        Plan.of(
            "tiny",
            "dev",
            Map.of("aws:region", "us-east-1"),
            (config, secretKeys) ->
                context ->
                    new Document(
                        "door",
                        DocumentArgs.builder()
                            .name("slipway-dev-door")
                            .documentType("Command")
                            .content("{\"schemaVersion\": \"2.2\"}")
                            .build()));
    new PlanFiles(plan).write(folder);
  }

  private void edit(String file, String from, String to) throws IOException {
    var path = folder.resolve(file);
    assertThat(Files.readString(path)).contains(from);
    Files.writeString(path, Files.readString(path).replace(from, to));
  }

  private void refused(String... words) {
    assertThatThrownBy(() -> SavedPlan.read(folder))
        .isInstanceOf(PlanException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void isThePlanThatWasSaved() {
    var saved = SavedPlan.read(folder);

    assertThat(saved.json()).isEqualTo(SavedPlan.of(plan).json());
    assertThat(saved.files()).containsOnlyKeys("host/documents/slipway-dev-door.json");
    assertThat(saved.source()).isEqualTo(folder + ", a saved plan of dev");
  }

  @Test
  void refusesAFolderOfSomethingElse() throws IOException {
    Files.delete(folder.resolve("plan.json"));
    refused("is no saved plan, since it has no plan.json", "./slipway plan STACK --out DIR");

    Files.writeString(folder.resolve("plan.json"), "{\"some\": \"plan\"}");
    refused("is not what plan.sh writes");

    Files.writeString(folder.resolve("plan.json"), "no JSON");
    refused("is not what plan.sh writes");
  }

  @Test
  void refusesOneOfAnotherForm() throws IOException {
    edit("plan.json", "\"format\": 1", "\"format\": 7");
    refused("another version of plan.sh (its format is 7, this one reads 1)");

    edit("plan.json", "\"format\": 7,", "");
    refused("its format is an early one");
  }

  @Test
  void refusesOneThatWasChanged() throws IOException {
    edit("host/documents/slipway-dev-door.json", "2.2", "0.3");
    refused("slipway-dev-door.json: is missing or was changed since the plan was saved");

    Files.delete(folder.resolve("host/documents/slipway-dev-door.json"));
    refused("slipway-dev-door.json: is missing");
  }

  @Test
  void readsNoFileOutside() throws IOException {
    edit("plan.json", "host/documents/slipway-dev-door.json", "host/../../elsewhere");
    refused("names a file outside of the saved plan");
  }

  @Test
  void hasTheFilesThatItListsAlone() throws IOException {
    // The folder of an earlier plan is written over, and keeps what the new one doesn't have.
    Files.writeString(folder.resolve("host/documents/left-over.json"), "{}");

    assertThat(SavedPlan.read(folder).files())
        .containsOnlyKeys("host/documents/slipway-dev-door.json");
  }
}
