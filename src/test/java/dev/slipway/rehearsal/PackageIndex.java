package dev.slipway.rehearsal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * An index of Python packages: the wheels of one folder, as <a
 * href="https://packaging.python.org/en/latest/specifications/simple-repository-api/">pip and uv
 * read it</a>.
 */
final class PackageIndex implements AutoCloseable {
  private final HttpServer server;
  private final String address;

  /** What is served, by its path. */
  private final Map<String, byte[]> pages = new TreeMap<>();

  private final Path wheels;

  PackageIndex(String address, Path wheels) throws IOException {
    this.address = address;
    this.wheels = wheels;
    var links = new TreeMap<String, StringBuilder>();
    try (Stream<Path> files = Files.list(wheels)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".whl")).sorted().toList()) {
        links
            .computeIfAbsent(project(file), name -> new StringBuilder())
            .append(link("../../files/" + file.getFileName() + "#sha256=" + sha256(file), file));
      }
    }
    var all = new StringBuilder();
    links.forEach(
        (name, text) -> {
          pages.put("/simple/" + name + "/", page(text));
          all.append(link(name + "/", Path.of(name)));
        });
    pages.put("/simple/", page(all));
    server = HttpServer.create(new InetSocketAddress(address, 0), 16);
    server.setExecutor(
        Executors.newCachedThreadPool(
            work -> {
              var thread = new Thread(work, "packages");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::serve);
    server.start();
  }

  /** What pip takes as an index. */
  String url() {
    return "http://" + address + ":" + server.getAddress().getPort() + "/simple/";
  }

  /** The project of a wheel, as its page is called. */
  private static String project(Path wheel) {
    return wheel
        .getFileName()
        .toString()
        .replaceFirst("-.*", "")
        .replaceAll("[-_.]+", "-")
        .toLowerCase();
  }

  private static String link(String to, Path shown) {
    return "<a href=\"%s\">%s</a><br>%n".formatted(to, shown.getFileName());
  }

  private static byte[] page(CharSequence links) {
    return ("<!DOCTYPE html><html><body>\n" + links + "</body></html>\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String sha256(Path file) throws IOException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      byte[] body = pages.get(path);
      if (body != null) {
        exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
      } else if (path.matches("/files/[A-Za-z0-9._+-]+\\.whl")) {
        Path file = wheels.resolve(path.substring("/files/".length()));
        body = Files.exists(file) ? Files.readAllBytes(file) : null;
      }
      exchange.sendResponseHeaders(body == null ? 404 : 200, body == null ? -1 : body.length);
      if (body != null && exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseBody().write(body);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
