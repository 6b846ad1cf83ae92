package dev.slipway.account;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.List;

/** That no bucket of the account is public, and which ones stop being so. */
public record PublicAccessSettings(
    @Setting(
            value =
                "The buckets that are public now and will not be any more, by name, as"
                    + " ./slipway public-buckets lists them. An update refuses while there is one"
                    + " that isn't named here.",
            or = "[]")
        List<String> closes) {

  public PublicAccessSettings {
    var check = new Check();
    for (int i = 0; i < closes.size(); i++) {
      check.that(
          closes.get(i).matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
          "closes[" + i + "]",
          "\"" + closes.get(i) + "\" is not the name of a bucket; name each by itself");
    }
    check.orThrow();
  }
}
