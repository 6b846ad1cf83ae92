package dev.slipway.plan.diagram;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.plan.diagram.Diagram.Arrow;
import dev.slipway.plan.diagram.Diagram.Card;
import dev.slipway.plan.diagram.Diagram.Frame;
import dev.slipway.plan.diagram.Layout.Box;
import dev.slipway.plan.diagram.Layout.Point;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A diagram as SVG, which needs no font and no image from anywhere. */
public final class Svg {

  private static final int CARD_HEIGHT = 76;

  /** Where text begins in a card, behind its icon. */
  private static final int TEXT = 64;

  /** A text that is wider is shortened, and stands whole in the card's title. */
  private static final int WIDEST_TEXT = 300;

  private static final int NARROWEST_CARD = 170;
  private static final int LABEL_HEIGHT = 18;
  private static final int PAD = 18;
  private static final int MARGIN = 28;
  private static final int TOP = 76;
  private static final int BOTTOM = 52;

  /** How much of a corner of an arrow is rounded off. */
  private static final int ROUND = 8;

  /** Between the head of an arrow and what it points at. */
  private static final int TIP = 3;

  private static final double NAME = 14;
  private static final double DETAIL = 11.5;
  private static final double LABEL = 11;
  private static final double FRAME = 15;

  private static final String INK = "#1f2937";
  private static final String SOFT = "#6b7280";
  private static final String LINE = "#94a3b8";
  private static final String ACCENT = "#2563eb";

  private final Diagram diagram;
  private final Layout layout;
  private final StringBuilder svg = new StringBuilder();

  private Svg(Diagram diagram) {
    this.diagram = diagram;
    this.layout =
        Layout.of(
            diagram,
            Svg::width,
            CARD_HEIGHT,
            frame -> TextWidth.of(frame.label(), FRAME, true),
            arrow -> TextWidth.of(arrow.label(), LABEL, false) + 14,
            LABEL_HEIGHT);
  }

  public static String of(Diagram diagram) {
    return new Svg(diagram).draw();
  }

