package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestroyTest {
  private static final String FILE =
      "secretsprovider: awskms://alias/slipway?region=us-east-1\nconfig:\n  aws:region: us-east-1\n";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws IOException {
    place =
        new Workplace(root)
            .fakeScript("build.sh", ":")
            .fakeScript("tools.sh", ":")
            .fakeScript("backup.sh", ":")
            .fakeScript("purge.sh", ":")
            .fakeEngine("state", ":")
            .fakeEngine("destroy", "echo destroyed");
    place.file("Pulumi.staging.yaml", FILE);
    keeps(true);
    // Who holds the stack, and where its state is, is what other tests are about.
    Files.writeString(
        place.path("scripts/lib/common.sh"),
        """

        need_aws() { :; }
        need_backend() { :; }
        need_account() { :; }
        need_state() { :; }
        need_free() { :; }
        hold() { shift; engine "$@"; }
        """,
        StandardOpenOption.APPEND);
  }

  /** A state with a backup bucket and a machine in it, indented as the engine writes it. */
  private void keeps(boolean isProtected) {
    String urn = "urn:pulumi:staging::slipway::";
    place.fakeEngine(
        "stack export",
        """
        cat <<'JSON'
        {"deployment": {"resources": [
                    {
                        "urn": "%1$saws:s3/bucketV2:BucketV2::erpnext-backup-bucket",
                        "custom": true,
                        "type": "aws:s3/bucketV2:BucketV2",
                        "protect": %2$s
                    },
                    {
                        "urn": "%1$saws:ec2/instance:Instance::erpnext-host-machine",
                        "custom": true,
                        "type": "aws:ec2/instance:Instance"
                    }
        ]}}
        JSON"""
            .formatted(urn, isProtected));
  }

  /** What was done, in order, without what only looks. */
  private List<String> done() {
    return place.calls().stream()
        .filter(call -> !call.contains("--preview-only") && !call.contains("export"))
        .filter(call -> !call.contains("--check"))
        .filter(call -> call.matches("(backup\\.sh|purge\\.sh|pulumi).*"))
        .map(call -> call.split(" --")[0])
        .toList();
  }

  @Test
  void onlyTheExactWordsDestroy() {
    for (String phrase :
        List.of(
            "destroy",
            "staging",
            "Destroy staging",
            "destroy staging ",
            "destroy and purge staging")) {
      var ended = place.run("destroy.sh", "staging", "--confirm", phrase);
      assertThat(ended.exit()).as(phrase).isEqualTo(2);
      assertThat(ended.errors()).contains("is not \"destroy staging\"");
    }
    assertThat(place.run("destroy.sh", "staging").errors()).contains("nobody is here to ask");
    assertThat(done()).isEmpty();
  }

  @Test
  void aLastBackupComesFirstAndWhatIsLeftIsNamed() {
    var ended = place.run("destroy.sh", "staging", "--confirm", "destroy staging");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(done()).containsExactly("backup.sh staging", "pulumi destroy");
    assertThat(ended.output())
        .contains("Left, and going on to cost money:")
        .contains("erpnext-backup-bucket");
    assertThat(place.calls("pulumi destroy --exclude-protected --yes")).hasSize(1);
  }

  @Test
  void snapshotsThatOutliveADatabaseAreNamedWithWhatRemovesThem() {
    place
        .fake("aws rds", "printf 'slipway-staging-db-1-final\\nslipway-staging-release-2\\n'")
        .fakeEngine(
            "stack export",
            """
            cat <<'JSON'
            {"deployment": {"resources": [{"type": "aws:rds/instance:Instance"}]}}
            JSON""");

    var ended = place.run("destroy.sh", "staging", "--confirm", "destroy staging");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .contains(
            "Snapshots stay, and go on costing money",
            "  aws rds delete-db-snapshot --db-snapshot-identifier slipway-staging-db-1-final\n",
            "--db-snapshot-identifier slipway-staging-release-2\n")
        .doesNotContain("Nothing that costs money is left");
  }

  @Test
  void snapshotsOfAStackWhoseNameBeginsWithThisOnesAreNotNamed() {
    place
        .fake("aws rds", "printf 'slipway-staging-db-1-final\\nslipway-staging-two-release-2\\n'")
        .fakeEngine(
            "stack export",
            """
            cat <<'JSON'
            {"deployment": {"resources": [{"type": "aws:rds/instance:Instance"}]}}
            JSON""");
    place.file("Pulumi.staging-two.yaml", "config: {}\n");

    assertThat(destroyed())
        .contains("delete-db-snapshot --db-snapshot-identifier slipway-staging-db-1-final\n")
        .doesNotContain("slipway-staging-two-release-2");
  }

  /** A state with two secrets under a key, and a key that has nothing to do with them. */
  private void keepsSecrets(boolean isProtected, int days) {
    place.fakeEngine(
        "stack export",
        """
        cat <<'JSON'
        {"deployment": {"resources": [
                    {"type": "aws:kms/key:Key", "id": "k-1", "protect": %1$s,
                     "inputs": {"deletionWindowInDays": 30}, "outputs": {"arn": "arn:k-1"}},
                    {"type": "aws:kms/key:Key", "id": "k-2",
                     "inputs": {"deletionWindowInDays": 7}, "outputs": {"arn": "arn:k-2"}},
                    {"type": "aws:secretsmanager/secret:Secret", "id": "arn:jwt-2026", "protect": %1$s,
                     "inputs": {"recoveryWindowInDays": %2$d, "kmsKeyId": "arn:k-1"}},
                    {"type": "aws:secretsmanager/secret:Secret", "id": "arn:oauth-2026", "protect": %1$s,
                     "inputs": {"recoveryWindowInDays": %2$d, "kmsKeyId": "arn:k-1"}}
        ]}}
        JSON"""
            .formatted(isProtected, days));
  }

  private String destroyed() {
    var ended = place.run("destroy.sh", "staging", "--confirm", "destroy staging");
    assertThat(ended.exit()).as(ended.all()).isZero();
    return ended.output();
  }

  @Test
  void secretsThatWentAreNamedWithTheLastDayToBringThemBack() {
    keepsSecrets(false, 30);
    var before = LocalDate.now().plusDays(30);

    var output = destroyed();

    assertThat(output)
        .containsAnyOf("until " + before, "until " + LocalDate.now().plusDays(30))
        .contains(
            "aws kms cancel-key-deletion --region us-east-1 --key-id k-1",
            "  aws secretsmanager restore-secret --region us-east-1 --secret-id arn:jwt-2026\n",
            "--secret-id arn:oauth-2026\n",
            "their names are new every time")
        .doesNotContain("k-2");
  }

  @Test
  void secretsThatStayOrAreGoneForGoodAreNotSaidToBeDeleted() {
    keepsSecrets(true, 30);
    assertThat(destroyed()).doesNotContain("restore-secret", "cancel-key-deletion");

    place.file("Pulumi.staging.yaml", FILE + "  slipway:ephemeral: true\n");
    assertThat(destroyed()).as("one that became ephemeral").contains("restore-secret");

    keepsSecrets(true, 0);
    assertThat(destroyed()).doesNotContain("restore-secret", "cancel-key-deletion");
  }

  @Test
  void whatStaysInParameterStoreIsSaidAsItIs() {
    assertThat(destroyed()).contains("Passwords and the desired release stay in Parameter Store");

    place.file("Pulumi.staging.yaml", FILE + "  slipway:system: foundation\n");
    assertThat(destroyed()).doesNotContain("Parameter Store", "desired release");
  }

  private void hasDatabase(boolean isProtected) {
    place.file("Pulumi.staging.yaml", FILE + "  slipway:system: admin-panel\n");
    place.fake("aws rds describe-db-snapshots", "echo None");
    place.fakeEngine(
        "stack export",
        """
        cat <<'JSON'
        {"deployment": {"resources": [
                    {
                        "urn": "urn:pulumi:staging::slipway::slipway:Database$aws:rds/instance:Instance::staging-database",
                        "type": "aws:rds/instance:Instance",
                        "protect": %s
                    }
        ]}}
        JSON"""
            .formatted(isProtected));
  }

  @Test
  void theDesiredReleaseStaysWithTheDatabaseThatItWasMadeFor() {
    hasDatabase(true);

    assertThat(destroyed()).contains("The desired release stays").doesNotContain("Passwords");
    assertThat(place.calls("aws ssm delete-parameter")).isEmpty();
  }

  @Test
  void theDesiredReleaseGoesWithItsDatabase() {
    hasDatabase(false);
    place.fake("aws ssm delete-parameter", "exit 0");
    place.fake(
        "aws ssm get-parameters-by-path",
        "printf '/slipway/staging/release/desired/%s\\n' api web");

    assertThat(destroyed()).contains("The desired release went with the database");
    assertThat(place.calls("aws ssm delete-parameter"))
        .extracting(call -> String.valueOf(call).replaceAll(".*--name (\\S+).*", "$1"))
        .containsExactly(
            "/slipway/staging/release/desired",
            "/slipway/staging/release/desired/api",
            "/slipway/staging/release/desired/web");
  }

  @Test
  void whereNothingWasReleasedThereIsNothingToSayOfARelease() {
    hasDatabase(false);
    place.fake(
        "aws ssm delete-parameter",
        "echo 'An error occurred (ParameterNotFound) when calling the DeleteParameter operation: ' >&2;"
            + " exit 254");

    assertThat(destroyed()).doesNotContain("desired release");
  }

  @Test
  void aDesiredReleaseThatCannotBeRemovedIsSaid() {
    hasDatabase(false);
    place.fake(
        "aws ssm delete-parameter",
        "echo 'An error occurred (AccessDeniedException) when calling the DeleteParameter operation:"
            + " no' >&2; exit 254");

    assertThat(destroyed())
        .contains("made for a database that is gone", "./slipway secret forget staging");
  }

  @Test
  void withoutALastBackupNothingIsDestroyedUnlessItIsSaid() {
    place.fakeScript("backup.sh", "exit 30");

    var ended = place.run("destroy.sh", "staging", "--yes-destroy", "staging");
    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("nothing was destroyed", "--without-backup");
    assertThat(done()).doesNotContain("pulumi destroy");

    assertThat(
            place
                .run("destroy.sh", "staging", "--yes-destroy", "staging", "--without-backup")
                .exit())
        .isZero();
    assertThat(done()).endsWith("pulumi destroy");
  }

  @Test
  void noBackupIsMadeIntoABucketThatGoesToo() {
    keeps(false);

    assertThat(place.run("destroy.sh", "staging", "--confirm", "destroy staging").exit()).isZero();
    assertThat(done()).containsExactly("pulumi destroy");
  }

  @Test
  void purgingTakesWordsOfItsOwn() {
    assertThat(place.run("destroy.sh", "staging", "--purge", "--yes-destroy", "staging").exit())
        .isEqualTo(2);
    assertThat(place.run("destroy.sh", "staging", "--purge", "--confirm", "destroy staging").exit())
        .isEqualTo(2);
    assertThat(done()).isEmpty();

    var ended =
        place.run("destroy.sh", "staging", "--purge", "--confirm", "destroy and purge staging");
    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(done()).containsExactly("purge.sh staging", "pulumi destroy");
  }

  @Test
  void anEphemeralStackLosesWhatIsProtectedAfterThePhrase() {
    place.file("Pulumi.staging.yaml", FILE + "  slipway:ephemeral: true\n");

    var shown = place.run("destroy.sh", "staging", "--confirm", "destroy staging", "--show");
    assertThat(shown.exit()).isZero();
    assertThat(shown.output())
        .contains("staging would lose:", "erpnext-host-machine")
        .contains("ephemeral: data, backups and address go", "erpnext-backup-bucket");
    assertThat(place.calls("pulumi destroy")).as("which would take the lock").isEmpty();

    var ended = place.run("destroy.sh", "staging", "--confirm", "destroy staging");
    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(done())
        .containsExactly("purge.sh staging", "pulumi state unprotect", "pulumi destroy");
    assertThat(ended.output()).contains("Nothing that costs money is left");
  }

  @Test
  void whatMayNotBePurgedIsNoticedBeforeAnythingHasChanged() {
    place.fakeScript("purge.sh", "[[ $* != *--check* ]] || exit 1");

    var ended =
        place.run("destroy.sh", "staging", "--purge", "--confirm", "destroy and purge staging");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("with these rights: nothing was destroyed");
    assertThat(done()).isEmpty();
    assertThat(place.calls("pulumi destroy")).isEmpty();
  }

  @Test
  void aStackThatSomebodyTookMeanwhileIsNotPurged() throws IOException {
    place.fakeEngine("destroy", "touch \"$FAKES/held\"");
    Files.writeString(
        place.path("scripts/lib/common.sh"),
        "need_free() { [[ ! -e $FAKES/held ]] || exit 10; }\n",
        StandardOpenOption.APPEND);

    var ended =
        place.run("destroy.sh", "staging", "--purge", "--confirm", "destroy and purge staging");

    assertThat(ended.exit()).isEqualTo(10);
    assertThat(done()).isEmpty();
  }

  @Test
  void aWorkflowPurgesWhatIsEphemeralAlone() {
    place.with("GITHUB_ACTIONS", "true");
    String[] show = {
      "staging", "--purge", "--confirm", "destroy and purge staging", "--show",
    };

    var ended = place.run("destroy.sh", show);
    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("--purge: staging is not ephemeral");
    assertThat(place.calls()).isEmpty();

    place.file("Pulumi.staging.yaml", FILE + "  slipway:ephemeral: true\n");
    ended = place.run("destroy.sh", show);
    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(done()).isEmpty();
  }

  @Test
  void aDamagedStateIsCalledSoWithTheWayBack() {
    place.fakeEngine("stack export", Workplace.DAMAGED);

    var ended = place.run("destroy.sh", "staging", "--confirm", "destroy staging");

    assertThat(ended.exit()).isNotZero();
    assertThat(ended.errors())
        .contains("the state of staging is damaged", "state-repair", "nothing was changed");
  }
}
