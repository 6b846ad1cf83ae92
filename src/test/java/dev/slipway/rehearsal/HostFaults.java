package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import dev.slipway.rehearsal.cloud.Machine;
import dev.slipway.rehearsal.cloud.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What can go wrong on the host itself, and the two other ways to run the site: built, and pwd.yml.
 */
final class HostFaults {
  /** Ceilings, and no sleeps: the real ERPNext needs up to seven minutes for a release. */
  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final Duration SOON = Duration.ofMinutes(10);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Runs one of the scripts that a person types, and shows what it says. */
  interface Scripts {
    Shell.Result run(Duration limit, String... command);
  }

  /** Gives the registry the image of the application as it is in a folder, under a commit. */
  interface Registry {
    void push(String commit) throws Exception;
  }

  private final Diary diary;
  private final String stackName;
  private final String siteName;
  private final Supplier<Machine> machine;
  private final Scripts scripts;
  private final Supplier<JsonObject> status;
  private final Site site;
  private final Supplier<String> password;

  HostFaults(
      Diary diary,
      String stackName,
      String siteName,
      Supplier<Machine> machine,
      Scripts scripts,
      Supplier<JsonObject> status,
      Site site,
      Supplier<String> password) {
    this.diary = diary;
    this.stackName = stackName;
    this.siteName = siteName;
    this.machine = machine;
    this.scripts = scripts;
    this.status = status;
    this.site = site;
    this.password = password;
  }

  // ---- images built on the host ---------------------------------------------------------------

  /**
   * The host builds the image, with another private app that only the token opens; gives the commit
   * that serves afterwards.
   */
  String build(
      PulumiStack stack,
      ApplicationRepository application,
      GitServer git,
      Path repositories,
      Registry registry,
      String token)
      throws Exception {
    List<String> before = site.notes(password.get());
    stack.configure(Map.of("slipway:erpnext.image.source", "build"));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up with image.source: build ends well", run.output());
    pushPrivateApp(repositories);
    String commit =
        application.pushFile(
            "apps.json",
            "[{\"url\": \"%s\", \"branch\": \"main\"}]".formatted(git.url("private/side.git")));
    // As on a machine of 4 GiB: what a container sees of the memory is its host's.
    shell("sed 's/^MemTotal:.*/MemTotal: 3900000 kB/' /proc/meminfo >/run/meminfo");
    shell("mount --bind /run/meminfo /proc/meminfo");
    Shell.Result result;
    try {
      result = release(commit);
    } finally {
      shell("umount /proc/meminfo");
    }
    diary.check(result.ok(), "a release that is built on the host ends well", result.tail());
    diary.check(
        result.output().contains("4.0 GB of memory: 8 GB are advised"),
        "it warns below 8 GB of memory",
        result.tail());
    String image = "slipway/erpnext:" + commit;
    JsonObject release = status.get().getAsJsonObject("release");
    diary.checkEquals(image, release.get("image").getAsString(), "the image that was built serves");
    diary.checkEquals(
        "never slipway/erpnext",
        shell(
                "jq -r '[.services[] | select(.image | startswith(\"slipway/\"))] | \"\\([.[].pull_policy] | unique | .[])"
                    + " \\([.[] | select(.build) | .image | split(\":\")[0]] | unique | .[])\"' /srv/slipway/releases/"
                    + release.get("id").getAsString()
                    + "/compose.json")
            .strip(),
        "our override builds it and pulls nothing");
    diary.check(
        exec("docker", "exec", "erpnext-backend-1", "ls", "apps").output().contains("side"),
        "the private app is in it",
        exec("docker", "exec", "erpnext-backend-1", "ls", "apps").output());
    diary.check(
        !exec("docker", "image", "history", "--no-trunc", image).output().contains(token),
        "the token is not in the image's history",
        "it is");
    // What is looked for goes by a file, or it would itself be an argument that everybody can read.
    // What is surely in a
    // layer is looked for as well, or a look into nothing would find nothing.
    aws(
        "aws ssm get-parameter --with-decryption --query Parameter.Value --output text --name /slipway/"
            + stackName
            + "/secrets/git-token >/run/patterns");
    diary.checkEquals(
        "app_name = \"side\"",
        shell(
                "echo 'app_name = \"side\"' >>/run/patterns; docker save "
                    + image
                    + " | grep -a -o -F -f /run/patterns | sort -u; rm /run/patterns")
            .strip(),
        "the token is in no layer");
    diary.checkEquals(
        "",
        shell(
                "ls /run/slipway/apps.json /run/slipway/git-token /srv/slipway/app/serve 2>/dev/null || true")
            .strip(),
        "nothing of the build is left lying about");
    diary.checkEquals(200, site.get("/api/method/ping").status(), "the site answers");
    diary.checkEquals(before, site.notes(password.get()), "the notes are all there");
    registry.push(commit);
    return commit;
  }

