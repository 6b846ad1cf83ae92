package dev.slipway.access;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The two roles that look and change nothing: one for the preview of a pull request, one for the
 * nightly look for drift.
 *
 * <p>Creates both roles. Costs nothing.
 *
 * <pre>{@code
 * new Watchers(named("watchers"), settings.github(), github, settings.state(), stacks, child());
 * }</pre>
 */
public final class Watchers extends Component {
  static final String TYPE = "slipway:access:Watchers";

  /**
   * The environments of jobs that belong to no stack: of theirs, and of those that take no role.
   */
  static final List<String> ENVIRONMENTS =
      List.of("preview", "drift", "destroy", "notices", "rulesets");

  private final WorkflowRole preview;
  private final WorkflowRole drift;

  /**
   * @param stacks the stacks that are looked at
   */
  public Watchers(
      String name,
      GithubSettings settings,
      GithubProvider github,
      StateSettings state,
      List<StackAccess> stacks,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    var here = place().account().applyValue(account -> new Target(stack(), account));
    var names = stacks.stream().map(StackAccess::name).toList();
    preview = role("preview", settings, github);
    preview.allow("look", here.applyValue(target -> look(state, target, names)));
    drift = role("drift", settings, github);
    drift.allow("look", here.applyValue(target -> look(state, target, names)));
    drift.allow("refresh", here.applyValue(target -> ReadRights.ofRefresh(target, names)));
    if (stacks.stream().anyMatch(StackAccess::behindBalancer)) {
      drift.allow("refresh-serving", here.applyValue(ServingRights::ofRefresh));
    }
    offers(Map.of("preview", preview.arn(), "drift", drift.arn()));
  }

  private WorkflowRole role(String what, GithubSettings settings, GithubProvider github) {
    return new WorkflowRole(
        named(what), what, github, settings.subjects(what), settings.sessionHours(), child());
  }

  private static List<Statement> look(StateSettings state, Target target, List<String> stacks) {
    var all = new ArrayList<>(new StateRights(state, target).readAll());
    all.addAll(ReadRights.ofPreview(target, stacks));
    return all;
  }

  /** The ARN of the role of previews. */
  public Output<String> preview() {
    return preview.arn();
  }

  /** The ARN of the role that looks for drift. */
  public Output<String> drift() {
    return drift.arn();
  }

  /** The environments that no stack can have. */
  public static List<String> environments() {
    return ENVIRONMENTS;
  }
}
