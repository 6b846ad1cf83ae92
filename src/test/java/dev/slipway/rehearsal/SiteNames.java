package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import dev.slipway.rehearsal.cloud.Machine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sites that have another name in the settings than on the host, or none, and what is done then.
 */
final class SiteNames {
  /** Ceilings, and no sleeps: the real ERPNext needs up to seven minutes for a release. */
  private static final Duration RELEASE = Duration.ofMinutes(40);

  private static final Duration SOON = Duration.ofMinutes(10);
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String RENAMED = "shop.example.com";
  private static final String SECOND = "branch.example.com";
  private static final String NAME = "slipway:erpnext.sites[0].name";

  private final Diary diary;
  private final String stackName;
  private final String siteName;
  private final PulumiStack stack;
  private final EmulatedCloud cloud;
  private final Supplier<Machine> machine;
  private final HostFaults.Scripts scripts;
  private final Supplier<JsonObject> status;
  private final Function<String, Site> sites;

  SiteNames(
      Diary diary,
      String stackName,
      String siteName,
      PulumiStack stack,
      EmulatedCloud cloud,
      Supplier<Machine> machine,
      HostFaults.Scripts scripts,
      Supplier<JsonObject> status,
      Function<String, Site> sites) {
    this.diary = diary;
    this.stackName = stackName;
    this.siteName = siteName;
    this.stack = stack;
    this.cloud = cloud;
    this.machine = machine;
    this.scripts = scripts;
    this.status = status;
    this.sites = sites;
  }

  /** The site gets another name and its own again, and another one comes and goes. */
  void run() throws Exception {
    List<String> notes = notes(siteName);
    Path before = plan();
    renameInSettings(before);
    rename(siteName, RENAMED);
    checkMoved(siteName, RENAMED, notes);
    // Its own name again, by the same way: all that follows knows it by that.
    stack.configure(Map.of(NAME, siteName));
    refusesOver(RENAMED, "./slipway rename " + stackName + " " + RENAMED + " " + siteName);
    rename(RENAMED, siteName);
    checkMoved(RENAMED, siteName, notes);

    makeSecond();
    retireSecond();
    diary.checkEquals(notes, notes(siteName), "the notes of the site that stays are all there");
  }

  // ---- a site with another name -----------------------------------------------------------------

  /** What the plan had before, in a folder. */
  private Path plan() {
    Path folder = cloud.directory().resolve("plan-before-names");
    Shell.Result planned =
        scripts.run(RELEASE, "./scripts/plan.sh", stackName, "--out", folder.toString());
    diary.check(planned.ok(), "the plan of before is kept", planned.tail());
    return folder;
  }

  private void renameInSettings(Path before) throws Exception {
    stack.configure(Map.of(NAME, RENAMED));
    Shell.Result diff =
        scripts.run(RELEASE, "./scripts/plan.sh", stackName, "--diff", before.toString());
    diary.check(
        diff.output().lines().anyMatch(line -> line.contains("Site") && line.contains(siteName)),
        "the plan names the site that hosts are no longer told of",
        diff.tail());
    refusesOver(siteName, "./slipway rename " + stackName + " " + siteName + " " + RENAMED);
    diary.checkEquals(
        200, site(siteName).get("/api/method/ping").status(), "it serves as before meanwhile");
    Shell.Result early =
        scripts.run(RELEASE, "./scripts/rename.sh", stackName, "none.example.com", RENAMED);
    diary.check(
        early.exit() == 11 && early.output().contains("there is no site none.example.com"),
        "a site that is not there is not renamed",
        early.tail());
  }

  /** Neither up nor a release goes over a site that the settings don't name; both say what does. */
  private void refusesOver(String name, String advice) {
    PulumiStack.Run up = stack.up();
    diary.check(
        !up.ok()
            && up.output().contains("do not name " + name)
            && up.output().contains(advice)
            && up.output().contains("Nothing was changed"),
        "up stops at the host, names " + name + " and says what to run",
        up.output());
    Shell.Result release = scripts.run(RELEASE, "./scripts/release.sh", stackName, "--desired");
    diary.check(
        release.exit() == 11 && release.output().contains("do not name " + name),
        "a release is refused by its name, too",
        release.tail());
  }

  private void rename(String from, String to) throws Exception {
    machine.get().alias(to);
    cloud.serveName(to);
    Shell.Result renamed = scripts.run(RELEASE, "./scripts/rename.sh", stackName, from, to);
    diary.check(renamed.ok(), "rename.sh carries " + from + " over to " + to, renamed.tail());
    diary.checkEquals(
        "rename", newestBackup(to).get("reason").getAsString(), "a backup has the new name");
    PulumiStack.Run up = stack.up();
    diary.check(up.ok(), "up goes on", up.output());
  }