  /** Another repository that wants the token, with an app of a few lines in it. */
  private void pushPrivateApp(Path repositories) throws IOException {
    Path work = repositories.resolveSibling("side");
    Path app = Files.createDirectories(work.resolve("side"));
    Files.writeString(app.resolve("hooks.py"), "app_name = \"side\"\n");
    Files.writeString(app.resolve("__init__.py"), "__version__ = \"1.0.0\"\n");
    Files.writeString(app.resolve("patches.txt"), "");
    var shell = Shell.committing(work);
    shell.need(MINUTE, "git", "init", "--quiet", "--initial-branch=main", ".");
    shell.need(MINUTE, "git", "add", "--all");
    shell.need(MINUTE, "git", "commit", "--quiet", "--message", "An app of our own");
    shell.need(
        MINUTE,
        "git",
        "clone",
        "--quiet",
        "--bare",
        ".",
        repositories.resolve("private/side.git").toString());
  }

  // ---- pwd.yml --------------------------------------------------------------------------------

  /**
   * Upstream's demonstration file as the project, built on the host, and back to the usual files.
   */
  void pwd(PulumiStack stack) throws Exception {
    List<String> before = site.notes(password.get());
    stack.configure(Map.of("slipway:erpnext.composeFiles[0]", "pwd.yml"));
    PulumiStack.Run run = stack.up();
    diary.check(run.ok(), "up with composeFiles: [pwd.yml] ends well", run.output());
    diary.checkEquals(200, site.get("/api/method/ping").status(), "the site answers, over HTTPS");
    diary.checkEquals(before, site.notes(password.get()), "the notes are all there");
    String environment =
        shell("docker ps --quiet | xargs docker inspect --format '{{json .Config.Env}}'");
    diary.check(
        !environment.contains("ROOT_PASSWORD=admin"),
        "its fixed passwords are in no container",
        environment);
    diary.checkEquals(
        "",
        shell("docker ps --format '{{.Ports}}' | grep 8080-\\>8080 || true").strip(),
        "its port 8080 is not published");
    var usual = new LinkedHashMap<String, String>();
    usual.put("slipway:erpnext.image.source", "registry");
    List<String> files =
        List.of(
            "compose.yaml",
            "overrides/compose.mariadb.yaml",
            "overrides/compose.mariadb-secrets.yaml",
            "overrides/compose.redis.yaml",
            "overrides/compose.https.yaml");
    // In their order: a list grows at its end alone.
    for (int i = 0; i < files.size(); i++) {
      usual.put("slipway:erpnext.composeFiles[" + i + "]", files.get(i));
    }
    stack.configure(usual);
    PulumiStack.Run back = stack.up();
    diary.check(back.ok(), "up with the usual files and the registry ends well", back.output());
    diary.check(
        status.get().getAsJsonObject("release").get("image").getAsString().startsWith("frappe/"),
        "the registry's image serves",
        status.get().getAsJsonObject("release").get("image"));
    diary.checkEquals(before, site.notes(password.get()), "the notes are all there");
  }

  // ---- backups --------------------------------------------------------------------------------

