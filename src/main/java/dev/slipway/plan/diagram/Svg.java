package dev.slipway.plan.diagram;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.plan.diagram.Diagram.Arrow;
import dev.slipway.plan.diagram.Diagram.Card;
import dev.slipway.plan.diagram.Diagram.Frame;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A diagram as SVG: the outside at the left, the network in the middle, the region's services at
 * the right, so that arrows run from left to right. It needs no font and no image from anywhere.
 */
public final class Svg {

  private static final int CARD_WIDTH = 236;
  private static final int CARD_HEIGHT = 76;
  private static final int GAP = 26;
  private static final int LANE = 150;
  private static final int PAD = 22;
  private static final int HEAD = 34;
  private static final int MARGIN = 28;
  private static final int TOP = 84;

  private static final String INK = "#1f2937";
  private static final String SOFT = "#6b7280";
  private static final String LINE = "#94a3b8";
  private static final String ACCENT = "#2563eb";

  /** A rectangle of the drawing. */
  private record Box(int x, int y, int width, int height) {
    int right() {
      return x + width;
    }

    int bottom() {
      return y + height;
    }

    int middleX() {
      return x + width / 2;
    }

    int middleY() {
      return y + height / 2;
    }
  }

  private final Diagram diagram;
  private final Map<String, Box> boxes = new LinkedHashMap<>();
  private final StringBuilder svg = new StringBuilder();

  private Svg(Diagram diagram) {
    this.diagram = diagram;
  }

  public static String of(Diagram diagram) {
    return new Svg(diagram).draw();
  }

