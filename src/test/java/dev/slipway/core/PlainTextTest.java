package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for a secret. None of these was ever one; they are put together here. */
class PlainTextTest {
  private static final String LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5";

  private static List<Problem> environment(String name, String value) {
    var map = new com.google.gson.JsonObject();
    map.addProperty(name, value);
    return PlainText.problems(
        Map.of("apps", "{\"api\": {\"environment\": " + map + "}}", "plain", "{}"));
  }

  private static String made(String form) {
    return form.replace("*", LETTERS).replace('~', '-');
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sk_live_*",
        "rk_test_*",
        "whsec_*",
        "smtp://user:pw@mail.example.com",
        "postgresql://app:p%40ss@db/app?sslmode=require",
        "redis://:secret@cache:6379",
        "https://example.com/hook?access_token=abcdef",
        "Server=db;Password=hunter2;Database=a",
        "host=db password=hunter2",
        "AKIAIOSFODNN7EXAMPLE",
        "key is ASIAIOSFODNN7EXAMPLE now",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "~~~~~BEGIN RSA PRIVATE KEY~~~~~\nabc",
        "~~~~~BEGIN OPENSSH PRIVATE KEY~~~~~",
        "{\"private_key\": \"~~~~~BEGIN PRIVATE KEY~~~~~\\nabc\"}",
        "ghp_*",
        "github_pat_*",
        "glpat-*",
        "xoxb-123456789-*",
        "https://hooks.slack.com/services/T000/B000/XXXXXXXX",
        "AIza*",
        "GOCSPX-*",
        "sk-proj-*",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "SG.*.*",
        "npm_*",
        "Bearer abcdefghij",
        "Authorization: Basic dXNlcjpwdw==",
      })
  void aValueIsASecretByItsForm(String form) {
    var value = made(form);

    var found = environment("ADDRESS", value);

    assertThat(found).as(value).hasSize(1);
    assertThat(found.get(0).path()).isEqualTo("apps.api.environment.ADDRESS");
    assertThat(found.get(0).message()).startsWith("looks like a").doesNotContain(value);
  }

  @ParameterizedTest
  @CsvSource({
    "MAX_TOKENS,4096",
    "MAX_OUTPUT_TOKENS,100",
    "STRIPE_PUBLISHABLE_KEY,pk_live_abc",
    "NEXT_PUBLIC_MAPBOX_TOKEN,pk.abc",
    "PUBLIC_KEY,abc",
    "RECAPTCHA_SITE_KEY,6Lc",
    "PUBLIC_APIKEY,abc",
    "PRIMARY_KEY,id",
    "TOKEN_TTL,3600",
    "JWT_SECRET_NAME,jwt",
    "PASSWORD_MIN_LENGTH,12",
    "PASSWORD_FILE,/run/secrets/pw",
    "OAUTH_TOKEN_URL,https://login.example.com/token",
    "CACHE_KEY_PREFIX,app",
    "REQUIRE_PASSWORD,true",
    "API_KEY,''",
    "MONKEY,business",
    "tokenizer,fast",
    "LOG_LEVEL,debug",
    "GIT_COMMIT,3061850feface8fbbad15b5dc08a110c596107cb",
    "IMAGE,nginx@sha256:aaaa",
    "URL,https://user@example.com/a:b@c",
    "SENTRY_DSN,https://abc@o1.ingest.sentry.io/2",
    "PWD,/app",
    "QUERY,a=b c",
    "EMAIL,ops@example.com",
  })
  void whatIsAboutASecretIsNone(String name, String value) {
    assertThat(environment(name, value)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "DB_PASSWORD,x",
    "dbPassword,x",
    "ADMINPASSWORD,x",
    "SMTP_PASS,x",
    "SECRET_KEY_BASE,abc",
    "JWT_SECRET,abc",
    "JWT_SECRET_2,abc",
    "apiToken,abc",
    "API_KEY,abc",
    "apikey,abc",
    "API_TOKENS,abc",
    "AWS_SECRET_ACCESS_KEY,abc",
    "Encryption_Key,abc",
    "PASSWORD,123456",
    "CACHE_PASSWORD,hunter2",
    "SITE_ADMIN_PASSWORD,hunter2",
    "PRIMARY_DB_PASSWORD,hunter2",
    "PUBLIC_API_SECRET,hunter2",
    "CACHE_SECRET_KEY,hunter2",
    "GOOGLE_APPLICATION_CREDENTIALS_JSON,abc",
  })
  void aVariableIsASecretByItsName(String name, String value) {
    assertThat(environment(name, value))
        .singleElement()
        .extracting(Problem::message)
        .asString()
        .startsWith("looks like a secret by its name");
  }

  @Test
  void everySettingIsJudgedByItsFormAndTagsByTheirNames() {
    var problems =
        PlainText.problems(
            Map.of(
                "tags", "{\"DeployToken\": \"abc\", \"Owner\": \"ghp_" + LETTERS + "\"}",
                "apps", "{\"api\": {\"migrate\": [\"run\", \"postgres://a:b@c/d\"]}}",
                "trustedCa", "-----BEGIN PRIVATE KEY-----\nabc",
                "application", "{\"token\": \"git-token\"}"));

    assertThat(problems)
        .extracting(Problem::path)
        .containsExactlyInAnyOrder(
            "tags.DeployToken", "tags.Owner", "apps.api.migrate[1]", "trustedCa");
  }
}
