package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which names get a certificate, and what visitors see while the sites are closed. */
class SiteCertificatesTest extends SitesOnAHost {
  private static final String ASKS =
      "jq -r '.http.routers[] | \"\\(.rule) \\(.tls.certResolver)\"' \"$PROXY_ROUTES\"";

  @ParameterizedTest
  @CsvSource({"none", "unknown", "found 203.0.113.9", "found 203.0.113.9 203.0.113.10"})
  void aNameThatDoesNotLeadHereTakesNoOthersCertificateAway(String answer) throws Exception {
    Ended ended = run(dns("found 192.0.2.7", answer) + "https_render; " + ASKS);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) null")
        .contains("new.example.com: certificate pending")
        .doesNotContain("live.example.com: certificate pending");
    assertThat(Files.readString(root.resolve("releases/one/https.json")))
        .contains(
            "--certificatesResolvers.main-resolver.acme.httpChallenge=true",
            "--providers.file.directory=/etc/slipway/proxy")
        .doesNotContain("--providers.docker");
  }

  @Test
  void aNameWithACertificateKeepsItWhateverDnsSays() throws Exception {
    Files.writeString(
        root.resolve("acme/acme.json"),
        """
        {"main-resolver": {"Certificates": [{"domain": {"main": "live.example.com"}}]}}""");
    for (String answer : List.of("none", "unknown", "found 203.0.113.9")) {
      assertThat(run(dns(answer, "none") + "https_render; " + ASKS).output())
          .as(answer)
          .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) null");
    }
  }

  @Test
  void aLookUpThatFailsChangesNothing() throws Exception {
    Ended ended =
        run(
            dns("found 192.0.2.7", "found 192.0.2.7")
                + "https_render; LIVE=unknown NEW=unknown; https_render; "
                + ASKS);

    assertThat(ended.output())
        .contains("Host(`live.example.com`) main-resolver", "Host(`new.example.com`) main-resolver")
        .doesNotContain("pending");
  }

  @Test
  void aNameBehindAnotherProxyIsAskedForWhereTheSettingsSaySo() throws Exception {
    settings("{\"name\": \"live.example.com\", \"proxied\": true}");

    assertThat(run(dns("found 203.0.113.9", "") + "https_render; " + ASKS).output())
        .contains("Host(`live.example.com`) main-resolver");
    Files.delete(root.resolve("app/proxy/sites.yaml"));
    assertThat(run(dns("none", "") + "https_render; " + ASKS).output())
        .contains("Host(`live.example.com`) null");
  }

  @ParameterizedTest
  @CsvSource({
    "EAI_NONAME,none",
    "EAI_NODATA,none",
    "EAI_AGAIN,unknown",
    "EAI_FAIL,unknown",
    "EAI_SYSTEM,unknown"
  })
  void onlyAnAnswerThatThereIsNoneIsOne(String error, String means) throws Exception {
    Files.writeString(
        root.resolve("sitecustomize.py"),
        """
        import socket
        def fail(*_):
            raise socket.gaierror(socket.%s, "as the test wants it")
        socket.getaddrinfo = fail
        """
            .formatted(error));

    assertThat(run("export PYTHONPATH='%s'; look_up live.example.com".formatted(root)).output())
        .isEqualTo(means + "\n");
  }

  @Test
  void anAddressIsFound() throws Exception {
    assertThat(run("look_up 192.0.2.7").output()).isEqualTo("found 192.0.2.7\n");
  }

  /** The certificates that are served, by name: days that they are good for, or the issuer. */
  private String certificates(String live, String other) {
    return """
        certificate() { case "$1" in live.*) printf '%%s' '%s' ;; *) printf '%%s' '%s' ;; esac; }
        metric() { printf '%%s\n' "metric $*"; }
        """
        .formatted(live, other);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"state\":\"issued\",\"daysLeft\":80}|80",
        "{\"state\":\"issued\",\"daysLeft\":20}|20",
        "{\"state\":\"issued\",\"daysLeft\":-3}|-3",
        "{\"state\":\"pending\",\"daysLeft\":null}|0",
        "{\"state\":\"self-signed\",\"daysLeft\":3000}|0"
      })
  void aSiteWithoutACertificateHasNoDaysLeft(String other, int days) throws Exception {
    Ended ended =
        run(certificates("{\"state\":\"issued\",\"daysLeft\":80}", other) + "certificate_publish");

    assertThat(ended.output()).isEqualTo("metric CertificateDaysLeft " + days + " None\n");
  }

  @Test
  void aCertificateThatSignedItselfIsNoIssuedOne() throws Exception {
    Ended ended =
        run(
            """
            command openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
              -subj /CN=live.example.com -addext subjectAltName=DNS:live.example.com -keyout /dev/null -out '%1$s/pem' 2>/dev/null
            timeout() { cat '%1$s/pem'; }
            certificate live.example.com
            """
                .formatted(root));

    assertThat(ended.output()).contains("\"self-signed\"");
  }

  @Test
  void theHourAsksForNamesThatHaveComeToLeadHere() throws Exception {
    String before = dns("found 192.0.2.7", "none") + "https_render >/dev/null\n";
    String locks = "lock_take() { say locked; }; record_current_id() { say one; }\n";

    assertThat(run(before + locks + "https_follow").output()).isEmpty();
    Ended ended = run(before + locks + "NEW='found 192.0.2.7'; https_follow; " + ASKS);

    assertThat(ended.output())
        .contains("locked", "Host(`new.example.com`) main-resolver", "new.example.com\n");
  }

  private static final String SERVICES =
      "jq -r '[.http.routers[].service] | unique | join(\" \")' \"$PROXY_ROUTES\"";

  @Test
  void whileClosedVisitorsGetOurPageAndTheChecksDoNot() throws Exception {
    site("live.example.com");
    String closed =
        ALL_LEAD_HERE
            + """
            visit_proxy() { printf '<meta content="slipway-holding">' >"$BODY"; printf 503; }
            visit_frontend() { printf pong >"$BODY"; printf 200; }
            https_render
            backend_answers live.example.com && say before || say 'our page is nobody'
            holding_begin
            """;
    Ended ended =
        run(
            closed
                + "https_render; %s; ping_answers live.example.com; say asked".formatted(SERVICES));

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("our page is nobody", "holding\nasked");
    assertThat(docker()).contains("run --detach --name erpnext-holding --network erpnext_default");

    Ended open =
        run(
            closed
                + "visit_proxy() { printf pong >\"$BODY\"; printf 200; }; holding_end; "
                + SERVICES);

    assertThat(open.output()).contains("application").doesNotContain("warning");
    assertThat(docker()).contains("rm --force --volumes erpnext-holding");
  }

  @Test
  void aPageThatCannotBeHadStopsNoRelease() throws Exception {
    site("live.example.com");

    Ended ended =
        run(ALL_LEAD_HERE + "https_render; FAIL=run; holding_begin; say 'goes on'; " + SERVICES);

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("warning: the page for visitors", "goes on", "application");
  }
}
