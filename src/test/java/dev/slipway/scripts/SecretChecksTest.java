package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What secret.sh set takes, and what it refuses before anything is set; AWS is faked. */
class SecretChecksTest {
  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .signedIn("arn:aws:iam::111122223333:user/a")
            .fake(
                "aws ssm put-parameter",
                "for word; do [[ $word != file://* ]] || cp \"${word#file://}\" \"$FAKES/put\";"
                    + " done; echo 1")
            .fake(
                "aws secretsmanager list-secrets",
                "printf 'oauth\\tarn:o\\t1\\t0\\n"
                    + "jwt\\tarn:j\\t1\\t0\\n"
                    + "database\\tarn:d\\t1\\t1\\n"
                    + "'")
            .fake(
                "aws secretsmanager put-secret-value",
                "for word; do [[ $word != file://* ]] || cp \"${word#file://}\" \"$FAKES/put\";"
                    + " done; echo v1");
    place.file(
        "Pulumi.staging.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: erpnext
          slipway:application:
            repository: git@github.com:a/b.git
            deployKey: git-deploy-key
        """);
    place.file(
        "Pulumi.other.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: erpnext
          slipway:application: {repository: "https://github.com/a/b", token: "git-token"}
          slipway:erpnext:
            database: {host: db.example.com}
        """);
    place.file(
        "Pulumi.qa.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: admin-panel
          slipway:apps:
            api:
              secrets: {OAUTH: oauth.clientSecret, JWT: jwt}
        """);
  }

  /** A service whose keys, and its repository's, are parameters. */
  private void service() {
    place.file(
        "Pulumi.api.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: fastapi
          slipway:service:
            repository: git@github.com:a/b.git
            deployKey: deploy-key
            secrets: {TAVILY_API_KEY: tavily}
            checks:
              gemini: {url: "https://example.com", secret: gemini}
        """);
  }

  private Workplace.Ended set(String stack, String name, String value) {
    return place.fed(value).run("secret.sh", "set", stack, name);
  }

  private void refused(String stack, String name, String value, String why) {
    var ended = set(stack, name, value);
    assertThat(ended.exit()).as(why + ": " + ended.all()).isEqualTo(1);
    assertThat(ended.errors()).contains(why, "othing was set");
    assertThat(root.resolve("put")).as(why).doesNotExist();
  }

  private String put() throws Exception {
    return com.google.gson.JsonParser.parseString(Files.readString(root.resolve("put")))
        .getAsJsonObject()
        .get("Value")
        .getAsString();
  }

  /** A key made here and now. */
  private String key(String passphrase) throws Exception {
    var file = root.resolve("key-" + System.nanoTime());
    var made =
        new ProcessBuilder(
                "ssh-keygen",
                "-q",
                "-t",
                "ed25519",
                "-N",
                passphrase,
                "-C",
                "test",
                "-f",
                file + "")
            .inheritIO()
            .start();
    assertThat(made.waitFor()).isZero();
    place.file("public", Files.readString(Path.of(file + ".pub")));
    return Files.readString(file);
  }

  @Test
  void aDeployKeyIsAPrivateKeyWithoutAPassphrase() throws Exception {
    var key = key("");

    var ended = set("staging", "git-deploy-key", key);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(put()).isEqualTo(key);
    Files.delete(root.resolve("put"));
    refused("staging", "git-deploy-key", Files.readString(root.resolve("public")), "a public key");
    refused("staging", "git-deploy-key", key("secret"), "it has a passphrase");
    refused("staging", "git-deploy-key", "ghp_abc", "it is no private key");
    refused("staging", "git-deploy-key", key.substring(0, key.length() / 2), "its end is missing");
    refused("staging", "git-deploy-key", key.replace("AAAA", "AAAB"), "has a passphrase");
  }

  @Test
  void windowsLineEndsAndMissingOnesAreMadeRight() throws Exception {
    var key = key("");
    for (var given :
        List.of(
            key.replace("\n", "\r\n"), key.stripTrailing(), "\ufeff" + key, "\n" + key + "\n\n")) {
      var ended = set("staging", "git-deploy-key", given);

      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(put()).isEqualTo(key);
    }
  }

  @Test
  void aTokenIsOneLineWithoutBlanks() throws Exception {
    assertThat(set("other", "git-token", "ghp_abc\r\n").exit()).isZero();
    assertThat(put()).isEqualTo("ghp_abc");
    Files.delete(root.resolve("put"));
    refused("other", "git-token", "ghp abc", "has a blank in it");
    refused("other", "git-token", " ghp_abc", "has a blank in it");
    refused("other", "git-token", "ghp_abc\nghp_def\n", "has several lines");
    refused("other", "git-token", key(""), "it is a private key");
    refused("other", "git-token", "ghp_\u200babc", "has a letter that no token has");
    refused("other", "git-token", "\u201cghp_abc\u201d", "has a letter that no token has");
    refused("other", "git-token", "ghp_abc\u0007", "has a letter that no token has");
  }

  @Test
  void aServicesKeysAreThoseThatItsSettingsName() throws Exception {
    service();

    assertThat(set("api", "tavily", "tvly-1\n").exit()).isZero();
    assertThat(put()).isEqualTo("tvly-1");
    assertThat(set("api", "gemini", "key-2\n").exit()).isZero();
    Files.delete(root.resolve("put"));
    refused(
        "api",
        "mistral",
        "abc",
        "reads a secret mistral; it reads database deploy-key gemini tavily.");
    refused("api", "deploy-key", "abc", "it is no private key");
  }

  @Test
  void theLoginOfAServiceIsTheOtherOfTwo() throws Exception {
    service();
    var login = "{\"username\": \"slipway_b\", \"password\": \"0123456789abcdef\"}";

    var ended = set("api", "database", login);

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(put()).isEqualTo(login);
    Files.delete(root.resolve("put"));
    refused("api", "database", login.replace("_b", "_c"), "it is not {\"username\"");
    refused("api", "database", "abc", "it is not {\"username\"");
  }

  @Test
  void aNameThatNothingReadsIsRefusedWithThoseThatAreRead() {
    refused("staging", "git-token", "abc", "reads a secret git-token; it reads git-deploy-key.");
    refused("other", "token", "abc", "it reads db-root-password git-token.");
  }

  @Test
  void whatHostsMakeThemselvesIsNotBrought() throws Exception {
    refused("staging", "db-root-password", "abc", "is made by the hosts themselves");
    refused(
        "staging", "site-admin-password/erp.example.com", "abc", "made by the hosts themselves");
    refused("other", "site-encryption-key/erp.example.com", "abc", "made by the hosts themselves");

    assertThat(set("other", "db-root-password", "pass word\n").exit()).isZero();
    assertThat(put()).isEqualTo("pass word");
  }

  /** What a system's secrets are called stands in its descriptor, and in no script. */
  @Test
  void theDescriptorSaysWhichSettingsNameASecret() throws Exception {
    var systems = place.path("src/main/resources/dev/slipway/system");
    if (Files.isSymbolicLink(systems)) {
      Files.delete(systems);
    }
    place.file(
        "src/main/resources/dev/slipway/system/shop/system.json",
        """
        {"hosts": "one", "secrets": "parameters", "secretNames": [
          {"setting": "shop.checkout.*.key"}, {"setting": "shop.source.token", "kind": "token"},
          {"name": "seed", "when": "shop.seed"}]}""");
    place.file(
        "Pulumi.shop.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: shop
          slipway:shop:
            checkout: {visa: {key: visa-key}, cash: {}}
            source: {token: shop-token}
        """);

    assertThat(set("shop", "visa-key", "a b\n").exit()).isZero();
    assertThat(put()).isEqualTo("a b");
    Files.delete(root.resolve("put"));
    refused("shop", "shop-token", "a b", "has a blank in it");
    refused("shop", "seed", "abc", "where shop.seed is set");
    refused("shop", "other", "abc", "it reads shop-token visa-key.");
  }

  @Test
  void whatIsNoTextIsRefused() throws Exception {
    refused("other", "git-token", "abc\0def", "NUL bytes");
    refused("other", "git-token", " \n\t\n", "was empty");
    for (var bytes :
        List.of(new byte[] {'a', (byte) 0xff}, "ab".getBytes(StandardCharsets.UTF_16))) {
      place.fed("");
      Files.write(root.resolve("input"), bytes);
      var ended = place.run("secret.sh", "set", "other", "git-token");
      assertThat(ended.exit()).isEqualTo(1);
      assertThat(ended.errors()).containsPattern("no text in UTF-8|is UTF-16");
    }
    assertThat(root.resolve("put")).doesNotExist();
  }

  @Test
  void sizesAreCountedInBytes() {
    refused("other", "git-token", "ü".repeat(4097), "8194 bytes are more than the 8,192");
    var ended = set("other", "git-token", "a".repeat(5000));
    assertThat(ended.exit()).isZero();
    assertThat(ended.errors()).contains("becomes an advanced one");
  }

  @Test
  void anApplicationsSecretHasTheKeysThatAreReadInIt() {
    refused(
        "qa", "oauth", "abc", "applications read clientSecret in it, and it is not a JSON object");
    refused(
        "qa", "oauth", "{\"clientId\": \"a\"}", "applications read clientSecret in it, and it has");
    refused("qa", "database", "{\"username\": \"postgres\"}", "it is not {\"username\"");
    assertThat(set("qa", "oauth", "{\"clientSecret\": \"a\"}").exit()).isZero();
    assertThat(set("qa", "jwt", "anything\n").exit()).isZero();
  }
}
