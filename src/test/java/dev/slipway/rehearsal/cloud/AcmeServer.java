package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Pebble, the ACME test server, in a container on the rehearsal's network; started when it is first
 * asked for.
 */
final class AcmeServer {
  private static final String IMAGE = "slipway/pebble";

  /** Docker engines inside machines do not pass on names without a dot. */
  private static final String NAME = "acme.rehearsal.test";

  private final String run;
  private final MachineNetwork network;
  private final Path directory;
  private Duration validity = Duration.ofDays(90);
  private boolean started;

  AcmeServer(String run, MachineNetwork network, Path directory) {
    this.run = run;
    this.network = network;
    this.directory = directory;
  }

  /** The directory that ACME clients on the machines are given. */
  String url() {
    return "https://" + NAME + ":14000/dir";
  }

  /** The authority that signed the server's own certificate; machines have to trust it. */
  Path authority() {
    start();
    return directory.resolve("acme-authority.pem");
  }

  /** The root to which all certificates chain that the server gives out. */
  Path root() {
    start();
    return directory.resolve("acme-root.pem");
  }

  synchronized void certificatesLast(Duration time) {
    if (started) {
      throw new IllegalStateException(
          "the ACME server runs already; say it before the first machine");
    }
    validity = time;
  }

  private synchronized void start() {
    if (started) {
      return;
    }
    String container = "slipway-acme-" + run;
    Programs.start(
        network.label() + "=" + run,
        container,
        IMAGE,
        List.of(
            "--network",
            network.name(),
            "--network-alias",
            NAME,
            "--env",
            "PEBBLE_CERTIFICATE_SECONDS=" + validity.toSeconds()));
    try {
      fetch(container);
      started = true;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("Pebble: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while Pebble was starting", e);
    }
  }

  private void fetch(String container)
      throws IOException, GeneralSecurityException, InterruptedException {
    String address =
        Programs.docker(
            "inspect",
            "--format",
            "{{(index .NetworkSettings.Networks \"" + network.name() + "\").IPAddress}}",
            container);
    Path authority = directory.resolve("acme-authority.pem");
    Instant limit = Instant.now().plusSeconds(30);
    IOException last = null;
    while (Instant.now().isBefore(limit)) {
      if (Programs.tryDocker("cp", container + ":/certs/ca.pem", authority.toString()).ok()) {
        try {
          Files.write(directory.resolve("acme-root.pem"), read(address, authority));
          return;
        } catch (IOException e) {
          last = e;
        }
      }
      Thread.sleep(200);
    }
    throw new IOException("does not answer at " + address + ": " + last);
  }

  private static byte[] read(String address, Path authority)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(authority)) {
      trusted.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    var connection =
        (HttpsURLConnection)
            URI.create("https://" + address + ":15000/roots/0").toURL().openConnection();
    connection.setSSLSocketFactory(context.getSocketFactory());
    // The certificate is for the server's name on the network; here it is called by its address.
    connection.setHostnameVerifier((host, session) -> true);
    connection.setConnectTimeout(2000);
    connection.setReadTimeout(5000);
    try (InputStream in = connection.getInputStream()) {
      return in.readAllBytes();
    }
  }
}
