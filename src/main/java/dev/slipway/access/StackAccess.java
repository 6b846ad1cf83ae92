package dev.slipway.access;

import dev.slipway.aws.Target;
import dev.slipway.core.Check;
import dev.slipway.core.Regions;
import dev.slipway.core.Setting;
import dev.slipway.core.Stack;
import dev.slipway.dns.DnsSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stack that workflows bring up and release. */
public record StackAccess(
    @Setting(
            value =
                "The stack's name, and that of this repository's environment whose jobs may deploy"
                    + " it.",
            example = "staging")
        String name,
    @Setting(value = "The system that it runs.", example = "erpnext") String system,
    @Setting(
            value =
                "The hosted zones in Route 53 that it makes records in. AWS knows who may change a"
                    + " zone, not which of its names.",
            or = "[]")
        List<String> hostedZones,
    @Setting(
            value =
                "Whether its deploy role may empty its backups, as a stack that is thrown away"
                    + " needs. Otherwise that takes a person's credentials.",
            or = "false")
        boolean ephemeral,
    @Setting(
            value = "The region that it is in, where that isn't the foundation's own.",
            example = "eu-central-1")
        Optional<String> region) {

  public StackAccess {
    var check = new Check();
    check
        .that(
            Stack.isName(name),
            "name",
            name.matches(".*[*?].*")
                ? "\"" + name + "\" has a wildcard, and roles are for the stack that they name"
                : "\"" + name + "\" is not the name of a stack: " + Stack.NAMES)
        .that(
            !name.equals("github"),
            "name",
            "\"github\" would put its roles among those that workflows take");
    for (int i = 0; i < hostedZones.size(); i++) {
      check.none(DnsSettings.problem(hostedZones.get(i)), "hostedZones[" + i + "]");
    }
    check.none(region.flatMap(Regions::problem), "region");
    check.orThrow();
  }

  /** This repository's environment whose jobs may deploy it; workflows know no other. */
  public String githubEnvironment() {
    return name;
  }

  /**
   * The stack in its account.
   *
   * @param here the foundation's region
   */
  Target in(String here, String account) {
    var stack = new Stack(name, system, region.orElse(here), Map.of(), ephemeral);
    return new Target(stack, account, hostedZones);
  }
}
