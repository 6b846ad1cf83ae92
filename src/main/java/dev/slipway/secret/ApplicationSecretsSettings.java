package dev.slipway.secret;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.HashSet;
import java.util.List;

/** The secrets that the stack's applications have beside those of its database and cache. */
public record ApplicationSecretsSettings(
    @Setting(
            value =
                "Secrets that the first release makes, where they are absent: what signs tokens, say.",
            or = "[\"jwt\"]")
        @ForHosts
        List<String> generated,
    @Setting(
            value =
                "Secrets that a person sets with ./slipway secret set: what another service gave"
                    + " out, say.",
            or = "[\"oauth\"]",
            formerly = "brought")
        @ForHosts
        List<String> external,
    @Setting(
            value =
                "Protect the secrets and their key from deletion. A stack whose secrets can be made"
                    + " and set again may go without.",
            or = "true")
        boolean protect) {

  public ApplicationSecretsSettings {
    generated = List.copyOf(generated);
    external = List.copyOf(external);
    var check = new Check();
    var names = new HashSet<>(ApplicationSecrets.OWN);
    names(check, "generated", generated, names);
    names(check, "external", external, names);
    check.orThrow();
  }

  private static void names(Check check, String path, List<String> given, HashSet<String> taken) {
    for (int i = 0; i < given.size(); i++) {
      var name = given.get(i);
      check
          .that(
              name.matches("[a-z][a-z0-9-]{0,39}"),
              path + "[" + i + "]",
              "\"" + name + "\" is not a name of at most 40 of a-z, 0-9 and -, a letter first")
          .that(
              taken.add(name),
              path + "[" + i + "]",
              "\""
                  + name
                  + "\" is "
                  + (ApplicationSecrets.OWN.contains(name)
                      ? "kept by the program itself"
                      : "there twice")
                  + "; give it another name");
    }
  }
}
