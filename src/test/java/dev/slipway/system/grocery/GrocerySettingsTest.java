package dev.slipway.system.grocery;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.exceptions.RunException;
import dev.slipway.Main;
import dev.slipway.testing.EveryOption;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.TestKeys;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a grocery's stack file can't say. */
class GrocerySettingsTest {
  private static final StackConfig CONFIG = StackConfig.file("grocery-dev");

  private static void assertProblem(StackConfig config, String line) {
    assertThatThrownBy(() -> Main.settings(config.values(), "grocery-dev"))
        .isInstanceOf(RunException.class)
        .hasMessageContaining(line);
  }

  @Test
  void anAppHasNoCacheThere() {
    assertProblem(
        CONFIG.with("slipway:apps.backend.cacheUrl", "REDIS_URL"),
        "apps.backend.cacheUrl: is the variable of a cache, which this system has not");
  }

  @Test
  void namesWantADomain() {
    assertProblem(
        CONFIG.with("slipway:apps.backend.hosts", List.of("api.example.com")),
        "apps.backend.hosts: are names, and without a domain");
  }

  @Test
  void allImagesAreInOneRepository() {
    assertProblem(
        CONFIG.with("slipway:apps.frontend.image", "registry.example.com/web"),
        "apps: have images of several repositories");
  }

  @Test
  void bucketsHaveNames() {
    assertProblem(
        CONFIG.with("slipway:buckets", List.of("Avatars")),
        "buckets[0]: \"Avatars\" is not a name of at most 20");
    assertProblem(CONFIG.with("slipway:buckets", List.of()), "buckets: is empty");
  }

  @Test
  void theAddressComesInOneVariable() {
    assertProblem(
        CONFIG.with("slipway:apps.backend.urlVariable", "LOG_LEVEL"),
        "apps.backend.environment: LOG_LEVEL is given more than once");
    assertProblem(
        CONFIG.with("slipway:apps.backend.urlVariable", "A B"),
        "apps.backend.urlVariable: \"A B\" is not the name of a variable");
  }

  @Test
  void hostsComeAndGoByOneMeasure() {
    assertProblem(
        CONFIG.with("slipway:hosts.scaling.requestsPerHost", 600),
        "hosts.scaling.requestsPerHost: and cpuPercent are both given");
  }

  @Test
  void theDatabaseTakesTheConnectionsOfAllHosts() {
    assertProblem(
        CONFIG.with("slipway:database.connectionLimit", 100),
        "database.connectionLimit: 100 is too many");
  }

  @Test
  void dumpsAreOfADatabaseThatTheHostsClientKnows() {
    assertProblem(
        CONFIG.with("slipway:database.version", "17"),
        "database.version: \"17\" is newer than the PostgreSQL client of hosts");
  }

  @Test
  void aCdnIsBeforeOneOfTheBuckets() {
    assertProblem(
        EveryOption.withCdn(CONFIG).with("slipway:cdn.bucket", "avatar"),
        "cdn.bucket: \"avatar\" is none of slipway:buckets; did you mean \"avatars\"?");
  }

  @Test
  void aCdnBelievesPublicKeysThatCloudFrontTakes() {
    var cdn = EveryOption.withCdn(CONFIG);
    assertProblem(
        cdn.with("slipway:cdn.publicKeys", List.of("ssh-rsa AAAA")),
        "cdn.publicKeys[0]: is not a public RSA key in PEM");
    assertProblem(
        cdn.with("slipway:cdn.publicKeys", List.of(TestKeys.publicKey(3072))),
        "cdn.publicKeys[0]: is an RSA key of 3072 bits; CloudFront takes 2048");
    assertProblem(
        cdn.with(
            "slipway:cdn.publicKeys",
            List.of(EveryOption.PUBLIC_KEY, EveryOption.PUBLIC_KEY.strip())),
        "cdn.publicKeys[1]: is there twice");
    assertProblem(cdn.with("slipway:cdn.publicKeys", List.of()), "cdn.publicKeys: has 0");
    assertProblem(cdn.with("slipway:cdn.priceClass", "100"), "cdn.priceClass: \"100\" is none of");
  }

  @Test
  void aPrivateKeyHasNoPlaceThere() {
    assertProblem(
        EveryOption.withCdn(CONFIG)
            .with(
                "slipway:cdn.publicKeys",
                List.of(EveryOption.PUBLIC_KEY.replace("PUBLIC", "PRIVATE"))),
        "cdn.publicKeys[0]");
  }

  @Test
  void whatACdnShowsSomebodyHasToSign() {
    assertProblem(
        EveryOption.withCdn(CONFIG).without("slipway:apps.backend.secrets.AVATARS_CDN_PRIVATE_KEY"),
        "cdn: shows what an application has signed, and none with buckets has a key for it");
    assertProblem(
        EveryOption.withCdn(CONFIG)
            .with("slipway:apps.backend.environment.AVATARS_CDN_DOMAIN", "x.example.com"),
        "apps.backend: can't be given AVATARS_CDN_DOMAIN: it gets the name of the CDN");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    assertProblem(
        CONFIG
            .with("slipway:apps.backend.secrets.JWT_SECRET", "jwtt")
            .with("slipway:release.minFreeGiB", 40),
        "Pulumi.grocery-dev.yaml has 2 problems:");
  }
}
