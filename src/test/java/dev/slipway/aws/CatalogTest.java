package dev.slipway.aws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.system.SystemDescriptor;
import dev.slipway.system.Systems;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the catalog has of the types that systems make. */
class CatalogTest {
  static List<SystemDescriptor> systems() {
    return Systems.ALL.stream().filter(SystemDescriptor::workflows).toList();
  }

  @ParameterizedTest
  @MethodSource("systems")
  void saysWhatItTakesToDeployEveryTypeOfASystemThatWorkflowsDeploy(SystemDescriptor system) {
    assertThat(system.types())
        .isNotEmpty()
        .allSatisfy(
            type ->
                assertThat(Catalog.type(type))
                    .as(type)
                    .hasValueSatisfying(known -> assertThat(known.deploy()).isNotEmpty()));
  }
}
