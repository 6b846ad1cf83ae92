package dev.slipway.rehearsal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.Executors;

/**
 * A git host: the bare repositories of one folder over smart HTTP, by git's own http-backend.
 * Repositories below {@code private/} want the token, as a private repository does.
 */
final class GitServer implements AutoCloseable {
  private final HttpServer server;
  private final String address;
  private final Path root;
  private final String token;

  GitServer(String address, Path root, String token) throws IOException {
    this.address = address;
    this.root = root;
    this.token = token;
    server = HttpServer.create(new InetSocketAddress(address, 0), 16);
    var threads =
        Executors.newCachedThreadPool(
            work -> {
              var thread = new Thread(work, "git");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  /** The address to clone a repository from. */
  String url(String repository) {
    return "http://" + address + ":" + server.getAddress().getPort() + "/" + repository;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (path.startsWith("/private/") && !authorized(exchange)) {
        exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      var builder = new ProcessBuilder("git", "http-backend");
      var environment = builder.environment();
      environment.put("GIT_PROJECT_ROOT", root.toString());
      environment.put("GIT_HTTP_EXPORT_ALL", "1");
      environment.put("PATH_INFO", path);
      environment.put("REQUEST_METHOD", exchange.getRequestMethod());
      String query = exchange.getRequestURI().getRawQuery();
      environment.put("QUERY_STRING", query == null ? "" : query);
      putHeader(environment, "CONTENT_TYPE", exchange, "Content-Type");
      putHeader(environment, "HTTP_CONTENT_ENCODING", exchange, "Content-Encoding");
      putHeader(environment, "HTTP_GIT_PROTOCOL", exchange, "Git-Protocol");
      environment.put("GIT_CONFIG_COUNT", "2");
      environment.put("GIT_CONFIG_KEY_0", "safe.directory");
      environment.put("GIT_CONFIG_VALUE_0", "*");
      environment.put("GIT_CONFIG_KEY_1", "uploadpack.allowAnySHA1InWant");
      environment.put("GIT_CONFIG_VALUE_1", "true");
      Process backend = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try (var in = backend.getOutputStream()) {
        exchange.getRequestBody().transferTo(in);
      }
      answer(exchange, backend.getInputStream().readAllBytes());
    }
  }

  private static void putHeader(
      java.util.Map<String, String> environment,
      String name,
      HttpExchange exchange,
      String header) {
    String value = exchange.getRequestHeaders().getFirst(header);
    if (value != null) {
      environment.put(name, value);
    }
  }

  private boolean authorized(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header == null || !header.startsWith("Basic ")) {
      return false;
    }
    String pair =
        new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8);
    return pair.endsWith(":" + token);
  }

  /** Turns CGI's answer (headers, an empty line, the body) into HTTP's. */
  private static void answer(HttpExchange exchange, byte[] cgi) throws IOException {
    int status = 200;
    int at = 0;
    var line = new ByteArrayOutputStream();
    for (; at < cgi.length; at++) {
      if (cgi[at] != '\n') {
        line.write(cgi[at]);
        continue;
      }
      String header = line.toString(StandardCharsets.UTF_8).strip();
      line.reset();
      if (header.isEmpty()) {
        at++;
        break;
      }
      String name = header.substring(0, header.indexOf(':'));
      String value = header.substring(name.length() + 1).strip();
      if (name.equalsIgnoreCase("Status")) {
        status = Integer.parseInt(value.substring(0, 3));
      } else {
        exchange.getResponseHeaders().add(name, value);
      }
    }
    int length = cgi.length - at;
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
    exchange.getResponseBody().write(cgi, at, length);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
