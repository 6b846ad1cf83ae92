package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyMap;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebIdentityTest {

  private static final String PROVIDER =
      "arn:aws:iam::"
          + EmulatedCloud.ACCOUNT
          + ":oidc-provider/token.actions.githubusercontent.com";
  private static final String ROLE =
      "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":role/slipway/github/slipway-deploy-staging";
  private static final String TRUST =
      """
      {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "%s"},
        "Condition": {"StringEquals": {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": [
            "repo:my-company/slipway:environment:staging",
            "repo:my-company@1/slipway@2:environment:staging"]}}}]}
      """
          .formatted(PROVIDER);

  private final AwsClient aws = mock(AwsClient.class);
  private final TokenIssuer gitHub = new TokenIssuer();
  private Instant now = Instant.now();
  private final Sessions sessions = new Sessions(() -> now);
  private final WebIdentity identity = new WebIdentity(aws, gitHub.key(), sessions, () -> now);
  private boolean hasProvider = true;

  @BeforeEach
  void account() {
    when(aws.query(eq("iam"), anyString(), anyMap()))
        .thenAnswer(
            call ->
                Xml.parse(
                    answer(call.getArgument(1), call.getArgument(2))
                        .getBytes(StandardCharsets.UTF_8)));
  }

  private String answer(String action, Map<String, String> given) {
    boolean known =
        action.equals("GetRole")
            ? given.get("RoleName").equals("slipway-deploy-staging")
            : hasProvider && given.get("OpenIDConnectProviderArn").equals(PROVIDER);
    if (!known) {
      throw new AwsError(404, "NoSuchEntity", "there is none");
    }
    return action.equals("GetRole")
        ? "<r><Role><Arn>"
            + ROLE
            + "</Arn><RoleName>slipway-deploy-staging</RoleName><RoleId>AROA1</RoleId>"
            + "<MaxSessionDuration>7200</MaxSessionDuration><AssumeRolePolicyDocument>"
            + AwsClient.encode(TRUST)
            + "</AssumeRolePolicyDocument></Role></r>"
        : "<r><ClientIDList><member>sts.amazonaws.com</member></ClientIDList></r>";
  }

  private Xml assume(String token, String... more) {
    var parameters =
        new ArrayList<>(
            List.of("RoleArn", ROLE, "RoleSessionName", "run-1", "WebIdentityToken", token));
    parameters.addAll(List.of(more));
    var call = Samples.query("", WebIdentity.OPERATION, parameters.toArray(String[]::new));
    return Xml.parse(identity.answer(call).getBytes(StandardCharsets.UTF_8));
  }

  private void refuses(String code, String message, String token, String... more) {
    assertThatThrownBy(() -> assume(token, more))
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  private void refusesByTrust(String repository, String job) {
    refuses(
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        gitHub.token(repository, job));
  }

  private static Call signed(String service, String key, String token) {
    var headers = new Headers();
    headers.set("Content-Type", "application/x-amz-json-1.1");
    return new Call(
        "POST", URI.create("/"), headers, new byte[0], key, token, service, Map.of(), "Any");
  }

  @Test
  void bothFormsOfTheSubjectAreTakenWhereTheyAreTrusted() {
    Xml made = assume(gitHub.token("my-company/slipway", "environment:staging"));
    assertThat(made.need("SubjectFromWebIdentityToken"))
        .isEqualTo("repo:my-company/slipway:environment:staging");
    assertThat(made.need("AccessKeyId")).startsWith("ASIA").hasSize(20);
    assertThat(made.anywhere("AssumedRoleUser").orElseThrow().text("Arn"))
        .isEqualTo(
            "arn:aws:sts::" + EmulatedCloud.ACCOUNT + ":assumed-role/slipway-deploy-staging/run-1");

    assertThat(assume(gitHub.token("my-company@1/slipway@2", "environment:staging")).name())
        .isEqualTo("AssumeRoleWithWebIdentityResponse");
  }

  @Test
  void anotherSubjectIsRefused() {
    refusesByTrust("my-company/other", "environment:staging");
    refusesByTrust("my-company/slipway", "environment:production");
    refusesByTrust("my-company/slipway", "environment:staging-2");
    refusesByTrust("my-company/slipway", "pull_request");
    refusesByTrust("my-company/slipway", "ref:refs/heads/develop");
    refusesByTrust("my-company@1/slipway@3", "environment:staging");
    refusesByTrust("MY-COMPANY/slipway", "environment:staging");
  }

  @Test
  void aTokenThatIsNotTheIssuersIsRefused() {
    String good = gitHub.token("my-company/slipway", "environment:staging");
    String[] parts = good.split("\\.");
    String other = gitHub.token("my-company/other", "environment:staging").split("\\.")[1];
    String signature = "Couldn't verify the signature";

    refuses("InvalidIdentityToken", signature, parts[0] + "." + other + "." + parts[2]);
    refuses(
        "InvalidIdentityToken",
        signature,
        new TokenIssuer().token("my-company/slipway", "environment:staging"));
    refuses("InvalidIdentityToken", "not a valid JWT", "token");
    refuses("InvalidIdentityToken", signature, "a.b.c");
  }

  @Test
  void anotherAudienceOrIssuerOrAnOldTokenIsRefused() {
    String repository = "my-company/slipway";
    String job = "environment:staging";
    refuses(
        "InvalidIdentityToken",
        "Incorrect token audience",
        gitHub.token(repository, job, Map.of("aud", "https://github.com/my-company")));
    refuses(
        "InvalidIdentityToken",
        "No OpenIDConnect provider found",
        gitHub.token(repository, job, Map.of("iss", "https://token.example.com")));
    String token = gitHub.token(repository, job);
    hasProvider = false;
    refuses("InvalidIdentityToken", "No OpenIDConnect provider found", token);
    hasProvider = true;
    now = now.plusSeconds(301);
    refuses("ExpiredTokenException", "must be before the expiration", token);
  }

  @Test
  void aSessionIsNoLongerThanTheRoleAllows() {
    String token = gitHub.token("my-company/slipway", "environment:staging");
    refuses("ValidationError", "exceeds the MaxSessionDuration", token, "DurationSeconds", "7201");
    refuses("ValidationError", "durationSeconds", token, "DurationSeconds", "60");
    assertThat(Instant.parse(assume(token, "DurationSeconds", "7200").need("Expiration")))
        .isEqualTo(now.plusSeconds(7200));
    assertThat(Instant.parse(assume(token).need("Expiration"))).isEqualTo(now.plusSeconds(3600));
  }

  @Test
  void anotherRoleIsRefusedWhetherItIsThereOrNot() {
    String token = gitHub.token("my-company/slipway", "environment:staging");
    String refused = "Not authorized to perform";
    refuses("AccessDenied", refused, token, "RoleArn", ROLE.replace("staging", "production"));
    refuses("AccessDenied", refused, token, "RoleArn", ROLE.replace("slipway/github/", ""));
  }

  @Test
  void aSessionIsKnownUntilItExpires() {
    Xml made = assume(gitHub.token("my-company/slipway", "environment:staging"));
    String key = made.need("AccessKeyId");
    String token = made.need("SessionToken");

    assertThat(sessions.caller(signed("ssm", key, token)).role())
        .isEqualTo("slipway-deploy-staging");
    assertThat(sessions.caller(signed("ssm", "AKIAOPERATOR", ""))).isNull();
    assertThatThrownBy(() -> sessions.caller(signed("ssm", key, "another")))
        .hasMessageContaining("invalid");

    now = now.plusSeconds(3600);
    assertThatThrownBy(() -> sessions.caller(signed("ssm", key, token)))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("ExpiredTokenException"));
    assertThatThrownBy(() -> sessions.caller(signed("s3", key, token)))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("ExpiredToken"));
  }

  @Test
  void sessionsCanBeEndedAtOnce() {
    Xml made = assume(gitHub.token("my-company/slipway", "environment:staging"));
    sessions.expire();
    assertThatThrownBy(
            () ->
                sessions.caller(signed("kms", made.need("AccessKeyId"), made.need("SessionToken"))))
        .hasMessageContaining("expired");
  }
}
