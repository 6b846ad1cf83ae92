package dev.slipway.plan.report;

import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.cost.Cost;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.Roles;
import dev.slipway.plan.rules.Finding;
import dev.slipway.plan.rules.Rules;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** A plan for a terminal. */
public final class TextReport {

  private static final int WIDTH = 110;

  private final Plan plan;
  private final Graph graph;
  private final StringBuilder text = new StringBuilder();

  public TextReport(Plan plan) {
    this.plan = plan;
    this.graph = plan.graph();
  }

  public String text() {
    var made =
        graph.resources().stream()
            .filter(
                resource ->
                    resource.custom()
                        && !resource.external()
                        && !resource.type().startsWith("pulumi:"))
            .count();
    line(
        "Plan of "
            + plan.stack()
            + ": "
            + made
            + " resources in "
            + graph.names().region()
            + ". Ids, addresses and the account are examples; AWS gives its own.");
    tree();
    roles();
    reach();
    cost();
    outputs();
    findings();
    return text.toString().stripTrailing();
  }

  private void line(String line) {
    text.append(line.stripTrailing()).append('\n');
  }

  private void title(String title) {
    line("");
    line(title);
    line("-".repeat(title.length()));
  }

  private void tree() {
    title("Resources");
    graph.root().ifPresent(root -> branches(root, ""));
  }

  private void branches(Resource parent, String indent) {
    var children =
        graph.children(parent).stream()
            .filter(child -> !child.type().startsWith("pulumi:providers:"))
            .toList();
    for (int i = 0; i < children.size(); i++) {
      var child = children.get(i);
      boolean last = i == children.size() - 1;
      var head = indent + (last ? "└─ " : "├─ ") + graph.shortName(child);
      var type = Describe.type(child);
      var detail = Describe.detail(graph, child);
      line(pad(head, 44) + (detail.isEmpty() ? type : pad(type, 34) + detail));
      branches(child, indent + (last ? "   " : "│  "));
    }
  }

  private void roles() {
    title("What roles may do");
    for (var role : Roles.in(graph)) {
      line(
          role.name()
              + ", taken by "
              + role.takenBy()
              + (role.boundary().isEmpty() ? "" : ", within " + role.boundary()));
      for (var entry : role.lines()) {
        var rest = new ArrayList<String>();
        if (!entry.targets().isEmpty()) {
          rest.add("on " + entry.targets());
        }
        if (!entry.note().isEmpty()) {
          rest.add("(" + entry.note() + ")");
        }
        wrapped(
            "  " + pad(entry.verb(), 6),
            entry.actions() + (rest.isEmpty() ? "" : " " + String.join(" ", rest)));
      }
    }
  }

  private void reach() {
    title("Who may reach whom");
    // IPv4 and IPv6, ports, and what both ends say of the same pair, in one line.
    var rows = new LinkedHashMap<List<String>, List<Reach>>();
    for (var reach : Reach.in(graph)) {
      rows.computeIfAbsent(List.of(reach.from(), reach.to()), key -> new ArrayList<>()).add(reach);
    }
    if (rows.isEmpty()) {
      line("  nobody: the stack has no network");
    }
    int from = rows.keySet().stream().mapToInt(row -> row.get(0).length()).max().orElse(0);
    int to = rows.keySet().stream().mapToInt(row -> row.get(1).length()).max().orElse(0);
    rows.forEach(
        (row, all) ->
            line(
                "  "
                    + pad(row.get(0), from + 1)
                    + "-> "
                    + pad(row.get(1), to + 2)
                    + Reach.ports(all)));
  }

