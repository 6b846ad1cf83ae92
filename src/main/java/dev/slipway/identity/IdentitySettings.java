package dev.slipway.identity;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** What every role of the stack has in common. */
public record IdentitySettings(
    @Setting(
            value =
                "The ARN of a policy that bounds every role that the stack makes, where the account"
                    + " demands one.",
            example = "arn:aws:iam::111122223333:policy/boundary")
        Optional<String> permissionsBoundary) {

  public IdentitySettings {
    permissionsBoundary.ifPresent(
        arn ->
            new Check()
                .that(
                    arn.matches("arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+"),
                    "permissionsBoundary",
                    "\""
                        + arn
                        + "\" is not the ARN of a policy, such as"
                        + " arn:aws:iam::111122223333:policy/boundary")
                .orThrow());
  }
}
