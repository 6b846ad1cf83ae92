package dev.slipway.host;

import dev.slipway.host.BundleShell.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A host of the runtime {@code compose} with a release, and a Docker that the test stands in for.
 */
abstract class SitesOnAHost {
  @TempDir Path root;

  @BeforeEach
  void copyTheBundle() throws IOException {
    for (String folder : List.of("run", "releases/one", "app", "backups", "sites", "acme")) {
      Files.createDirectories(root.resolve(folder));
    }
    BundleShell.copy(root, root);
    Files.writeString(root.resolve("environment.json"), "{\"publicIp\": \"192.0.2.7\"}");
    settings("{\"name\": \"live.example.com\"}", "{\"name\": \"new.example.com\"}");
    Files.writeString(
        root.resolve("releases/one/compose.json"),
        """
        {"services": {
          "proxy": {"image": "traefik:v3.6", "command": [
            "--providers.docker=true", "--providers.docker.exposedbydefault=false",
            "--entrypoints.web.address=:80", "--entrypoints.websecure.address=:443",
            "--certificatesResolvers.main-resolver.acme.httpChallenge=true",
            "--certificatesResolvers.main-resolver.acme.storage=/letsencrypt/acme.json"]},
          "db": {"image": "mariadb:11.8", "volumes": [{"type": "volume", "target": "/var/lib/mysql"}]},
          "configurator": {"image": "erpnext:2", "profiles": ["configure"], "command": ["set-config"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "frontend": {"image": "erpnext:2", "command": ["nginx-entrypoint.sh"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "backend": {"image": "erpnext:2", "command": null,
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "queue-short": {"image": "erpnext:2", "command": ["bench", "worker", "--queue", "short"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]},
          "scheduler": {"image": "erpnext:2", "command": ["bench", "schedule"],
            "volumes": [{"type": "volume", "target": "/home/frappe/frappe-bench/sites"}]}}}
        """);
  }

  void settings(String... sites) throws IOException {
    Files.writeString(
        root.resolve("settings.json"),
        """
        {"stack": "staging", "system": "erpnext", "runtime": "compose", "sites": [%s],
         "compose": {"database": {}, "image": {"name": "erpnext"}},
         "https": {"email": "a@example.com", "server": "https://acme-v02.api.letsencrypt.org/directory"},
         "parameters": {"prefix": "/slipway/staging", "desired": "/d", "secrets": "/s"}}
        """
            .formatted(String.join(", ", sites)));
  }

  /** What public DNS says of each name. */
  static final String DNS =
      """
      look_up() { case "$1" in live.*) printf '%s\\n' "$LIVE" ;; *) printf '%s\\n' "$NEW" ;; esac; }
      """;

  static String dns(String live, String other) {
    return "LIVE='%s' NEW='%s'\n%s".formatted(live, other, DNS);
  }

  static final String ALL_LEAD_HERE = dns("found 192.0.2.7", "found 192.0.2.7");

  void site(String name) throws IOException {
    Files.createDirectories(root.resolve("sites/" + name));
    Files.writeString(
        root.resolve("sites/" + name + "/site_config.json"), "{\"db_name\": \"_0123\"}");
  }

  String docker() throws IOException {
    return Files.readString(root.resolve("docker"));
  }

  Ended run(String lines) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(root.resolve("docker"), "");
    Files.writeString(
        script,
        BundleShell.sourcesOf(root, "drills")
            + """
        ID=sha256:new FAIL='' APPS='frappe erpnext'
        # Docker as far as it is asked here; what it was told is kept.
        docker() {
          printf '%%s\n' "$*" >>'%1$s/docker'
          [[ -z $FAIL || $1 != "$FAIL" ]] || return 125
          case "$*" in
            'volume inspect'*_sites) printf '%%s\n' '%1$s/sites' ;;
            'volume inspect'*_cert-data) printf '%%s\n' '%1$s/acme' ;;
            'volume rm'*) ;;
            *'{{.State.Pid}}'*) printf '0\n' ;;
            *NetworkSettings.Networks*name*) printf 'erpnext_default\n' ;;
            'image inspect'*'{{.Id}}'*) printf '%%s\n' "$ID" ;;
            *'{{.Image}}'*) printf 'sha256:former\n' ;;
            *Mounts*) if [[ -e '%1$s/started' ]]; then printf '%%064d\n' 0 | tr 0 b; else printf '%%064d\n' 0 | tr 0 a; fi; printf 'erpnext_sites\n' ;;
            'ps '*) printf 'container\n' ;;
            *' up '*) touch '%1$s/started' ;;
            'create '*) printf 'manifest-container\n' ;;
            cp*frappe-bench/assets/*) return 1 ;;
            cp*sites/assets/assets.json*) printf '%%s' '{"login.bundle.css": "/assets/frappe/dist/login.bundle.NEW.css"}' >"$3" ;;
            cp*) return 1 ;;
            *'entrypoint ls'*) printf '%%s\n' $APPS ;;
            *' exec '*' cat '*) cat "$BODY" ;;
          esac
        }
        curl() { return 7; }
        use_release one
        %2$s
        """
                .formatted(root, lines));
    Ended ended = BundleShell.bash(script);
    Files.deleteIfExists(root.resolve("started"));
    return ended;
  }
}
