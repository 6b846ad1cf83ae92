package dev.slipway.plan.preview;

import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.DiffMarkdown;
import dev.slipway.plan.diff.PlanDiff;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.preview.LossGuard.Loss;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.Markdown;
import dev.slipway.plan.report.TextReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a change does to a stack, as the comment on its pull request. */
public final class PreviewComment {

  /** What stands above the folded parts ends here. */
  private static final int HEAD = 20_000;

  private static final Map<String, String> OPERATIONS =
      Map.of(
          "create", "to create",
          "update", "to update",
          "replace", "to replace",
          "delete", "to delete",
          "same", "unchanged",
          "import", "to import",
          "read", "to read");

  private final String stack;
  private final List<String> failures = new ArrayList<>();
  private final List<String> reasons = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private List<Loss> losses = List.of();
  private List<String> systems = List.of();
  private Preview preview;
  private PlanDiff diff;
  private Plan plan;
  private String said = "";

  public PreviewComment(String stack) {
    this.stack = stack;
  }

  /** What must be put right; shown whole, up to a length. */
  public void failed(String what, List<String> lines) {
    reasons.add(what);
    lines.stream().limit(20).map(line -> "  | " + line).forEach(reasons::add);
    failures.add("**" + what + "**\n\n" + Markdown.fence("", Markdown.capped(lines, 60, 4_000)));
  }

  public void note(String note) {
    notes.add(note);
  }

  public void engine(Preview preview) {
    this.preview = preview;
  }

  /** What the engine wrote beside its preview. */
  public void said(String said) {
    this.said = SecretText.masked(said.strip());
  }

  public void plan(Plan plan) {
    this.plan = plan;
  }

  public void diff(PlanDiff diff) {
    this.diff = diff;
  }

  public void losses(List<Loss> losses, List<String> unused) {
    this.losses = losses;
    unused.forEach(
        override ->
            warnings.add(
                Markdown.code(LossGuard.LABEL + override)
                    + " is for nothing that would be lost here"));
  }

  public void systems(List<String> systems) {
    this.systems = systems;
  }

  public List<Loss> refused() {
    return losses.stream().filter(loss -> !loss.allowed()).toList();
  }

  /** Whether something failed that isn't a loss. */
  public boolean hasFailures() {
    return !failures.isEmpty();
  }

  /** What failed and why, for who reads the log and not the comment. */
  public List<String> reasons() {
    return List.copyOf(reasons);
  }

  /** In one line, of our own words and numbers alone. */
  public String summary() {
    var words = new ArrayList<String>();
    if (!refused().isEmpty()) {
      words.add(
          "refused, since it would lose " + Describe.count(refused().size(), "stateful resource"));
    }
    if (hasFailures()) {
      words.add("failed");
    }
    if (!unprotected().isEmpty()) {
      words.add(Describe.count(unprotected().size(), "stateful resource") + " no longer protected");
    }
    if (preview != null) {
      words.add("Pulumi: " + counts());
    }
    if (diff != null) {
      words.add("plan: " + diff.summary());
    } else if (plan != null && !plan.isRefused()) {
      words.add("plan: " + plan.cost().total() + " US dollars a month");
    }
    return words.isEmpty() ? "nothing to show" : String.join("; ", words);
  }

  /** The names of what loses its protection: the step before it can be lost. */
  private List<String> unprotected() {
    var names = new TreeSet<String>();
    if (preview != null) {
      preview.steps().stream()
          .filter(step -> step.unprotected() && step.stateful() != null)
          .forEach(step -> names.add(Graph.label(step.name(), systems)));
    }
    if (diff != null) {
      diff.resources().stream()
          .filter(change -> change.unprotected() && change.stateful() != null)
          .forEach(change -> names.add(change.name()));
    }
    return List.copyOf(names);
  }

  private String counts() {
    var words = new ArrayList<String>();
    preview
        .counts()
        .forEach(
            (operation, count) ->
                words.add(
                    count
                        + " "
                        + OPERATIONS.getOrDefault(
                            operation, operation.replaceAll("[^a-z-]", "").replace('-', ' '))));
    return words.isEmpty() ? "no steps" : String.join(", ", words);
  }

