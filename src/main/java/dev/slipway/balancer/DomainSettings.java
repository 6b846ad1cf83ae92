package dev.slipway.balancer;

import dev.slipway.core.Check;
import dev.slipway.core.Domains;
import dev.slipway.core.Problem;
import dev.slipway.core.Regional;
import dev.slipway.core.Regions;
import dev.slipway.core.Setting;
import dev.slipway.dns.DnsSettings;
import java.util.List;
import java.util.Optional;

/** The name by which a system is reached, and what proves that it is the system's. */
public record DomainSettings(
    @Setting(value = "The domain by which the system is reached.", example = "qa.example.com")
        String name,
    @Setting(
            value =
                "The id of the hosted zone in Route 53 that the domain is in, which the foundation"
                    + " makes or somebody made before: records, and those that prove a certificate,"
                    + " are made in it.",
            example = "Z0123456789ABCDEFGHIJ")
        Optional<String> zoneId,
    @Setting(
            value =
                "The ARN of a certificate in ACM that is there already, for the domain and the hosts"
                    + " of all apps, instead of one that is made.",
            example = "arn:aws:acm:us-east-1:111122223333:certificate/1a2b3c4d")
        Optional<String> certificate)
    implements Regional {

  public DomainSettings {
    new Check()
        .none(Domains.problem(name), "name")
        .none(zoneId.flatMap(DnsSettings::problem), "zoneId")
        .that(
            certificate
                .map(arn -> arn.matches("arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+"))
                .orElse(true),
            "certificate",
            "\""
                + certificate.orElse("")
                + "\" is not the ARN of a certificate, such as"
                + " arn:aws:acm:us-east-1:111122223333:certificate/1a2b3c4d")
        .that(
            zoneId.isPresent() || certificate.isPresent(),
            "zoneId",
            "is missing, and so is certificate: name the hosted zone that the domain is in, or give"
                + " a certificate where another provider serves the domain")
        .orThrow();
  }

  @Override
  public List<Problem> problemsIn(String region) {
    return certificate
        .flatMap(arn -> Regions.ofAnother(arn, region))
        .map(what -> new Problem("certificate", what))
        .stream()
        .toList();
  }
}
