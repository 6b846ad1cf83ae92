package dev.slipway.plan.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.aws.Drawing.Icon;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.Diagram.Arrow;
import dev.slipway.plan.diagram.Diagram.Card;
import dev.slipway.plan.diagram.Diagram.Frame;
import dev.slipway.testing.EveryOption;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a drawing looks like, from the drawing itself. */
class SvgTest {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+");

  /** From so many cards on a few arrows may cross: without that the layout takes minutes. */
  private static final int LARGE = 35;

  /**
   * What can be wrong with a drawing, as places where it is.
   *
   * @param onArrows labels on arrows of which they aren't
   */
  record Faults(
      List<String> crossings,
      List<String> throughCards,
      List<String> onCards,
      List<String> onLabels,
      List<String> onArrows) {
    static Faults none() {
      return new Faults(List.of(), List.of(), List.of(), List.of(), List.of());
    }

    Faults uncrossed() {
      return new Faults(List.of(), throughCards, onCards, onLabels, onArrows);
    }
  }

  static Set<String> stacks() {
    return EveryOption.stacks().keySet();
  }

  private static Diagram diagram(String stack) {
    var plan = Plan.of("slipway", stack, EveryOption.stacks().get(stack).values(), Main::stack);
    assertThat(plan.problems()).isEmpty();
    return Diagram.of(plan);
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void nothingLiesOnAnythingElse(String stack) {
    var diagram = diagram(stack);
    var svg = Svg.of(diagram);

    assertThat(boxes(svg, "card")).hasSameSizeAs(diagram.cards());
    assertThat(arrows(svg)).hasSameSizeAs(diagram.arrows());
    assertThat(boxes(svg, "label")).hasSameSizeAs(diagram.arrows());
    var faults = faults(svg);
    if (diagram.cards().size() > LARGE) {
      assertThat(faults.crossings()).hasSizeLessThan(diagram.arrows().size() / 4);
      faults = faults.uncrossed();
    }
    assertThat(faults).isEqualTo(Faults.none());
  }

  @Test
  void theSamePlanIsDrawnTheSame() {
    assertThat(Svg.of(diagram("admin-prod"))).isEqualTo(Svg.of(diagram("admin-prod")));
  }

  /** That the counting counts. */
  @Test
  void whatLiesOnSomethingElseIsFound() {
    var card = "<rect class=\"card\" x=\"%d\" y=\"%d\" width=\"100\" height=\"50\"/>\n";
    var arrow = "<path class=\"arrow\" d=\"M %d %d L %d %d\"/>\n";
    var label = "<rect class=\"label\" x=\"%d\" y=\"%d\" width=\"40\" height=\"18\"/>\n";
    var svg =
        card.formatted(0, 0)
            + card.formatted(200, 0)
            + card.formatted(400, 0)
            + arrow.formatted(100, 25, 400, 25)
            + arrow.formatted(150, 0, 150, 100)
            + label.formatted(130, 20)
            + label.formatted(140, 20)
            + label.formatted(290, 40);

    var faults = faults(svg);

    assertThat(faults.crossings()).hasSize(1);
    assertThat(faults.throughCards()).hasSize(1);
    assertThat(faults.onCards()).hasSize(1);
    assertThat(faults.onLabels()).hasSize(1);
    assertThat(faults.onArrows()).hasSize(2);
  }

  @Test
  void aCardIsAsWideAsItsText() {
    var widths = new ArrayList<Double>();
    for (var name : List.of("host", "a-name-that-is-of-a-usual-length", "a".repeat(200))) {
      var svg = Svg.of(with(name));
      widths.add(boxes(svg, "card").get(0).getWidth());
      if (name.length() > 100) {
        assertThat(svg).contains("<title>" + name + "\n", "aaa…aaa");
      } else {
        assertThat(svg).contains(">" + name + "</text>").doesNotContain("…");
      }
    }

    assertThat(widths).isSorted().doesNotHaveDuplicates();
    assertThat(widths.get(2)).isLessThan(400);
  }

  private static Diagram with(String name) {
    return new Diagram(
        "test",
        "",
        List.of(new Frame(Diagram.REGION, "", "AWS")),
        List.of(
            new Card("one", Diagram.REGION, Icon.MACHINE, name, List.of("t3.small"), false),
            new Card("other", Diagram.REGION, Icon.DISK, "disk", List.of(), false)),
        List.of(new Arrow("one", "other", "attached", false)));
  }

  private static Faults faults(String svg) {
    var cards = boxes(svg, "card");
    var labels = boxes(svg, "label");
    var arrows = arrows(svg);
    var result =
        new Faults(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    for (int i = 0; i < arrows.size(); i++) {
      var arrow = arrows.get(i);
      for (int j = i + 1; j < arrows.size(); j++) {
        if (meet(arrow, arrows.get(j))) {
          result.crossings().add(i + " and " + j);
        }
      }
      for (var card : cards) {
        if (!ends(arrow, card) && hits(arrow, card)) {
          result.throughCards().add(i + " through " + card);
        }
      }
    }
    for (int i = 0; i < labels.size(); i++) {
      var label = labels.get(i);
      for (var card : cards) {
        if (card.intersects(label)) {
          result.onCards().add(i + " on " + card);
        }
      }
      for (int j = i + 1; j < labels.size(); j++) {
        if (label.intersects(labels.get(j))) {
          result.onLabels().add(i + " on " + j);
        }
      }
      for (int j = 0; j < arrows.size(); j++) {
        if (i != j && hits(arrows.get(j), label)) {
          result.onArrows().add(i + " on " + j);
        }
      }
    }
    return result;
  }

  private static boolean meet(List<Line2D> one, List<Line2D> other) {
    return one.stream().anyMatch(line -> other.stream().anyMatch(line::intersectsLine));
  }

  private static boolean hits(List<Line2D> arrow, Rectangle2D box) {
    return arrow.stream().anyMatch(line -> line.intersects(box));
  }

  /** Whether an arrow begins or ends at a card, but for its tip. */
  private static boolean ends(List<Line2D> arrow, Rectangle2D card) {
    var near =
        new Rectangle2D.Double(
            card.getX() - 4, card.getY() - 4, card.getWidth() + 8, card.getHeight() + 8);
    return near.contains(arrow.get(0).getP1())
        || near.contains(arrow.get(arrow.size() - 1).getP2());
  }

  /** A pixel smaller on every side: what only touches is no fault. */
  private static List<Rectangle2D> boxes(String svg, String kind) {
    return Pattern.compile(
            "<rect class=\""
                + kind
                + "\" x=\"(-?\\d+)\" y=\"(-?\\d+)\" width=\"(\\d+)\" height=\"(\\d+)\"")
        .matcher(svg)
        .results()
        .<Rectangle2D>map(
            found ->
                new Rectangle2D.Double(
                    Double.parseDouble(found.group(1)) + 1,
                    Double.parseDouble(found.group(2)) + 1,
                    Double.parseDouble(found.group(3)) - 2,
                    Double.parseDouble(found.group(4)) - 2))
        .toList();
  }

  /** Arrows as lines that aren't points; of a rounded corner its point counts. */
  private static List<List<Line2D>> arrows(String svg) {
    var result = new ArrayList<List<Line2D>>();
    var paths = Pattern.compile("<path class=\"arrow\" d=\"([^\"]*)\"").matcher(svg);
    while (paths.find()) {
      var numbers = NUMBER.matcher(paths.group(1)).results().toList();
      var lines = new ArrayList<Line2D>();
      for (int i = 0; i + 3 < numbers.size(); i += 2) {
        var from = point(numbers, i);
        var to = point(numbers, i + 2);
        if (!from.equals(to)) {
          lines.add(new Line2D.Double(from, to));
        }
      }
      result.add(lines);
    }
    return result;
  }

  private static Point2D point(List<MatchResult> numbers, int at) {
    return new Point2D.Double(
        Double.parseDouble(numbers.get(at).group()),
        Double.parseDouble(numbers.get(at + 1).group()));
  }
}
