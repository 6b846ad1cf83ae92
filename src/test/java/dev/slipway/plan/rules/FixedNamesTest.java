package dev.slipway.plan.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.graph.Resource;
import dev.slipway.stackfile.StackFile;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.TestSources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A resource that is replaced meets its own name, unless the old one goes first or the name is made
 * up anew.
 */
class FixedNamesTest {

  /** The inputs that are a resource's name on AWS. */
  private static final Set<String> NAMES =
      Set.of(
          "bucket",
          "clusterIdentifier",
          "dashboardName",
          "identifier",
          "name",
          "replicationGroupId",
          "userGroupId",
          "userId",
          "userName");

  /** Whose name may stay although it is replaced, and why. */
  private static final Map<String, String> SCOPED =
      Map.of(
          "aws:iam/rolePolicy:RolePolicy", "its name is one within its role",
          "aws:autoscaling/policy:Policy", "its name is one within its group",
          "aws:scheduler/schedule:Schedule", "its name is one within its group",
          "aws:route53/record:Record", "its name is one within its zone, and it is overwritten",
          "aws:elasticache/parameterGroup:ParameterGroup", "its name holds what replaces it",
          "aws:lb/targetGroup:TargetGroup",
              "its name holds its port; another network is refused, and nothing else varies");

  static Map<String, StackConfig> stacks() {
    var all = new LinkedHashMap<String, StackConfig>();
    for (var stack : StackFile.stacks(TestSources.project())) {
      all.put(stack, StackConfig.file(stack));
    }
    all.put(
        "durable",
        StackConfig.file("admin-qa")
            .with("slipway:cache.persistence", "durable")
            .with("slipway:cache.nodeType", "db.t4g.small")
            .with("slipway:network.flowLogs", true));
    all.put(
        "scheduled",
        StackConfig.file("staging")
            .with("slipway:network.flowLogs", true)
            .with("slipway:backup.objectLockDays", 14)
            .with(
                "slipway:host.schedule",
                Map.of("stop", "0 20 * * MON-FRI", "start", "0 6 * * MON-FRI")));
    return all;
  }

  private static List<String> given(Resource resource) {
    return resource.inputs().keySet().stream().filter(NAMES::contains).toList();
  }

  private static boolean writtenDown(Resource resource, String input) {
    return resource.propertyDependencies().getOrDefault(input, List.of()).isEmpty();
  }

  @Test
  void areGoneBeforeTheyAreMadeAgain() {
    var meets = new TreeSet<String>();
    stacks()
        .forEach(
            (stack, config) -> {
              var plan = Plan.of("slipway", stack, config.values(), Main::stack);
              assertThat(plan.problems()).isEmpty();
              for (var resource : plan.graph().resources()) {
                var names = given(resource);
                var forcing = new ArrayList<>(Replacing.inputs(resource.type()));
                forcing.retainAll(resource.inputs().keySet());
                forcing.removeAll(names);
                forcing.removeAll(resource.ignoreChanges());
                if (resource.custom()
                    && names.stream().anyMatch(name -> writtenDown(resource, name))
                    && !forcing.isEmpty()
                    && !resource.deleteBeforeReplace()
                    && !SCOPED.containsKey(resource.type())) {
                  meets.add(
                      resource.type()
                          + " "
                          + plan.graph().label(resource)
                          + " "
                          + names
                          + " by "
                          + forcing);
                }
              }
            });

    assertThat(meets).isEmpty();
  }
}