  /** A dump that ends in the middle, with success and without, leaves no manifest. */
  void halfBackup() {
    String manifests = manifests();
    // The first ends as if all were well, in the middle of a table; the second is killed there.
    for (String ending : List.of("exit 0", "kill -KILL $$")) {
      shell(
          """
          cat >/run/half-dump <<'END'
          #!/bin/sh
          "$0.whole" "$@" | head -c 3000
          %s
          END
          for name in mariadb-dump mysqldump; do
            path=$(docker exec erpnext-backend-1 sh -c "command -v $name") || continue
            docker exec --user root erpnext-backend-1 mv "$path" "$path.whole"
            docker cp -q /run/half-dump "erpnext-backend-1:$path" 2>/dev/null || docker cp /run/half-dump "erpnext-backend-1:$path"
            docker exec --user root erpnext-backend-1 chmod 755 "$path"
          done
          """
              .formatted(ending));
      Shell.Result result;
      try {
        result = scripts.run(RELEASE, "./scripts/backup.sh", stackName);
      } finally {
        shell(
            """
            docker exec --user root erpnext-backend-1 sh -c '
              for whole in /usr/bin/*.whole; do mv "$whole" "${whole%.whole}"; done'
            """);
      }
      diary.checkEquals(1, result.exit(), "backup.sh exits 1 after a dump with '" + ending + "'");
      diary.checkEquals(manifests, manifests(), "there is no manifest of it in S3");
      JsonObject last = status.get().getAsJsonObject("backup").getAsJsonObject("last");
      diary.checkEquals("failed", last.get("outcome").getAsString(), "status shows that it failed");
      diary.note("cause: " + Texts.brief(last.get("cause").getAsString()));
      String text = scripts.run(MINUTE, "./scripts/status.sh", stackName).output();
      diary.check(text.contains("THE LAST ONE FAILED"), "and says it in words", text);
      diary.checkEquals(
          "",
          shell(
                  "ls /srv/slipway/docker/volumes/erpnext_sites/_data/"
                      + siteName
                      + "/private/backups")
              .strip(),
          "no half of a dump is left on the volume");
    }
    Shell.Result next = scripts.run(RELEASE, "./scripts/backup.sh", stackName);
    diary.check(next.ok(), "the next backup is fine", next.tail());
    diary.check(!manifests().equals(manifests), "and has its manifest", manifests());
  }

  /**
   * A backup that was altered in S3 is refused, by restore and by the drill, and nothing is
   * touched.
   */
  void damaged() {
    String id = status.get().getAsJsonObject("backup").get("id").getAsString();
    String object = "s3://$bucket/" + stackName + "/" + siteName + "/" + id + "/database.sql.gz";
    aws("aws s3 cp --only-show-errors " + object + " /run/altered");
    // One byte in the middle becomes another: it is as long as before, and only its hash says so.
    shell(
        """
        at=$(($(stat -c %s /run/altered) / 2))
        was=$(od -An -tu1 -j "$at" -N1 /run/altered)
        printf "\\\\x$(printf %02x $((was ^ 255)))" | dd of=/run/altered bs=1 seek="$at" conv=notrunc status=none""");
    aws("aws s3 cp --only-show-errors /run/altered " + object);
    // The host's own copy must not stand in for the one that a restore is about.
    String before = databaseHash();
    Shell.Result restored = scripts.run(RELEASE, "./scripts/restore.sh", stackName, "--backup", id);
    diary.checkEquals(11, restored.exit(), "restore.sh refuses it");
    diary.check(
        restored.output().contains("database.sql.gz is not what its manifest says")
            && restored.output().contains("Nothing was touched"),
        "and says which file",
        restored.tail());
    diary.checkEquals(before, databaseHash(), "the database is the same as before, row by row");
    diary.check(status.get().get("inProgress").isJsonNull(), "nothing is unfinished", status.get());
    Shell.Result drilled = scripts.run(RELEASE, "./scripts/drill.sh", stackName, "--backup", id);
    diary.checkEquals(1, drilled.exit(), "drill.sh fails on it");
    diary.checkEquals(before, databaseHash(), "and touches nothing either");
  }

  // ---- the volume and the host ----------------------------------------------------------------