  public String text() {
    var page = new Markdown(Markdown.LIMIT);
    page.line("<!-- slipway:preview:" + stack + " -->");
    page.line("**Preview of " + Markdown.code(stack) + ":** " + summary().replace("->", "→"));
    page.line("");
    losses(page);
    if (!unprotected().isEmpty()) {
      page.line(
          "**No longer protected, so that a later change can delete it:** "
              + Markdown.code(String.join(", ", unprotected())));
      page.line("");
    }
    failures.stream().limit(4).forEach(page::line);
    for (var note : notes) {
      page.line(note);
      page.line("");
    }
    warnings.stream().limit(5).forEach(warning -> page.line("- " + warning));
    page.line("");
    int after = 9;
    if (preview != null) {
      page.section(
          "Pulumi's preview: " + counts(),
          "| | Name | Type | Because of |\n| --- | --- | --- | --- |\n",
          preview.steps().stream().map(this::step).toList(),
          after + 1);
    }
    var messages = messages();
    page.section(
        "What Pulumi said",
        "",
        messages.isEmpty()
            ? List.of()
            : List.of(Markdown.fence("", Markdown.capped(messages, 200, 10_000))),
        after);
    if (diff != null) {
      new DiffMarkdown(diff).addTo(page, 1);
    }
    if (plan != null) {
      page.section("The plan's findings: " + findings().size(), "", findings(), 0);
    }
    return page.toString().strip() + "\n";
  }

  private void losses(Markdown page) {
    if (losses.isEmpty()) {
      return;
    }
    page.line(
        refused().isEmpty()
            ? "**What can't be made again would be lost, as is allowed:**"
            : "**Refused: what can't be made again would be lost.**");
    page.line("");
    int shown = 0;
    for (; shown < losses.size() && page.length() < HEAD; shown++) {
      page.line("- " + inMarkdown(losses.get(shown)));
    }
    if (shown < losses.size()) {
      page.line("- … and " + (losses.size() - shown) + " more");
    }
    page.line("");
  }

  private String inMarkdown(Loss loss) {
    var text =
        "%s (%s) would be %s. "
            .formatted(Markdown.code(loss.name()), loss.kind(), loss.operation());
    if (loss.allowed()) {
      text += "Allowed by " + Markdown.code(LossGuard.LABEL + loss.override()) + ".";
    } else {
      text +=
          "If that is meant, give this pull request the label "
              + Markdown.code(LossGuard.LABEL + loss.override())
              + ".";
    }
    return loss.held()
        ? text
            + " Pulumi refuses too, as long as it is protected: take the protection off by a change"
            + " of its own, bring the stack up, and then make this change."
        : text;
  }

  /** What a person at a terminal needs to know about a loss. */
  public static String inText(Loss loss) {
    return "%s (%s) would be %s; to allow it: --allow %s, on a pull request the label %s%s%s"
        .formatted(
            loss.name(),
            loss.kind(),
            loss.operation(),
            loss.override(),
            LossGuard.LABEL,
            loss.override(),
            loss.held() ? "; it is protected, which has to be taken off first" : "");
  }

  private String step(Preview.Step step) {
    var words = new ArrayList<String>();
    if (step.losesState()) {
      words.add("**stateful: " + step.stateful() + "**");
    }
    if (step.unprotected()) {
      words.add("**no longer protected**");
    }
    if (!step.reasons().isEmpty()) {
      words.add(Markdown.code(String.join(", ", step.reasons())));
    }
    return "| %s | %s | %s | %s |\n"
        .formatted(
            Markdown.code(step.operation()),
            Markdown.code(Graph.label(step.name(), systems)),
            Markdown.code(Describe.type(step.type(), isCustom(step.type()))),
            String.join(", ", words));
  }

  private static boolean isCustom(String type) {
    return !type.startsWith("slipway:") && !type.startsWith("pulumi:pulumi:");
  }

  private List<String> messages() {
    var result = new ArrayList<String>();
    if (preview != null) {
      preview.messages().forEach(message -> result.addAll(message.lines().toList()));
    }
    result.addAll(said.lines().toList());
    return result;
  }

  private List<String> findings() {
    var result = new ArrayList<String>();
    for (var finding : plan.findings()) {
      result.add(
          "- %s %s: %s%s\n"
              .formatted(
                  finding.accepted() != null
                      ? "accepted"
                      : finding.fails() ? "**error**" : "warning",
                  Markdown.code(finding.rule()),
                  Markdown.code((finding.resource() + " " + finding.message()).strip()),
                  finding.accepted() == null
                      ? ""
                      : ", because " + Markdown.code(finding.accepted())));
    }
    plan.warnings()
        .forEach(
            warning ->
                result.add("- warning: " + Markdown.code(SecretText.masked(warning)) + "\n"));
    TextReport.notices(plan).forEach(notice -> result.add("- " + Markdown.code(notice) + "\n"));
    return result;
  }
}
