package dev.slipway.plan.diagram;

import dev.slipway.plan.diagram.Diagram.Frame;
import java.util.HashMap;
import java.util.Map;

/** A diagram as a Mermaid flowchart, which GitHub draws inside Markdown. */
public final class Mermaid {

  private final Diagram diagram;
  private final Map<String, String> ids = new HashMap<>();
  private final StringBuilder text = new StringBuilder("flowchart LR\n");

  private Mermaid(Diagram diagram) {
    this.diagram = diagram;
  }

  public static String of(Diagram diagram) {
    return new Mermaid(diagram).draw();
  }

  private String draw() {
    for (var frame : diagram.frames()) {
      if (frame.parent().isEmpty()) {
        frame(frame, "  ");
      }
    }
    for (var arrow : diagram.arrows()) {
      text.append("  ")
          .append(id(arrow.from()))
          .append(arrow.quiet() ? " -. " : " -- ")
          .append(quoted(arrow.label()))
          .append(arrow.quiet() ? " .-> " : " --> ")
          .append(id(arrow.to()))
          .append('\n');
    }
    return text.toString();
  }

  private void frame(Frame frame, String indent) {
    boolean drawn = !frame.label().isEmpty();
    var inner = drawn ? indent + "  " : indent;
    if (drawn) {
      text.append(indent)
          .append("subgraph ")
          .append(id(frame.id()))
          .append('[')
          .append(quoted(frame.label()))
          .append("]\n");
    }
    for (var card : diagram.cards()) {
      if (card.frame().equals(frame.id())) {
        var label =
            card.label()
                + (card.details().isEmpty() ? "" : "<br/>" + String.join("<br/>", card.details()));
        var shape =
            switch (card.icon()) {
              case DISK, DATABASE, BUCKET -> new String[] {"[(", ")]"};
              case WORLD, PERSON, NAME -> new String[] {"([", "])"};
              default -> new String[] {"[", "]"};
            };
        text.append(inner)
            .append(id(card.id()))
            .append(shape[0])
            .append(quoted(label))
            .append(shape[1])
            .append('\n');
      }
    }
    for (var child : diagram.frames()) {
      if (child.parent().equals(frame.id())) {
        frame(child, inner);
      }
    }
    if (drawn) {
      text.append(indent).append("end\n");
    }
  }

  /** Ids of Mermaid are plain words. */
  private String id(String id) {
    return ids.computeIfAbsent(id, key -> "n" + (ids.size() + 1));
  }

  private static String quoted(String label) {
    return "\"" + label.replace("\"", "#quot;") + "\"";
  }
}
