package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
  @Test
  void findsWhatASlipOfTheFingerMeant() {
    assertThat(Suggestion.closest("t3.medum", List.of("t3.large", "t3.medium", "m5.large")))
        .contains("t3.medium");
    assertThat(Suggestion.closest("HOST", List.of("network", "host"))).contains("host");
  }

  @Test
  void keepsSilentWhereNothingIsNear() {
    assertThat(Suggestion.closest("database", List.of("network", "host"))).isEmpty();
    assertThat(Suggestion.sentence("database", List.of("network", "host"))).isEmpty();
  }

  @Test
  void countsEdits() {
    assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Suggestion.distance("hots", "host")).isEqualTo(1);
    assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
    assertThat(Suggestion.distance("abc", "abc")).isZero();
  }
}
