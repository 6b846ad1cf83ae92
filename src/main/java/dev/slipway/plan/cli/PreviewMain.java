package dev.slipway.plan.cli;

import dev.slipway.core.Reasons;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.PlanDiff;
import dev.slipway.plan.diff.StandingStack;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.PlanException;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.preview.LossGuard;
import dev.slipway.plan.preview.Preview;
import dev.slipway.plan.preview.PreviewComment;
import dev.slipway.plan.report.Markdown;
import dev.slipway.plan.report.SavedPlan;
import dev.slipway.plan.rules.Finding;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The second half of {@code scripts/ci/preview.sh}, which checks the command line and runs the
 * engine: {@code STACK --folder DIR --comment FILE [--base DIR] [--allow STACK/RESOURCE]...
 * [--engine FILE --errors FILE --status NUMBER]}.
 *
 * <p>Ends with 0 when all is in order, with 3 when something would be lost that nobody allowed to
 * be, with 1 when the preview or the plan fails. The comment is written in each case.
 */
public final class PreviewMain {

  /** Something would be lost. */
  static final int LOSS = 3;

  private PreviewMain() {}

  public static void main(String[] arguments) {
    var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    var err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    int status = run(List.of(arguments), out, err, PlanMain.PROGRAM);
    out.flush();
    // The SDK leaves threads behind that would keep the process for seconds.
    System.exit(status);
  }

  public static int run(
      List<String> arguments, PrintStream out, PrintStream err, Plan.Program program) {
    String stack = null;
    Path folder = Path.of("");
    Path comment = null;
    Path base = null;
    Path engine = null;
    Path errors = null;
    int status = 0;
    var allowed = new ArrayList<String>();
    var open = new ArrayDeque<>(arguments);
    while (!open.isEmpty()) {
      var word = open.pop();
      switch (word) {
        case "--folder" -> folder = Path.of(open.pop());
        case "--comment" -> comment = Path.of(open.pop());
        case "--base" -> base = Path.of(open.pop());
        case "--engine" -> engine = Path.of(open.pop());
        case "--errors" -> errors = Path.of(open.pop());
        case "--status" -> status = Integer.parseInt(open.pop());
        case "--allow" -> allowed.add(open.pop());
        default -> stack = word;
      }
    }
    try {
      var page = new PreviewComment(stack);
      var systems = new TreeSet<String>();
      var after = plan(page, folder.toAbsolutePath(), stack, program);
      var before = base == null ? null : base(page, base, stack);
      for (var side : new SavedPlan[] {before, after}) {
        if (side != null) {
          systems.addAll(side.systems());
        }
      }
      var diff = before == null || after == null ? null : PlanDiff.between(before, after);
      page.diff(diff);
      page.systems(List.copyOf(systems));
      var preview = engine == null ? null : engine(page, engine, errors, status);
      if (engine == null) {
        page.note(
            "Pulumi wasn't asked, since that takes credentials: this is the plan alone, which"
                + " doesn't know what AWS has.");
      }
      var guard = new LossGuard(stack, systems, allowed);
      var losses = preview == null ? List.<LossGuard.Loss>of() : guard.losses(preview);
      if (diff != null && (preview == null || !preview.errors().isEmpty())) {
        // The engine stops at the first thing that it can't do: what comes after it isn't told.
        losses = LossGuard.together(losses, guard.losses(diff));
      } else if (diff != null) {
        losses = LossGuard.together(losses, guard.lossesOfSites(diff));
      }
      var given =
          losses.stream().filter(LossGuard.Loss::allowed).map(LossGuard.Loss::name).toList();
      var refusals = new LinkedHashMap<String, String>();
      // As with losses: what the engine tells is what there is.
      boolean told = preview != null && preview.errors().isEmpty();
      for (var refusal :
          Stream.of(
                  preview == null ? List.<StandingStack.Refusal>of() : preview.refusals(),
                  told || diff == null ? List.<StandingStack.Refusal>of() : diff.refusals())
              .flatMap(List::stream)
              .toList()) {
        if (!refusal.loss() || !given.contains(Graph.label(refusal.resource(), systems))) {
          refusals.putIfAbsent(refusal.setting(), SecretText.masked(refusal.text()));
        }
      }
      if (!refusals.isEmpty()) {
        page.failed(
            "Refused: a stack that is there can't take this:", List.copyOf(refusals.values()));
      }
      var unused = guard.unused(losses);
      page.losses(losses, unused);
      Files.writeString(comment, page.text());
      out.println("%s: %s".formatted(stack, page.summary()));
      page.reasons().forEach(err::println);
      unused.forEach(
          override ->
              err.println("--allow " + override + " is for nothing that would be lost here"));
      refusals.values().forEach(refusal -> err.println("refused: " + refusal));
      page.refused().forEach(loss -> err.println(PreviewComment.inText(loss)));
      return !page.refused().isEmpty() ? LOSS : page.hasFailures() ? 1 : 0;
    } catch (IOException unwritable) {
      err.println(
          "preview.sh: cannot read or write "
              + unwritable.getMessage()
              + ": "
              + Reasons.of(unwritable));
      return 1;
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError unforeseen) {
      err.println("preview.sh: " + Reasons.unforeseen(unforeseen, Plan.TRACED));
      return 1;
    }
  }

  private static SavedPlan plan(
      PreviewComment page, Path folder, String stack, Plan.Program program) {
    try {
      var plan = Plan.of(folder, stack, program);
      page.plan(plan);
      if (!plan.problems().isEmpty()) {
        page.failed(
            "The plan fails:",
            plan.problems().stream().map(SecretText::masked).flatMap(String::lines).toList());
      } else if (!plan.ok()) {
        page.failed(
            "The plan breaks house rules:",
            plan.findings().stream()
                .filter(Finding::fails)
                .map(
                    finding ->
                        "%s: %s %s"
                            .formatted(finding.rule(), finding.resource(), finding.message()))
                .toList());
      }
      return plan.isRefused() ? null : SavedPlan.of(plan);
    } catch (PlanException wrong) {
      page.failed("The plan fails:", wrong.getMessage().lines().toList());
      return null;
    }
  }

  /**
   * The plan to compare with. One that can't be read fails nothing: a base branch of before a
   * change of the plan's form would else fail every pull request.
   */
  private static SavedPlan base(PreviewComment page, Path folder, String stack) {
    try {
      var base = SavedPlan.read(folder);
      if (!base.stack().equals(stack)) {
        throw new PlanException(base.source() + ": is not one of " + stack);
      }
      return base;
    } catch (PlanException unreadable) {
      page.note(
          "There is no plan to compare with, so that only the whole can be shown: "
              + Markdown.code(unreadable.getMessage())
              + ".");
      return null;
    }
  }

  private static Preview engine(PreviewComment page, Path engine, Path errors, int status)
      throws IOException {
    var said = errors == null ? "" : text(errors);
    var printed = text(engine);
    try {
      var preview = Preview.read(printed);
      page.said(said);
      page.engine(preview);
      if (!preview.errors().isEmpty() || status != 0) {
        page.failed(
            "Pulumi's preview fails:",
            preview.errors().isEmpty()
                ? List.of("it ended with status " + status)
                : preview.errors().stream().flatMap(String::lines).toList());
      }
      return preview;
    } catch (PlanException none) {
      page.failed(
          none.getMessage() + " (status " + status + "):",
          SecretText.masked((printed.strip() + "\n" + said.strip()).strip()).lines().toList());
      return null;
    }
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }
}
