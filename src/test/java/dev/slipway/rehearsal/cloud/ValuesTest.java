package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.graph.PropertyValues;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ValuesTest {

  @Test
  void secretsAreOpenedAndRemembered() {
    var struct =
        PropertyValues.write(
            Map.of("password", new PropertyValues.Secret("p"), "list", List.of(Map.of("a", 1))));
    assertThat(Values.plain(struct)).containsEntry("password", "p");
    assertThat(Values.secrets(struct)).containsExactly("password");
    var back = Values.struct(Map.of("password", "p"), Set.of("password"));
    assertThat(Values.secrets(back)).containsExactly("password");
  }

  @Test
  void unknownIsFoundAtAnyDepth() {
    assertThat(Values.hasUnknown(List.of(Map.of("a", Values.UNKNOWN)))).isTrue();
    assertThat(Values.hasUnknown(Map.of("a", "b"))).isFalse();
  }
}
