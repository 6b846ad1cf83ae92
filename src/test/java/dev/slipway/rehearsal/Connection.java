package dev.slipway.rehearsal;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A browser's connection to a site that is somewhere else than its name says, over TLS or in plain
 * HTTP. It is kept open for the next request, checks the certificate against the site's name, and
 * never asks twice: a request without an answer is a failed one.
 *
 * <p>Java's own client can't do both, connect elsewhere and check the name.
 */
final class Connection implements AutoCloseable {
  private static final int LIMIT_MS = 30_000;

  /**
   * Where a site is, and who signed for it.
   *
   * @param trust null for a site in plain HTTP
   */
  record Target(String name, Supplier<InetSocketAddress> address, SSLContext trust) {

    /** A site without TLS, such as a host's own port. */
    static Target plain(String name, Supplier<InetSocketAddress> address) {
      return new Target(name, address, null);
    }

    /**
     * @param authority the file of the certificate to which the site's chains
     */
    static Target of(String name, Supplier<InetSocketAddress> address, Path authority)
        throws IOException, GeneralSecurityException {
      var store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      try (InputStream file = Files.newInputStream(authority)) {
        store.setCertificateEntry(
            "authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
      }
      var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(store);
      var context = SSLContext.getInstance("TLS");
      context.init(null, trusted.getTrustManagers(), null);
      return new Target(name, address, context);
    }
  }

  /** An answer; the names of its headers are in lower case. */
  record Answer(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private final Target target;
  private Socket socket;
  private InputStream in;

  Connection(Target target) {
    this.target = target;
  }

  /** One request on a connection of its own; status 0 where there is no answer. */
  static Answer once(Target target, String method, String path, String json, String... headers) {
    try (var connection = new Connection(target)) {
      return connection.ask(method, path, json, headers);
    } catch (IOException e) {
      return new Answer(0, Map.of(), e.toString());
    }
  }

  /**
   * @param json the body, or null for none
   * @param headers lines such as {@code Accept-Encoding: gzip}
   */
  Answer ask(String method, String path, String json, String... headers) throws IOException {
    if (socket == null) {
      connect();
    }
    byte[] body = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder();
    head.append(method).append(' ').append(path).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(target.name()).append("\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (json != null) {
      head.append("Content-Type: application/json\r\n");
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    request.writeBytes(body);
    try {
      socket.getOutputStream().write(request.toByteArray());
      return answer(method);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private void connect() throws IOException {
    var plain = new Socket();
    try {
      plain.setTcpNoDelay(true);
      plain.setSoTimeout(LIMIT_MS);
      plain.connect(target.address().get(), LIMIT_MS);
      socket = target.trust() == null ? plain : secured(plain);
      in = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      plain.close();
      socket = null;
      throw e;
    }
  }

  private SSLSocket secured(Socket plain) throws IOException {
    var secure =
        (SSLSocket) target.trust().getSocketFactory().createSocket(plain, target.name(), 443, true);
    var parameters = secure.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(target.name())));
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    return secure;
  }

  private Answer answer(String method) throws IOException {
    String[] status = line().split(" ", 3);
    if (status.length < 2 || !status[1].matches("\\d{3}")) {
      throw new IOException("no HTTP: " + String.join(" ", status));
    }
    var headers = new LinkedHashMap<String, String>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon).toLowerCase(), line.substring(colon + 1).strip());
    }
    int code = Integer.parseInt(status[1]);
    boolean bodiless = method.equals("HEAD") || code == 204 || code == 304;
    byte[] body = bodiless ? new byte[0] : body(headers);
    if (headers.getOrDefault("connection", "").equalsIgnoreCase("close")) {
      close();
    }
    return new Answer(code, headers, new String(body, StandardCharsets.UTF_8));
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      var all = new ByteArrayOutputStream();
      while (true) {
        int size = Integer.parseInt(line().split(";")[0].strip(), 16);
        all.writeBytes(exactly(size));
        line();
        if (size == 0) {
          return all.toByteArray();
        }
      }
    }
    return exactly(Integer.parseInt(headers.getOrDefault("content-length", "0")));
  }

  private byte[] exactly(int size) throws IOException {
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new IOException("the answer ended after " + bytes.length + " of " + size + " bytes");
    }
    return bytes;
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the connection was closed without an answer");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is of no more use either way.
      }
      socket = null;
    }
  }
}