  private void checkMoved(String from, String to, List<String> notes) throws Exception {
    Site.Answer answer = site(to).waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "https://" + to + " answers, with a certificate");
    diary.checkEquals(notes, notes(to), "the notes are all there");
    diary.checkEquals(
        "for everybody", site(to).get("/files/welcome.txt").body().strip(), "and the files");
    diary.check(
        site(from).get("/api/method/ping").status() != 200, "nobody is served as " + from, from);
    diary.check(!onHost(from), "the folder of " + from + " is gone", "it is there");
    diary.checkEquals(
        "rename", newestBackup(from).get("reason").getAsString(), "a backup was made before");
    diary.checkEquals(
        newestBackup(to).get("id").getAsString(),
        status.get().getAsJsonObject("backup").get("id").getAsString(),
        "status shows the newest under the new name");
    Shell.Result drill = scripts.run(RELEASE, "./scripts/drill.sh", stackName);
    diary.check(drill.ok(), "and can be restored", drill.tail());
  }

  // ---- a site that goes -------------------------------------------------------------------------

  private void makeSecond() throws Exception {
    stack.configure(
        Map.of(
            "slipway:erpnext.sites[1].name",
            SECOND,
            "slipway:erpnext.sites[1].apps[0]",
            "erpnext"));
    machine.get().alias(SECOND);
    cloud.serveName(SECOND);
    PulumiStack.Run up = stack.up();
    diary.check(up.ok(), "up with a second site in the settings ends well", up.output());
    Shell.Result made = scripts.run(RELEASE, "./scripts/release.sh", stackName, "--desired");
    diary.check(made.ok(), "the release makes it", made.tail());
    Site.Answer answer = site(SECOND).waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "https://" + SECOND + " answers");
    diary.check(
        site(SECOND).write("of the branch", password(SECOND)), "a note is written there", "");
    diary.checkEquals(
        200, site(siteName).get("/api/method/ping").status(), "the first one answers as well");
  }

  private void retireSecond() throws Exception {
    stack.forget(List.of("slipway:erpnext.sites[1]"));
    refusesOver(SECOND, "./slipway retire " + stackName + " " + SECOND);
    Shell.Result wrong =
        scripts.run(RELEASE, "./scripts/retire.sh", stackName, siteName, "--yes-retire", siteName);
    diary.check(
        wrong.exit() == 11 && wrong.output().contains("still name " + siteName),
        "a site that the settings name is not retired",
        wrong.tail());
    String database = query("jq -r .db_name " + folder(SECOND) + "/site_config.json");
    Shell.Result retired =
        scripts.run(RELEASE, "./scripts/retire.sh", stackName, SECOND, "--yes-retire", SECOND);
    diary.check(retired.ok(), "retire.sh takes the other one away", retired.tail());
    diary.check(
        retired.output().contains("read back"),
        "after a backup that was read back",
        retired.tail());
    diary.checkEquals(
        "retire", newestBackup(SECOND).get("reason").getAsString(), "which is in S3 to stay");
    diary.check(!onHost(SECOND), "its folder is gone", "it is there");
    diary.check(
        !database.isEmpty() && !databases().contains(database),
        "its database " + database + " is gone",
        databases());
    PulumiStack.Run up = stack.up();
    diary.check(up.ok(), "up goes on", up.output());
    Shell.Result release = scripts.run(RELEASE, "./scripts/release.sh", stackName, "--desired");
    diary.check(release.ok(), "and so do releases", release.tail());
    Site.Answer answer = site(siteName).waitFor("/api/method/ping", 200, SOON);
    diary.checkEquals(200, answer.status(), "the site that stays answers");
  }

  // ---- what there is ----------------------------------------------------------------------------

  private Site site(String name) {
    return sites.apply(name);
  }

  private List<String> notes(String name) {
    return site(name).notes(password(name));
  }

  private String password(String name) {
    return cloud.parameter("/slipway/" + stackName + "/secrets/site-admin-password/" + name);
  }

  /** The manifest of a site's newest backup in S3. */
  private JsonObject newestBackup(String name) {
    String manifest =
        query(
            "bucket=$(jq -r .backupBucket /etc/slipway/environment.json); set -a; . /etc/environment;"
                + " newest=$(aws s3api list-objects-v2 --bucket $bucket --prefix "
                + stackName
                + "/"
                + name
                + "/ --query \"Contents[?ends_with(Key, 'manifest.json')].Key\" --output text"
                + " | tr '\\t' '\\n' | sort | tail -n 1);"
                + " aws s3 cp --only-show-errors s3://$bucket/$newest -");
    return com.google.gson.JsonParser.parseString(manifest).getAsJsonObject();
  }

  private String databases() {
    return query(
        "docker exec erpnext-db-1 sh -c 'MYSQL_PWD=\"$(cat \"$MYSQL_ROOT_PASSWORD_FILE\")\""
            + " exec mariadb -uroot --batch --skip-column-names --execute \"SHOW DATABASES\"'");
  }

  private static String folder(String name) {
    return "/srv/slipway/docker/volumes/erpnext_sites/_data/" + name;
  }

  private boolean onHost(String name) {
    return machine.get().exec("test", "-e", folder(name)).ok();
  }

  private String query(String command) {
    return machine.get().exec("sh", "-c", command).out().strip();
  }
}
