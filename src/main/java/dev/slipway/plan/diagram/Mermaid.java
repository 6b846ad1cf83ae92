package dev.slipway.plan.diagram;

import java.util.ArrayList;
import java.util.List;

/** A diagram as a Mermaid flowchart, which GitHub draws inside Markdown. */
public final class Mermaid {

  private Mermaid() {}

  public static String of(Diagram diagram) {
    var flow = new Flow("LR");
    diagram.frames().forEach(frame -> flow.group(frame.id(), frame.parent(), frame.label()));
    for (var card : diagram.cards()) {
      var lines = new ArrayList<>(List.of(card.label()));
      lines.addAll(card.details());
      var shape =
          switch (card.icon()) {
            case DISK, DATABASE, BUCKET -> Flow.Shape.STORE;
            case WORLD, PERSON, NAME -> Flow.Shape.ROUND;
            default -> Flow.Shape.BOX;
          };
      flow.node(card.id(), card.frame(), shape, lines);
    }
    diagram
        .arrows()
        .forEach(arrow -> flow.arrow(arrow.from(), arrow.to(), arrow.label(), arrow.quiet()));
    return flow.text();
  }
}
