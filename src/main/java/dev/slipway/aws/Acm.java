package dev.slipway.aws;

import static dev.slipway.aws.Scopes.own;
import static dev.slipway.aws.Scopes.tagged;

import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Certificate Manager: AWS makes the names, so that the stack's own is told by its tag. */
final class Acm {
  private static final String[] READ = {"acm:DescribeCertificate", "acm:ListTagsForCertificate"};

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:acm/certificate:Certificate")
              .heldWhileUsed()
              .free()
              .inWords(certificate -> certificate.text("domainName"))
              .replacedBy(
                  "certificateAuthorityArn",
                  "domainName",
                  "keyAlgorithm",
                  "subjectAlternativeNames",
                  "validationMethod",
                  "validationOptions")
              .computes(Acm::validation)
              .computes(
                  "arn", "arn:aws:acm:{region}:{account}:certificate/{hex8}-0000-4000-8000-{hex12}")
              .computes("id", "{arn}")
              .computes("status", "ISSUED")
              .toDeploy(
                  stack ->
                      tagged(
                          Statement.allow("AskForCertificate")
                              .actions("acm:RequestCertificate")
                              .resources("*"),
                          stack),
                  stack ->
                      Scopes.tagNew(
                          Statement.allow("TagNewCertificate")
                              .actions("acm:AddTagsToCertificate")
                              .resources(certificates(stack)),
                          stack),
                  keep("acm:DeleteCertificate", "acm:UpdateCertificateOptions"),
                  stack ->
                      Scopes.untagOwn(
                          Statement.allow("UntagOwnCertificate")
                              .actions("acm:RemoveTagsFromCertificate")
                              .resources(certificates(stack)),
                          stack))
              .toDeploy(keep(READ))
              .toRefresh(
                  any ->
                      Scopes.ofAnyStack(
                          Statement.allow("SeeCertificates")
                              .actions(READ)
                              .resources(certificates(any)))),
          // Waits until it is issued.
          AwsType.of("aws:acm/certificateValidation:CertificateValidation")
              .free()
              .replacedBy("certificateArn", "validationRecordFqdns")
              .computes("id", "2026-01-01 00:00:00 +0000 UTC")
              .toDeploy(keep("acm:DescribeCertificate")));

  private Acm() {}

  /** An apex and its wildcard are validated by one record. */
  private static Map<String, Object> validation(NewResource certificate) {
    return Map.of(
        "domainValidationOptions",
        Stream.concat(
                Stream.of(certificate.input("domainName")),
                certificate.input("subjectAlternativeNames") instanceof List<?> more
                    ? more.stream()
                    : Stream.empty())
            .map(String::valueOf)
            .distinct()
            .map(
                domain -> {
                  var apex = domain.replace("*.", "");
                  return Map.of(
                      "domainName",
                      domain,
                      "resourceRecordName",
                      "_%s.%s.".formatted(certificate.hex(apex, 32), apex),
                      "resourceRecordType",
                      "CNAME",
                      "resourceRecordValue",
                      "_%s.acm-validations.aws.".formatted(certificate.hex("=" + apex, 32)));
                })
            .toList());
  }

  private static Right keep(String... actions) {
    return stack ->
        own(
            Statement.allow("KeepOwnCertificate").actions(actions).resources(certificates(stack)),
            stack);
  }

  private static String certificates(Target target) {
    return target.arn("acm", "certificate/*");
  }
}
