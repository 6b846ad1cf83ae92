package dev.slipway.system;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Map;
import java.util.Optional;

/** What the stack file of every system says. */
public record CommonSettings(
    @Setting("Which system the stack is.") @ForHosts String system,
    @Setting(
            value =
                "Tags for everything, beside Project, Environment, System, ManagedBy and"
                    + " slipway:owner; these win.",
            or = "{}")
        Map<String, String> tags,
    @Setting(
            value =
                "The number of the account that the stack belongs in, in quotes; every other one is"
                    + " refused.",
            example = "111122223333")
        Optional<String> account,
    @Setting(
            value =
                "The stack is thrown away after use: nothing is protected, and buckets go with all"
                    + " that is in them.",
            or = "false")
        boolean ephemeral,
    @Setting(
            value = "House rules that the stack breaks on purpose: the rule's name and the reason.",
            or = "{}")
        Map<String, String> accept,
    @Setting(
            value =
                "Settings that look like a secret and are none: the setting, as in"
                    + " apps.web.environment.MAP_KEY, and the reason. The plan shows them.",
            or = "{}")
        Map<String, String> plain) {

  public CommonSettings {
    var check =
        new Check()
            .that(
                account.map(number -> number.matches("[0-9]{12}")).orElse(true),
                "account",
                "\""
                    + account.orElse("")
                    + "\" is not the number of an account: twelve digits, in quotes, since YAML"
                    + " takes off zeros in front");
    accept.forEach(
        (rule, reason) ->
            check.that(
                !reason.isBlank(), "accept." + rule, "has no reason; say why, for who reads it"));
    check.orThrow();
  }
}
