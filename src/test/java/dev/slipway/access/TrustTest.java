package dev.slipway.access;

import static dev.slipway.access.Accounts.opens;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which jobs are given which role. */
class TrustTest {
  private static final String ADOPTED =
      "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";

  private static Map<String, String> token(String subject) {
    return Map.of("aud", "sts.amazonaws.com", "sub", subject);
  }

  @ParameterizedTest
  @CsvSource({
    "preview, repo:my-company/slipway:environment:preview",
    "drift, repo:my-company/slipway:environment:drift",
    "deploy-staging, repo:my-company/slipway:environment:staging",
    "deploy-staging, repo:my-company@1234567/slipway@7654321:environment:staging",
    "deploy-production, repo:my-company/slipway:environment:production",
    "release-staging, repo:my-company/slipway:environment:staging",
    "release-staging, repo:my-company/erp:environment:staging",
    "release-staging, repo:my-company@1234567/erp@1029384756:environment:staging",
    "release-production, repo:my-company/shop:environment:main",
    "build-erp, repo:my-company/erp:environment:staging",
    "build-shop, repo:my-company/shop:environment:main"
  })
  void areThoseThatTheSettingsName(String role, String subject) {
    assertThat(opens(Accounts.STACK, role, token(subject))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "repo:my-company/slipway:environment:production",
        "repo:my-company/slipway:environment:staging2",
        "repo:my-company/slipway:environment:Staging",
        "repo:my-company/slipway:environment:preview",
        "repo:my-company/slipway:pull_request",
        "repo:my-company/slipway:ref:refs/heads/main",
        "repo:my-company/slipway:ref:refs/heads/environment:staging",
        "repo:my-company/slipway",
        "repo:my-company/slipway-fork:environment:staging",
        "repo:my-company2/slipway:environment:staging",
        "repo:someone/slipway:environment:staging",
        "repo:my-company/Slipway:environment:staging",
        "repo:my-company@1234567/slipway@7654322:environment:staging",
        "repo:my-company@7654321/slipway@1234567:environment:staging",
        "repo:my-company/erp:environment:staging",
        "xrepo:my-company/slipway:environment:staging",
        ""
      })
  void areNoOthers(String subject) {
    assertThat(opens(Accounts.STACK, "deploy-staging", token(subject))).isFalse();
  }

  @Test
  void mustHaveAskedForAwsCredentials() {
    var subject = "repo:my-company/slipway:environment:staging";
    for (var audience : List.of("https://github.com/my-company", "sts.amazonaws.com.cn", "")) {
      assertThat(opens(Accounts.STACK, "deploy-staging", Map.of("aud", audience, "sub", subject)))
          .as(audience)
          .isFalse();
    }
    assertThat(opens(Accounts.STACK, "deploy-staging", Map.of("sub", subject))).isFalse();
    assertThat(opens(Accounts.STACK, "deploy-staging", Map.of("aud", "sts.amazonaws.com")))
        .isFalse();
    assertThat(opens(Accounts.STACK, "deploy-staging", new HashMap<>())).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "build-erp, repo:my-company/slipway:environment:staging",
    "build-erp, repo:my-company/shop:environment:main",
    "build-erp, repo:my-company/erp:environment:main",
    "release-staging, repo:my-company/shop:environment:main",
    "release-production, repo:my-company/erp:environment:staging",
    "deploy-staging, repo:my-company/erp:environment:staging",
    "preview, repo:my-company/slipway:environment:drift",
    "drift, repo:my-company/slipway:environment:staging"
  })
  void ofOneRoleAreNotOfAnother(String role, String subject) {
    assertThat(opens(Accounts.STACK, role, token(subject))).isFalse();
  }

  @Test
  void comeByGithubsProviderOfTheAccount() {
    assertThat(Accounts.STACK.only("aws:iam/openIdConnectProvider:OpenIdConnectProvider").inputs())
        .containsEntry("url", "https://token.actions.githubusercontent.com")
        .containsEntry("clientIdLists", List.of("sts.amazonaws.com"));
    assertThat(Accounts.STACK.outputs()).containsEntry("oidcProvider", ADOPTED);
  }

  @Test
  void comeByTheProviderThatIsThere() {
    FakeStack adopted =
        FakeCloud.stack(
            "foundation", Accounts.CONFIG.with("slipway:github.oidcProviderArn", ADOPTED));

    assertThat(adopted.all("aws:iam/openIdConnectProvider:OpenIdConnectProvider")).isEmpty();
    assertThat(
            opens(adopted, "deploy-staging", token("repo:my-company/slipway:environment:staging")))
        .isTrue();
  }

  @Test
  void haveTimeForTheLongestRelease() {
    var roles =
        Accounts.STACK.all("aws:iam/role:Role").stream()
            .map(role -> ((Number) role.input("maxSessionDuration")).intValue())
            .toList();

    // The longest is an hour, and waits half an hour for the one before.
    assertThat(roles).hasSize(14).allMatch(seconds -> seconds >= 2 * 3600);
  }

  @Test
  void areFewEnoughForATrustPolicy() {
    assertThat(Accounts.STACK.all("aws:iam/role:Role"))
        .allMatch(role -> role.text("assumeRolePolicy").length() <= 2048);
  }
}
