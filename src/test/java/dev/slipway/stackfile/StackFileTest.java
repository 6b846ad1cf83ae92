package dev.slipway.stackfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        .containsEntry("tiny:nested", "{\"empty\":null,\"list\":[\"a\",2,false]}")
        .containsEntry("tiny:bare", "of the project");
    assertThat(file.secretKeys()).isEmpty();
  }

  @Test
  void readsScalarsAsPulumiDoesAndNotAsYamlOnePointOneDid() throws IOException {
    var file =
        read("config:\n  tiny:o: {yes: no, on: off, time: 12:30:45, version: 1.5, big: TRUE}\n");

    assertThat(file.config().get("tiny:o"))
        .isEqualTo(
            "{\"big\":true,\"on\":\"off\",\"time\":\"12:30:45\",\"version\":1.5,\"yes\":\"no\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0400 | is 256 to Pulumi",
        "0123 | is 83 to Pulumi",
        "089 | is 89 to Pulumi",
        "40.0 | is 40 to Pulumi",
        "15.10 | is 15.1 to Pulumi",
        "0x1F | is 31 to Pulumi",
        "1_000 | is 1000 to Pulumi",
        "1e3 | is 1000 to Pulumi",
        "2026-11-30 | is a date",
        ".inf | is not a number",
      })
  void refusesWhatReachesTheProgramAsAnotherText(String scalar, String why) throws IOException {
    for (var place : new String[] {"tiny:a: %s", "tiny:a: {b: %s}", "tiny:a:\n    - %s"}) {
      assertThatThrownBy(() -> read("config:\n  " + place.formatted(scalar) + "\n"))
          .isInstanceOf(StackFileException.class)
          .hasMessageStartingWith("Pulumi.dev.yaml: line ")
          .hasMessageContaining("\"" + scalar + "\" " + why);
    }
    assertThat(read("config:\n  tiny:a: '" + scalar + "'\n").config())
        .as("in quotes it is what it shows")
        .containsEntry("tiny:a", scalar);
  }

  @Test
  void takesQuotedKeysAndJson() throws IOException {
    var plain = read("config:\n  aws:region: us-east-1\n  tiny:hosts: {count: 2}\n").config();

    assertThat(read("\"config\":\n  'aws:region': us-east-1\n  \"tiny:hosts\": {\"count\": 2}\n"))
        .extracting(StackFile::config)
        .isEqualTo(plain);
    assertThat(
            read("{\"config\":{\"aws:region\":\"us-east-1\",\n  \"tiny:hosts\":{\"count\":2}}}")
                .config())
        .isEqualTo(plain);
    assertThat(read("config:\n  aws:config:region: us-east-1\n  hosts: {count: 2}\n").config())
        .as("keys as Pulumi's first versions wrote them, and without the project")
        .isEqualTo(plain);
  }

  @Test
  void anEmptyValueIsAnEmptyText() throws IOException {
    assertThat(read("config:\n  tiny:a:\n  tiny:b: ~\n  tiny:c: {d: }\n").config())
        .containsEntry("tiny:a", "")
        .containsEntry("tiny:b", "")
        .containsEntry("tiny:c", "{\"d\":null}");
  }

  @Test
  void keysThatAreNoTextAreTheirText() throws IOException {
    assertThat(read("config:\n  tiny:a: {8080: x, True: y, yes: z}\n").config())
        .containsEntry("tiny:a", "{\"8080\":\"x\",\"true\":\"y\",\"yes\":\"z\"}");
    assertThatThrownBy(() -> read("config:\n  tiny:a: {0400: x}\n"))
        .hasMessageContaining("line 2: \"0400\" is 256 to Pulumi");
    assertThatThrownBy(() -> read("config:\n  tiny:a: {~: x}\n"))
        .hasMessageContaining("config.tiny:a: has nothing where the name of a setting is expected");
  }

  @Test
  void refusesTags() throws IOException {
    assertThatThrownBy(() -> read("config:\n  tiny:a: !!int 0400\n"))
        .hasMessage(
            "Pulumi.dev.yaml: line 2: has the tag !!int, and no tag is read but !!str; leave it out");
    assertThat(read("config:\n  tiny:a: !!str '0400'\n").config()).containsEntry("tiny:a", "0400");
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
        .containsEntry("tiny:nested", "{\"hidden\":\"[secret]\",\"plain\":\"a\"}");
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
        .isInstanceOf(StackFileException.class)
        .hasMessage("there is no Pulumi.stagign.yaml; stacks here: live, staging");
    assertThatThrownBy(() -> StackFile.read(folder, "../x"))
        .hasMessageContaining("cannot be the name of a stack");
  }

  @Test
  void saysWhereTheYamlIsWrong() {
    assertThatThrownBy(() -> read("config:\n  a: [1\n"))
        .isInstanceOf(StackFileException.class)
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
