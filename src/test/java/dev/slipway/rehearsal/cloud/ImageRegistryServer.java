package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * ECR as Docker sees it: who has a login pushes and pulls as far as the rights of its role and the
 * policy of the repository go. Layers lie in the rehearsal's own registry; which images, tags and
 * repositories there are is what moto knows.
 *
 * <p>Which right each request takes is said in the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html">ECR user
 * guide</a>, and how a login is made under <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html">registry
 * authentication</a>.
 */
final class ImageRegistryServer implements AutoCloseable {
  private static final String API = "AmazonEC2ContainerRegistry_V20150921.";
  private static final Pattern REQUEST =
      Pattern.compile("/v2/([a-z0-9][a-z0-9._/-]*)/(blobs|manifests)/(.*)");
  private static final Duration LOGIN = Duration.ofHours(12);

  /** Where the store has what is pushed here, apart from what the machines take for Docker Hub. */
  private static final String FOLDER = "/v2/ecr/";

  /** Who logs in with a password; nobody is the account's owner. */
  private record Login(Optional<Caller> caller, Instant until) {}

  /** A refusal as registries write it. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final String code;

    Refusal(int status, String code, String message) {
      super(message);
      this.status = status;
      this.code = code;
    }
  }

  private final AwsClient aws;
  private final Authorization authorization;
  private final URI store;
  private final String name;
  private final Map<String, Login> logins = new ConcurrentHashMap<>();
  private final ExecutorService workers = Relay.workers("registry");
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(workers)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private List<HttpServer> servers = List.of();

  /**
   * @param store the registry behind it, which asks nobody who he is
   */
  ImageRegistryServer(AwsClient aws, Authorization authorization, URI store) {
    this.aws = aws;
    this.authorization = authorization;
    this.store = store;
    name = name(aws.region());
  }

  /** What a registry's images are called in AWS. */
  static String name(String region) {
    return EmulatedCloud.ACCOUNT + ".dkr.ecr." + region + ".amazonaws.com";
  }

  /**
   * @param addresses the one that this machine uses first
   */
  void start(List<String> addresses) throws IOException {
    servers = Ports.listen(addresses, this::handle, workers);
  }

  int port() {
    return servers.get(0).getAddress().getPort();
  }

  /**
   * What moto says of repositories, for who is not on a machine: a name in AWS leads nowhere from
   * here, and Docker takes a registry without TLS on the loopback address alone.
   */
  String asSeenFromHere(String answer) {
    InetSocketAddress here = servers.get(0).getAddress();
    return answer.replace(
        name + "/", here.getAddress().getHostAddress() + ":" + here.getPort() + "/");
  }

