package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rehearsal's index of packages, as pip and uv read it. */
class PackageIndexTest {
  private static final String WHEEL = "Typing_Extensions-4.15.0-py3-none-any.whl";

  @TempDir Path wheels;
  private PackageIndex index;

  @BeforeEach
  void serve() throws Exception {
    Files.writeString(wheels.resolve(WHEEL), "abc");
    Files.writeString(wheels.resolve("notes.txt"), "no wheel");
    index = new PackageIndex("127.0.0.1", wheels);
  }

  @AfterEach
  void end() {
    index.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(index.url()).resolve(path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aPageNamesEachWheelOfAProjectWithItsHash() throws Exception {
    HttpResponse<String> page = get("typing-extensions/");

    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
    assertThat(page.body())
        .contains(
            "<a href=\"../../files/"
                + WHEEL
                + "#sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\">"
                + WHEEL
                + "</a>");
  }

  @Test
  void theFirstPageNamesTheProjects() throws Exception {
    assertThat(get("").body()).contains("typing-extensions/").doesNotContain("notes");
  }

  @Test
  void aWheelIsServedAsItIs() throws Exception {
    assertThat(get("/files/" + WHEEL).body()).isEqualTo("abc");
  }

  @Test
  void nothingElseIsThere() throws Exception {
    assertThat(get("another/").statusCode()).isEqualTo(404);
    assertThat(get("/files/notes.txt").statusCode()).isEqualTo(404);
    assertThat(get("/files/..%2Fpasswd.whl").statusCode()).isEqualTo(404);
  }
}
