package dev.slipway.rehearsal;

import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.Result;
import java.util.ArrayList;
import java.util.List;

/**
 * A host with apps, as whoever is on it sees it.
 *
 * @param folder of the Compose project of its containers
 */
record AppHost(Machine machine, String folder) {
  private static final String FORMER =
      """
      .services[$service] | walk(if type == "string" then gsub("[$][$]"; "$") else . end)
      | ["--name", .container_name, "--network", "slipway-apps", "--restart", .restart]
        + (if .hostname then ["--hostname", .hostname] else [] end)
        + (.environment // {} | to_entries | map("--env", "\\(.key)=\\(.value)"))
        + (.labels | to_entries | map("--label", "\\(.key)=\\(.value)"))
        + (.volumes | map("--mount", "type=bind,source=\\(.source),target=\\(.target),readonly"))
        + (.ports // [] | map("--publish", .)) + (.networks.default.aliases // [] | map("--network-alias", .))
        + (if .logging then ["--log-driver", .logging.driver]
            + (.logging.options | to_entries | map("--log-opt", "\\(.key)=\\(.value)")) else [] end)
        + ["--entrypoint", .entrypoint[0], .image] + .entrypoint[1:] + .command
      | .[] | . + "\\u0000"
      """;

  /** Runs commands there, which have to succeed, and gives what they print. */
  String need(String script) {
    Result result = machine.exec("bash", "-c", "set -euo pipefail\n" + script);
    if (!result.ok()) {
      throw new Diary.Broken(
          "on " + machine.id() + ": " + script.strip() + "\n" + result.output().strip());
    }
    return result.out().strip();
  }

  /** Each service of the Compose project with its state, as `docker compose ps` has it. */
  String project() {
    return need(
        "docker compose -f %s/compose.yaml ps --all --format json".formatted(folder)
            + " | jq -rs 'flatten | map(\"\\(.Service) \\(.State)\") | sort | join(\", \")'");
  }

  /** The containers of apps that run, one for each app when nothing is under way. */
  List<String> running() {
    return need("docker ps --filter label=slipway.app --format '{{.Names}}' | sort")
        .lines()
        .toList();
  }

  /** The container of an app that is in a state, by its id; nothing where there is none. */
  String container(String app, String state) {
    return need(
        "docker ps --all --quiet --no-trunc --filter label=slipway.app=%s --filter status=%s"
            .formatted(app, state));
  }

  /** Whether a run has left something for the next one. */
  boolean isUnfinished() {
    return machine.exec("test", "-e", "/srv/slipway/releases/in-progress.json").ok();
  }

  /** A part of the record of what serves. */
  String record(String part) {
    return need("jq -r '%s' /srv/slipway/current".formatted(part));
  }

  /** A part of the record of what was last released, whatever became of it. */
  String lastRecord(String part) {
    return need("jq -r '%s' \"$(ls /srv/slipway/releases/2*.json | tail -n 1)\"".formatted(part));
  }

  /** The ids of the releases of which images are held by a tag. */
  List<String> held() {
    return need("docker image ls --format '{{.Tag}}' slipway/kept").lines().toList();
  }

  /** SHA-256 of what a variable is in the program of an app, and never the value. */
  String hashOf(String app, String variable) {
    return need(
        """
        name=$(cut -d: -f1 /srv/slipway/apps/upstreams/%s)
        docker exec "$name" sh -c "tr '\\0' '\\n' </proc/1/environ" | sed -n 's/^%s=//p' | tr -d '\\n' | sha256sum | cut -d' ' -f1
        """
            .formatted(app, variable));
  }

  /** Where the database is, and what it is called, as the program told the host. */
  String database() {
    return need(
        "jq -r '\"\\(.databaseHost):\\(.databasePort)/\\(.databaseName)\"' /etc/slipway/environment.json");
  }

  /**
   * As whom PostgreSQL's own client gets in with what an app is given: first with the parts, in
   * libpq's variables, then with the URL.
   */
  List<String> databaseUsers(String app) {
    // Neither is an argument; outside of containers the authorities are elsewhere.
    return need("""
            file=/run/slipway/secrets/$(cut -d: -f1 /srv/slipway/apps/upstreams/%s)
            eval "$(sed 's|/run/slipway/authorities.pem|/srv/slipway/apps/authorities.pem|g' "$file")"
            { echo 'SELECT session_user;'; echo "\\connect '$DATABASE_URL'"; echo 'SELECT session_user;'; } |
              psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1
            """
            .formatted(app))
        .lines()
        .toList();
  }

  /** Runs a verb of the host's by itself, as the agent does. */
  Result verb(String name, String... variables) {
    var command = new ArrayList<>(List.of("env", "SSM_actor=rehearsal"));
    for (String variable : variables) {
      command.add("SSM_" + variable);
    }
    command.add("/opt/slipway/" + name + ".sh");
    return machine.exec(command.toArray(String[]::new));
  }

  /** What a boot does when all is up, and what it says. */
  String boot() {
    return need(
        """
        systemctl restart slipway-boot.service
        journalctl --no-pager --output cat "_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value slipway-boot.service)"
        """);
  }

  /** Makes the containers that run anew as versions before Compose made them. */
  void withoutCompose() {
    need(
        """
        cat >/run/former.jq <<'FILTER'
        %s
        FILTER
        cd %s
        for service in $(docker compose ps --services); do
          docker rm --force "slipway-$service" >/dev/null
          jq -j --arg service "$service" -f /run/former.jq compose.yaml | xargs -0 docker create >/dev/null
          docker start "slipway-$service" >/dev/null
        done
        rm compose.yaml
        """
            .formatted(FORMER, folder));
  }

  /** Containers of apps that Compose knows nothing of, by their names and ids. */
  List<String> strangers() {
    return need("docker ps --all --filter label=slipway.app --format"
            + " '{{.Names}} {{.ID}} {{.Label \"com.docker.compose.project\"}}' | sed -n 's/ $//p' | sort")
        .lines()
        .toList();
  }
}
