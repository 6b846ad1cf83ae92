package dev.slipway.system.fastapi;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Optional;

/** An API outside AWS that the service needs, which {@code ./slipway check} asks. */
public record CheckSettings(
    @Setting(
            value =
                "What is asked: its name is looked up, its certificate verified, and its answer's"
                    + " status looked at.",
            example = "https://api.tavily.com/usage")
        @ForHosts
        String url,
    @Setting(
            value =
                "The name of the secret with its key. Where the secret is set the key is sent, and"
                    + " is wrong where the API refuses it; nothing is sent otherwise.",
            example = "tavily")
        @ForHosts
        Optional<String> secret,
    @Setting(
            value = "The header that the key is sent in, in the place of {key}.",
            or = "\"Authorization: Bearer {key}\"")
        @ForHosts
        String header) {

  public CheckSettings {
    new Check()
        .that(
            url.matches("https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~&&[^'\"\\\\]]*)?"),
            "url",
            "\"" + url + "\" is not an URL such as https://api.example.com/health")
        .none(secret.flatMap(ServiceSettings::problemWithSecret), "secret")
        .that(
            header.matches("[A-Za-z0-9-]{1,100}: ?([A-Za-z0-9._-]+ )?\\{key\\}"),
            "header",
            "\"" + header + "\" is not a header such as Authorization: Bearer {key}")
        .orThrow();
  }
}
