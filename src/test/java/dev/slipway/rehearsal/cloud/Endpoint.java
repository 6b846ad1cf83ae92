package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * The address of the emulated AWS: it knows who calls, checks what a machine's or a session's role
 * may do, serves Run Command, web identity and the machines itself, and passes the rest to moto.
 */
final class Endpoint implements AutoCloseable {

  static {
    // Without it every answer waits for the other side's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final URI moto;
  private final Machines machines;
  private final InstanceMetadata metadata;
  private final Authorization authorization;
  private final BucketPolicies bucketPolicies;
  private final Faults faults;
  private final Sessions sessions;
  private final WebIdentity webIdentity;
  private final Roles roles;
  private final String operatorKey;
  private final PrintWriter log;
  private final List<HttpServer> servers = new ArrayList<>();
  private final ExecutorService workers = Relay.workers("endpoint");
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(workers)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private RunCommands commands;
  private Hosted hosted = Hosted.NOTHING;
  private ImageRegistryServer images;
  private Workflows workflows;
  private int port;
  private int metadataPort;

  Endpoint(
      URI moto,
      Machines machines,
      InstanceMetadata metadata,
      Authorization authorization,
      BucketPolicies bucketPolicies,
      Faults faults,
      Sessions sessions,
      WebIdentity webIdentity,
      Roles roles,
      String operatorKey,
      Path log)
      throws IOException {
    this.moto = moto;
    this.machines = machines;
    this.metadata = metadata;
    this.authorization = authorization;
    this.bucketPolicies = bucketPolicies;
    this.faults = faults;
    this.sessions = sessions;
    this.webIdentity = webIdentity;
    this.roles = roles;
    this.operatorKey = operatorKey;
    this.log = new PrintWriter(Files.newBufferedWriter(log), true);
  }

  /** Serves logins to this registry, and tells of repositories what leads there. */
  void images(ImageRegistryServer registry) {
    images = registry;
  }

  /**
   * Listens on loopback for this machine and on the network's gateway for the emulated ones, where
   * there is one.
   */
  void start(RunCommands runCommands, Optional<String> gateway) throws IOException {
    commands = runCommands;
    var addresses = new ArrayList<>(List.of("127.0.0.1"));
    gateway.ifPresent(addresses::add);
    port = listen(addresses, this::handle);
    if (gateway.isPresent()) {
      metadataPort = listen(List.of(gateway.get()), metadata::handle);
    }
  }

  /** The servers that calls reach too. */
  void hosts(Hosted servers) {
    hosted = servers;
  }

  /** What is done when something happens: functions, state machines, and what starts them. */
  void workflows(Workflows of) {
    workflows = of;
  }

  int port() {
    return port;
  }

  int metadataPort() {
    return metadataPort;
  }

  private int listen(List<String> addresses, HttpHandler handler) throws IOException {
    List<HttpServer> opened = Ports.listen(addresses, handler, workers);
    servers.addAll(opened);
    return opened.get(0).getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Call call = Call.read(exchange);
      String caller = "?";
      int status;
      try {
        if (isForToken(call)) {
          caller = "token";
          status = send(exchange, 200, webIdentity.answer(call).getBytes(StandardCharsets.UTF_8));
        } else {
          Caller role = authenticate(call);
          caller = role == null ? "operator" : role.session();
          authorize(call, role);
          status = serve(exchange, call, role);
        }
      } catch (AwsError e) {
        status = e.status();
        refuse(exchange, call, e);
      } catch (IllegalStateException | IllegalArgumentException | ClassCastException e) {
        status = 500;
        refuse(exchange, call, new AwsError(500, "InternalFailure", e.toString()));
      }
      log.printf(
          "%s %s %s %s %s %s %d%n",
          Instant.now(),
          caller,
          call.service(),
          call.operation().isEmpty() ? call.method() : call.operation(),
          call.uri().getPath(),
          call.uri().getQuery() == null ? "" : call.uri().getQuery(),
          status);
    }
  }

  /** STS's only call here that nobody signs. */
  private static boolean isForToken(Call call) {
    return call.accessKey().isEmpty() && call.operation().equals(WebIdentity.OPERATION);
  }

