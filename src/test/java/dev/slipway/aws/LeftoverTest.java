package dev.slipway.aws;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Json;
import dev.slipway.plan.engine.ResourceTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What scripts read of the catalog: what stays of a type, and what has to be emptied before. */
class LeftoverTest {
  private static final String RENEW = "slipway.renew-leftovers";
  private static final Path FOLDER = Path.of("src/main/resources/dev/slipway/aws");

  @Test
  void filesThatScriptsReadAreWhatTheCatalogSays() throws IOException {
    for (var file :
        Map.of("leftovers.json", Catalog.leftovers(), "contents.json", Catalog.contents())
            .entrySet()) {
      var path = FOLDER.resolve(file.getKey());
      if (Boolean.getBoolean(RENEW)) {
        Files.writeString(path, Json.pretty(file.getValue()) + "\n");
      }

      assertThat(Json.object(Files.readString(path)))
          .as("renew it with mvn test -Dtest=LeftoverTest -D%s=true", RENEW)
          .isEqualTo(file.getValue());
    }
  }

  /** Scripts have a way to empty each of them, and no other. */
  @Test
  void whatIsToBeEmptiedIsEmptiedByAScript() throws IOException {
    assertThat(Catalog.contents().values()).isNotEmpty();

    assertThat(
            Pattern.compile("< <\\(holding ([a-z]+)")
                .matcher(Files.readString(Path.of("scripts/purge.sh")))
                .results()
                .map(match -> match.group(1)))
        .containsExactlyInAnyOrderElementsOf(
            Catalog.contents().values().stream().map(String::valueOf).collect(toSet()));
  }

  @Test
  void inputsThatNameATypeAreInputsOfIt() {
    assertThat(Catalog.types())
        .filteredOn(type -> !type.autoNamed().equals("name"))
        .isNotEmpty()
        .allSatisfy(
            type -> assertThat(ResourceTypes.of(type.token()).inputs()).contains(type.autoNamed()));
  }

  @Test
  void daysAreThoseOfAnInput() {
    assertThat(Catalog.leftovers())
        .isNotEmpty()
        .allSatisfy(
            (type, left) -> {
              if (((Map<?, ?>) left).get("days") instanceof String days) {
                assertThat(ResourceTypes.of(type).inputs()).contains(days);
              }
            });
  }
}
