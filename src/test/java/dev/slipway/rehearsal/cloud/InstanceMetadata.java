package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The instance metadata service, version 2: a machine is known by the address that it calls from.
 *
 * <p>Source of the rules: Amazon EC2 User Guide, "Use the Instance Metadata Service to access
 * instance metadata".
 */
final class InstanceMetadata {

  /** The temporary credentials of a machine's role. */
  record Credentials(String accessKey, String secretKey, String sessionToken, Instant expires) {}

  /** Tells the role in an instance profile, or null where there is none. */
  interface Profiles {
    String role(String instanceProfile);
  }

  private static final SecureRandom RANDOM = new SecureRandom();

  private record Token(String machine, Instant expires) {}

  private final Machines machines;
  private final Profiles profiles;
  private final String region;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  private final Map<String, Credentials> credentials = new ConcurrentHashMap<>();
  private final Map<String, String> machinesByKey = new ConcurrentHashMap<>();

  InstanceMetadata(Machines machines, Profiles profiles, String region) {
    this.machines = machines;
    this.profiles = profiles;
    this.region = region;
  }

  /** The machine whose role's credentials these are, or null. */
  Machine owner(String accessKey, String sessionToken) {
    String id = machinesByKey.get(accessKey);
    Credentials known = id == null ? null : credentials.get(id);
    if (known == null || !known.accessKey().equals(accessKey)) {
      return null;
    }
    if (!known.sessionToken().equals(sessionToken)) {
      throw new AwsError(
          403, "InvalidClientTokenId", "The security token included in the request is invalid");
    }
    Machine machine = machines.find(id);
    if (!machine.isRunning()) {
      throw new AwsError(403, "ExpiredToken", "The provided token has expired.");
    }
    return machine;
  }

  /** The role that a machine has now. */
  String role(Machine machine) {
    return machine.profile() == null ? null : profiles.role(machine.profile());
  }

  void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      Machine machine =
          machines.byAddress(exchange.getRemoteAddress().getAddress().getHostAddress());
      if (machine == null) {
        answer(exchange, 403, "");
        return;
      }
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/latest/api/token")) {
        token(exchange, machine);
        return;
      }
      Token token = tokens.get(header(exchange, "X-aws-ec2-metadata-token"));
      boolean valid =
          token != null
              && token.machine().equals(machine.id())
              && Instant.now().isBefore(token.expires());
      if (!valid && (machine.tokensRequired() || token != null)) {
        answer(exchange, 401, "");
        return;
      }
      String text = exchange.getRequestMethod().equals("GET") ? text(machine, path) : null;
      answer(exchange, text == null ? 404 : 200, text == null ? "" : text);
    } catch (AwsError e) {
      answer(exchange, 404, "");
    }
  }

  private void token(HttpExchange exchange, Machine machine) throws IOException {
    String seconds = header(exchange, "X-aws-ec2-metadata-token-ttl-seconds");
    if (!exchange.getRequestMethod().equals("PUT")) {
      answer(exchange, 405, "");
    } else if (!seconds.matches("[0-9]{1,5}")
        || Integer.parseInt(seconds) < 1
        || Integer.parseInt(seconds) > 21_600) {
      answer(exchange, 400, "");
    } else if (!header(exchange, "X-Forwarded-For").isEmpty()) {
      answer(exchange, 403, "");
    } else {
      String token = random(40);
      tokens.put(
          token, new Token(machine.id(), Instant.now().plusSeconds(Integer.parseInt(seconds))));
      exchange.getResponseHeaders().set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", seconds);
      answer(exchange, 200, token);
    }
  }

  private String text(Machine machine, String path) {
    if (path.equals("/latest/user-data")) {
      return machine.userData().length == 0
          ? null
          : new String(machine.userData(), StandardCharsets.UTF_8);
    }
    if (path.equals("/latest/dynamic/instance-identity/document")) {
      var document = new LinkedHashMap<String, Object>();
      document.put("accountId", EmulatedCloud.ACCOUNT);
      document.put("availabilityZone", machine.zone());
      document.put("imageId", machine.ami());
      document.put("instanceId", machine.id());
      document.put("instanceType", machine.type());
      document.put("privateIp", machine.publicIp());
      document.put("region", region);
      return AwsClient.GSON.toJson(document);
    }
    if (!path.startsWith("/latest/meta-data")) {
      return null;
    }
    String item = path.substring("/latest/meta-data".length()).replaceFirst("^/", "");
    if (item.startsWith("iam/")) {
      return iam(machine, item.substring(4));
    }
    if (item.startsWith("tags/instance")) {
      String key = item.substring("tags/instance".length()).replaceFirst("^/", "");
      if (!machine.metadataTags()) {
        return null;
      }
      return key.isEmpty() ? String.join("\n", machine.tags().keySet()) : machine.tags().get(key);
    }
    return switch (item) {
      case "" ->
          "ami-id\nhostname\niam/\ninstance-id\ninstance-type\nlocal-ipv4\nplacement/\n"
              + (machine.isPublic() ? "public-ipv4\n" : "")
              + "tags/";
      case "instance-id" -> machine.id();
      case "instance-type" -> machine.type();
      case "ami-id" -> machine.ami();
      case "placement/region" -> region;
      case "placement/availability-zone" -> machine.zone();
      case "local-ipv4" -> machine.publicIp();
      case "public-ipv4" -> machine.isPublic() ? machine.publicIp() : null;
      case "hostname", "local-hostname" ->
          "ip-" + machine.publicIp().replace('.', '-') + ".ec2.internal";
      default -> null;
    };
  }

  private String iam(Machine machine, String item) {
    String role = role(machine);
    if (role == null) {
      return null;
    }
    if (item.equals("info")) {
      return AwsClient.GSON.toJson(
          Map.of(
              "Code",
              "Success",
              "InstanceProfileArn",
              "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":instance-profile/" + machine.profile()));
    }
    if (item.equals("security-credentials") || item.equals("security-credentials/")) {
      return role;
    }
    if (!item.equals("security-credentials/" + role)) {
      return null;
    }
    Credentials now = credentials(machine);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("Code", "Success");
    answer.put("LastUpdated", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    answer.put("Type", "AWS-HMAC");
    answer.put("AccessKeyId", now.accessKey());
    answer.put("SecretAccessKey", now.secretKey());
    answer.put("Token", now.sessionToken());
    answer.put("Expiration", now.expires().toString());
    return AwsClient.GSON.toJson(answer);
  }

  private Credentials credentials(Machine machine) {
    return credentials.compute(
        machine.id(),
        (id, known) -> {
          if (known != null && known.expires().isAfter(Instant.now().plusSeconds(600))) {
            return known;
          }
          String key = "ASIA" + random(12).toUpperCase().replaceAll("[^A-Z0-9]", "X");
          machinesByKey.put(key, id);
          return new Credentials(
              key,
              random(30),
              random(200),
              Instant.now().plus(6, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS));
        });
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    if (bytes.length > 0) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
