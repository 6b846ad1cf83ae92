package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The rehearsal's certificate authority, which stands for those of ACM, RDS and ElastiCache: it
 * signs what serves under a name that AWS gives or attests.
 *
 * <p>The JDK's own keytool makes the keys, so that nothing else is needed.
 */
final class Authority {

  private static final String NAME = "authority";
  private static final String PASSWORD = "rehearsal";

  /** A certificate, with those that it chains to, and its key, as PEM text. */
  record Issued(String certificates, String key) {}

  private final Path directory;
  private final AtomicInteger serial = new AtomicInteger();
  private boolean made;

  Authority(Path directory) {
    this.directory = directory;
  }

  /** The authority's own certificate, as PEM text. */
  synchronized String certificate() {
    make();
    try {
      return Files.readString(file());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The file with it. */
  synchronized Path file() {
    make();
    return directory.resolve("authority.pem");
  }

  private Path store() {
    return directory.resolve("authority.p12");
  }

  private void make() {
    if (made) {
      return;
    }
    keytool(
        "-genkeypair",
        "-alias",
        NAME,
        "-dname",
        "CN=Slipway rehearsal authority",
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-validity",
        "30",
        "-ext",
        "bc:c=ca:true",
        "-ext",
        "ku:c=keyCertSign,cRLSign");
    try {
      Files.writeString(
          directory.resolve("authority.pem"),
          pem("CERTIFICATE", load().getCertificate(NAME).getEncoded()));
    } catch (IOException | GeneralSecurityException e) {
      throw failed(e);
    }
    made = true;
  }

  /** A certificate for servers of these names, of which the first may be a wildcard too. */
  synchronized Issued issue(List<String> names) {
    make();
    String alias = "server-" + serial.incrementAndGet();
    keytool(
        "-genkeypair",
        "-alias",
        alias,
        "-signer",
        NAME,
        "-dname",
        "CN=" + alias,
        "-keyalg",
        "RSA",
        "-keysize",
        "2048",
        "-validity",
        "30",
        "-ext",
        "san=" + String.join(",", names.stream().map(name -> "dns:" + name).toList()),
        "-ext",
        "eku=serverAuth");
    try {
      KeyStore all = load();
      var certificates = new StringBuilder();
      for (Certificate certificate : all.getCertificateChain(alias)) {
        certificates.append(pem("CERTIFICATE", certificate.getEncoded()));
      }
      return new Issued(
          certificates.toString(),
          pem("PRIVATE KEY", all.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
    } catch (IOException | GeneralSecurityException e) {
      throw failed(e);
    }
  }

  private KeyStore load() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store())) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  private void keytool(String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-keystore", store().toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
    Programs.need(command.toArray(String[]::new));
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  private static IllegalStateException failed(Exception e) {
    return new IllegalStateException("the rehearsal's certificate authority: " + e.getMessage(), e);
  }
}