  /** Docker does not start without the data volume, and everything comes back with it. */
  void dockerNeedsVolume() throws Exception {
    shell("docker ps --quiet | xargs docker stop --time 20 >/dev/null");
    shell("systemctl stop docker.socket docker.service containerd.service slipway-data.service");
    shell("umount /srv/slipway");
    String link = shell("echo /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol*").strip();
    String device = shell("readlink " + link).strip();
    shell("rm " + link);
    shell("systemctl start --no-block docker.service");
    // With its volume Docker is there in two seconds; the service that waits for the volume is
    // begun at once.
    await(
        "the data volume to be waited for",
        "test \"$(systemctl is-active slipway-data)\" = activating");
    diary.checkEquals(
        "inactive",
        shell("systemctl is-active docker.service || true").strip(),
        "Docker waits for the volume");
    diary.checkEquals("", shell("ls -A /srv/slipway").strip(), "and writes nothing beside it");
    diary.checkEquals(0, site.get("/api/method/ping").status(), "nothing answers");
    shell("ln -s " + device + " " + link);
    Site.Answer answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(
        200, answer.status(), "the volume is back: the boot service brings the site up again");
    await("the boot service to end", "test \"$(systemctl is-active slipway-boot)\" = active");
    diary.checkEquals(
        "active", shell("systemctl is-active slipway-boot").strip(), "and says that all is well");
    // Mounted by nobody, though its service was done: the second lock on the same door.
    shell("docker ps --quiet | xargs docker stop --time 20 >/dev/null");
    shell(
        "systemctl stop slipway-boot docker.socket docker.service containerd.service; umount /srv/slipway");
    diary.check(
        !exec("systemctl", "start", "docker.service").ok(),
        "with the volume taken off by hand Docker refuses to start",
        "it started");
    shell("systemctl restart slipway-data.service");
    answer = site.waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "mounted again: the site is back");
    await("the boot service to end", "test \"$(systemctl is-active slipway-boot)\" = active");
    diary.checkEquals(
        "",
        shell("journalctl --boot --no-pager --quiet --grep 'ordering cycle' || true").strip(),
        "no service waits for itself");
  }

  /** Configuring a configured host changes nothing. */
  void configureTwice() {
    String before = traces();
    Result result =
        exec("env", "-i", "PATH=/usr/bin:/bin", "SSM_bundle=", "/opt/slipway/configure.sh");
    diary.check(
        result.ok(),
        "configure.sh, run again with an empty environment, ends well",
        result.output());
    diary.checkEquals(before, traces(), "same daemons, containers and files as before");
  }

  /** Who runs since when, and when each file that configure writes was written. */
  private String traces() {
    return shell(
        """
        systemctl show --property=MainPID,ActiveEnterTimestamp docker containerd cron slipway-data slipway-boot
        docker ps --no-trunc --format '{{.ID}}' | sort | xargs docker inspect --format '{{.Id}} {{.State.StartedAt}}'
        find /etc/docker /etc/containerd /etc/systemd/system /etc/cron.d /etc/apt/apt.conf.d /srv/slipway/secrets \
          -type f -printf '%p %T@ %i %m\\n' | sort
        """);
  }

  // ---- small verbs ----------------------------------------------------------------------------

  private Shell.Result release(String ref) {
    return scripts.run(RELEASE, "./scripts/release.sh", stackName, ref);
  }

  private Result exec(String... command) {
    return machine.get().exec(command);
  }

  /** Commands on the host that have to succeed. */
  private String shell(String script) {
    Result result = exec("bash", "-c", "set -euo pipefail\n" + script);
    if (!result.ok()) {
      throw new Diary.Broken("on the host: " + script + "\n" + result.output());
    }
    return result.output();
  }

  /** The same with the CLI's environment, and $bucket for the bucket of the backups. */
  private String aws(String script) {
    return shell(
        "set -a; . /etc/environment; set +a; pointer=/etc/slipway/environment.json;"
            + " export AWS_DEFAULT_REGION=$(jq -r .region $pointer); bucket=$(jq -r .backupBucket $pointer); "
            + script);
  }

  private String manifests() {
    return aws(
        "aws s3api list-objects-v2 --bucket $bucket --prefix "
            + stackName
            + "/ --query 'Contents[].[Key]' --output text | sed -n '/manifest.json$/p' | sort");
  }

  /** A hash of all that the site's database holds. */
  private String databaseHash() {
    return shell(
            """
            database=$(jq -r .db_name /srv/slipway/docker/volumes/erpnext_sites/_data/%s/site_config.json)
            docker exec erpnext-db-1 sh -c 'MYSQL_PWD=$(cat /run/secrets/db_password) \
              exec mariadb-dump --user=root --skip-dump-date --skip-comments "$0"' "$database" | sha256sum
            """
                .formatted(siteName))
        .strip();
  }

  private void await(String what, String condition) throws InterruptedException {
    Instant end = Instant.now().plus(SOON);
    while (!exec("bash", "-c", condition).ok()) {
      if (Instant.now().isAfter(end)) {
        throw new Diary.Broken("waited " + SOON.toMinutes() + " minutes for " + what);
      }
      Thread.sleep(200);
    }
  }
}
