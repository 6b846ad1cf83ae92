package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The administrator's password of a database on its way into a secret, with an AWS that is a fake.
 */
class MasterPasswordTest {
  private static final String SECRET =
      "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slipway/prod/rds/master-1";
  private static final String DESCRIBE = "aws rds describe-db-instances";
  private static final String MODIFY = "aws rds modify-db-instance";
  private static final String PUT = "aws secretsmanager put-secret-value";
  private static final String VERSIONS = "aws secretsmanager list-secret-version-ids";
  private static final String MARK = "aws secretsmanager update-secret-version-stage";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fake("aws --version", "echo aws-cli/2")
            .fake("aws sts", "echo arn:aws:iam::111122223333:role/deploy")
            .fake("sleep", ":")
            .fake(PUT, keep("put") + "echo version-2")
            .fake(MODIFY, keep("modify") + "echo modifying")
            .fake(VERSIONS, "echo version-1")
            .fake(MARK, ":");
    database("available slipway active None", "available slipway None None");
  }

  /** Keeps what a call was given as its request, and notes that it was made. */
  private static String keep(String name) {
    return """
        for word; do [[ $word != file://* ]] || cat "${word#file://}" >"$FAKES/%1$s.json"; done
        echo %1$s >>"$FAKES/order"
        """
        .formatted(name);
  }

  /** How the database is, look after look; the last one from then on. */
  private void database(String... looks) {
    for (int n = 0; n < looks.length; n++) {
      place.file("look-" + (n + 1), looks[n].replace(' ', '\t') + "\n");
    }
    place.fake(
        DESCRIBE,
        """
        n=$(($(cat "$FAKES/looks" 2>/dev/null || echo 0) + 1))
        [[ -e $FAKES/look-$n ]] || n=$((n - 1))
        echo "$n" >"$FAKES/looks"
        cat "$FAKES/look-$n\"""");
  }

  private Workplace.Ended run(String... more) {
    var words =
        new ArrayList<>(
            List.of("--instance", "slipway-prod-db1", "--secret", SECRET, "--region", "eu-west-1"));
    words.addAll(List.of(more));
    return place.run("master-password.sh", words.toArray(String[]::new));
  }

  private String request(String name, String key) throws IOException {
    return JsonParser.parseString(Files.readString(root.resolve(name + ".json")))
        .getAsJsonObject()
        .get(key)
        .getAsString();
  }

  private String password() throws IOException {
    return request("modify", "MasterUserPassword");
  }

  @Test
  void passwordIsPendingFirstThenSetThenCurrent() throws IOException {
    var ended = run();

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(root.resolve("order")).content().isEqualTo("put\nmodify\n");
    assertThat(request("put", "SecretId")).isEqualTo(SECRET);
    assertThat(Files.readString(root.resolve("put.json")))
        .contains("\"VersionStages\":[\"AWSPENDING\"]");
    var kept = JsonParser.parseString(request("put", "SecretString")).getAsJsonObject();
    assertThat(kept.get("username").getAsString()).isEqualTo("slipway");
    assertThat(kept.get("password").getAsString()).isEqualTo(password()).matches("[A-Za-z0-9]{40}");
    assertThat(request("modify", "DBInstanceIdentifier")).isEqualTo("slipway-prod-db1");
    assertThat(place.calls(MARK))
        .singleElement()
        .asString()
        .contains(
            "--version-stage AWSCURRENT --move-to-version-id version-2 --remove-from-version-id version-1");
  }

  @Test
  void passwordIsInNoArgumentAndInNoOutput() throws IOException {
    var ended = run();

    assertThat(ended.all()).doesNotContain(password());
    assertThat(place.calls("aws")).noneMatch(call -> call.contains(kept()));
  }

  private String kept() {
    try {
      return password();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void everyRunMakesAnotherOne() throws IOException {
    run();
    var first = password();
    run();

    assertThat(password()).isNotEqualTo(first);
  }

  /** RDS refuses the one where it keeps the password, and the other where it does not. */
  @ParameterizedTest
  @CsvSource({"active, true", "None, false"})
  void takesOverWhatRdsKeeps(String managed, boolean taken) throws IOException {
    database("available slipway " + managed + " None");

    assertThat(run().exit()).isZero();
    assertThat(
            Files.readString(root.resolve("modify.json"))
                .contains("\"ManageMasterUserPassword\":false"))
        .isEqualTo(taken);
  }

  @Test
  void firstValueOfASecretIsCurrentFromTheBeginning() throws IOException {
    place.fake(VERSIONS, "echo None");

    assertThat(run().exit()).isZero();
    assertThat(Files.readString(root.resolve("put.json")))
        .contains("\"VersionStages\":[\"AWSCURRENT\",\"AWSPENDING\"]");
    assertThat(place.calls(MARK)).isEmpty();
  }

  @Test
  void waitsUntilRdsHasTakenItBeforeItIsCurrent() {
    database(
        "creating slipway active None",
        "available slipway active None",
        "available slipway None ****",
        "modifying slipway None None",
        "available slipway None None");

    assertThat(run().exit()).isZero();
    assertThat(place.calls(DESCRIBE)).hasSize(5);
  }

  @Test
  void databaseThatIsBusyForTooLongIsLeftAsItIs() {
    database("backing-up slipway None None");

    var ended = run("--timeout", "0");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("is backing-up after 0 s; run this again when it is available");
    assertThat(place.calls(PUT)).isEmpty();
  }

  @Test
  void whatRdsRefusesIsToldWithoutThePassword() throws IOException {
    place.fake(
        MODIFY,
        keep("modify")
            + "echo \"An error occurred (InvalidParameterValue) when calling ModifyDBInstance: $(grep -o 'MasterUserPassword.*' \"$FAKES/modify.json\")\" >&2; exit 254");

    var ended = run();

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("RDS does not take the password")
        .doesNotContain(password());
    assertThat(place.calls(MARK)).isEmpty();
  }

  @Test
  void problemsAreToldAtOnce() {
    var ended = place.run("master-password.sh", "--instance", "A", "--secret", "x");

    assertThat(ended.exit()).isEqualTo(2);
    assertThat(ended.errors()).contains("--instance", "--secret", "--region is missing");
  }
}
