package dev.slipway.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Of the runtime {@code compose}: a site that is backed up, migrated and brought back. */
class SitesReleaseFaultsTest extends ReleaseFaults {
  private static final String FORMER = "20260101T000000Z-former";
  private static final String NEXT = "20260201T000000Z-next";
  private static final String SITE = "fake/volume/erp.example.com/";

  SitesReleaseFaultsTest() {
    super("former", "next");
  }

  @Override
  void prepare() throws Exception {
    settings(
        """
{"stack": "staging", "system": "erp", "runtime": "compose", "compose": {"project": "erp"},
 "parameters": {"prefix": "/slipway/qa", "desired": "/slipway/qa/desired", "secrets": "/slipway/qa/secrets"},
 "release": {"minFreeGiB": 0}, "sites": [{"name": "erp.example.com", "apps": ["frappe"]}]}
""",
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
    made(FORMER, "former");
    made(NEXT, "next");
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
    Files.writeString(
        host.resolve("data/releases/in-progress.json"),
        """
{
  "verb": "release", "id": "%s", "actor": "test", "run": "", "part": "whole", "startedAt": "2026-02-01T00:00:00Z",
  "plan": ["backup", "switch", "migrate", "smoke", "record"],
  "phase": "backup",
  "previous": "%s", "target": {"ref": "next"}, "backup": null, "databaseChanged": false
}
"""
            .formatted(NEXT, FORMER));
  }

  private void made(String id, String version) throws IOException {
    Path folder = Files.createDirectories(host.resolve("data/releases/" + id));
    Files.writeString(
        folder.resolve("compose.json"),
        """
{"services": {
  "backend": {"image": "erp:%1$s"}, "frontend": {"image": "erp:%1$s"}, "websocket": {"image": "erp:%1$s"},
  "queue-short": {"image": "erp:%1$s", "command": ["bench", "worker"]},
  "scheduler": {"image": "erp:%1$s", "command": ["bench", "schedule"]},
  "db": {"image": "mariadb:11"}, "redis-cache": {"image": "redis:7"}}}
"""
            .formatted(version));
    Files.writeString(
        folder.resolve("target.json"),
        "{\"ref\": \"%1$s\", \"imageId\": \"%1$s\", \"config\": \"%1$s\"}".formatted(version));
  }

  @Override
  Ended release(Map<String, String> environment) throws Exception {
    return goOn(host, environment);
  }

  @Override
  List<String> phases() {
    return List.of("backup", "switch", "migrate", "smoke", "record");
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
