package dev.slipway.system;

import dev.slipway.core.Branch;
import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** How what is released reaches a stack; scripts read it. */
public record DeliverySettings(
    @Setting(
            value =
                "The branch whose pushes bring the stack up to date; none leaves that to people.",
            example = "develop")
        Optional<String> branch,
    @Setting(
            value =
                "The stack where a commit or image has to have served before production.yml and"
                    + " ./slipway promote release it here; none lets nothing be promoted.",
            example = "qa")
        Optional<String> promotedFrom) {

  public DeliverySettings {
    new Check()
        .none(branch.flatMap(Branch::problem), "branch")
        .that(
            promotedFrom.map(name -> name.matches("[a-z][a-z0-9-]{0,30}")).orElse(true),
            "promotedFrom",
            "\"" + promotedFrom.orElse("") + "\" is not the name of a stack")
        .orThrow();
  }
}
