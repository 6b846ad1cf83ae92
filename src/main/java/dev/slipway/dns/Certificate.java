package dev.slipway.dns;

import com.pulumi.aws.acm.CertificateArgs;
import com.pulumi.aws.acm.CertificateValidation;
import com.pulumi.aws.acm.CertificateValidationArgs;
import com.pulumi.aws.acm.outputs.CertificateDomainValidationOption;
import com.pulumi.aws.route53.Record;
import com.pulumi.aws.route53.RecordArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomTimeouts;
import dev.slipway.core.Component;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A certificate of Amazon's that proves itself by records in a hosted zone, and renews itself as
 * long as they are there.
 *
 * <p>Creates a certificate, a record for each of its names, and waits until it is issued. Costs
 * nothing. An apex and its wildcard share one record. Where the zone isn't delegated to Route 53
 * nobody sees the records: the wait is short and says so.
 *
 * <pre>{@code
 * var certificate = new Certificate(named("certificate"), List.of("qa.example.com"), zoneId, childOptions());
 * }</pre>
 *
 * <p>How names are validated is said in the <a
 * href="https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html">ACM user guide</a>.
 */
public final class Certificate extends Component {
  static final String TYPE = "slipway:dns:Certificate";

  /** Amazon takes minutes; what isn't there by then waits for the zone's delegation. */
  private static final Duration PATIENCE = Duration.ofMinutes(15);

  private final CertificateValidation validation;

  /**
   * @param names what it is for, the main name first
   * @param zoneId the hosted zone that all of them are in
   */
  public Certificate(
      String name, List<String> names, String zoneId, ComponentResourceOptions options) {
    super(TYPE, name, options);
    var args =
        CertificateArgs.builder()
            .domainName(names.get(0))
            .validationMethod("DNS")
            .tags(nameTag("certificate"));
    if (names.size() > 1) {
      args.subjectAlternativeNames(names.subList(1, names.size()));
    }
    var certificate =
        new com.pulumi.aws.acm.Certificate(named("certificate"), args.build(), leaf().build());
    // How many records there are is told by the names, which are known before Amazon answers.
    var records =
        names.stream()
            .map(Certificate::base)
            .distinct()
            .map(base -> record(base, zoneId, certificate))
            .toList();
    validation =
        new CertificateValidation(
            named("validation"),
            CertificateValidationArgs.builder()
                .certificateArn(certificate.arn())
                .validationRecordFqdns(Output.all(records.stream().map(Record::fqdn).toList()))
                .build(),
            leaf().customTimeouts(CustomTimeouts.builder().create(PATIENCE).build()).build());
    registerOutputs(Map.of("arn", validation.certificateArn()));
  }

  private Record record(String base, String zoneId, com.pulumi.aws.acm.Certificate certificate) {
    return new Record(
        named(base),
        RecordArgs.builder()
            .zoneId(zoneId)
            .name(part(certificate, base, CertificateDomainValidationOption::resourceRecordName))
            .type("CNAME")
            .records(
                part(certificate, base, CertificateDomainValidationOption::resourceRecordValue)
                    .applyValue(List::of))
            .ttl(300)
            // Amazon asks for the same record each time that somebody wants this name.
            .allowOverwrite(true)
            .build(),
        leaf().build());
  }

  private static Output<String> part(
      com.pulumi.aws.acm.Certificate certificate,
      String base,
      Function<CertificateDomainValidationOption, Optional<String>> part) {
    return certificate
        .domainValidationOptions()
        .applyValue(
            all ->
                all.stream()
                    .filter(option -> base(option.domainName().orElse("")).equals(base))
                    .findFirst()
                    .flatMap(part)
                    .orElse(""));
  }

  /** The name without the wildcard before it. */
  private static String base(String name) {
    return name.startsWith("*.") ? name.substring(2) : name;
  }

  /** The certificate's ARN, known when it is issued. */
  public Output<String> arn() {
    return validation.certificateArn();
  }
}
