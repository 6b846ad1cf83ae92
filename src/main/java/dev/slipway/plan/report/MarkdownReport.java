package dev.slipway.plan.report;

import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.Diagram;
import dev.slipway.plan.diagram.Mermaid;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Roles;
import dev.slipway.plan.rules.Rules;
import java.util.ArrayList;
import java.util.List;

/** A plan as a page, for pull requests and wikis. */
final class MarkdownReport {

  private final Plan plan;
  private final Diagram diagram;
  private final StringBuilder text = new StringBuilder();

  MarkdownReport(Plan plan, Diagram diagram) {
    this.plan = plan;
    this.diagram = diagram;
  }

  String text() {
    var graph = plan.graph();
    line("# Plan of " + plan.stack());
    line("");
    line(diagram.footer() + " Ids, addresses and the account are examples; AWS gives its own.");
    line("");
    line("```mermaid");
    text.append(Mermaid.of(diagram));
    line("```");
    section("Findings");
    findings();
    section("A month's cost");
    cost();
    section("Who may reach whom");
    table(
        List.of("From", "To", "What", "Says"),
        Reach.in(graph).stream()
            .map(reach -> List.of(reach.from(), reach.to(), reach.ports(), reach.description()))
            .toList());
    section("What roles may do");
    for (var role : Roles.in(graph)) {
      line(
          "**"
              + role.name()
              + "**, taken by "
              + role.takenBy()
              + (role.boundary().isEmpty() ? "" : ", within " + role.boundary()));
      line("");
      table(
          List.of("", "Actions", "On", "When or why"),
          role.lines().stream()
              .map(entry -> List.of(entry.verb(), entry.actions(), entry.targets(), entry.note()))
              .toList());
    }
    section("Resources");
    table(
        List.of("Name", "Type", "", "Protected"),
        graph.resources().stream()
            .filter(resource -> resource.custom() && !resource.type().startsWith("pulumi:"))
            .map(
                resource ->
                    List.of(
                        graph.label(resource),
                        Describe.type(resource),
                        Describe.detail(graph, resource).replace(" [protected]", ""),
                        resource.protect() ? "yes" : ""))
            .toList());
    section("Outputs");
    table(
        List.of("Name", "Value"),
        graph.outputs().entrySet().stream()
            .map(entry -> List.of(entry.getKey(), String.valueOf(Describe.shown(entry.getValue()))))
            .toList());
    return text.toString();
  }

  private void findings() {
    var rows = new ArrayList<List<String>>();
    plan.problems().forEach(problem -> rows.add(List.of("error", "", "", problem)));
    plan.warnings().forEach(warning -> rows.add(List.of("warning", "", "", warning)));
    for (var finding : plan.findings()) {
      rows.add(
          List.of(
              finding.accepted() == null
                  ? finding.severity().name().toLowerCase(java.util.Locale.ROOT)
                  : "accepted: " + finding.accepted(),
              finding.rule(),
              finding.resource(),
              finding.message()));
    }
    TextReport.notices(plan).forEach(notice -> rows.add(List.of("note", "", "", notice)));
    if (rows.isEmpty()) {
      line("None: all " + Rules.names().size() + " house rules hold.");
      line("");
    } else {
      table(List.of("", "Rule", "Resource", "What"), rows);
    }
  }

  private void cost() {
    var cost = plan.cost();
    var rows = new ArrayList<List<String>>();
    cost.items()
        .forEach(
            item ->
                rows.add(
                    List.of(
                        item.resource(),
                        item.what(),
                        TextReport.plain(item.quantity())
                            + " x "
                            + TextReport.plain(item.unitPrice())
                            + " "
                            + item.unit(),
                        item.month().toString(),
                        "[" + item.asOf() + "](" + item.source() + ")")));
    rows.add(
        List.of(
            "",
            "**total**, without tax, free tiers and discounts",
            "",
            "**" + cost.total() + "**",
            ""));
    cost.usageBased()
        .forEach(
            price ->
                rows.add(
                    List.of(
                        price.resource(),
                        price.what(),
                        TextReport.plain(price.unitPrice()) + " a " + price.unit(),
                        "usage-based",
                        "[" + price.asOf() + "](" + price.source() + ")")));
    cost.notPriced().forEach(what -> rows.add(List.of("", what, "", "not priced", "")));
    table(List.of("Resource", "What", "How much", "US dollars", "Price as of"), rows);
  }

  private void section(String title) {
    line("");
    line("## " + title);
    line("");
  }

  private void table(List<String> head, List<List<String>> rows) {
    row(head);
    line("|" + " --- |".repeat(head.size()));
    rows.forEach(this::row);
    line("");
  }

  private void row(List<String> cells) {
    line(
        "| "
            + String.join(
                " | ",
                cells.stream()
                    .map(
                        cell ->
                            cell.replace("|", "\\|")
                                .replace("\n", "<br>")
                                .replace("*", cell.startsWith("**") ? "*" : "\\*"))
                    .toList())
            + " |");
  }

  private void line(String line) {
    text.append(line.stripTrailing()).append('\n');
  }
}
