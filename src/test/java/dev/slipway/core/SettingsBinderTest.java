package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.exceptions.RunException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SettingsBinderTest {
  enum Colour {
    red,
    green
  }

  record Point(
      @Setting(value = "Across.", or = "1") int x, @Setting(value = "Up.", example = "7") int y) {
    Point {
      new Check()
          .that(x >= 0, "x", x + " is negative")
          .that(y >= 0, "y", y + " is negative")
          .orThrow();
    }
  }

  record All(
      @Setting(value = "Text.", example = "hello") String text,
      @Setting(value = "Switch.", or = "true") boolean on,
      @Setting(value = "Choice.", or = "\"red\"") Colour colour,
      @Setting("May be absent.") Optional<Integer> maybe,
      @Setting(value = "Words.", or = "[]") List<String> words,
      @Setting(value = "Pairs.", or = "{}") Map<String, String> pairs,
      Point point,
      @Setting("May be absent.") Optional<Point> other,
      @Setting(value = "Points.", or = "[]") List<Point> points) {}

  private final Problems problems = new Problems();

  private Optional<All> bind(Map<String, String> raw) {
    return new SettingsBinder("slipway", problems).bind(All.class, raw);
  }

  private List<String> problemsOf(Map<String, String> raw) {
    assertThat(bind(raw)).isEmpty();
    return problems.found().stream().map(Problem::toString).toList();
  }

  @Test
  void takesDefaultsWhereNothingIsGiven() {
    var all = bind(Map.of("text", "a", "point", "{\"y\":2}")).orElseThrow();

    assertThat(all)
        .isEqualTo(
            new All(
                "a",
                true,
                Colour.red,
                Optional.empty(),
                List.of(),
                Map.of(),
                new Point(1, 2),
                Optional.empty(),
                List.of()));
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void readsEveryKind() {
    var all =
        bind(Map.of(
                "text", "{not json}",
                "on", "false",
                "colour", "green",
                "maybe", "3",
                "words", "[\"a\",\"b\"]",
                "pairs", "{\"k\":\"v\",\"n\":4}",
                "point", "{\"x\":5,\"y\":6}",
                "other", "{\"y\":\"8\"}",
                "points", "[{\"y\":9}]"))
            .orElseThrow();

    assertThat(all)
        .isEqualTo(
            new All(
                "{not json}",
                false,
                Colour.green,
                Optional.of(3),
                List.of("a", "b"),
                Map.of("k", "v", "n", "4"),
                new Point(5, 6),
                Optional.of(new Point(1, 8)),
                List.of(new Point(1, 9))));
  }

  @Test
  void takesAnExplicitNothingForAbsent() {
    var all = bind(Map.of("text", "a", "point", "{\"x\":null,\"y\":2}")).orElseThrow();

    assertThat(all.point()).isEqualTo(new Point(1, 2));
  }

  @Test
  void reportsEverythingAtOnceWithItsPath() {
    assertThat(
            problemsOf(
                Map.of(
                    "on", "yes",
                    "colour", "gren",
                    "maybe", "3.5",
                    "words", "a",
                    "pairs", "[]",
                    "point", "{\"x\":-1,\"y\":-2}",
                    "points", "[{\"y\":1},{\"y\":\"z\"}]",
                    "txet", "a")))
        .containsExactlyInAnyOrder(
            "txet: is not a setting; did you mean \"text\"?",
            "text: is missing; set it with: pulumi config set --path slipway:text hello",
            "on: \"yes\" is not true or false",
            "colour: \"gren\" is none of red, green; did you mean \"green\"?",
            "maybe: \"3.5\" is not a whole number",
            "words: \"a\" is not a list",
            "pairs: [] is not a mapping",
            "point.x: -1 is negative",
            "point.y: -2 is negative",
            "points[1].y: \"z\" is not a whole number");
  }

  @Test
  void saysHowToSetWhatIsMissingInside() {
    assertThat(problemsOf(Map.of("text", "a", "points", "[{}]")))
        .containsExactlyInAnyOrder(
            "point.y: is missing; set it with: pulumi config set --path slipway:point.y 7",
            "points[0].y: is missing; set it with: pulumi config set --path"
                + " 'slipway:points[0].y' 7");
  }

  @Test
  void seesAPathThatWasSetWithoutSayingSo() {
    assertThat(problemsOf(Map.of("text", "a", "point", "{\"y\":1}", "point.y", "1")))
        .containsExactly(
            "point.y: is not a setting; take it out with: pulumi config rm slipway:point.y; and set"
                + " it with --path");
  }

  @Test
  void refusesUnknownKeysInside() {
    assertThat(problemsOf(Map.of("text", "a", "point", "{\"y\":1,\"z\":1,\"width\":1}")))
        .containsExactlyInAnyOrder(
            "point.z: is not a setting; did you mean \"x\"?", "point.width: is not a setting");
  }

  @Test
  void refusesOneThingWhereAStructureIsWanted() {
    assertThat(problemsOf(Map.of("text", "a", "point", "7")))
        .containsExactly("point: \"7\" is not a mapping of x, y");
  }

  @Test
  void endsTheProgramWithAMessageAndNoStackTrace() {
    bind(Map.of("point", "{}"));

    assertThatThrownBy(() -> problems.report("staging"))
        .isInstanceOf(RunException.class)
        .hasMessage(
            """
            Pulumi.staging.yaml has 2 problems:
              text: is missing; set it with: pulumi config set --path slipway:text hello
              point.y: is missing; set it with: pulumi config set --path slipway:point.y 7\
            """);
  }

  @Test
  void saysNothingWhereAllIsWell() {
    problems.report("staging");

    assertThat(problems.found()).isEmpty();
  }

  record Renamed(
      @Setting(value = "Was a flag.", or = "[]", formerly = "flag") List<String> flags) {}

  record Outer(Renamed inner) {}

  @Test
  void aNameOfBeforeIsToldItsNewOne() {
    assertThat(
            new SettingsBinder("slipway", problems)
                .bind(Outer.class, Map.of("inner", "{\"flag\": [\"a\"]}")))
        .isEmpty();

    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly("inner.flag: is called inner.flags now; write that in its place");
  }
}
