package dev.slipway.rehearsal.cloud;

import static dev.slipway.rehearsal.cloud.Samples.s3;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.anyMap;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthorizationTest {

  private static final String OWN = "arn:aws:ssm:us-east-1:*:parameter/slipway/staging/*";

  private final AwsClient aws = mock(AwsClient.class);
  private final Machines machines = mock(Machines.class);
  private final BucketPolicies buckets = new BucketPolicies();

  /** What IAM has: the role's inline policies, and managed ones by ARN. */
  private final Map<String, String> inline = new LinkedHashMap<>();

  private final Map<String, String> attached = new LinkedHashMap<>();
  private String boundary = "";

  private final Authorization authorization =
      new Authorization(
          aws,
          new InstanceMetadata(machines, name -> "host", "us-east-1"),
          buckets,
          ResourceContext.NONE);

  @BeforeEach
  void iam() {
    when(aws.region()).thenReturn("us-east-1");
    when(aws.query(eq("iam"), anyString(), anyMap()))
        .thenAnswer(
            call ->
                Xml.parse(
                    answer(call.getArgument(1), call.getArgument(2))
                        .getBytes(StandardCharsets.UTF_8)));
  }

  private String answer(String action, Map<String, String> given) {
    return switch (action) {
      case "GetRole" ->
          "<r><Role><Arn>arn:aws:iam::"
              + EmulatedCloud.ACCOUNT
              + ":role/host</Arn>"
              + (boundary.isEmpty()
                  ? ""
                  : "<PermissionsBoundary><PermissionsBoundaryArn>boundary</PermissionsBoundaryArn></PermissionsBoundary>")
              + "</Role></r>";
      case "ListAttachedRolePolicies" ->
          "<r><ListAttachedRolePoliciesResult><AttachedPolicies>"
              + String.join(
                  "",
                  attached.keySet().stream()
                      .map(arn -> "<member><PolicyArn>" + arn + "</PolicyArn></member>")
                      .toList())
              + "</AttachedPolicies></ListAttachedRolePoliciesResult></r>";
      case "ListRolePolicies" ->
          "<r><ListRolePoliciesResult><PolicyNames>"
              + String.join(
                  "",
                  inline.keySet().stream().map(name -> "<member>" + name + "</member>").toList())
              + "</PolicyNames></ListRolePoliciesResult></r>";
      case "GetRolePolicy" ->
          "<r><PolicyDocument>"
              + encoded(inline.get(given.get("PolicyName")))
              + "</PolicyDocument></r>";
      case "GetPolicy" -> "<r><DefaultVersionId>v1</DefaultVersionId></r>";
      case "GetPolicyVersion" ->
          "<r><Document>"
              + encoded(
                  given.get("PolicyArn").equals("boundary")
                      ? boundary
                      : attached.get(given.get("PolicyArn")))
              + "</Document></r>";
      default -> throw new AssertionError(action);
    };
  }

  private static String encoded(String policy) {
    return URLEncoder.encode(policy, StandardCharsets.UTF_8);
  }

  private static String policy(String effect, String action, String resources) {
    return """
        {"Version": "2012-10-17", "Statement": [{"Effect": "%s", "Action": "%s", %s}]}
        """
        .formatted(effect, action, resources)
        .strip();
  }

  private static String on(String resource) {
    return "\"Resource\": \"" + resource + "\"";
  }

  private static Machine machine(String profile) {
    return Samples.machine(null, "i-1", "us-east-1a", profile);
  }

  private static Call parameter(String operation, String name) {
    return Samples.json("ssm", operation, "{\"Name\": \"" + name + "\"}");
  }

  private void allows(Call call) {
    assertThatCode(() -> authorization.check(machine("host"), call)).doesNotThrowAnyException();
  }

  private void refuses(String code, Machine machine, Call call, String action) {
    assertThatThrownBy(() -> authorization.check(machine, call))
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(" is not authorized to perform: " + action + " on resource: ");
  }

  private void refuses(String code, Call call, String action) {
    refuses(code, machine("host"), call, action);
  }

  @Test
  void aRoleThatLacksTheActionIsRefused() {
    inline.put("read", policy("Allow", "ssm:GetParameter", on(OWN)));

    allows(parameter("GetParameter", "/slipway/staging/host"));
    refuses(
        "AccessDeniedException",
        parameter("PutParameter", "/slipway/staging/host"),
        "ssm:PutParameter");
    refuses(
        "AccessDeniedException",
        parameter("GetParameter", "/slipway/production/host"),
        "ssm:GetParameter");
    assertThat(authorization.denials())
        .containsExactly(
            "ssm:PutParameter on arn:aws:ssm:us-east-1:"
                + EmulatedCloud.ACCOUNT
                + ":parameter/slipway/staging/host",
            "ssm:GetParameter on arn:aws:ssm:us-east-1:"
                + EmulatedCloud.ACCOUNT
                + ":parameter/slipway/production/host");
  }

  @Test
  void anExplicitDenyWinsOverAManagedPolicy() {
    attached.put("arn:aws:iam::aws:policy/Wide", policy("Allow", "ssm:*", on("*")));
    inline.put("own-only", policy("Deny", "ssm:GetParameter", "\"NotResource\": \"" + OWN + "\""));

    allows(parameter("GetParameter", "/slipway/staging/host"));
    refuses(
        "AccessDeniedException",
        parameter("GetParameter", "/slipway/production/host"),
        "ssm:GetParameter");
  }

  @Test
  void theBoundaryLimitsWhatPoliciesAllow() {
    inline.put("all", policy("Allow", "*", on("*")));
    boundary = policy("Allow", "ssm:Get*", on("*"));

    allows(parameter("GetParameter", "/a"));
    refuses("AccessDeniedException", parameter("PutParameter", "/a"), "ssm:PutParameter");
  }

  @Test
  void aBucketsPolicyDeniesToItsAccountToo() {
    inline.put("all", policy("Allow", "s3:*", on("*")));
    allows(s3("DELETE", "/backups/a"));

    buckets.put(
        "backups",
        policy("Deny", "s3:DeleteObject", "\"Principal\": \"*\", " + on("arn:aws:s3:::backups/*")));

    refuses("AccessDenied", s3("DELETE", "/backups/a"), "s3:DeleteObject");
    allows(s3("GET", "/backups/a"));
    assertThatThrownBy(() -> authorization.checkOperator(s3("DELETE", "/backups/a")))
        .hasMessageContaining("the bucket's policy denies s3:DeleteObject");
    assertThatCode(() -> authorization.checkOperator(s3("DELETE", "/others/a")))
        .doesNotThrowAnyException();
  }

  @Test
  void whoMayNotListIsNotToldThatSomethingIsMissing() {
    inline.put("read", policy("Allow", "s3:GetObject", on("arn:aws:s3:::backups/*")));

    assertThat(authorization.hidesMissing(authorization.caller(machine("host")), "backups"))
        .isTrue();
  }

  @Test
  void aMachineWithoutARoleMayDoNothing() {
    refuses("AccessDenied", machine(null), s3("GET", "/backups/a"), "s3:GetObject");
    assertThat(authorization.allows(machine(null), "ssm:UpdateInstanceInformation", "*")).isFalse();
  }

  /** Two machines of two stacks, and a key with an alias. */
  private final ResourceContext resources =
      new ResourceContext() {
        @Override
        public String key(String named) {
          return named.replace("alias/slipway", "k-1");
        }

        @Override
        public List<String> aliases(String keyId) {
          return keyId.equals("k-1") ? List.of("alias/slipway") : List.of();
        }

        @Override
        public String bucketKey(String bucket) {
          return "sealed".equals(bucket) ? "alias/slipway" : null;
        }

        @Override
        public String secretKey(String secret) {
          return null;
        }

        @Override
        public Map<String, String> instanceTags(String id) {
          return Map.of("slipway:stack", id.equals("i-1") ? "staging" : "production");
        }
      };

  private final Authorization withResources =
      new Authorization(
          aws, new InstanceMetadata(machines, name -> "host", "us-east-1"), buckets, resources);

  private static final Caller SESSION = new Caller("release", "run-1", Map.of());

  private static Call send(String document, String instance) {
    return Samples.json(
        "ssm",
        "SendCommand",
        "{\"DocumentName\": \"" + document + "\", \"InstanceIds\": [\"" + instance + "\"]}");
  }

  private void sessionIsRefused(Call call, String action) {
    assertThatThrownBy(() -> withResources.check(SESSION, call))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("AccessDeniedException"))
        .hasMessageContaining("assumed-role/release/run-1 is not authorized to perform: " + action);
  }

  @Test
  void aReleaseNeedsItsDocumentAndAnInstanceOfItsStack() {
    inline.put(
        "document",
        policy(
            "Allow",
            "ssm:SendCommand",
            on("arn:aws:ssm:us-east-1:*:document/slipway-staging-release")));
    inline.put(
        "instances",
        policy(
            "Allow",
            "ssm:SendCommand",
            on("arn:aws:ec2:us-east-1:*:instance/*")
                + ", \"Condition\": {\"StringEquals\": {\"aws:ResourceTag/slipway:stack\":"
                + " \"staging\"}}"));

    assertThatCode(() -> withResources.check(SESSION, send("slipway-staging-release", "i-1")))
        .doesNotThrowAnyException();
    sessionIsRefused(send("slipway-staging-release", "i-2"), "ssm:SendCommand");
    sessionIsRefused(send("slipway-staging-restore", "i-1"), "ssm:SendCommand");
    assertThat(withResources.sessionDenials()).hasSize(2);
    assertThat(withResources.denials()).isEmpty();
  }

  @Test
  void aKeyIsKnownByItsAliasAndGuardedByItsPolicy() {
    inline.put(
        "key",
        policy(
            "Allow",
            "kms:Decrypt",
            on("arn:aws:kms:us-east-1:*:key/*")
                + ", \"Condition\": {\"ForAnyValue:StringEquals\": {\"kms:ResourceAliases\":"
                + " \"alias/slipway\"}}"));
    Call own = Samples.json("kms", "Decrypt", "{\"KeyId\": \"alias/slipway\"}");

    assertThatCode(() -> withResources.check(SESSION, own)).doesNotThrowAnyException();
    sessionIsRefused(Samples.json("kms", "Decrypt", "{\"KeyId\": \"k-2\"}"), "kms:Decrypt");
    sessionIsRefused(
        Samples.json("kms", "Encrypt", "{\"KeyId\": \"alias/slipway\"}"), "kms:Encrypt");

    when(aws.json(eq("kms"), eq("TrentService.GetKeyPolicy"), anyMap()))
        .thenReturn(
            Map.of(
                "Policy",
                policy(
                    "Allow",
                    "kms:*",
                    on("*") + ", \"Principal\": {\"AWS\": \"arn:aws:iam::210987654321:root\"}")));
    sessionIsRefused(own, "kms:Decrypt");
  }
}