  private void cost() {
    var cost = plan.cost();
    title("A month's cost in US dollars");
    for (var item : cost.items()) {
      line(
          "  %-26s %-30s %8s x %-8s %-14s %9s"
              .formatted(
                  item.resource(),
                  item.what(),
                  plain(item.quantity()),
                  plain(item.unitPrice()),
                  item.unit(),
                  item.month()));
    }
    line("  " + " ".repeat(88) + "  %9s".formatted("-".repeat(9)));
    line("  %-88s  %9s".formatted("total, without tax, free tiers and discounts", cost.total()));
    if (!cost.usageBased().isEmpty()) {
      line("  usage-based, not in the total:");
      cost.usageBased().stream()
          .collect(
              Collectors.groupingBy(
                  price -> price.what() + ": " + plain(price.unitPrice()) + " a " + price.unit(),
                  LinkedHashMap::new,
                  Collectors.mapping(Cost.UnitPrice::resource, Collectors.toList())))
          .forEach(
              (what, names) ->
                  wrapped(
                      "    ",
                      what
                          + (names.equals(List.of(""))
                              ? ""
                              : " (" + String.join(", ", names) + ")")));
    }
    cost.notPriced().forEach(what -> line("  not priced: " + what));
    var dates =
        cost.items().stream()
            .map(item -> item.asOf() + ", " + item.source())
            .collect(Collectors.toCollection(TreeSet::new));
    dates.forEach(date -> line("  as of " + date));
  }

  private void outputs() {
    if (!graph.outputs().isEmpty()) {
      title("Outputs");
      graph
          .outputs()
          .forEach(
              (name, value) ->
                  line(
                      "  "
                          + pad(name, 14)
                          + " "
                          + shown(value).replace("\n", "\n" + " ".repeat(17))));
    }
  }

  private static String shown(Object value) {
    var shown = Describe.shown(value);
    return shown instanceof String plain ? plain : Json.compact(shown);
  }

  private void findings() {
    title("Findings");
    plan.problems().forEach(problem -> wrapped("  error    ", problem));
    plan.warnings().forEach(warning -> wrapped("  warning  ", warning));
    for (var finding : plan.findings()) {
      var word =
          finding.accepted() != null
              ? "accepted"
              : finding.severity() == Finding.Severity.ERROR ? "error" : "warning";
      wrapped(
          "  " + pad(word, 9),
          finding.rule()
              + ": "
              + (finding.resource().isEmpty() ? "" : finding.resource() + " ")
              + finding.message()
              + (finding.accepted() == null ? "" : " (accepted: " + finding.accepted() + ")"));
    }
    for (var notice : notices(plan)) {
      wrapped("  note     ", notice);
    }
    if (plan.problems().isEmpty() && plan.warnings().isEmpty() && plan.findings().isEmpty()) {
      line("  none: all " + Rules.names().size() + " house rules hold");
    }
    long failing = plan.problems().size() + plan.findings().stream().filter(Finding::fails).count();
    if (failing > 0) {
      line("");
      line(failing == 1 ? "1 error." : failing + " errors.");
      plan.findings().stream()
          .filter(Finding::fails)
          .map(Finding::rule)
          .distinct()
          .forEach(
              rule ->
                  line(
                      "To accept: pulumi config set --path 'slipway:accept."
                          + rule
                          + "' 'the reason'"));
    }
  }

  /** What the stack file accepts although there is nothing to accept. */
  public static List<String> notices(Plan plan) {
    return plan.accepted().keySet().stream()
        .filter(rule -> plan.findings().stream().noneMatch(finding -> finding.rule().equals(rule)))
        .map(rule -> "accept." + rule + " is not needed any more: the rule holds")
        .toList();
  }

  private void wrapped(String head, String rest) {
    var indent = " ".repeat(head.length());
    var current = new StringBuilder(head);
    for (var paragraph : rest.split("\n", -1)) {
      for (var word : paragraph.split(" ")) {
        if (current.length() + word.length() > WIDTH && current.length() > indent.length()) {
          line(current.toString());
          current = new StringBuilder(indent + "  ");
        }
        current.append(word).append(' ');
      }
      line(current.toString());
      current = new StringBuilder(indent);
    }
  }

  private static String pad(String text, int width) {
    return text.length() >= width ? text + " " : text + " ".repeat(width - text.length());
  }

  static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
