package dev.slipway.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.InvalidSettings;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApplicationSecretsTest {
  private static final String SECRET = "aws:secretsmanager/secret:Secret";
  private static final String VIA = "secretsmanager.us-east-1.amazonaws.com";

  private static FakeStack stack(boolean protect) {
    return Trial.of(trial -> secrets(trial, protect).grantUse(trial.identity().hostRole()));
  }

  private static ApplicationSecrets secrets(Trial trial, boolean protect) {
    return new ApplicationSecrets(
        trial.called("secrets"),
        ApplicationSecrets.OWN,
        new ApplicationSecretsSettings(List.of("jwt"), List.of("oauth"), protect),
        trial.part());
  }

  private final FakeStack stack = stack(true);

  private FakeResource secret(String name) {
    return stack.only(SECRET, "secrets-" + name);
  }

  private boolean may(String action, FakeResource secret) {
    return stack
        .policiesOf("identity-host")
        .evaluate(
            Request.of(stack.arnOf("identity-host"), action, String.valueOf(secret.output("arn"))))
        .allowed();
  }

  /** Scenario: Store application secrets. */
  @Test
  void includeDatabaseCredentialsJwtAndOauthSecrets() {
    assertThat(stack.all(SECRET))
        .extracting(secret -> secret.tags().get(ApplicationSecrets.TAG))
        .containsExactlyInAnyOrder("database", "cache", "jwt", "oauth");
  }

  /** Scenario: Store application secrets. */
  @Test
  void areEncryptedWithAKeyOfTheStacksOwn() {
    var key = stack.only("aws:kms/key:Key", "secrets-key");

    assertThat(key.input("enableKeyRotation")).isEqualTo(true);
    assertThat(key.isProtected()).isTrue();
    assertThat(stack.all(SECRET))
        .allSatisfy(secret -> assertThat(secret.input("kmsKeyId")).isEqualTo(key.output("arn")));
  }

  @Test
  void getNoValueFromTheProgram() {
    assertThat(stack.all("aws:secretsmanager/secretVersion:SecretVersion")).isEmpty();
    assertThat(stack.all())
        .noneMatch(resource -> resource.inputs().keySet().stream().anyMatch(resource::isSecret));
  }

  @Test
  void getNamesThatAreNewEveryTime() {
    assertThat(secret("jwt").input("name")).isNull();
    assertThat(secret("jwt").input("namePrefix")).isEqualTo("slipway/trial/jwt-");
    assertThat(secret("jwt").input("recoveryWindowInDays")).isEqualTo(30L);
  }

  /** Scenario: Store application secrets. */
  @ParameterizedTest
  @ValueSource(strings = {"database", "cache", "jwt", "oauth"})
  void areReadByTheHostsRole(String name) {
    assertThat(may("secretsmanager:GetSecretValue", secret(name))).isTrue();
    assertThat(may("secretsmanager:DeleteSecret", secret(name))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"database, true", "cache, true", "jwt, true", "oauth, false"})
  void areWrittenByHostsWhereHostsMakeThem(String name, boolean written) {
    assertThat(may("secretsmanager:PutSecretValue", secret(name))).isEqualTo(written);
  }

  @Test
  void areOpenedThroughSecretsManagerAlone() {
    var key = String.valueOf(stack.only("aws:kms/key:Key", "secrets-key").output("arn"));
    var host = stack.policiesOf("identity-host");
    var decrypt = Request.of(stack.arnOf("identity-host"), "kms:Decrypt", key);

    assertThat(host.evaluate(decrypt.with("kms:ViaService", VIA)).allowed()).isTrue();
    assertThat(host.evaluate(decrypt).allowed()).isFalse();
  }

  @Test
  void areProtectedUnlessTheSettingsSayOtherwise() {
    assertThat(stack.all(SECRET)).allMatch(FakeResource::isProtected);
    assertThat(stack(false).all(SECRET)).noneMatch(FakeResource::isProtected);
  }

  @Test
  void tellHostsWhereTheyAre() {
    var links = new AtomicReference<TreeMap<String, ?>>();
    Trial.of(trial -> links.set(new TreeMap<>(secrets(trial, true).link().values())));

    assertThat(links.get().keySet())
        .containsExactly(
            "secret.cache", "secret.database", "secret.jwt", "secret.oauth", "secretPrefix");
  }

  @ParameterizedTest
  @CsvSource({
    "database, oauth, generated[0], kept by the program itself",
    "jwt, jwt, external[0], there twice",
    "JWT, oauth, generated[0], is not a name",
    "jwt, -x, external[0], is not a name"
  })
  void haveNamesOfTheirOwn(String generated, String external, String path, String message) {
    assertThatThrownBy(
            () -> new ApplicationSecretsSettings(List.of(generated), List.of(external), true))
        .isInstanceOf(InvalidSettings.class)
        .satisfies(
            invalid ->
                assertThat(((InvalidSettings) invalid).problems())
                    .singleElement()
                    .asString()
                    .contains(path, message));
  }
}
