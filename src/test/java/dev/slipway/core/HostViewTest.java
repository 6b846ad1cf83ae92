package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HostViewTest {
  private enum Color {
    blue
  }

  private record Common(@ForHosts String system, String account) {}

  private record Part(@ForHosts int port, int size) {}

  private record All(
      @Inline Common common,
      @ForHosts("parts") Map<String, Part> byName,
      @ForHosts List<Part> list,
      @ForHosts Optional<Color> color,
      @ForHosts Optional<String> absent,
      Optional<String> planned) {

    @ForHosts
    int ports() {
      return byName.size();
    }
  }

  private record Twice(@ForHosts String one, @ForHosts("one") String two) {}

  private static final All SETTINGS =
      new All(
          new Common("shop", "111122223333"),
          Map.of("web", new Part(80, 1), "api", new Part(81, 2)),
          List.of(new Part(82, 3)),
          Optional.of(Color.blue),
          Optional.empty(),
          Optional.of("for the plan"));

  @Test
  void showsWhatIsMarkedAndNothingElse() {
    assertThat(Json.compact(HostView.of(SETTINGS)))
        .isEqualTo(
            "{\"absent\":null,\"color\":\"blue\",\"list\":[{\"port\":82}],"
                + "\"parts\":{\"api\":{\"port\":81},\"web\":{\"port\":80}},\"ports\":2,"
                + "\"system\":\"shop\"}");
  }

  private record Later(
      @ForHosts(whenGiven = true) Optional<String> one,
      @ForHosts(whenGiven = true) Optional<String> two) {}

  @Test
  void leavesOutWhatCameLaterWhereItIsNotGiven() {
    assertThat(Json.compact(HostView.of(new Later(Optional.of("x"), Optional.empty()))))
        .isEqualTo("{\"one\":\"x\"}");
  }

  @Test
  void refusesTwoThingsOfOneName() {
    assertThatThrownBy(() -> HostView.of(new Twice("a", "b"))).hasMessageContaining("called one");
  }
}