  private String draw() {
    var region = layOut();
    int width = region.right() + MARGIN;
    int total = region.bottom() + 52;
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " role=\"img\" font-family=\"ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica"
            + " Neue', Arial, sans-serif\">",
        width, total, width, total);
    add("<title>%s</title>", escaped("Plan of " + diagram.title()));
    add("<defs>");
    marker("arrow", ACCENT);
    marker("quiet", LINE);
    add("</defs>");
    add("<rect width=\"%d\" height=\"%d\" rx=\"16\" fill=\"#ffffff\"/>", width, total);
    text(MARGIN, 48, 24, 700, INK, "Plan of " + diagram.title());
    text(MARGIN, total - 20, 12, 400, SOFT, diagram.footer());
    frameBox(region, frame(Diagram.REGION).label(), "#f8fafc", "#cbd5e1", 15);
    framesIn(Diagram.REGION).forEach(network -> drawFrame(network, 0));
    arrows();
    diagram.cards().forEach(this::drawCard);
    labels.forEach(svg::append);
    add("</svg>");
    return svg.toString();
  }

  /** Gives everything its place, and returns that of the region. */
  private Box layOut() {
    var outside = cardsIn(Diagram.OUTSIDE);
    var networks = framesIn(Diagram.REGION);
    int regionX = outside.isEmpty() ? MARGIN : MARGIN + CARD_WIDTH + LANE;
    int x = regionX + PAD;
    int top = TOP + HEAD + 8;

    int networkRight = x;
    int bottom = top;
    for (var network : networks) {
      var box = layOutFrame(network, x, bottom == top ? top : bottom + GAP);
      bottom = box.bottom();
      networkRight = Math.max(networkRight, box.right());
    }
    int networksHeight = bottom - top;

    // What nothing in a network talks to stands behind the rest, so that no arrow crosses a card.
    var near = cardsIn(Diagram.REGION).stream().filter(this::talksToNetwork).toList();
    var far = cardsIn(Diagram.REGION).stream().filter(card -> !near.contains(card)).toList();
    int height =
        Math.max(
            networksHeight, Math.max(heightOf(outside), Math.max(heightOf(near), heightOf(far))));
    networks.forEach(network -> shift(network, (height - networksHeight) / 2));
    int nearX = networks.isEmpty() ? x : networkRight + LANE;
    column(near, nearX, top + (height - heightOf(near)) / 2);
    int farX = near.isEmpty() ? nearX : nearX + CARD_WIDTH + LANE;
    columnBeside(far, farX, top, height);
    column(outside, MARGIN, top + (height - heightOf(outside)) / 2);

    int right = networkRight;
    right = near.isEmpty() ? right : nearX + CARD_WIDTH;
    right = far.isEmpty() ? right : farX + CARD_WIDTH;
    return new Box(regionX, TOP, right + PAD - regionX, top - TOP + height + PAD);
  }

  private static int heightOf(List<Card> column) {
    return column.isEmpty() ? 0 : column.size() * (CARD_HEIGHT + GAP) - GAP;
  }

  private void column(List<Card> cards, int x, int y) {
    for (int i = 0; i < cards.size(); i++) {
      boxes.put(
          cards.get(i).id(), new Box(x, y + i * (CARD_HEIGHT + GAP), CARD_WIDTH, CARD_HEIGHT));
    }
  }

  /** Puts each card beside the one that talks to it, as far as there is room. */
  private void columnBeside(List<Card> cards, int x, int top, int height) {
    int free = top;
    int left = cards.size();
    for (var card :
        cards.stream().sorted(Comparator.comparingInt(this::heightOfNeighbour)).toList()) {
      int latest = top + height - (left * (CARD_HEIGHT + GAP) - GAP);
      int y = Math.max(free, Math.min(heightOfNeighbour(card), latest));
      boxes.put(card.id(), new Box(x, y, CARD_WIDTH, CARD_HEIGHT));
      free = y + CARD_HEIGHT + GAP;
      left--;
    }
  }

  private int heightOfNeighbour(Card card) {
    return diagram.arrows().stream()
        .filter(arrow -> arrow.to().equals(card.id()) && boxes.containsKey(arrow.from()))
        .mapToInt(arrow -> boxes.get(arrow.from()).y())
        .findFirst()
        .orElse(0);
  }

  private boolean talksToNetwork(Card card) {
    var here = cardsIn(Diagram.REGION).stream().map(Card::id).toList();
    return diagram.arrows().stream()
        .anyMatch(
            arrow ->
                (arrow.to().equals(card.id()) && !here.contains(arrow.from()))
                    || (arrow.from().equals(card.id()) && !here.contains(arrow.to())));
  }

  private List<Card> cardsIn(String frame) {
    return diagram.cards().stream().filter(card -> card.frame().equals(frame)).toList();
  }

  private List<Frame> framesIn(String frame) {
    return diagram.frames().stream().filter(inner -> inner.parent().equals(frame)).toList();
  }

  private Frame frame(String id) {
    return diagram.frames().stream()
        .filter(frame -> frame.id().equals(id))
        .findFirst()
        .orElse(new Frame(id, "", ""));
  }

  /** Puts cards and inner frames below each other. */
  private Box layOutFrame(Frame frame, int x, int y) {
    int at = y + HEAD + 10;
    int width = CARD_WIDTH;
    for (var card : cardsIn(frame.id())) {
      boxes.put(card.id(), new Box(x + PAD, at, CARD_WIDTH, CARD_HEIGHT));
      at += CARD_HEIGHT + GAP + 14;
    }
    for (var inner : framesIn(frame.id())) {
      var box = layOutFrame(inner, x + PAD, at);
      at = box.bottom() + GAP;
      width = Math.max(width, box.width());
    }
    int labelWidth = (int) (frame.label().length() * 7.4);
    var box =
        new Box(
            x,
            y,
            Math.max(width, labelWidth) + 2 * PAD,
            at - y - (cardsIn(frame.id()).isEmpty() ? GAP : GAP + 14) + PAD);
    if (framesIn(frame.id()).isEmpty() || cardsIn(frame.id()).isEmpty()) {
      boxes.put(frame.id(), box);
      return box;
    }
    box = new Box(x, y, box.width(), at - y - GAP + PAD);
    boxes.put(frame.id(), box);
    return box;
  }

  private void shift(Frame frame, int by) {
    move(frame.id(), by);
    cardsIn(frame.id()).forEach(card -> move(card.id(), by));
    framesIn(frame.id()).forEach(inner -> shift(inner, by));
  }

  private void move(String id, int by) {
    boxes.computeIfPresent(
        id, (key, box) -> new Box(box.x(), box.y() + by, box.width(), box.height()));
  }

  private void drawFrame(Frame frame, int depth) {
    frameBox(
        boxes.get(frame.id()),
        frame.label(),
        depth == 0 ? "#eff6ff" : "#f0fdf4",
        depth == 0 ? "#93c5fd" : "#86efac",
        13);
    framesIn(frame.id()).forEach(inner -> drawFrame(inner, depth + 1));
  }

  private void frameBox(Box box, String label, String fill, String stroke, int size) {
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"14\" fill=\"%s\" stroke=\"%s\"/>",
        box.x(), box.y(), box.width(), box.height(), fill, stroke);
    text(box.x() + PAD - 4, box.y() + 25, size, 600, SOFT, label);
  }

  private void drawCard(Card card) {
    var box = boxes.get(card.id());
    var color = color(card.icon());
    add("<g>");
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"12\" fill=\"#ffffff\""
            + " stroke=\"%s\" stroke-width=\"%s\"/>",
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
    int lines = card.details().size();
    int y = box.middleY() + 5 - lines * 8;
    // A long name is set smaller, so that it stays inside.
    text(
        box.x() + 64,
        y,
        card.label().length() > 18 ? Math.max(9, 14.0 * 18 / card.label().length()) : 14,
        600,
        INK,
        card.label());
    for (int i = 0; i < lines; i++) {
      text(box.x() + 64, y + 17 + i * 16, 11.5, 400, SOFT, card.details().get(i));
    }
    if (card.kept()) {
      add(
          "<rect x=\"%d\" y=\"%d\" width=\"62\" height=\"16\" rx=\"8\" fill=\"%s\"/>",
          box.right() - 76, box.y() - 8, color);
      text(box.right() - 45, box.y() + 4, 9.5, 600, "#ffffff", "protected", "middle");
    }
    add("</g>");
  }

  private final List<String> labels = new ArrayList<>();

  private void arrows() {
    // Arrows at one side of a card are spread over it, in the order of their other ends.
    var sides = new LinkedHashMap<String, List<Arrow>>();
    for (var arrow : diagram.arrows()) {
      if (!above(arrow)) {
        sides
            .computeIfAbsent(arrow.from() + side(arrow, true), key -> new ArrayList<>())
            .add(arrow);
        sides.computeIfAbsent(arrow.to() + side(arrow, false), key -> new ArrayList<>()).add(arrow);
      }
    }
    sides.forEach(
        (side, list) ->
            list.sort(
                Comparator.comparingInt(
                    arrow ->
                        boxes
                            .get(side.startsWith(arrow.from()) ? arrow.to() : arrow.from())
                            .middleY())));
    for (var arrow : diagram.arrows()) {
      if (above(arrow)) {
        upright(arrow);
      } else {
        var from = sides.get(arrow.from() + side(arrow, true));
        var to = sides.get(arrow.to() + side(arrow, false));
        // Where many leave one card the label stands near the other end, and the other way round.
        curve(
            arrow,
            spread(boxes.get(arrow.from()), from, arrow),
            spread(boxes.get(arrow.to()), to, arrow),
            from.size() > 1 ? 0.74 : to.size() > 1 ? 0.4 : 0.5);
      }
    }
  }

  private void upright(Arrow arrow) {
    var from = boxes.get(arrow.from());
    var to = boxes.get(arrow.to());
    boolean down = from.y() < to.y();
    int start = down ? from.bottom() : from.y();
    int end = down ? to.y() - 3 : to.bottom() + 3;
    path("M %d %d L %d %d".formatted(from.middleX(), start, to.middleX(), end), arrow);
    label(from.middleX(), (start + end) / 2 + 4, arrow);
  }

  private void curve(Arrow arrow, int startY, int endY, double labelAt) {
    boolean right = runsRight(arrow);
    int startX = right ? boxes.get(arrow.from()).right() : boxes.get(arrow.from()).x();
    int endX = right ? boxes.get(arrow.to()).x() - 3 : boxes.get(arrow.to()).right() + 3;
    int bend = Math.max(40, Math.abs(endX - startX) / 2) * (right ? 1 : -1);
    path(
        "M %d %d C %d %d %d %d %d %d"
            .formatted(startX, startY, startX + bend, startY, endX - bend, endY, endX, endY),
        arrow);
    label(
        (int) bezier(labelAt, startX, startX + bend, endX - bend, endX),
        (int) bezier(labelAt, startY, startY, endY, endY) + 4,
        arrow);
  }

  private boolean runsRight(Arrow arrow) {
    return boxes.get(arrow.from()).x() < boxes.get(arrow.to()).x();
  }

  /** The side of a card at which an arrow starts, or ends. */
  private String side(Arrow arrow, boolean start) {
    return runsRight(arrow) == start ? " right" : " left";
  }

  private boolean above(Arrow arrow) {
    return boxes.get(arrow.from()).x() == boxes.get(arrow.to()).x();
  }

  private static int spread(Box box, List<Arrow> arrows, Arrow arrow) {
    int step = Math.min(16, (box.height() - 16) / arrows.size());
    return box.middleY() + (int) ((arrows.indexOf(arrow) - (arrows.size() - 1) / 2.0) * step);
  }

  private static double bezier(double t, double a, double b, double c, double d) {
    double s = 1 - t;
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  }

  private void path(String data, Arrow arrow) {
    add(
        "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s"
            + " marker-end=\"url(#%s)\"/>",
        data,
        arrow.quiet() ? LINE : ACCENT,
        arrow.quiet() ? "1.4" : "2",
        arrow.quiet() ? " stroke-dasharray=\"5 4\"" : "",
        arrow.quiet() ? "quiet" : "arrow");
  }

  private void label(int x, int y, Arrow arrow) {
    int width = (int) (arrow.label().length() * 6.6) + 14;
    labels.add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" rx=\"9\" fill=\"#ffffff\" stroke=\"%s\"/>"
                .formatted(x - width / 2, y - 13, width, arrow.quiet() ? "#e2e8f0" : "#bfdbfe")
            + "<text x=\"%d\" y=\"%d\" font-size=\"11\" text-anchor=\"middle\" fill=\"%s\">%s</text>\n"
                .formatted(x, y, arrow.quiet() ? SOFT : ACCENT, escaped(arrow.label())));
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
      case PARAMETER, CLOCK -> "#be185d";
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
      case NAME -> "<path d=\"M4 4h8l8 8-8 8-8-8zM8.500 8.500h.01\"/>";
      case IMAGE ->
          "<path d=\"M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.500\"/>";
    };
  }
}
