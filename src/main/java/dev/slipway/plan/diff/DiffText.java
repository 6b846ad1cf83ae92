package dev.slipway.plan.diff;

import dev.slipway.plan.diff.PlanDiff.Entry;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.Markdown;
import java.util.ArrayList;
import java.util.List;

/** What changes, for a terminal. */
public final class DiffText {

  static final String NO_TEXT = "is no text, or only a secret in it changes";

  private static final int LINES_OF_A_FILE = 200;

  private final PlanDiff diff;
  private final StringBuilder text = new StringBuilder();

  public DiffText(PlanDiff diff) {
    this.diff = diff;
  }

  public String text() {
    line("From %s to %s: %s".formatted(diff.before(), diff.after(), diff.summary()));
    if (!diff.refusals().isEmpty()) {
      title("Refused: a stack that is there can't take this");
      diff.refusals().forEach(refusal -> line("! " + refusal.text()));
    }
    resources();
    entries("Who may reach whom", diff.reach());
    if (!diff.roles().isEmpty()) {
      title("What roles may do");
      for (var role : diff.roles()) {
        line("%c %s".formatted(role.sign().mark, role.name()));
        role.lines().forEach(entry -> line("    %c %s".formatted(entry.sign().mark, entry.text())));
      }
    }
    cost();
    files();
    if (!diff.outputs().isEmpty()) {
      title("Outputs");
      diff.outputs().forEach(this::value);
    }
    entries("Findings", diff.findings());
    return text.toString().stripTrailing();
  }

  private void resources() {
    if (diff.resources().isEmpty()) {
      return;
    }
    title("Resources");
    for (var change : diff.resources()) {
      var notes = new ArrayList<String>();
      if (change.stateful() != null) {
        notes.add("stateful: " + change.stateful());
      }
      if (change.unprotected()) {
        notes.add("no longer protected");
      }
      if (!change.replacedBy().isEmpty()) {
        notes.add("replaced, " + change.reason());
      }
      line(
          "%c %-38s %s%s"
              .formatted(
                  change.sign().mark,
                  change.name(),
                  Describe.type(change.type(), true),
                  notes.isEmpty() ? "" : " [" + String.join("; ", notes) + "]"));
      change.inputs().forEach(this::value);
    }
  }

  private void value(PlanDiff.Value value) {
    line(
        "    %s: %s -> %s"
            .formatted(
                value.name(),
                value.before() == null ? "nothing" : value.before(),
                value.after() == null ? "nothing" : value.after()));
  }

  private void cost() {
    var cost = diff.cost();
    if (cost.items().isEmpty() && cost.unitPrices().isEmpty()) {
      return;
    }
    title("A month's cost in US dollars");
    for (var item : cost.items()) {
      line(
          "  %-26s %-30s %9s -> %9s  %9s"
              .formatted(
                  item.resource(),
                  item.what(),
                  item.before(),
                  item.after(),
                  PlanDiff.signed(item.after().subtract(item.before()))));
    }
    line(
        "  %-57s %9s -> %9s  %9s"
            .formatted("total", cost.before(), cost.after(), PlanDiff.signed(cost.difference())));
    cost.unitPrices()
        .forEach(entry -> line("  %c usage-based: %s".formatted(entry.sign().mark, entry.text())));
  }

  private void files() {
    if (diff.files().isEmpty()) {
      return;
    }
    title("Files of hosts, and documents");
    for (var file : diff.files()) {
      line(
          "%c %s (+%d -%d)".formatted(file.sign().mark, file.path(), file.added(), file.removed()));
      if (file.lines().isEmpty()) {
        line("    " + NO_TEXT);
      }
      Markdown.capped(file.lines(), LINES_OF_A_FILE, Integer.MAX_VALUE)
          .forEach(text -> line("    " + text));
    }
  }

  private void entries(String title, List<Entry> entries) {
    if (!entries.isEmpty()) {
      title(title);
      entries.forEach(entry -> line("%c %s".formatted(entry.sign().mark, entry.text())));
    }
  }

  private void title(String title) {
    line("");
    line(title);
    line("-".repeat(title.length()));
  }

  private void line(String line) {
    text.append(line.stripTrailing()).append('\n');
  }
}
