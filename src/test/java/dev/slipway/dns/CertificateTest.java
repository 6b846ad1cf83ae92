package dev.slipway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateTest {
  private static final String RECORD = "aws:route53/record:Record";
  private static final String ZONE = "Z0123456789ABCDEFGHIJ";

  private static FakeStack certificate(String... names) {
    return Trial.of(
        trial -> new Certificate(trial.called("certificate"), List.of(names), ZONE, trial.part()));
  }

  @Test
  void provesEachNameByARecordThatLivesFor300Seconds() {
    var stack = certificate("example.com", "api.example.com");

    assertThat(stack.only("aws:acm/certificate:Certificate").input("validationMethod"))
        .isEqualTo("DNS");
    assertThat(stack.all(RECORD))
        .hasSize(2)
        .allSatisfy(
            record -> {
              assertThat(record.input("zoneId")).isEqualTo(ZONE);
              assertThat(record.input("type")).isEqualTo("CNAME");
              assertThat(record.input("ttl")).isEqualTo(300L);
            });
    assertThat(stack.only(RECORD, "certificate-api.example.com").text("name"))
        .startsWith("_")
        .endsWith(".api.example.com.");
  }

  @Test
  void provesAnApexAndItsWildcardByOneRecord() {
    var stack = certificate("example.com", "*.example.com");

    assertThat(stack.only(RECORD).text("name")).endsWith(".example.com.");
    assertThat(stack.only("aws:acm/certificate:Certificate").input("subjectAlternativeNames"))
        .isEqualTo(List.of("*.example.com"));
  }

  @Test
  void isUsedOnlyWhenItIsIssued() {
    var stack = certificate("example.com");
    var validation = stack.only("aws:acm/certificateValidation:CertificateValidation");

    assertThat(validation.input("certificateArn"))
        .isEqualTo(stack.only("aws:acm/certificate:Certificate").output("arn"));
    assertThat(validation.waitsFor(stack.only(RECORD))).isTrue();
  }
}
