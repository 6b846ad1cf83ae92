package dev.slipway.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.core.Resources;
import dev.slipway.plan.Plan;
import dev.slipway.testing.EveryOption;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The rights of roles against sets that others publish: what AWS's own handlers call for each type
 * of resource in the plans, and what those calls depend on. Every difference stands with its reason
 * in handler-differences.txt.
 */
class HandlerPermissionsTest {
  /** What a type's handlers call, by phase. */
  private static final Map<String, Map<String, List<String>>> HANDLERS = handlers();

  private static final Map<String, List<String>> DEPENDS = HANDLERS.remove("depends");

  /** A reason why some actions need not be allowed. */
  private record Difference(String who, String type, String action, String reason) {
    boolean covers(String role, String ofType, String what) {
      return (who.isEmpty() || who.equals(role)) && matches(type, ofType) && matches(action, what);
    }
  }

  private static final List<Difference> DIFFERENCES = differences();

  /** IAM reads actions without regard to case. */
  private static boolean matches(String pattern, String text) {
    return Pattern.compile(
            Stream.of(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")),
            Pattern.CASE_INSENSITIVE)
        .matcher(text)
        .matches();
  }

  private static Map<String, Map<String, List<String>>> handlers() {
    var all = new LinkedHashMap<String, Map<String, List<String>>>();
    Map<String, List<String>> current = new TreeMap<>();
    for (var line :
        Resources.text(HandlerPermissionsTest.class, "handler-permissions.txt").lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith(" ")) {
        var words = new ArrayList<>(List.of(line.strip().split(" ")));
        current.put(words.remove(0), words);
      } else {
        current = new TreeMap<>();
        all.put(line, current);
      }
    }
    return all;
  }

  private static List<Difference> differences() {
    var all = new ArrayList<Difference>();
    var reason = "";
    for (var line :
        Resources.text(HandlerPermissionsTest.class, "handler-differences.txt").lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (!line.startsWith(" ")) {
        reason = line.strip();
        continue;
      }
      var words = new ArrayList<>(List.of(line.strip().split(" +")));
      var who = words.get(0).equals("drift") ? words.remove(0) : "";
      var type = words.remove(0);
      for (var action : words) {
        all.add(new Difference(who, type, action, reason));
      }
    }
    return all;
  }

  /** Those of systems that workflows deploy. */
  private static Map<String, StackConfig> stacks() {
    var all = EveryOption.stacks();
    all.values().removeIf(config -> config.values().get("slipway:system").equals("foundation"));
    return all;
  }

  private static Plan plan(String stack, StackConfig config) {
    var plan = Plan.of("slipway", stack, config.values(), Main::stack);
    assertThat(plan.problems()).as(stack).isEmpty();
    return plan;
  }

  private static Set<String> types(String stack, StackConfig config) {
    var types = new TreeSet<String>();
    plan(stack, config).graph().resources().stream()
        .filter(resource -> resource.type().startsWith("aws:"))
        .forEach(resource -> types.add(resource.type()));
    return types;
  }

  private static FakeStack foundation(Map<String, StackConfig> stacks) {
    var entries =
        stacks.entrySet().stream()
            .map(
                stack ->
                    Map.<String, Object>of(
                        "name",
                        stack.getKey(),
                        "system",
                        stack.getValue().values().get("slipway:system"),
                        "hostedZones",
                        List.of("Z0123456789ABCDEFGHIJ", "Z0123456789EXAMPLE")))
            .toList();
    return FakeCloud.stack(
        "foundation",
        StackConfig.file("foundation")
            .without("slipway:applications")
            .with("slipway:stacks", entries));
  }

  /** What phases of a type's handlers call, and what those calls depend on. */
  private static Set<String> called(String type, String... phases) {
    assertThat(HANDLERS)
        .as("handler-permissions.txt knows every type of the plans")
        .containsKey(type);
    var all = new TreeSet<String>();
    for (var phase : phases) {
      for (var action : HANDLERS.get(type).getOrDefault(phase, List.of())) {
        all.add(action);
        all.addAll(DEPENDS.getOrDefault(action, List.of()));
      }
    }
    return all;
  }

  private static Set<String> allowed(FakeStack account, String role) {
    return Accounts.actions(Accounts.statementsOf(account, role));
  }

  /** A right may be a pattern, and what handlers call may be one, too. */
  private static boolean grants(Set<String> allowed, String action) {
    return allowed.stream().anyMatch(right -> matches(right, action) || matches(action, right));
  }

  @Test
  void allowWhatAwssOwnHandlersCallOrSayWhyNot() {
    var stacks = stacks();
    var account = foundation(stacks);
    var unexplained = new TreeSet<String>();
    var used = new LinkedHashSet<Difference>();
    var drift = allowed(account, "drift");
    stacks.forEach(
        (stack, config) -> {
          var deploy = allowed(account, "deploy-" + stack);
          for (var type : types(stack, config)) {
            for (var action : called(type, "create", "read", "update", "delete")) {
              if (!grants(deploy, action)) {
                explain("deploy", type, action, used, unexplained);
              }
            }
          }
        });
    var read = new TreeSet<String>();
    stacks.forEach((stack, config) -> read.addAll(types(stack, config)));
    // What an administrator brings up is looked at by the same role as the rest.
    read.addAll(types("foundation", EveryOption.stacks().get("all-of-account")));
    for (var type : read) {
      for (var action : called(type, "read")) {
        if (!grants(drift, action)) {
          explain("drift", type, action, used, unexplained);
        }
      }
    }

    assertThat(unexplained).as("neither allowed nor in handler-differences.txt").isEmpty();
    assertThat(DIFFERENCES.stream().filter(difference -> !used.contains(difference)))
        .as("differences that there are none of any more")
        .isEmpty();
  }

  private static void explain(
      String role, String type, String action, Set<Difference> used, Set<String> unexplained) {
    var found = DIFFERENCES.stream().filter(known -> known.covers(role, type, action)).findFirst();
    found.ifPresent(used::add);
    if (found.isEmpty()) {
      unexplained.add(role + " " + type + " " + action);
    }
  }

  @Test
  void aDifferenceHasAReason() {
    assertThat(DIFFERENCES).isNotEmpty().allMatch(difference -> difference.reason().length() > 20);
  }

  /** What AWS wants without saying so in either of the two sets. */
  @Test
  void allowWhatIsKnownFromElsewhere() {
    var stacks = stacks();
    var account = foundation(stacks);
    // ElasticLoadBalancingFullAccess, AWS's own policy, has it for CreateLoadBalancer.
    for (var stack : List.of("admin-qa", "admin-prod", "durable", "fastapi-prod", "grocery-prod")) {
      assertThat(allowed(account, "deploy-" + stack))
          .as(stack)
          .contains("ec2:GetSecurityGroupsForVpc", "kms:DescribeKey");
    }
    // The handler of a volume asks how far a modification is, and so does the provider for a root
    // disk.
    assertThat(allowed(account, "deploy-staging")).contains("ec2:DescribeVolumesModifications");
  }

  @Test
  void theFileIsOfTypesThatPlansHave() {
    var known = new TreeSet<String>();
    var stacks = stacks();
    stacks.forEach((stack, config) -> known.addAll(types(stack, config)));
    known.addAll(types("foundation", EveryOption.stacks().get("all-of-account")));

    assertThat(HANDLERS.keySet()).containsAll(known);
    assertThat(HANDLERS.keySet())
        .allMatch(type -> type.matches("aws:[a-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+"));
  }
}
