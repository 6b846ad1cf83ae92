package dev.slipway.access;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.Optional;

/** Where Pulumi's state is; ./slipway bootstrap makes it. */
public record StateSettings(
    @Setting(
            value = "The bucket; without it slipway-state-ACCOUNT-REGION, as bootstrap names it.",
            example = "my-company-state")
        Optional<String> bucket,
    @Setting(value = "What its objects begin with, without slashes around it.", example = "pulumi")
        Optional<String> prefix,
    @Setting(value = "The alias of the key for Pulumi's secrets.", or = "\"alias/slipway\"")
        String key) {

  public StateSettings {
    new Check()
        .that(
            bucket.map(name -> name.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")).orElse(true),
            "bucket",
            "\"" + bucket.orElse("") + "\" is not the name of a bucket")
        .that(
            prefix.map(name -> name.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")).orElse(true),
            "prefix",
            "\"" + prefix.orElse("") + "\" is not a prefix such as pulumi, without slashes around")
        .that(
            key.matches("alias/[A-Za-z0-9_-][A-Za-z0-9/_-]*") && !key.startsWith("alias/aws/"),
            "key",
            "\"" + key + "\" is not the alias of a key of your own, such as alias/slipway")
        .orThrow();
  }
}
