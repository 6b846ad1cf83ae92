package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session with web identity, from its token to its end, with moto behind the endpoint. */
@Tag("moto")
class EndpointTest {

  private static final String REPOSITORY = "my-company/slipway";
  private static final String ACCOUNT = EmulatedCloud.ACCOUNT;

  @TempDir static Path directory;
  private static final TokenIssuer GITHUB = new TokenIssuer();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static Children children;
  private static AwsClient aws;
  private static Faults faults;
  private static Authorization authorization;
  private static Endpoint endpoint;
  private static RunCommands commands;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var moto = Moto.start(Tools.installed(), directory, children);
    aws = new AwsClient(moto.address(), "us-east-1");
    var machines = new Machines("test", MachineNetwork.FIRST, directory, "us-east-1");
    var sessions = new Sessions(InstantSource.system());
    var buckets = new BucketPolicies();
    var metadata = new InstanceMetadata(machines, profile -> null, "us-east-1");
    faults = new Faults(machines, sessions);
    authorization = new Authorization(aws, metadata, buckets, new AccountResources(aws, machines));
    endpoint =
        new Endpoint(
            moto.address(),
            machines,
            metadata,
            authorization,
            buckets,
            faults,
            sessions,
            new WebIdentity(aws, GITHUB.key(), sessions, InstantSource.system()),
            new Roles(aws, sessions),
            "AKIAOPERATOR",
            directory.resolve("endpoint.log"));
    commands =
        new RunCommands(
            machines, aws, faults, authorization, new DockerAgent(), InstantSource.system());
    endpoint.start(commands, Optional.empty());
    account();
  }

  private static void account() {
    aws.query(
        "iam",
        "CreateOpenIDConnectProvider",
        Map.of(
            "Url", TokenIssuer.URL,
            "ClientIDList.member.1", TokenIssuer.AUDIENCE,
            "ThumbprintList.member.1", "6938fd4d98bab03faadb97b34396831e3780aea1"));
    aws.query(
        "iam",
        "CreateRole",
        Map.of(
            "RoleName", "slipway-preview",
            "Path", "/slipway/github/",
            "MaxSessionDuration", "7200",
            "AssumeRolePolicyDocument",
                """
                {"Version": "2012-10-17", "Statement": [{
                  "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                  "Principal": {"Federated":
                    "arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com"},
                  "Condition": {"StringEquals": {
                    "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                    "token.actions.githubusercontent.com:sub":
                      "repo:my-company/slipway:environment:preview"}}}]}
                """
                    .formatted(ACCOUNT)));
    aws.query(
        "iam",
        "PutRolePolicy",
        Map.of(
            "RoleName", "slipway-preview",
            "PolicyName", "read",
            "PolicyDocument",
                """
                {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Action": ["s3:GetObject"],
                   "Resource": "arn:aws:s3:::state/*"},
                  {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::state"},
                  {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
                  {"Effect": "Allow", "Action": "kms:Decrypt",
                   "Resource": "arn:aws:kms:us-east-1:%s:key/*",
                   "Condition": {"ForAnyValue:StringEquals":
                     {"kms:ResourceAliases": "alias/slipway"}}}]}
                """
                    .formatted(ACCOUNT)));
    aws.rest("s3", "PUT", "/state", Map.of(), new byte[0]);
    aws.rest("s3", "PUT", "/state/one", Map.of(), "1".getBytes(StandardCharsets.UTF_8));
  }

  @AfterAll
  static void end() {
    endpoint.close();
    commands.close();
    children.close();
  }

  private record Credentials(String key, String token) {}

  private static HttpResponse<String> send(
      Credentials by,
      String service,
      String method,
      String path,
      Map<String, String> headers,
      String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (by != null) {
      request.header(
          "Authorization",
          "AWS4-HMAC-SHA256 Credential="
              + by.key()
              + "/20260101/us-east-1/"
              + service
              + "/aws4_request, SignedHeaders=host, Signature=0");
      request.header("X-Amz-Security-Token", by.token());
    }
    headers.forEach(request::header);
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpResponse<String> form(Credentials by, Map<String, String> fields)
      throws Exception {
    return form(by, "sts", fields);
  }

  private static HttpResponse<String> form(
      Credentials by, String service, Map<String, String> fields) throws Exception {
    var body = new StringBuilder("Version=2011-06-15");
    fields.forEach(
        (name, value) -> body.append('&').append(name).append('=').append(AwsClient.encode(value)));
    return send(
        by,
        service,
        "POST",
        "/",
        Map.of("Content-Type", "application/x-www-form-urlencoded"),
        body.toString());
  }

  private static HttpResponse<String> json(
      Credentials by, String service, String target, Map<String, Object> body) throws Exception {
    return send(
        by,
        service,
        "POST",
        "/",
        Map.of("Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", target),
        AwsClient.GSON.toJson(body));
  }

  private static HttpResponse<String> assume(String token) throws Exception {
    return form(
        null,
        Map.of(
            "Action",
            "AssumeRoleWithWebIdentity",
            "RoleArn",
            "arn:aws:iam::" + ACCOUNT + ":role/slipway/github/slipway-preview",
            "RoleSessionName",
            "run-1",
            "WebIdentityToken",
            token));
  }

  private static Credentials session() throws Exception {
    var answer = assume(GITHUB.token(REPOSITORY, "environment:preview"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    Xml xml = Xml.parse(answer.body().getBytes(StandardCharsets.UTF_8));
    return new Credentials(xml.need("AccessKeyId"), xml.need("SessionToken"));
  }

  @Test
  void aSessionIsTheRoleThatItAssumed() throws Exception {
    var who = form(session(), Map.of("Action", "GetCallerIdentity"));
    assertThat(who.statusCode()).isEqualTo(200);
    assertThat(who.body())
        .contains("arn:aws:sts::" + ACCOUNT + ":assumed-role/slipway-preview/run-1")
        .contains("<Account>" + ACCOUNT);
  }

  @Test
  void aTokenOfAnotherEnvironmentGetsNone() throws Exception {
    var refused = assume(GITHUB.token(REPOSITORY, "pull_request"));
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body())
        .contains("<Code>AccessDenied</Code>")
        .contains("Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }

  @Test
  void itReadsTheStateAndDoesNotWriteIt() throws Exception {
    var session = session();
    assertThat(send(session, "s3", "GET", "/state/one", Map.of(), "").body()).isEqualTo("1");
    assertThat(send(session, "s3", "GET", "/state?list-type=2", Map.of(), "").statusCode())
        .isEqualTo(200);
    assertThat(send(session, "s3", "GET", "/state/two", Map.of(), "").statusCode()).isEqualTo(404);

    var refused = send(session, "s3", "PUT", "/state/one", Map.of(), "2");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("is not authorized to perform: s3:PutObject");
    assertThat(authorization.sessionDenials()).contains("s3:PutObject on arn:aws:s3:::state/one");
    assertThat(json(session, "ssm", "AmazonSSM.PutParameter", Map.of("Name", "/a")).body())
        .contains("AccessDeniedException")
        .contains("ssm:PutParameter");
    assertThat(form(session, Map.of("Action", "GetFederationToken")).body())
        .contains("does not know which rights it needs");
  }

  @Test
  void itDecryptsWithTheKeyOfThatAliasAlone() throws Exception {
    Object own = key("alias/slipway");
    Object other = key("alias/application");
    var session = session();

    var decrypted = json(session, "kms", "TrentService.Decrypt", Map.of("CiphertextBlob", own));
    assertThat(decrypted.statusCode()).as(decrypted.body()).isEqualTo(200);
    var refused = json(session, "kms", "TrentService.Decrypt", Map.of("CiphertextBlob", other));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains("is not authorized to perform: kms:Decrypt");
  }

  /** Something encrypted with a new key of that alias. */
  private static Object key(String alias) {
    Object id =
        Values.map(aws.json("kms", "TrentService.CreateKey", Map.of()).get("KeyMetadata"))
            .get("KeyId");
    aws.json("kms", "TrentService.CreateAlias", Map.of("AliasName", alias, "TargetKeyId", id));
    return aws.json("kms", "TrentService.Encrypt", Map.of("KeyId", id, "Plaintext", "c2VjcmV0"))
        .get("CiphertextBlob");
  }

  @Test
  void itReadsASecretWhoseKeyItMayUseToo() throws Exception {
    Object key =
        Values.map(aws.json("kms", "TrentService.CreateKey", Map.of()).get("KeyMetadata"))
            .get("KeyId");
    secret(Map.of("Name", "open", "SecretString", "one"));
    secret(Map.of("Name", "sealed", "SecretString", "two", "KmsKeyId", key));
    String get = "secretsmanager.GetSecretValue";
    var session = session();

    var read = json(session, "secretsmanager", get, Map.of("SecretId", "open"));
    assertThat(read.body()).contains("\"one\"");
    var refused = json(session, "secretsmanager", get, Map.of("SecretId", "sealed"));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body())
        .contains("is not authorized to perform: kms:Decrypt")
        .doesNotContain("two");
  }

  private static void secret(Map<String, Object> secret) {
    aws.json("secretsmanager", "secretsmanager.CreateSecret", secret);
  }

  @Test
  void itReachesNoServerWithoutTheRight() throws Exception {
    endpoint.hosts(hosted(new ArrayList<>()));
    Map<String, String> modify = Map.of("Action", "ModifyUser", "UserId", "app");

    assertThat(form(session(), "elasticache", modify).body())
        .contains("is not authorized to perform: elasticache:ModifyUser on resource:")
        .contains(":user:app");
    assertThat(form(OPERATOR, "elasticache", modify).body()).isEqualTo("ours");
  }

  @Test
  void serversHearWhatTheRecordsAgreeTo() throws Exception {
    var heard = new ArrayList<String>();
    endpoint.hosts(hosted(heard));

    form(OPERATOR, "rds", Map.of("Action", "DescribeDBInstances"));
    var refused =
        form(OPERATOR, "rds", Map.of("Action", "DeleteDBSnapshot", "DBSnapshotIdentifier", "none"));

    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(heard).containsExactly("DescribeDBInstances");
  }

  private static final Credentials OPERATOR = new Credentials("AKIAOPERATOR", "");

  private static Hosted hosted(List<String> heard) {
    return new Hosted() {
      @Override
      public String answer(Call call) {
        return call.operation().equals("ModifyUser") ? "ours" : null;
      }

      @Override
      public void agreed(Call call) {
        heard.add(call.operation());
      }
    };
  }

  @Test
  void whenItHasExpiredItIsTold() throws Exception {
    var session = session();
    faults.expireSessions();
    assertThat(send(session, "s3", "GET", "/state/one", Map.of(), "").body())
        .contains("<Code>ExpiredToken</Code>");
    assertThat(json(session, "ssm", "AmazonSSM.GetParameter", Map.of("Name", "/a")).body())
        .contains("ExpiredTokenException");
    assertThat(form(session, Map.of("Action", "GetCallerIdentity")).body())
        .contains("<Code>ExpiredToken</Code>");
  }
}
