package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Of the runtime {@code service}: two colors of a unit, with a database and a migration. */
class ServiceReleaseFaultsTest extends ReleaseFaults {
  /** Two commits whose every word and second is given, so that their names are known. */
  private static final String FORMER = "4a7c2d1a8b9417f94ea0ae2cfbc0c3ffec172c9e";

  private static final String NEXT = "297716b10c7bb6752904cd2b8baf5653cfa1c282";

  ServiceReleaseFaultsTest() {
    super(FORMER, NEXT);
  }

  @Override
  List<String> programs() {
    return Stream.concat(
            PROGRAMS.stream(), Stream.of("systemctl", "journalctl", "runuser", "chown"))
        .toList();
  }

  @Override
  void prepare() throws Exception {
    Path paths = host.resolve("bundle/runtimes/service/paths.sh");
    Files.writeString(
        paths,
        Files.readString(paths)
            .replace("UNITS=/etc/systemd/system", "UNITS=\"$DATA/units\"")
            .replace("UNITS=/run/systemd/system", "UNITS=\"$RUNTIME_DIR/units\""));
    Files.createDirectories(host.resolve("fake/units"));
    Path repository = Files.createDirectories(host.resolve("fake/repository"));
    Files.writeString(repository.resolve("uv.lock"), "lock\n");
    git(repository, "init", "-q", "-b", "main");
    for (String commit : List.of(FORMER, NEXT)) {
      Files.writeString(
          repository.resolve("pyproject.toml"), commit.equals(FORMER) ? "one\n" : "two\n");
      git(repository, "add", ".");
      git(repository, "commit", "-q", "-m", "a");
      assertThat(git(repository, "rev-parse", "HEAD")).isEqualTo(commit);
    }
    settings(
        """
{"stack": "qa", "system": "fastapi", "runtime": "service",
 "database": {"snapshot": true, "snapshotMinutes": 1},
 "parameters": {"prefix": "/slipway/qa", "desired": "/slipway/qa/desired", "secrets": "/slipway/qa/secrets"},
 "release": {"minFreeGiB": 0},
 "service": {"repository": "file://%s", "app": "app.main:app", "port": 8000, "health": "/health",
   "healthSeconds": 1, "requestSeconds": 1, "workers": 1, "databaseUrl": "DATABASE_URL",
   "secrets": {"TAVILY_API_KEY": "tavily"}, "migrate": ["alembic", "upgrade", "head"]}}
"""
            .formatted(repository),
        """
{"region": "eu-central-1", "databaseHost": "db", "databasePort": "5432", "databaseName": "app",
 "databaseInstance": "db-1", "databaseSnapshotPrefix": "qa-", "databaseMasterSecret": "arn:m"}
""");
    Files.writeString(host.resolve("fake/parameters/_slipway_qa_secrets_tavily"), "key");
    Files.writeString(host.resolve("fake/parameters/_slipway_qa_secrets_tavily.versions"), "x");
    Ended first = release(host, FORMER, Map.of());
    assertThat(first.exit()).as(first.output()).isZero();
  }

  private static String git(Path folder, String... words) throws Exception {
    var command = new ArrayList<>(List.of("git", "-c", "user.name=a", "-c", "user.email=a@b"));
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    for (String who : List.of("AUTHOR", "COMMITTER")) {
      builder.environment().put("GIT_" + who + "_DATE", "2026-01-01T00:00:00Z");
    }
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes()).strip();
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @Override
  List<String> phases() {
    return List.of("before", "snapshot", "migrate", "start", "switch", "smoke", "record");
  }

  @Override
  boolean serves(Path root, String ref) throws IOException {
    String live = Files.readSymbolicLink(root.resolve("data/service/live")).toString();
    String color = live.contains("green") ? "green" : "blue";
    Path unit = root.resolve("fake/units/slipway-service@" + color + ".service");
    return Files.exists(unit)
        && Files.readString(unit).equals("active")
        && Files.readString(root.resolve("data/service/" + color + "/spec.json")).contains(ref);
  }

  /** One for each release; the way back leaves the schema as it is. */
  @Override
  List<Long> migrated() {
    return List.of(2L, 1L);
  }
}
