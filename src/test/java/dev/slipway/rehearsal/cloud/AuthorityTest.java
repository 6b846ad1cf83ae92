package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuthorityTest {

  @TempDir Path directory;

  private static X509Certificate first(Authority.Issued issued) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(
                    issued.certificates().getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void signsWhatServesUnderAName() throws Exception {
    var authority = new Authority(directory);
    var issued = authority.issue(List.of("qa.example.com", "*.qa.example.com"));

    assertThat(first(issued).getSubjectAlternativeNames())
        .extracting(name -> String.valueOf(name.get(1)))
        .containsExactly("qa.example.com", "*.qa.example.com");
    assertThat(issued.certificates()).endsWith(authority.certificate());
    assertThat(issued.key()).startsWith("-----BEGIN PRIVATE KEY-----");
  }

  @Test
  void eachServerHasAKeyOfItsOwn() throws Exception {
    var authority = new Authority(directory);
    var one = first(authority.issue(List.of("one.example.com")));
    var two = first(authority.issue(List.of("two.example.com")));

    assertThat(one.getPublicKey()).isNotEqualTo(two.getPublicKey());
    assertThat(one.getIssuerX500Principal()).isEqualTo(two.getIssuerX500Principal());
  }
}