  private String draw() {
    int footer = TextWidth.of(diagram.footer(), 12, false);
    int width = Math.max(layout.width(), footer) + 2 * MARGIN;
    int height = TOP + layout.height() + BOTTOM;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\" font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica"
            + " Neue', Arial, sans-serif\">",
        width, height, width, height);
    add("<title>%s</title>", escaped("Plan of " + diagram.title()));
    add("<defs>");
    marker("arrow", ACCENT);
    marker("quiet", LINE);
    add("</defs>");
    add("<rect width=\"%d\" height=\"%d\" rx=\"16\" fill=\"#ffffff\"/>", width, height);
    text(MARGIN, 48, 24, 700, INK, "Plan of " + diagram.title());
    text(MARGIN, height - 20, 12, 400, SOFT, diagram.footer());
    add("<g transform=\"translate(%d %d)\">", MARGIN, TOP);
    framesIn("").forEach(frame -> drawFrame(frame, 0));
    IntStream.range(0, diagram.arrows().size())
        .forEach(at -> drawArrow(diagram.arrows().get(at), layout.routes().get(at).points()));
    diagram.cards().forEach(this::drawCard);
    IntStream.range(0, diagram.arrows().size())
        .forEach(at -> drawLabel(diagram.arrows().get(at), layout.routes().get(at).label()));
    add("</g>");
    add("</svg>");
    return svg.toString();
  }

  /** As wide as its text. */
  private static int width(Card card) {
    return Math.max(
        NARROWEST_CARD,
        TEXT
            + PAD
            + Stream.concat(
                    Stream.of(TextWidth.of(name(card), NAME, true)),
                    details(card).map(detail -> TextWidth.of(detail, DETAIL, false)))
                .max(Integer::compare)
                .orElse(0));
  }

  private static String name(Card card) {
    return TextWidth.shortened(card.label(), NAME, true, WIDEST_TEXT);
  }

  private static Stream<String> details(Card card) {
    return card.details().stream()
        .map(detail -> TextWidth.shortened(detail, DETAIL, false, WIDEST_TEXT));
  }

  private List<Frame> framesIn(String frame) {
    return diagram.frames().stream()
        .filter(inner -> inner.parent().equals(frame) && !inner.label().isEmpty())
        .toList();
  }

  private void drawFrame(Frame frame, int depth) {
    var box = layout.boxes().get(frame.id());
    add(
        "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"14\" fill=\"%s\""
            + " stroke=\"%s\"/>",
        box.x(),
        box.y(),
        box.width(),
        box.height(),
        List.of("#f8fafc", "#eff6ff", "#f0fdf4").get(Math.min(depth, 2)),
        List.of("#cbd5e1", "#93c5fd", "#86efac").get(Math.min(depth, 2)));
    text(box.x() + PAD, box.y() + 28, depth == 0 ? FRAME : 13, 600, SOFT, frame.label());
    framesIn(frame.id()).forEach(inner -> drawFrame(inner, depth + 1));
  }

  private void drawCard(Card card) {
    var box = layout.boxes().get(card.id());
    var color = color(card.icon());
    var details = details(card).toList();
    add("<g>");
    if (!name(card).equals(card.label()) || !details.equals(card.details())) {
      add(
          "<title>%s</title>",
          escaped(
              String.join(
                  "\n", Stream.concat(Stream.of(card.label()), card.details().stream()).toList())));
    }
    add(
        "<rect class=\"card\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"12\""
            + " fill=\"#ffffff\" stroke=\"%s\" stroke-width=\"%s\"/>",
        box.x(),
        box.y(),
        box.width(),
        box.height(),
        card.kept() ? color : "#e2e8f0",
        card.kept() ? "2" : "1.2");
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"40\" height=\"40\" rx=\"10\" fill=\"%s\"/>",
        box.x() + 12, box.middleY() - 20, color);
    add(
        "<g transform=\"translate(%d %d)\" fill=\"none\" stroke=\"#ffffff\" stroke-width=\"1.8\""
            + " stroke-linecap=\"round\" stroke-linejoin=\"round\">%s</g>",
        box.x() + 20, box.middleY() - 12, icon(card.icon()));
    int y = box.middleY() + 5 - details.size() * 8;
    text(box.x() + TEXT, y, NAME, 600, INK, name(card));
    for (int i = 0; i < details.size(); i++) {
      text(box.x() + TEXT, y + 17 + i * 16, DETAIL, 400, SOFT, details.get(i));
    }
    if (card.kept()) {
      add(
          "<rect x=\"%d\" y=\"%d\" width=\"62\" height=\"16\" rx=\"8\" fill=\"%s\"/>",
          box.right() - 76, box.y() - 8, color);
      text(box.right() - 45, box.y() + 4, 9.5, 600, "#ffffff", "protected", "middle");
    }
    add("</g>");
  }

  private void drawArrow(Arrow arrow, List<Point> points) {
    var path = new StringBuilder();
    for (int i = 0; i < points.size(); i++) {
      var at = points.get(i);
      if (i == 0) {
        path.append("M %d %d".formatted(at.x(), at.y()));
      } else if (i == points.size() - 1) {
        var end = towards(at, points.get(i - 1), TIP);
        path.append(" L %d %d".formatted(end.x(), end.y()));
      } else {
        var before = towards(at, points.get(i - 1), ROUND);
        var after = towards(at, points.get(i + 1), ROUND);
        path.append(
            " L %d %d Q %d %d %d %d"
                .formatted(before.x(), before.y(), at.x(), at.y(), after.x(), after.y()));
      }
    }
    add(
        "<path class=\"arrow\" d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s"
            + " marker-end=\"url(#%s)\"/>",
        path,
        arrow.quiet() ? LINE : ACCENT,
        arrow.quiet() ? "1.4" : "2",
        arrow.quiet() ? " stroke-dasharray=\"5 4\"" : "",
        arrow.quiet() ? "quiet" : "arrow");
  }

  /** A point so far from one on the straight way to the next, and at most half of it. */
  private static Point towards(Point from, Point to, int far) {
    int length = Math.max(Math.abs(to.x() - from.x()), Math.abs(to.y() - from.y()));
    int by = Math.min(far, length / 2);
    return new Point(
        from.x() + Integer.signum(to.x() - from.x()) * by,
        from.y() + Integer.signum(to.y() - from.y()) * by);
  }

  private void drawLabel(Arrow arrow, Box box) {
    add(
        "<rect class=\"label\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"9\""
            + " fill=\"#ffffff\" stroke=\"%s\"/>",
        box.x(), box.y(), box.width(), box.height(), arrow.quiet() ? "#e2e8f0" : "#bfdbfe");
    text(
        box.middleX(),
        box.y() + 13,
        LABEL,
        400,
        arrow.quiet() ? SOFT : ACCENT,
        arrow.label(),
        "middle");
  }

  private void marker(String id, String color) {
    add(
        "<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\""
            + " markerHeight=\"9\" markerUnits=\"userSpaceOnUse\""
            + " orient=\"auto-start-reverse\"><path d=\"M 0 0 L 10 5 L 0 10 z\""
            + " fill=\"%s\"/></marker>",
        id, color);
  }

  private void text(int x, int y, double size, int weight, String color, String text) {
    text(x, y, size, weight, color, text, "start");
  }

  private void text(
      int x, int y, double size, int weight, String color, String text, String anchor) {
    add(
        "<text x=\"%d\" y=\"%d\" font-size=\"%s\" font-weight=\"%d\" fill=\"%s\""
            + " text-anchor=\"%s\">%s</text>",
        x, y, size, weight, color, anchor, escaped(text));
  }

  private void add(String format, Object... values) {
    svg.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values))
        .append('\n');
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  private static String color(Icon icon) {
    return switch (icon) {
      case WORLD, NAME -> "#0284c7";
      case PERSON -> "#475569";
      case MACHINE, IMAGE -> "#ea580c";
      case DISK, BUCKET -> "#15803d";
      case DATABASE -> "#4f46e5";
      case BALANCER, GATEWAY -> "#7c3aed";
      case PARAMETER, CLOCK, WORKFLOW -> "#be185d";
      case SECRET, KEY, ROLE -> "#b91c1c";
      case LOGS, ALARM, TOPIC -> "#a16207";
    };
  }

  /** Line drawings on a grid of 24 by 24. */
  private static String icon(Icon icon) {
    return switch (icon) {
      case WORLD ->
          "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5"
              + " 13 0 18\"/>";
      case PERSON -> "<circle cx=\"12\" cy=\"8\" r=\"4\"/><path d=\"M4 21c0-5 4-7 8-7s8 2 8 7\"/>";
      case MACHINE ->
          "<rect x=\"3\" y=\"4\" width=\"18\" height=\"7\" rx=\"1.5\"/><rect x=\"3\" y=\"13\""
              + " width=\"18\" height=\"7\" rx=\"1.5\"/><path d=\"M7 7.5h.01M7 16.5h.01M11 7.5h6M11"
              + " 16.5h6\"/>";
      case DISK, DATABASE ->
          "<ellipse cx=\"12\" cy=\"6\" rx=\"8\" ry=\"3\"/><path d=\"M4 6v12c0 1.7 3.6 3 8 3s8-1.3"
              + " 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3\"/>";
      case BUCKET ->
          "<path d=\"M4 7l2 12c.2 1 2.7 2 6 2s5.800-1 6-2l2-12\"/><ellipse cx=\"12\" cy=\"6.500\""
              + " rx=\"8\" ry=\"3\"/>";
      case BALANCER ->
          "<circle cx=\"5\" cy=\"12\" r=\"2.500\"/><circle cx=\"19\" cy=\"5\" r=\"2.500\"/><circle"
              + " cx=\"19\" cy=\"19\" r=\"2.500\"/><path d=\"M7.200 10.800L16.800 6M7.200"
              + " 13.200L16.800 18\"/>";
      case GATEWAY -> "<path d=\"M4 12h14M13 6l6 6-6 6\"/><path d=\"M21 4v16\"/>";
      case PARAMETER ->
          "<path d=\"M4 7h10M18 7h2M4 17h2M10 17h10\"/><circle cx=\"16\" cy=\"7\" r=\"2\"/><circle"
              + " cx=\"8\" cy=\"17\" r=\"2\"/>";
      case SECRET, KEY, ROLE ->
          "<circle cx=\"8\" cy=\"15\" r=\"4.500\"/><path d=\"M11.500 11.800L20 3.500M16 7.500l3"
              + " 3\"/>";
      case LOGS -> "<path d=\"M3 20V4M3 20h18M7 16l4-5 3 3 5-7\"/>";
      case ALARM, TOPIC -> "<path d=\"M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4\"/>";
      case CLOCK -> "<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M12 7v5l3.500 2\"/>";
      case WORKFLOW -> "<path d=\"M9 3h6v5H9zM3 16h6v5H3zM15 16h6v5h-6zM12 8v4M6 16v-4h12v4\"/>";
      case NAME -> "<path d=\"M4 4h8l8 8-8 8-8-8zM8.500 8.500h.01\"/>";
      case IMAGE ->
          "<path d=\"M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.500\"/>";
    };
  }
}
