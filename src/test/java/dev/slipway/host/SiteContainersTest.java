package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.BundleShell.Ended;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a release's containers start and stop, and what of drills and releases is told. */
class SiteContainersTest extends SitesOnAHost {
  @ParameterizedTest
  @CsvSource({
    "ok, 1 hour ago, 400 days ago, 1",
    "ok, 300 hours ago, 400 days ago, 0",
    "failed, 1 hour ago, 400 days ago, 0",
    ", , 2 hours ago, 1",
    ", , 9 days ago, 0"
  })
  void aDrillThatFailedOrThatNobodyMadeIsToldEveryHour(
      String outcome, String at, String firstRelease, int told) throws Exception {
    String drill =
        outcome == null
            ? ""
            : """
              mkdir -p "$STATUS"
              jq -n --arg at "$(date -u -d '%s' +%%Y-%%m-%%dT%%H:%%M:%%SZ)" '{outcome: "%s", at: $at}' >"$STATUS/drill.json"
              """
                .formatted(at, outcome);
    Ended ended =
        run(
            """
            %s
            jq -n '{outcome: "ok"}' >"$RELEASES/$(date -u -d '%s' +%%Y%%m%%dT%%H%%M%%SZ)-first.json"
            metric() { say "$*"; }
            drill_publish
            """
                .formatted(drill, firstRelease));

    assertThat(ended.output()).isEqualTo("DrillOk " + told + " None\n");
  }

  @Test
  void whatNeverEndsIsNotWaitedFor() throws Exception {
    Ended ended = run("stop_workers");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(docker())
        .containsSubsequence(" stop --timeout 1 scheduler", " stop --timeout 90 queue-short");
  }

  @Test
  void theOverrideSaysHowEachServiceEnds() throws Exception {
    Ended ended =
        run(
            """
            jq --arg image i --arg platform linux/amd64 --argjson build null -c \
              -f "$BUNDLE/runtimes/compose/override.jq" <<'JSON' | jq -r '.services | to_entries[] | "\\(.key) \\(.value.init) \\(.value.stop_grace_period)"'
            {"services": {
              "scheduler": {"command": ["bench", "schedule"]}, "frontend": {"command": ["nginx-entrypoint.sh"]}, "long": {"command": ["bench", "worker", "--queue", "long"]},
              "websocket": {"command": ["node", "/home/frappe/frappe-bench/apps/frappe/socketio.js"]},
              "shell": {"command": "bench schedule"}, "other": {"platform": "linux/amd64", "command": ["x"]}}}
            JSON
            """);

    assertThat(ended.output().lines())
        .containsExactlyInAnyOrder(
            "scheduler true null",
            "frontend true null",
            "websocket true null",
            "long null 90s",
            "shell true null",
            "other null null");
  }

  @Test
  void nothingWaitsForTheConfigurator() throws Exception {
    Ended ended =
        run(
            """
            jq -c -f "$BUNDLE/runtimes/compose/project.jq" <<'JSON'
            {"services": {"configurator": {"image": "i"},
              "backend": {"depends_on": {"configurator": {"condition": "service_completed_successfully"}}},
              "frontend": {"depends_on": {"backend": {}}}}}
            JSON
            """);

    assertThat(ended.output())
        .isEqualTo(
            "{\"services\":{\"configurator\":{\"image\":\"i\",\"profiles\":[\"configure\"]},"
                + "\"backend\":{},\"frontend\":{\"depends_on\":{\"backend\":{}}}}}\n");
  }

  @Test
  void aProxyThatReadsItsRoutesFromAFileHasNoDocker() throws Exception {
    String project =
        """
        jq -c '.services.proxy.command = ["--entrypoints.%s.address=:443"]' <<'JSON' |
        {"services": {"proxy": {"volumes": [
          {"type": "volume", "source": "cert-data", "target": "/letsencrypt"},
          {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"}]}}}
        JSON
        jq -c -f "$BUNDLE/runtimes/compose/project.jq" | jq -c '[.services.proxy.volumes[].source]'
        """;

    assertThat(run(project.formatted("webSecure")).output()).isEqualTo("[\"cert-data\"]\n");
    assertThat(run(project.formatted("web")).output())
        .as("one without TLS asks Docker for its routes")
        .isEqualTo("[\"cert-data\",\"/var/run/docker.sock\"]\n");
  }

