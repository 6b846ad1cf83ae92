package dev.slipway.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Json;
import dev.slipway.plan.engine.ResourceTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What scripts read of the catalog: what stays of a type that is destroyed. */
class LeftoverTest {
  private static final String RENEW = "slipway.renew-leftovers";
  private static final Path FILE = Path.of("src/main/resources/dev/slipway/aws/leftovers.json");

  @Test
  void theFileThatScriptsReadIsWhatTheCatalogSays() throws IOException {
    if (Boolean.getBoolean(RENEW)) {
      Files.writeString(FILE, Json.pretty(Catalog.leftovers()) + "\n");
    }

    assertThat(Json.object(Files.readString(FILE)))
        .as("renew it with mvn test -Dtest=LeftoverTest -D%s=true", RENEW)
        .isEqualTo(Catalog.leftovers());
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
