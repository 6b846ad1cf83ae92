package dev.slipway.rehearsal;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The site as a visitor sees it: HTTPS, its own name, a certificate that a given CA signed. */
final class Site {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** An answer of the site. */
  record Answer(int status, String body) {}

  private final Shell shell;
  private final String name;
  private final Supplier<String> address;
  private final String rootCertificate;

  Site(Shell shell, String name, Supplier<String> address, String rootCertificate) {
    this.shell = shell;
    this.name = name;
    this.address = address;
    this.rootCertificate = rootCertificate;
  }

  Answer get(String path) {
    return request(path);
  }

  /** One request; a failed connection or an untrusted certificate is status 0. */
  Answer request(String path, String... curlOptions) {
    var command =
        new ArrayList<>(
            List.of(
                "curl",
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                "--cacert",
                rootCertificate,
                "--resolve",
                name + ":443:" + address.get(),
                "--write-out",
                "\n%{http_code}"));
    command.addAll(List.of(curlOptions));
    command.add("https://" + name + path);
    var result = shell.run(LIMIT, command.toArray(String[]::new));
    String output = result.output().stripTrailing();
    int cut = output.lastIndexOf('\n');
    String status = output.substring(cut + 1);
    return new Answer(
        status.matches("\\d{3}") ? Integer.parseInt(status) : 0,
        cut < 0 ? "" : output.substring(0, cut));
  }

  /** Asks until the site answers as it should, or the time is over; gives the last answer. */
  Answer waitFor(String path, int status, Duration limit) throws InterruptedException {
    Instant end = Instant.now().plus(limit);
    Answer answer = get(path);
    while (answer.status() != status && Instant.now().isBefore(end)) {
      Thread.sleep(1000);
      answer = get(path);
    }
    return answer;
  }

  /** Logs in as the site's administrator, as a browser does; gives the cookie file. */
  private String login(String password) {
    try {
      Path cookies = Files.createTempFile("session", ".cookies");
      Path form = Files.createTempFile("login", ".form");
      // The password goes by a file: a command line can be read by every process.
      Files.writeString(form, "usr=Administrator&pwd=" + password);
      Answer answer =
          request("/api/method/login", "--data", "@" + form, "--cookie-jar", cookies.toString());
      Files.delete(form);
      cookies.toFile().deleteOnExit();
      if (answer.status() != 200) {
        throw new Diary.Broken("logging in: status " + answer.status() + "\n" + answer.body());
      }
      return cookies.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a note as the site's administrator; true when the site stored it. */
  boolean write(String title, String password) {
    return request(
                "/api/resource/Note",
                "--cookie",
                login(password),
                "--header",
                "Content-Type: application/json",
                "--data",
                "{\"title\": \"" + title + "\"}")
            .status()
        == 200;
  }

  /** The titles of all notes. */
  List<String> notes(String password) {
    Answer answer =
        request(
            "/api/resource/Note?fields=[%22title%22]&limit_page_length=0",
            "--globoff", "--cookie", login(password));
    if (answer.status() != 200) {
      throw new Diary.Broken("reading the notes: status " + answer.status() + "\n" + answer.body());
    }
    var titles = new ArrayList<String>();
    JsonParser.parseString(answer.body())
        .getAsJsonObject()
        .getAsJsonArray("data")
        .forEach(note -> titles.add(note.getAsJsonObject().get("title").getAsString()));
    titles.sort(null);
    return titles;
  }

  /** Who signed the certificate that the site shows, and its serial number. */
  String certificate() {
    return shell
        .run(
            LIMIT,
            "sh",
            "-c",
            "openssl s_client -connect \"$0\":443 -servername \"$1\" </dev/null 2>/dev/null"
                + " | openssl x509 -noout -issuer -serial -enddate",
            address.get(),
            name)
        .output()
        .strip()
        .replace('\n', ' ');
  }
}
