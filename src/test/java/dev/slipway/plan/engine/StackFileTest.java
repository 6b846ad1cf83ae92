package dev.slipway.plan.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.plan.graph.PlanException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StackFileTest {

  @TempDir Path folder;

  @BeforeEach
  void aProject() throws IOException {
    write("Pulumi.yaml", "name: tiny\nruntime: java\n");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  private StackFile read(String yaml) throws IOException {
    write("Pulumi.dev.yaml", yaml);
    return StackFile.read(folder, "dev");
  }

  @Test
  void givesValuesAsTextAndObjectsAsJson() throws IOException {
    var file =
        read(
            """
            config:
              aws:region: us-east-1
              tiny:number: 40
              tiny:flag: true
              tiny:nested:
                list: [a, 2, false]
                empty: null
              bare: of the project
            """);

    assertThat(file.project()).isEqualTo("tiny");
    assertThat(file.config())
        .containsEntry("aws:region", "us-east-1")
        .containsEntry("tiny:number", "40")
        .containsEntry("tiny:flag", "true")
        .containsEntry("tiny:nested", "{\"list\":[\"a\",2,false],\"empty\":null}")
        .containsEntry("tiny:bare", "of the project");
    assertThat(file.secretKeys()).isEmpty();
  }

  @Test
  void readsScalarsAsPulumiDoesAndNotAsYamlOnePointOneDid() throws IOException {
    var file =
        read(
            "config:\n  tiny:o: {yes: no, on: off, date: 2026-01-01, octal: 010, time: 12:30:45, version: 1.5}\n");

    assertThat(file.config().get("tiny:o"))
        .isEqualTo(
            "{\"yes\":\"no\",\"on\":\"off\",\"date\":\"2026-01-01\",\"octal\":\"010\",\"time\":\"12:30:45\",\"version\":1.5}");
  }

  @Test
  void masksWhatIsEncrypted() throws IOException {
    var file =
        read(
            """
            config:
              tiny:password: {secure: v1:abc:def}
              tiny:nested: {plain: a, hidden: {secure: v1:abc:def}}
            """);

    assertThat(file.config())
        .containsEntry("tiny:password", "[secret]")
        .containsEntry("tiny:nested", "{\"plain\":\"a\",\"hidden\":\"[secret]\"}");
    assertThat(file.secretKeys()).containsExactlyInAnyOrder("tiny:password", "tiny:nested");
  }

  @Test
  void takesDefaultsFromTheProject() throws IOException {
    write(
        "Pulumi.yaml",
        "name: tiny\nconfig:\n  aws:region: {value: eu-central-1}\n  size: {type: integer, default: 3}\n  shape: round\n");

    var file = read("config:\n  tiny:shape: square\n");

    assertThat(file.config())
        .containsEntry("aws:region", "eu-central-1")
        .containsEntry("tiny:size", "3")
        .containsEntry("tiny:shape", "square");
  }

  @Test
  void namesTheStacksThatAreThere() throws IOException {
    write("Pulumi.staging.yaml", "config: {}\n");
    write("Pulumi.live.yaml", "config: {}\n");

    assertThatThrownBy(() -> StackFile.read(folder, "stagign"))
        .isInstanceOf(PlanException.class)
        .hasMessage("there is no Pulumi.stagign.yaml; stacks here: live, staging");
    assertThatThrownBy(() -> StackFile.read(folder, "../x"))
        .hasMessageContaining("cannot be the name of a stack");
  }

  @Test
  void saysWhereTheYamlIsWrong() {
    assertThatThrownBy(() -> read("config:\n  a: [1\n"))
        .isInstanceOf(PlanException.class)
        .hasMessageStartingWith("Pulumi.dev.yaml is not valid YAML")
        .hasMessageContaining("line 3");
    assertThatThrownBy(() -> read("config:\n  a: 1\n  a: 2\n"))
        .hasMessageContaining("duplicate key a");
  }

  @Test
  void anEmptyFileHasNoSettings() throws IOException {
    assertThat(read("").config()).isEmpty();
    assertThat(read("config:\n").config()).isEmpty();
  }
}
