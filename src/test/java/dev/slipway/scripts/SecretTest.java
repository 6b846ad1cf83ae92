package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against moto's Secrets Manager and Parameter Store, with the real AWS CLI. */
@Tag("moto")
class SecretTest {
  private static final String VALUE = "{\"clientSecret\": \"quote \\\" and \\\\ and ü\"}";

  @TempDir Path root;
  private Moto moto;
  private Workplace place;

  @BeforeEach
  void start() throws Exception {
    moto = new Moto();
    place = moto.workplace(root);
    place.file(
        "Pulumi.admin-qa.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:system: admin-panel\n");
    place.file(
        "Pulumi.staging.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: erpnext
          slipway:application: {repository: "https://github.com/a/b", token: git-token}
        """);
    place.file(
        "scripts/make-secrets.sh",
        """
for name in oauth jwt; do
  aws secretsmanager create-secret --name "slipway/admin-qa/$name-20260101" \\
    --tags "Key=slipway:secret,Value=$name" >/dev/null
done
aws secretsmanager create-secret --name slipway/admin-qa2/oauth-1 --tags Key=slipway:secret,Value=other >/dev/null
""");
    place.file(
        "scripts/value.sh",
        "aws secretsmanager get-secret-value --secret-id \"$1\" --query SecretString --output"
            + " text");
    place.file(
        "scripts/parameter.sh",
        "aws ssm get-parameter --with-decryption --name \"$1\" --query Parameter.Value --output"
            + " text");
  }

  @AfterEach
  void stop() throws Exception {
    moto.close();
  }

  @Test
  void setsWhatAPersonBringsFromStandardInputAlone() {
    place.run("make-secrets.sh");

    var ended = place.fed(VALUE + "\n").run("secret.sh", "set", "admin-qa", "oauth");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).contains("oauth of admin-qa is set in us-east-1");
    assertThat(place.run("value.sh", "slipway/admin-qa/oauth-20260101").output())
        .isEqualTo(VALUE + "\n");
    assertThat(ended.all()).doesNotContain("clientSecret");
    assertThat(place.calls()).noneMatch(call -> call.contains("clientSecret"));
  }

  @Test
  void listsWhatHasAValueAndWhatHasNone() {
    place.run("make-secrets.sh");
    place.fed(VALUE).run("secret.sh", "set", "admin-qa", "oauth");

    var ended = place.run("secret.sh", "list", "admin-qa");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output().lines())
        .satisfiesExactly(
            jwt -> assertThat(jwt).matches("jwt +has no value yet"),
            oauth -> assertThat(oauth).matches("oauth +20[0-9]{2}-.*"));
  }

  @Test
  void namesTheSecretsThatThereAreWhereItIsAnother() {
    place.run("make-secrets.sh");

    var ended = place.fed(VALUE).run("secret.sh", "set", "admin-qa", "google");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains("has no secret google, but jwt oauth", "./slipway up admin-qa")
        .doesNotContain("clientSecret");
  }

  @Test
  void wantsTheStackToBeUpFirst() {
    var ended = place.fed(VALUE).run("secret.sh", "set", "admin-qa", "oauth");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("no secrets in us-east-1 yet", "./slipway up admin-qa");
  }

  @Test
  void keepsThoseOfErpNextInParameters() {
    var ended = place.fed("token\n").run("secret.sh", "set", "staging", "git-token");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.run("parameter.sh", "/slipway/staging/secrets/git-token").output())
        .isEqualTo("token\n");
    assertThat(place.run("secret.sh", "list", "staging").output())
        .matches("git-token +20[0-9]{2}-.*\n");
  }
}