  /** By whatever path the socket goes in, and under whatever name it comes out. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"bind\", \"source\": \"/var/run/docker.sock\", \"target\": \"/tmp/api\"}",
        "{\"type\": \"bind\", \"source\": \"/run//docker.sock\", \"target\": \"/tmp/api\"}",
        "{\"type\": \"bind\", \"source\": \"/srv/api\", \"target\": \"/var/run/docker.sock\"}",
        "{\"type\": \"volume\", \"source\": \"cert-data\", \"target\": \"/run/docker.sock\"}",
        "{\"type\": \"bind\", \"source\": \"/run/containerd/containerd.sock\", \"target\": \"/x\"}",
        "{\"type\": \"bind\", \"source\": \"/var/run/\", \"target\": \"/host\"}",
        "{\"type\": \"bind\", \"source\": \"/\", \"target\": \"/host\"}",
        "{\"type\": \"volume\", \"source\": \"of-the-host\", \"target\": \"/host\"}",
      })
  void noContainerGetsDocker(String mount) throws Exception {
    String project =
        """
        jq -c -f "$BUNDLE/runtimes/compose/project.jq" >"$RUNTIME_DIR/compose.json" <<'JSON'
        {"services": {"proxy": {"command": ["--entrypoints.websecure.address=:443"], "volumes": [
            {"type": "volume", "source": "cert-data", "target": "/letsencrypt"}, %s]},
          "watcher": {"volumes": [{"type": "volume", "target": "/data"}%s]}},
         "volumes": {"cert-data": {}, "of-the-host": {"driver_opts": {"type": "none", "o": "bind", "device": "/run"}}}}
        JSON
        jq -c '[.services.proxy.volumes[].target]' "$RUNTIME_DIR/compose.json"
        render_check "$RUNTIME_DIR/compose.json"
        """;

    assertThat(run(project.formatted(mount, "")).output())
        .as("it is taken out of the proxy")
        .isEqualTo("[\"/letsencrypt\"]\n");
    Ended refused = run(project.formatted(mount, ", " + mount));
    assertThat(refused.exit()).as(refused.output()).isEqualTo(11);
    assertThat(refused.output()).contains("Docker's socket would be in a container (watcher)");
  }

  @Test
  void theConfiguratorRunsWhenWhatItWritesChanges() throws Exception {
    Files.writeString(root.resolve("sites/common_site_config.json"), "{}");
    String counted = "; grep -c 'run --rm --no-TTY configurator' '%s/docker'".formatted(root);

    assertThat(run("bench_configure; bench_configure" + counted).output()).endsWith("1\n");
    assertThat(run("APPS='frappe erpnext hrms'; bench_configure" + counted).output())
        .as("another app in the image")
        .endsWith("1\n");
    Files.delete(root.resolve("sites/common_site_config.json"));
    assertThat(run("APPS='frappe erpnext hrms'; bench_configure" + counted).output())
        .as("an empty volume")
        .endsWith("1\n");
  }

  @Test
  void theApplicationGetsNewAnonymousVolumesAndTheDatabaseKeepsIts() throws Exception {
    Ended ended = run("start_all");

    assertThat(ended.exit()).as(ended.output()).isZero();
    List<String> up = docker().lines().filter(line -> line.contains(" up ")).toList();
    assertThat(up).hasSize(2);
    assertThat(up.get(0)).contains("--wait", "db proxy").doesNotContain("renew", "backend");
    assertThat(up.get(1))
        .contains("--no-deps --renew-anon-volumes", "backend frontend queue-short scheduler")
        .doesNotContain(" db", "configurator");
    assertThat(run("ID=sha256:former; start_all").exit()).isZero();
    assertThat(docker())
        .as("a container of the same image is not made anew")
        .contains("--no-deps backend frontend queue-short scheduler")
        .doesNotContain("renew");
    run("start_all");
    // What the former containers had, and the new ones have not.
    assertThat(docker()).contains("volume rm " + "a".repeat(64)).doesNotContain("erpnext_sites");
  }

  @Test
  void assetsOfAFormerImageThatAgreeWithEachOtherAreFound() throws Exception {
    site("live.example.com");
    String check =
        """
        visit() { printf '%%s' '{"login.bundle.css": "/assets/frappe/dist/login.bundle.%s.css"}' >"$BODY"; printf 200; }
        image_manifests; image_assets_are_served live.example.com; say served
        """;

    assertThat(run(check.formatted("NEW")).output()).isEqualTo("served\n");
    Ended stale = run(check.formatted("OLD"));

    assertThat(stale.exit()).isEqualTo(1);
    assertThat(stale.output()).contains("not the one of the image").doesNotContain("served\n");
    assertThat(docker()).contains("rm --volumes manifest-container");
  }

  @Test
  void aLoginPageThatNamesAFormerBundleIsFound() throws Exception {
    String check =
        """
        visit() {
          printf '<link href="/assets/frappe/dist/login.bundle.%s.css">' >"$BODY"
          printf 200
        }
        image_manifests; login_page_assets live.example.com
        """;

    assertThat(run(check.formatted("NEW")).exit()).isZero();
    assertThat(run(check.formatted("OLD")).output()).contains("a former manifest is in Redis");
  }

  @Test
  void theRecordSaysHowLongEachPartTookAndWhatVisitorsHadOfIt() throws Exception {
    Ended ended =
        run(
            """
            journal_begin '{"id": "one", "verb": "release", "startedAt": "2026-01-01T00:00:00Z"}'
            journal_part stop
            journal_text heldAt "$(now)"
            journal_part backup
            journal_text closedAt "$(now)"
            journal_part migration
            journal_text readableAt "$(now)"
            journal_part pages
            runtime_record_fields() { printf '{}'; }
            engine_record ok '' ''
            jq -r '.parts[] | "\\(.name) \\(.sites) \\(.seconds | type)"' "$(record_file one)"
            """);

    assertThat(ended.output().lines())
        .containsExactly(
            "stop open number",
            "backup read-only number",
            "migration closed number",
            "pages read-only number");
  }
}