  /** Whose role's credentials signed the call, or null for the operator. */
  private Caller authenticate(Call call) {
    if (call.accessKey().equals(operatorKey)) {
      return null;
    }
    if (call.accessKey().isEmpty()) {
      throw new AwsError(403, "AccessDenied", "Access Denied");
    }
    Caller session = sessions.caller(call);
    if (session != null) {
      return session;
    }
    Caller task = workflows == null ? null : workflows.machines().caller(call);
    if (task != null) {
      return task;
    }
    Machine machine = metadata.owner(call.accessKey(), call.sessionToken());
    if (machine == null) {
      throw new AwsError(
          403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    return authorization.caller(machine);
  }

  private static boolean isMachine(Caller caller) {
    return caller != null && caller.context().containsKey("ec2:SourceInstanceARN");
  }

  private void authorize(Call call, Caller caller) {
    if (faults.deniesKeys() && call.service().equals("kms")) {
      throw new AwsError(
          400,
          "AccessDeniedException",
          "The ciphertext refers to a customer master key that does not exist, does not exist in"
              + " this region, or you are not allowed to access.");
    }
    if (caller == null) {
      authorization.checkOperator(call);
      return;
    }
    authorization.check(caller, call);
    if (isMachine(caller)
        && call.service().equals("s3")
        && call.method().equals("PUT")
        && faults.takesBrokenUpload()) {
      throw new AwsError(
          500, "InternalError", "We encountered an internal error. Please try again.");
    }
  }

  private int serve(HttpExchange exchange, Call call, Caller caller) throws IOException {
    if (call.service().equals("ssm") && commands.serves(call.operation())) {
      byte[] answer =
          AwsClient.GSON
              .toJson(commands.serve(call.operation(), AwsClient.object(call.body())))
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
      return send(exchange, 200, answer);
    }
    if (caller != null && call.operation().equals("GetCallerIdentity")) {
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      return send(exchange, 200, identity(caller).getBytes(StandardCharsets.UTF_8));
    }
    if (call.service().equals("sts") && call.operation().equals(Roles.OPERATION)) {
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      return send(exchange, 200, roles.answer(call).getBytes(StandardCharsets.UTF_8));
    }
    if (workflows != null && Functions.isInvocation(call)) {
      Reply reply = workflows.functions().invoke(call);
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      return send(exchange, reply.status(), reply.body());
    }
    if (images != null && call.operation().equals("GetAuthorizationToken")) {
      exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
      return send(
          exchange,
          200,
          AwsClient.GSON.toJson(images.login(caller)).getBytes(StandardCharsets.UTF_8));
    }
    if (call.service().equals("ec2")) {
      moveMachines(call);
    }
    String own = hosted.answer(call);
    if (own != null) {
      exchange.getResponseHeaders().set("Content-Type", "text/xml");
      return send(exchange, 200, own.getBytes(StandardCharsets.UTF_8));
    }
    String[] path = call.uri().getPath().substring(1).split("/", 2);
    if (call.service().equals("s3")
        && call.query().containsKey("policy")
        && (path.length == 1 || path[1].isEmpty())) {
      return bucketPolicy(exchange, call, path[0]);
    }
    return pass(exchange, call, caller);
  }

  private static String identity(Caller caller) {
    return """
           <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
             <GetCallerIdentityResult>
               <Arn>%s</Arn>
               <UserId>AROASLIPWAY:%s</UserId>
               <Account>%s</Account>
             </GetCallerIdentityResult>
             <ResponseMetadata><RequestId>slipway</RequestId></ResponseMetadata>
           </GetCallerIdentityResponse>
           """
        .formatted(caller.arn(), caller.session(), EmulatedCloud.ACCOUNT);
  }

  private int bucketPolicy(HttpExchange exchange, Call call, String bucket) throws IOException {
    switch (call.method()) {
      case "PUT" -> bucketPolicies.put(bucket, new String(call.body(), StandardCharsets.UTF_8));
      case "DELETE" -> bucketPolicies.remove(bucket);
      default -> {
        String policy = bucketPolicies.get(bucket);
        if (policy == null) {
          throw new AwsError(404, "NoSuchBucketPolicy", "The bucket policy does not exist");
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        return send(exchange, 200, policy.getBytes(StandardCharsets.UTF_8));
      }
    }
    return send(exchange, 204, new byte[0]);
  }

  /**
   * What a script does to instances happens to the machines, and then to moto's records of them.
   */
  private void moveMachines(Call call) {
    var ids = call.numbered("InstanceId");
    switch (call.operation()) {
      case "StopInstances" -> ids.forEach(id -> machines.stop(machines.find(id)));
      case "StartInstances" -> ids.forEach(id -> machines.start(machines.find(id)));
      case "RebootInstances" -> ids.forEach(id -> machines.reboot(machines.find(id)));
      case "TerminateInstances" -> ids.forEach(id -> machines.terminate(machines.find(id)));
      case "AttachVolume", "DetachVolume", "DeleteVolume", "RunInstances" ->
          throw new AwsError(
              400,
              "UnsupportedOperation",
              call.operation() + ": this emulated AWS takes it from Pulumi only");
      default -> {
        // Only a look.
      }
    }
  }

  private int pass(HttpExchange exchange, Call call, Caller caller) throws IOException {
    var request =
        HttpRequest.newBuilder(target(call))
            .timeout(Duration.ofMinutes(5))
            .method(
                call.method(),
                call.body().length == 0
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(call.body()));
    Relay.request(exchange, request);
    HttpResponse<byte[]> answer;
    try {
      answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the rehearsal is ending", e);
    }
    if (answer.statusCode() < 300) {
      hosted.agreed(call);
      if (workflows != null) {
        workflows.events().answered(call, answer);
      }
    }
    String[] path = call.uri().getPath().substring(1).split("/", 2);
    if (caller != null
        && answer.statusCode() == 404
        && call.service().equals("s3")
        && path.length == 2
        && authorization.hidesMissing(caller, path[0])) {
      throw new AwsError(403, "AccessDenied", "Access Denied");
    }
    Relay.answer(answer, exchange);
    byte[] body = answer.body();
    if (images != null && call.operation().equals("DescribeRepositories") && !isMachine(caller)) {
      body =
          images
              .asSeenFromHere(new String(body, StandardCharsets.UTF_8))
              .getBytes(StandardCharsets.UTF_8);
    }
    return send(exchange, answer.statusCode(), body);
  }

  private URI target(Call call) {
    String query = call.uri().getRawQuery() == null ? "" : "?" + call.uri().getRawQuery();
    URI server =
        workflows != null && call.service().equals("states")
            ? workflows.machines().address()
            : moto;
    return URI.create(server + call.uri().getRawPath() + query);
  }

  private static int send(HttpExchange exchange, int status, byte[] body) throws IOException {
    Relay.send(exchange, status, body);
    return status;
  }

  /** Says no in the form that the service's clients expect. */
  private static void refuse(HttpExchange exchange, Call call, AwsError error) throws IOException {
    String type;
    String text;
    if (call.service().equals("s3") || call.service().equals("route53")) {
      type = "application/xml";
      text =
          "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>"
              + error.code()
              + "</Code><Message>"
              + Xml.escape(error.getMessage())
              + "</Message><RequestId>slipway</RequestId></Error>";
    } else if (call.service().equals("ec2")) {
      type = "text/xml";
      text =
          "<Response><Errors><Error><Code>"
              + error.code()
              + "</Code><Message>"
              + Xml.escape(error.getMessage())
              + "</Message></Error></Errors><RequestID>slipway</RequestID></Response>";
    } else if (call.header("Content-Type").startsWith("application/x-www-form-urlencoded")) {
      type = "text/xml";
      text =
          "<ErrorResponse><Error><Type>Sender</Type><Code>"
              + error.code()
              + "</Code><Message>"
              + Xml.escape(error.getMessage())
              + "</Message></Error><RequestId>slipway</RequestId></ErrorResponse>";
    } else {
      type = "application/x-amz-json-1.1";
      text = AwsClient.GSON.toJson(Map.of("__type", error.code(), "message", error.getMessage()));
      exchange.getResponseHeaders().set("x-amzn-ErrorType", error.code());
    }
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("x-amzn-RequestId", "slipway");
    send(exchange, error.status(), text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    workers.shutdownNow();
    log.close();
  }
}
