package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Of the runtime {@code apps}: an app with a database, a snapshot and a migration. */
class AppsReleaseFaultsTest extends ReleaseFaults {
  private static final String FORMER = "api@sha256:" + "a".repeat(64);
  private static final String NEXT = "api@sha256:" + "b".repeat(64);

  AppsReleaseFaultsTest() {
    super(FORMER, NEXT);
  }

  @Override
  void prepare() throws Exception {
    settings(
        """
{"stack": "qa", "system": "admin", "runtime": "apps", "proxyImage": "caddy:2",
 "database": {"snapshot": true, "snapshotMinutes": 1},
 "parameters": {"prefix": "/slipway/qa", "desired": "/slipway/qa/desired", "secrets": "/slipway/qa/secrets"},
 "release": {"minFreeGiB": 0},
 "apps": {"api": {"image": "registry:5000/panel/api", "port": 3000, "hostPort": 8081, "health": "/health",
   "healthSeconds": 1, "databaseUrl": "DATABASE_URL", "migrate": ["npm", "run", "migrate"]}}}
""",
        """
{"region": "eu-central-1", "databaseHost": "db", "databasePort": "5432", "databaseName": "app",
 "databaseInstance": "db-1", "databaseSnapshotPrefix": "qa-", "databaseMasterSecret": "arn:m",
 "secret.database": "arn:d"}
""");
    Ended first = release(host, FORMER, Map.of());
    assertThat(first.exit()).as(first.output()).isZero();
  }

  @Override
  List<String> phases() {
    return List.of("before", "snapshot", "migrate", "start", "switch", "smoke", "record");
  }

  @Override
  boolean serves(Path root, String ref) throws IOException {
    String upstream = Files.readString(root.resolve("data/apps/upstreams/api")).split(":")[0];
    String spec = ref.equals(NEXT) ? "slipway-api-green" : "slipway-api-blue";
    return upstream.equals(spec) && container(root, upstream, "state").equals("running");
  }

  /** One for each release; the way back leaves the schema as it is. */
  @Override
  List<Long> migrated() {
    return List.of(2L, 1L);
  }
}
