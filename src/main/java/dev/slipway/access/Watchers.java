package dev.slipway.access;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.Target;
import dev.slipway.core.Component;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The two roles that look and change nothing: one for the preview of a pull request, one for the
 * nightly look for drift.
 *
 * <p>Creates both roles. Costs nothing.
 *
 * <pre>{@code
 * new Watchers(named("watchers"), settings.github(), github, settings.state(), stacks, typesOf, childOptions());
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
   * @param stacks the stacks that are looked at, beside the foundation itself
   * @param typesOf the types that a system makes, by its name
   */
  public Watchers(
      String name,
      GithubSettings settings,
      GithubProvider github,
      StateSettings state,
      List<StackAccess> stacks,
      Function<String, Set<String>> typesOf,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    var region = stack().region();
    var all = new TreeSet<>(typesOf.apply(stack().system()));
    stacks.forEach(stack -> all.addAll(typesOf.apply(stack.system())));
    Function<String, Map<Target, Set<String>>> each =
        account -> {
          var types = new LinkedHashMap<Target, Set<String>>();
          stacks.forEach(
              stack -> types.put(stack.in(region, account), typesOf.apply(stack.system())));
          return types;
        };
    var regions = new TreeSet<>(List.of(region));
    stacks.forEach(stack -> stack.region().ifPresent(regions::add));
    Function<String, List<Target>> everywhere =
        account -> regions.stream().map(there -> new Target(at(there), account)).toList();
    Function<String, List<Statement>> look =
        account ->
            Catalog.joined(
                Stream.concat(
                    everywhere.apply(account).stream()
                        .flatMap(there -> new StateRights(state, there).readAll().stream()),
                    Catalog.preview(each.apply(account)).stream()));
    preview = role("preview", settings, github);
    preview.allow("look", context().account().applyValue(look::apply));
    drift = role("drift", settings, github);
    drift.allow("look", context().account().applyValue(look::apply));
    drift.attach(
        "refresh",
        List.of(),
        account ->
            Catalog.joined(
                everywhere.apply(account).stream()
                    .flatMap(there -> Catalog.refresh(there, all, each.apply(account)).stream())));
    registerOutputs(Map.of("preview", preview.arn(), "drift", drift.arn()));
  }

  /** The account's things in a region. */
  private Stack at(String region) {
    return new Stack(stack().name(), stack().system(), region, Map.of(), stack().ephemeral());
  }

  private WorkflowRole role(String what, GithubSettings settings, GithubProvider github) {
    return new WorkflowRole(
        named(what),
        what,
        github,
        settings.subjects(what),
        settings.sessionHours(),
        childOptions());
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
