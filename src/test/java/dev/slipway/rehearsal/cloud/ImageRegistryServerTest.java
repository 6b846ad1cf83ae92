package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ECR as Docker sees it, with moto behind it and a store that takes everything. */
@Tag("moto")
class ImageRegistryServerTest {
  private static final String TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"" + TYPE + "\",\"config\":{\"size\":1},\"layers\":[]}";
  private static final Caller PULLER = new Caller("puller", "somebody", Map.of());
  private static final Caller PUSHER = new Caller("pusher", "a-job", Map.of());

  @TempDir static Path directory;
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final List<String> STORED = new CopyOnWriteArrayList<>();
  private static Children children;
  private static AwsClient aws;
  private static HttpServer store;
  private static ImageRegistryServer registry;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var moto = Moto.start(Tools.installed(), directory, children);
    aws = new AwsClient(moto.address(), "us-east-1");
    var machines = new Machines("test", MachineNetwork.FIRST, directory, "us-east-1");
    var metadata = new InstanceMetadata(machines, profile -> null, "us-east-1");
    var authorization =
        new Authorization(aws, metadata, new BucketPolicies(), new AccountResources(aws, machines));
    store = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    store.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            STORED.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            exchange
                .getResponseHeaders()
                .set("Location", "http://127.0.0.1:1/v2/ecr/erp/blobs/uploads/1?_state=x");
            exchange.sendResponseHeaders(
                exchange.getRequestMethod().equals("POST") ? 202 : 201, -1);
          }
        });
    store.setExecutor(Executors.newCachedThreadPool());
    store.start();
    registry =
        new ImageRegistryServer(
            aws, authorization, URI.create("http://127.0.0.1:" + store.getAddress().getPort()));
    registry.start(List.of("127.0.0.1"));
    ecr("CreateRepository", Map.of("repositoryName", "erp"));
    role("puller", "ecr:BatchGetImage");
    role("pusher", "ecr:*");
  }

  private static void ecr(String operation, Map<String, Object> request) {
    aws.json("ecr", "AmazonEC2ContainerRegistry_V20150921." + operation, request);
  }

  private static void role(String name, String action) {
    aws.query(
        "iam",
        "CreateRole",
        Map.of(
            "RoleName",
            name,
            "AssumeRolePolicyDocument",
            "{\"Version\": \"2012-10-17\", \"Statement\": []}"));
    aws.query(
        "iam",
        "PutRolePolicy",
        Map.of(
            "RoleName",
            name,
            "PolicyName",
            "rights",
            "PolicyDocument",
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "%s",
              "Resource": "arn:aws:ecr:us-east-1:%s:repository/erp"}]}
            """
                .formatted(action, EmulatedCloud.ACCOUNT)));
  }

  @AfterAll
  static void end() {
    registry.close();
    store.stop(0);
    children.close();
  }

  private static HttpResponse<String> send(Caller caller, String method, String path, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + registry.port() + path))
            .header("Content-Type", TYPE)
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (caller != null) {
      var data = Values.maps(registry.login(caller).get("authorizationData")).get(0);
      request.header("Authorization", "Basic " + data.get("authorizationToken"));
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void nobodyGetsInWithoutALogin() throws Exception {
    var refused = send(null, "GET", "/v2/", "");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Basic ");

    var guess = Base64.getEncoder().encodeToString("AWS:guess".getBytes(StandardCharsets.UTF_8));
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + registry.port() + "/v2/"))
            .header("Authorization", "Basic " + guess)
            .build();
    assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(401);
    assertThat(send(PULLER, "GET", "/v2/", "").statusCode()).isEqualTo(200);
  }

  @Test
  void aLoginIsGoodForWhatItsRoleMay() throws Exception {
    var upload = send(PULLER, "POST", "/v2/erp/blobs/uploads/", "");
    assertThat(upload.statusCode()).isEqualTo(403);
    assertThat(upload.body())
        .contains("DENIED", "not authorized to perform: ecr:InitiateLayerUpload");
    assertThat(send(PUSHER, "POST", "/v2/other/blobs/uploads/", "").statusCode()).isEqualTo(403);

    var begun = send(PUSHER, "POST", "/v2/erp/blobs/uploads/", "");
    assertThat(begun.statusCode()).isEqualTo(202);
    // Where it goes on is here, and not in the store.
    assertThat(begun.headers().firstValue("Location")).contains("/v2/erp/blobs/uploads/1?_state=x");
  }

  @Test
  void whatIsPushedHasANameInTheAccount() throws Exception {
    assertThat(send(PULLER, "GET", "/v2/erp/manifests/live", "").statusCode()).isEqualTo(404);

    assertThat(send(PUSHER, "PUT", "/v2/erp/manifests/live", MANIFEST).statusCode()).isEqualTo(201);

    assertThat(send(PULLER, "GET", "/v2/erp/manifests/live", "").statusCode()).isEqualTo(201);
    assertThat(STORED.get(STORED.size() - 1)).startsWith("GET /v2/ecr/erp/manifests/sha256:");

    ecr(
        "BatchDeleteImage",
        Map.of("repositoryName", "erp", "imageIds", List.of(Map.of("imageTag", "live"))));
    assertThat(send(PULLER, "GET", "/v2/erp/manifests/live", "").statusCode()).isEqualTo(404);
  }

  @Test
  void theRepositorysOwnPolicyCounts() throws Exception {
    ecr("CreateRepository", Map.of("repositoryName", "guarded"));
    aws.query(
        "iam",
        "PutRolePolicy",
        Map.of(
            "RoleName",
            "pusher",
            "PolicyName",
            "more",
            "PolicyDocument",
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*",
              "Resource": "arn:aws:ecr:us-east-1:%s:repository/guarded"}]}
            """
                .formatted(EmulatedCloud.ACCOUNT)));
    ecr(
        "SetRepositoryPolicy",
        Map.of(
            "repositoryName",
            "guarded",
            "policyText",
            """
            {"Version": "2012-10-17", "Statement": [{"Sid": "Nobody", "Effect": "Deny",
              "Principal": "*", "Action": ["ecr:PutImage"]}]}
            """));

    assertThat(send(PUSHER, "PUT", "/v2/guarded/manifests/live", MANIFEST).statusCode())
        .isEqualTo(403);
  }
}
