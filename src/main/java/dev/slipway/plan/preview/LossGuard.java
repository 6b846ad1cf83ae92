package dev.slipway.plan.preview;

import dev.slipway.plan.diff.PlanDiff;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.report.SavedPlan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Refuses changes by which something is lost that can't be made again, unless each is allowed by
 * its name.
 */
public final class LossGuard {

  /** What GitHub's labels begin with that allow a loss. */
  static final String LABEL = "allow-loss:";

  /** GitHub's labels are no longer. */
  private static final int LABEL_LENGTH = 50;

  /**
   * A loss.
   *
   * @param name the resource's name without the system's
   * @param kind what it keeps: disk, bucket…
   * @param operation what would be done: delete, replace
   * @param override what allows it, {@code STACK/RESOURCE}
   * @param allowed whether somebody did
   * @param held whether it is protected, so that the engine refuses too
   */
  public record Loss(
      String name, String kind, String operation, String override, boolean allowed, boolean held) {}

  private final String stack;
  private final Collection<String> systems;
  private final Collection<String> allowed;

  /**
   * @param systems the names of the components right below the stack, which names begin with
   * @param allowed the overrides that were given
   */
  public LossGuard(String stack, Collection<String> systems, Collection<String> allowed) {
    this.stack = stack;
    this.systems = systems;
    this.allowed = allowed;
  }

  /** What the engine would take away. */
  public List<Loss> losses(Preview preview) {
    var result = new ArrayList<Loss>();
    for (var step : preview.steps()) {
      if (step.losesState()) {
        add(
            result,
            loss(
                step.name(),
                Graph.label(step.name(), systems),
                step.stateful(),
                step.operation().startsWith("d") ? "deleted" : "replaced",
                step.held()));
      }
    }
    return result;
  }

  /**
   * What a plan no longer has, as far as that can be known without the engine; sites, of which the
   * engine knows nothing, among it.
   */
  public List<Loss> losses(PlanDiff diff) {
    var result = new ArrayList<Loss>();
    for (var change : diff.resources()) {
      if (change.losesState()) {
        add(
            result,
            loss(
                change.name(),
                change.name(),
                change.stateful(),
                change.type().equals(PlanDiff.SITE)
                    ? "renamed or taken away"
                    : change.sign() == PlanDiff.Sign.REMOVED ? "deleted" : "replaced",
                false));
      }
    }
    return result;
  }

  /** Of those, sites alone: the engine's own preview knows the rest. */
  public List<Loss> lossesOfSites(PlanDiff diff) {
    return losses(diff).stream().filter(loss -> loss.kind().equals(PlanDiff.SITE_KIND)).toList();
  }

  /** Of two lists, each loss once. */
  public static List<Loss> together(List<Loss> some, List<Loss> others) {
    var result = new ArrayList<Loss>(some);
    others.forEach(loss -> add(result, loss));
    return result;
  }

  /** The engine may tell of one resource in several steps. */
  private static void add(List<Loss> losses, Loss loss) {
    if (losses.stream()
        .noneMatch(other -> other.name().equals(loss.name()) && other.kind().equals(loss.kind()))) {
      losses.add(loss);
    }
  }

  private Loss loss(String name, String label, String kind, String operation, boolean held) {
    var override = override(label);
    return new Loss(
        label,
        kind,
        operation,
        override,
        List.of(override, stack + "/" + label, stack + "/" + name).stream()
            .anyMatch(allowed::contains),
        held);
  }

  /** {@code STACK/RESOURCE}, cut to what fits into a label; a hash then tells two of them apart. */
  private String override(String label) {
    var whole = stack + "/" + label;
    int room = LABEL_LENGTH - LABEL.length();
    if (whole.length() <= room) {
      return whole;
    }
    var hash = SavedPlan.sha256(label.getBytes(StandardCharsets.UTF_8)).substring(0, 6);
    int kept = Math.max(0, room - stack.length() - 1 - hash.length() - 1);
    return stack + "/" + (kept == 0 ? "" : label.substring(0, kept) + "~") + hash;
  }

  /** Overrides that are for nothing here: for another stack, mistyped, or not needed any more. */
  public List<String> unused(List<Loss> losses) {
    return allowed.stream()
        .filter(
            given ->
                losses.stream()
                    .filter(Loss::allowed)
                    .noneMatch(
                        loss ->
                            given.equals(loss.override())
                                || given.equals(stack + "/" + loss.name())
                                || (given.startsWith(stack + "/")
                                    && Graph.label(given.substring(stack.length() + 1), systems)
                                        .equals(loss.name()))))
        .distinct()
        .toList();
  }
}
