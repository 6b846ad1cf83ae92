package dev.slipway.account;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** What the account may cost. */
public record BudgetSettings(
    @Setting(value = "US dollars a month.", example = "100") int monthlyUsd,
    @Setting(value = "Who hears of it beside the shared topic.", example = "finance@example.com")
        Optional<String> email) {

  public BudgetSettings {
    new Check()
        .that(monthlyUsd >= 1, "monthlyUsd", monthlyUsd + " is less than 1")
        .that(
            email.map(to -> to.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+")).orElse(true),
            "email",
            "\"" + email.orElse("") + "\" is not a mail address")
        .orThrow();
  }
}
