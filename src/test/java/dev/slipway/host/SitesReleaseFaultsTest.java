package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Of the runtime {@code compose}: a site that is backed up, migrated and brought back. */
class SitesReleaseFaultsTest extends ReleaseFaults {
  private static final String FORMER = "20260101T000000Z-former";
  private static final Path PROJECT =
      Path.of("src/test/resources/dev/slipway/host/faults/project.json");
  private static final String SITE = "fake/volume/erp.example.com/";

  SitesReleaseFaultsTest() {
    super("former", "next");
  }

  @Override
  void prepare() throws Exception {
    String upstream = upstream();
    settings(
        """
{"stack": "staging", "system": "erp", "runtime": "compose",
 "compose": {"image": {"name": "erp"}, "files": ["compose.yaml"],
   "source": {"repository": "%s", "commit": "main"}},
 "parameters": {"prefix": "/slipway/qa", "desired": "/slipway/qa/desired", "secrets": "/slipway/qa/secrets"},
 "release": {"minFreeGiB": 0}, "sites": [{"name": "erp.example.com", "apps": ["frappe"]}]}
"""
            .formatted(upstream),
        "{\"region\": \"eu-central-1\", \"backupBucket\": \"backups\"}");
    for (String name : List.of("public/files", "private/files", "private/backups")) {
      Files.createDirectories(host.resolve(SITE + name));
    }
    Files.writeString(host.resolve(SITE + "public/files/a"), "a");
    Files.writeString(host.resolve(SITE + "private/files/b"), "b");
    Files.writeString(
        host.resolve(SITE + "site_config.json"),
        "{\"db_name\": \"erp\", \"db_password\": \"p\", \"encryption_key\": \"k\"}");
    Files.writeString(host.resolve("fake/volume/common_site_config.json"), "{}");
    Files.writeString(host.resolve("data/secrets/db-root-password"), "password");
    Path former = Files.createDirectories(host.resolve("data/releases/" + FORMER));
    Files.writeString(
        former.resolve("compose.json"), Files.readString(PROJECT).replace("IMAGE", "erp:former"));
    Files.writeString(
        former.resolve("target.json"),
        "{\"ref\": \"former\", \"imageId\": \"former\", \"config\": \"former\"}");
    Files.writeString(
        host.resolve("data/releases/" + FORMER + ".json"),
        "{\"id\": \"%s\", \"ref\": \"former\", \"outcome\": \"ok\"}".formatted(FORMER));
    Files.createSymbolicLink(host.resolve("data/current"), Path.of("releases/" + FORMER + ".json"));
    Files.writeString(host.resolve("fake/parameters/_slipway_qa_desired"), "{\"ref\": \"former\"}");
    for (String service :
        List.of(
            "backend", "frontend", "websocket", "queue-short", "scheduler", "db", "redis-cache")) {
      Path container = Files.createDirectories(host.resolve("fake/containers/" + service));
      Files.writeString(container.resolve("state"), "running");
      Files.writeString(container.resolve("image"), "erp:former");
    }
  }

  /** A repository of Compose files. What is in them the test's Docker knows. */
  private String upstream() throws Exception {
    Files.copy(PROJECT, host.resolve("fake/project.json"));
    Path folder = Files.createDirectories(host.resolve("fake/upstream"));
    Files.writeString(folder.resolve("compose.yaml"), "services: {}\n");
    for (String words : List.of("init -q -b main", "add .", "commit -q -m one")) {
      List<String> command =
          new ArrayList<>(List.of("git", "-c", "user.name=a", "-c", "user.email=a@b"));
      command.addAll(List.of(words.split(" ")));
      assertThat(
              new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start().waitFor())
          .isZero();
    }
    return "file://" + folder;
  }

  @Override
  List<String> phases() {
    return List.of("before", "backup", "switch", "migrate", "smoke", "record");
  }

  @Override
  boolean serves(Path root, String ref) throws IOException {
    return container(root, "backend", "state").equals("running")
        && container(root, "backend", "image").equals("erp:" + ref)
        && !Files.readString(root.resolve(SITE + "site_config.json")).contains("maintenance_mode");
  }

  /** The way back brings the data back, too. */
  @Override
  List<Long> migrated() {
    return List.of(1L, 0L);
  }
}
