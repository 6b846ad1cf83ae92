package dev.slipway.plan.diagram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A flowchart as Mermaid, which GitHub draws inside Markdown: boxes in groups, and arrows with a
 * word on them. What is added first stands first; what is added twice is there once.
 */
final class Flow {

  /** How a box looks. */
  enum Shape {
    BOX("[", "]"),
    STORE("[(", ")]"),
    ROUND("([", "])"),
    CHOICE("{", "}");

    private final String open;
    private final String close;

    Shape(String open, String close) {
      this.open = open;
      this.close = close;
    }
  }

  private record Group(String parent, String label) {}

  private record Node(String group, Shape shape, List<String> lines) {}

  private record Arrow(String from, String to, boolean dotted) {}

  private final String direction;
  private final Map<String, Group> groups = new LinkedHashMap<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();
  private final Map<Arrow, Set<String>> arrows = new LinkedHashMap<>();
  private final Map<String, String> ids = new HashMap<>();

  /**
   * An empty one.
   *
   * @param direction LR from left to right, TB from top to bottom
   */
  Flow(String direction) {
    this.direction = direction;
  }

  /** A frame around boxes; one without a label isn't drawn. */
  Flow group(String id, String parent, String label) {
    groups.putIfAbsent(id, new Group(parent, label));
    return this;
  }

  /** A box, in a group or, with an empty one, in none. */
  Flow node(String id, String group, Shape shape, List<String> lines) {
    nodes.putIfAbsent(
        id, new Node(group, shape, lines.stream().filter(line -> !line.isBlank()).toList()));
    return this;
  }

  Flow node(String id, String group, Shape shape, String... lines) {
    return node(id, group, shape, List.of(lines));
  }

  /** An arrow between boxes or groups; several words of one pair stand on one arrow. */
  Flow arrow(String from, String to, String label) {
    return arrow(from, to, label, false);
  }

  Flow arrow(String from, String to, String label, boolean dotted) {
    var words = arrows.computeIfAbsent(new Arrow(from, to, dotted), key -> new LinkedHashSet<>());
    if (!label.isEmpty()) {
      words.add(label);
    }
    return this;
  }

  boolean has(String id) {
    return nodes.containsKey(id) || groups.containsKey(id);
  }

  /** How many boxes it has. */
  int size() {
    return nodes.size();
  }

  boolean isEmpty() {
    return nodes.isEmpty();
  }

  /** The chart. Arrows to or from what isn't drawn are left out. */
  String text() {
    var text = new StringBuilder("flowchart " + direction + "\n");
    groups.forEach(
        (id, group) -> {
          if (group.parent().isEmpty()) {
            group(text, id, "  ");
          }
        });
    boxes(text, "", "  ");
    arrows.forEach(
        (arrow, words) -> {
          if (ids.containsKey(arrow.from()) && ids.containsKey(arrow.to())) {
            text.append("  ").append(id(arrow.from()));
            var label = String.join(", ", words);
            if (label.isEmpty()) {
              text.append(arrow.dotted() ? " -.-> " : " --> ");
            } else {
              text.append(arrow.dotted() ? " -. " : " -- ")
                  .append(quoted(List.of(label)))
                  .append(arrow.dotted() ? " .-> " : " --> ");
            }
            text.append(id(arrow.to())).append('\n');
          }
        });
    return text.toString();
  }

  /** Whether anything is drawn in it. */
  private boolean isUsed(String group) {
    return nodes.values().stream().anyMatch(node -> node.group().equals(group))
        || groups.entrySet().stream()
            .anyMatch(inner -> inner.getValue().parent().equals(group) && isUsed(inner.getKey()));
  }

  private void group(StringBuilder text, String id, String indent) {
    if (!isUsed(id)) {
      return;
    }
    var group = groups.get(id);
    boolean drawn = !group.label().isEmpty();
    var inner = drawn ? indent + "  " : indent;
    if (drawn) {
      text.append(indent)
          .append("subgraph ")
          .append(id(id))
          .append('[')
          .append(quoted(List.of(group.label())))
          .append("]\n");
    }
    boxes(text, id, inner);
    groups.forEach(
        (child, each) -> {
          if (each.parent().equals(id)) {
            group(text, child, inner);
          }
        });
    if (drawn) {
      text.append(indent).append("end\n");
    }
  }

  private void boxes(StringBuilder text, String group, String indent) {
    nodes.forEach(
        (id, node) -> {
          if (node.group().equals(group)) {
            text.append(indent)
                .append(id(id))
                .append(node.shape().open)
                .append(quoted(node.lines()))
                .append(node.shape().close)
                .append('\n');
          }
        });
  }

  /** Ids of Mermaid are plain words, and some words are its own. */
  private String id(String id) {
    return ids.computeIfAbsent(id, key -> "n" + (ids.size() + 1));
  }

  /** Nothing in a text may end it, begin an element, or be taken for an entity or Markdown. */
  private static String quoted(List<String> lines) {
    return lines.stream().map(Flow::escaped).collect(Collectors.joining("<br/>", "\"", "\""));
  }

  private static String escaped(String text) {
    return text.replaceAll("\\s+", " ")
        .replace("&", "#amp;")
        .replaceAll("#(?!amp;)", "#35;")
        .replace("\"", "#quot;")
        .replace("<", "#lt;")
        .replace(">", "#gt;")
        .replace("`", "#96;");
  }

  /** The first few of a list, and how many more there are. */
  static List<String> few(List<String> all, int most) {
    var result = new ArrayList<>(all.subList(0, Math.min(most, all.size())));
    if (all.size() > most) {
      result.add("and " + (all.size() - most) + " more");
    }
    return result;
  }
}
