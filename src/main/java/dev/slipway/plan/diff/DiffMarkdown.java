package dev.slipway.plan.diff;

import dev.slipway.plan.diff.PlanDiff.Entry;
import dev.slipway.plan.diff.PlanDiff.ResourceChange;
import dev.slipway.plan.diff.PlanDiff.Sign;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.Markdown;
import java.util.ArrayList;
import java.util.List;

/** What changes, for a comment on a pull request: details are folded. */
public final class DiffMarkdown {

  private static final int LINES = 150;
  private static final int LENGTH = 10_000;

  private final PlanDiff diff;

  public DiffMarkdown(PlanDiff diff) {
    this.diff = diff;
  }

  /** A page of its own. */
  public String text() {
    var page = new Markdown(Markdown.LIMIT);
    page.line(
        "**From %s to %s:** %s"
            .formatted(Markdown.code(diff.before()), Markdown.code(diff.after()), summary()));
    page.line("");
    addTo(page, 0);
    return page.toString();
  }

  /** The summary; it holds nothing but our own words and numbers. */
  String summary() {
    return diff.summary().replace("->", "→");
  }

  /**
   * The folded parts.
   *
   * @param after how many more come after these
   */
  public void addTo(Markdown page, int after) {
    page.section(
        "Refused: a stack that is there can't take this",
        "",
        diff.refusals().stream()
            .map(refusal -> "- " + Markdown.code(refusal.text()) + "\n")
            .toList(),
        after + 7);
    // Short and telling ones first: where there isn't room for all, those are whole.
    page.section("Cost: " + diff.money().replace("->", "→"), "", cost(), after + 6);
    page.section(
        "Findings: " + plusMinus(diff.findings()), "", entries(diff.findings()), after + 5);
    page.section(
        "Who may reach whom: " + plusMinus(diff.reach()), "", entries(diff.reach()), after + 4);
    page.section(
        "What roles may do: " + Describe.count(diff.roles().size(), "role"),
        "",
        diff.roles().stream()
            .map(
                role ->
                    "%s %s\n\n%s\n"
                        .formatted(
                            Markdown.code(role.name()),
                            word(role.sign()),
                            Markdown.fence(
                                "diff", Markdown.capped(lines(role.lines()), LINES, LENGTH))))
            .toList(),
        after + 3);
    page.section(
        "Resources: " + Describe.count(diff.resources().size(), "change"),
        "| | Name | Type | What |\n| --- | --- | --- | --- |\n",
        diff.resources().stream().map(DiffMarkdown::resource).toList(),
        after + 2);
    page.section(
        "Files of hosts and documents: " + Describe.count(diff.files().size(), "file"),
        "",
        diff.files().stream().map(DiffMarkdown::file).toList(),
        after + 1);
    page.section(
        "Outputs: " + Describe.count(diff.outputs().size(), "change"),
        "| Name | Before | After |\n| --- | --- | --- |\n",
        diff.outputs().stream()
            .map(
                value ->
                    "| %s | %s | %s |\n"
                        .formatted(
                            Markdown.code(value.name()), side(value.before()), side(value.after())))
            .toList(),
        after);
  }

  private List<String> cost() {
    var rows = new ArrayList<String>();
    for (var line : diff.cost().items()) {
      rows.add(
          "- %s %s: %s → %s\n"
              .formatted(
                  Markdown.code(line.resource()),
                  Markdown.code(line.what()),
                  line.before(),
                  line.after()));
    }
    rows.addAll(entries(diff.cost().unitPrices()));
    return rows;
  }

  private static String resource(ResourceChange change) {
    var words = new ArrayList<String>();
    if (change.stateful() != null) {
      words.add("**stateful: " + change.stateful() + "**");
    }
    if (change.unprotected()) {
      words.add("**no longer protected**");
    }
    if (!change.replacedBy().isEmpty()) {
      words.add("**replaced**, " + Markdown.code(change.reason()));
    }
    change.inputs().stream()
        .limit(20)
        .forEach(
            value ->
                words.add(
                    "%s: %s → %s"
                        .formatted(
                            Markdown.code(value.name()),
                            side(value.before()),
                            side(value.after()))));
    if (change.inputs().size() > 20) {
      words.add("… and " + Describe.count(change.inputs().size() - 20L, "more input"));
    }
    return "| %s | %s | %s | %s |\n"
        .formatted(
            word(change.sign()),
            Markdown.code(change.name()),
            Markdown.code(Describe.type(change.type(), true)),
            String.join("<br>", words));
  }

  private static String file(PlanDiff.FileChange file) {
    return "%s %s, +%d −%d\n\n%s\n"
        .formatted(
            Markdown.code(file.path()),
            word(file.sign()),
            file.added(),
            file.removed(),
            file.lines().isEmpty()
                ? DiffText.NO_TEXT + "\n"
                : Markdown.fence("diff", Markdown.capped(file.lines(), LINES, LENGTH)));
  }

  private static List<String> entries(List<Entry> entries) {
    return entries.stream()
        .map(entry -> "- %s: %s\n".formatted(word(entry.sign()), Markdown.code(entry.text())))
        .toList();
  }

  private static List<String> lines(List<Entry> entries) {
    return entries.stream()
        .map(entry -> entry.sign().mark + " " + entry.text().replaceAll("\\s+", " "))
        .toList();
  }

  private static String plusMinus(List<Entry> entries) {
    long added = entries.stream().filter(entry -> entry.sign() == Sign.ADDED).count();
    return "%d new, %d gone".formatted(added, entries.size() - added);
  }

  private static String side(String value) {
    return value == null ? "nothing" : Markdown.code(value);
  }

  private static String word(Sign sign) {
    return switch (sign) {
      case ADDED -> "new";
      case REMOVED -> "gone";
      case CHANGED -> "changed";
    };
  }
}
