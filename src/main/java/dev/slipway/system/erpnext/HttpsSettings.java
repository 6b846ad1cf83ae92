package dev.slipway.system.erpnext;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.Optional;

/** Who signs the certificates. */
public record HttpsSettings(
    @Setting(
            value = "Where Let's Encrypt writes to when a certificate isn't renewed.",
            example = "ops@example.com")
        @ForHosts
        String email,
    @Setting(
            value =
                "Use Let's Encrypt's staging CA, which has no tight limits and which browsers don't"
                    + " trust. Turn it off when the name points at the host.",
            or = "false")
        boolean stagingCa,
    @Setting(
            value = "The directory URL of another ACME server; wins over stagingCa.",
            example = "https://acme.example.com/directory")
        Optional<String> server,
    @Setting(
            value = "A file on the host with the CA certificates by which that server is known.",
            example = "/etc/ssl/certs/our-ca.pem")
        @ForHosts
        Optional<String> trustedCa,
    @Setting(
            value =
                "How long the authority's certificates last, in hours; from it Traefik decides how"
                    + " long before their end to renew them, and how often to look.",
            or = "2160")
        @ForHosts
        int certificateHours) {

  public HttpsSettings {
    new Check()
        .that(
            email.matches("[^@\\s]+@[^@\\s]+\\.[^@\\s]+"),
            "email",
            "\"" + email + "\" is not a mail address")
        .that(
            server.map(url -> url.matches("https://[A-Za-z0-9._:/-]+")).orElse(true),
            "server",
            "\"" + server.orElse("") + "\" is not an https:// URL")
        .that(
            trustedCa.map(file -> file.matches("/[A-Za-z0-9._/-]+")).orElse(true),
            "trustedCa",
            "\"" + trustedCa.orElse("") + "\" is not the path of a file")
        .that(
            certificateHours >= 1 && certificateHours <= 9600,
            "certificateHours",
            certificateHours + " is not between 1 and 9600 hours (400 days)")
        .orThrow();
  }

  /** The ACME directory that certificates come from. */
  @ForHosts("server")
  String directory() {
    return server.orElse(
        stagingCa
            ? "https://acme-staging-v02.api.letsencrypt.org/directory"
            : "https://acme-v02.api.letsencrypt.org/directory");
  }
}