  /** The answer to GetAuthorizationToken. */
  Map<String, Object> login(Caller caller) {
    byte[] random = new byte[30];
    new SecureRandom().nextBytes(random);
    String password = Base64.getEncoder().encodeToString(random);
    Instant until = Instant.now().plus(LOGIN).truncatedTo(ChronoUnit.SECONDS);
    logins.put(password, new Login(Optional.ofNullable(caller), until));
    return Map.of(
        "authorizationData",
        List.of(
            Map.of(
                "authorizationToken",
                Base64.getEncoder()
                    .encodeToString(("AWS:" + password).getBytes(StandardCharsets.UTF_8)),
                "expiresAt",
                until.getEpochSecond(),
                "proxyEndpoint",
                "https://" + name)));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        serve(exchange);
      } catch (Refusal e) {
        refuse(exchange, e.status, e.code, e.getMessage());
      } catch (AwsError e) {
        refuse(exchange, 403, "DENIED", e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        refuse(exchange, 503, "UNAVAILABLE", "the rehearsal is ending");
      }
    }
  }

  private void serve(HttpExchange exchange) throws IOException, InterruptedException {
    exchange.getResponseHeaders().set("Docker-Distribution-Api-Version", "registry/2.0");
    Optional<Caller> caller = caller(exchange);
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/v2/")) {
      send(exchange, 200, new byte[0]);
      return;
    }
    Matcher request = REQUEST.matcher(path);
    if (!request.matches()) {
      throw new Refusal(404, "UNSUPPORTED", path + " is nothing that this registry has");
    }
    String repository = request.group(1);
    String rest = request.group(3);
    boolean manifest = request.group(2).equals("manifests");
    String method = exchange.getRequestMethod();
    String arn =
        "arn:aws:ecr:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":repository/" + repository;
    caller.ifPresent(who -> authorization.check(who, action(method, manifest, rest), arn));
    need(repository);
    if (!manifest) {
      String query = exchange.getRequestURI().getRawQuery();
      // A layer that another repository has is pushed again, as ECR's default is.
      boolean plain = query == null || query.contains("mount=");
      pass(
          exchange,
          FOLDER + repository + "/blobs/" + rest + (plain ? "" : "?" + query),
          HttpRequest.BodyPublishers.ofInputStream(exchange::getRequestBody));
    } else if (method.equals("PUT")) {
      putManifest(exchange, repository, rest);
    } else {
      pass(
          exchange,
          FOLDER + repository + "/manifests/" + digest(repository, rest),
          HttpRequest.BodyPublishers.noBody());
    }
  }

  static String action(String method, boolean manifest, String rest) {
    if (manifest) {
      return method.equals("PUT") ? "ecr:PutImage" : "ecr:BatchGetImage";
    }
    if (rest.startsWith("uploads/")) {
      return switch (method) {
        case "POST" -> "ecr:InitiateLayerUpload";
        case "PUT" -> "ecr:CompleteLayerUpload";
        default -> "ecr:UploadLayerPart";
      };
    }
    return method.equals("HEAD") ? "ecr:BatchCheckLayerAvailability" : "ecr:GetDownloadUrlForLayer";
  }

  private Optional<Caller> caller(HttpExchange exchange) {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    if (header != null && header.startsWith("Basic ")) {
      String pair =
          new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8);
      Login login = logins.get(pair.substring(pair.indexOf(':') + 1));
      if (pair.startsWith("AWS:") && login != null && Instant.now().isBefore(login.until())) {
        return login.caller();
      }
    }
    exchange
        .getResponseHeaders()
        .set("WWW-Authenticate", "Basic realm=\"https://" + name + "/\",service=\"ecr\"");
    throw new Refusal(401, "UNAUTHORIZED", "Not Authorized");
  }

  private void need(String repository) {
    try {
      aws.json("ecr", API + "DescribeRepositories", Map.of("repositoryNames", List.of(repository)));
    } catch (AwsError e) {
      throw new Refusal(
          404,
          "NAME_UNKNOWN",
          "The repository with name '"
              + repository
              + "' does not exist in the registry with id '"
              + EmulatedCloud.ACCOUNT
              + "'");
    }
  }

  /** What a tag or digest stands for, where the repository has it. */
  private String digest(String repository, String reference) {
    return known(repository, reference)
        .orElseThrow(
            () -> new Refusal(404, "MANIFEST_UNKNOWN", "Requested image not found: " + reference));
  }

  private Optional<String> known(String repository, String reference) {
    String key = reference.startsWith("sha256:") ? "imageDigest" : "imageTag";
    try {
      return Values.maps(
              aws.json(
                      "ecr",
                      API + "DescribeImages",
                      Map.of(
                          "repositoryName",
                          repository,
                          "imageIds",
                          List.of(Map.of(key, reference))))
                  .get("imageDetails"))
          .stream()
          .map(image -> Values.text(image.get("imageDigest")))
          .findFirst();
    } catch (AwsError e) {
      return Optional.empty();
    }
  }

  private void putManifest(HttpExchange exchange, String repository, String reference)
      throws IOException, InterruptedException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String digest = "sha256:" + HexFormat.of().formatHex(sha256(body));
    if (reference.startsWith("sha256:") && !reference.equals(digest)) {
      throw new Refusal(400, "DIGEST_INVALID", "the manifest is " + digest + ", not " + reference);
    }
    pass(
        exchange,
        FOLDER + repository + "/manifests/" + digest,
        HttpRequest.BodyPublishers.ofByteArray(body),
        () -> record(exchange, repository, reference, digest, body));
  }

  private void record(
      HttpExchange exchange, String repository, String reference, String digest, byte[] body) {
    var image = new LinkedHashMap<String, Object>();
    image.put("repositoryName", repository);
    image.put("imageManifest", new String(body, StandardCharsets.UTF_8));
    image.put("imageManifestMediaType", exchange.getRequestHeaders().getFirst("Content-Type"));
    image.put("imageDigest", digest);
    boolean tagged = !reference.equals(digest);
    if (tagged) {
      image.put("imageTag", reference);
    }
    if (known(repository, reference).equals(Optional.of(digest))) {
      return;
    }
    aws.json("ecr", API + "PutImage", image);
  }

  private void pass(HttpExchange exchange, String path, HttpRequest.BodyPublisher body)
      throws IOException, InterruptedException {
    pass(exchange, path, body, () -> {});
  }

  /**
   * Hands a request on to the store, and its answer back.
   *
   * @param taken what happens when it was taken, before that is told
   */
  private void pass(
      HttpExchange exchange, String path, HttpRequest.BodyPublisher body, Runnable taken)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(store.resolve(path))
            .timeout(Duration.ofMinutes(5))
            .method(exchange.getRequestMethod(), body);
    Relay.request(exchange, request, "authorization");
    HttpResponse<InputStream> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream in = answer.body()) {
      if (answer.statusCode() < 300) {
        taken.run();
      }
      Relay.answer(answer, exchange);
      answer
          .headers()
          .firstValue("Location")
          .ifPresent(
              location ->
                  exchange
                      .getResponseHeaders()
                      .set(
                          "Location",
                          location.replaceFirst("^https?://[^/]+", "").replace(FOLDER, "/v2/")));
      long length = answer.headers().firstValueAsLong("Content-Length").orElse(0);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", String.valueOf(length));
      }
      boolean empty = length == 0 || exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(answer.statusCode(), empty ? -1 : length);
      if (!empty) {
        in.transferTo(exchange.getResponseBody());
      }
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void refuse(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    send(
        exchange,
        status,
        AwsClient.GSON
            .toJson(Map.of("errors", List.of(Map.of("code", code, "message", message))))
            .getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    // What was not read of a request would be taken for the next one.
    exchange.getRequestBody().transferTo(java.io.OutputStream.nullOutputStream());
    Relay.send(exchange, status, body);
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    workers.shutdownNow();
  }
}
