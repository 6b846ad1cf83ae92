package dev.slipway.rehearsal.cloud;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Speaks AWS's three protocols (query, JSON, REST) to moto, as the account's owner.
 *
 * <p>The signature is not computed: moto reads region and service from the header and trusts the
 * rest.
 */
final class AwsClient {

  static final Gson GSON =
      new GsonBuilder()
          .disableHtmlEscaping()
          .serializeNulls()
          .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
          .create();

  /** The versions that the query protocol wants in every call. */
  private static final Map<String, String> QUERY_VERSIONS =
      Map.of(
          "ec2", "2016-11-15",
          "iam", "2010-05-08",
          "sts", "2011-06-15",
          "sns", "2010-03-31",
          "monitoring", "2010-08-01",
          "rds", "2014-10-31",
          "elasticache", "2015-02-02",
          "elasticloadbalancing", "2015-12-01",
          "autoscaling", "2011-01-01");

  /** The calls of one service that speaks the query protocol. */
  record Query(AwsClient aws, String service) {

    Xml call(String action, Object... keysAndValues) {
      return call(action, Fields.of(keysAndValues));
    }

    Xml call(String action, Map<String, ?> fields) {
      return aws.query(service, action, fields);
    }
  }

  /**
   * The calls of one service that speaks JSON.
   *
   * @param interfaceName what stands before an operation, e.g. {@code AmazonSSM}
   */
  record Json(AwsClient aws, String service, String interfaceName) {

    Map<String, Object> call(String operation, Object... keysAndValues) {
      return call(operation, Fields.of(keysAndValues));
    }

    Map<String, Object> call(String operation, Fields fields) {
      return aws.json(service, interfaceName + "." + operation, fields);
    }
  }

  private final URI moto;
  private final String region;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  AwsClient(URI moto, String region) {
    this.moto = moto;
    this.region = region;
  }

  /** The ARN of a thing of the account's, in its region. */
  String arn(String service, String rest) {
    return "arn:aws:" + service + ":" + region() + ":" + EmulatedCloud.ACCOUNT + ":" + rest;
  }

  String region() {
    return region;
  }

  /** EC2, IAM, STS, SNS, CloudWatch: a form in, with lists numbered, XML out. */
  Xml query(String service, String action, Map<String, ?> parameters) {
    var form = new TreeMap<String, String>();
    parameters.forEach(
        (key, value) -> {
          if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
              form.put(key + "." + (i + 1), String.valueOf(list.get(i)));
            }
          } else if (value != null) {
            form.put(key, String.valueOf(value));
          }
        });
    form.put("Action", action);
    form.put("Version", QUERY_VERSIONS.get(service));
    var body = new StringBuilder();
    form.forEach(
        (key, value) -> {
          body.append(body.isEmpty() ? "" : "&").append(encode(key)).append('=');
          body.append(encode(value));
        });
    HttpResponse<byte[]> answer =
        send(
            service,
            "POST",
            "/",
            Map.of("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            body.toString().getBytes(StandardCharsets.UTF_8));
    if (answer.statusCode() >= 300) {
      throw xmlError(service.toUpperCase() + ": " + action, answer);
    }
    return Xml.parse(answer.body());
  }

  /** SSM, KMS, Logs, Secrets Manager: {@code target} is e.g. {@code AmazonSSM.GetParameter}. */
  Map<String, Object> json(String service, String target, Map<String, Object> body) {
    HttpResponse<byte[]> answer =
        send(
            service,
            "POST",
            "/",
            Map.of("Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", target),
            GSON.toJson(body).getBytes(StandardCharsets.UTF_8));
    if (answer.statusCode() >= 300) {
      throw jsonError(service.toUpperCase() + ": " + target.replaceFirst(".*\\.", ""), answer);
    }
    return object(answer.body());
  }

  /** S3 and Route 53: a path, headers and bytes. */
  HttpResponse<byte[]> rest(
      String service, String method, String path, Map<String, String> headers, byte[] body) {
    HttpResponse<byte[]> answer = send(service, method, path, headers, body);
    if (answer.statusCode() >= 300) {
      throw xmlError(service.toUpperCase() + ": " + method + " " + path, answer);
    }
    return answer;
  }

  /** Lambda and Scheduler: a path, and JSON both ways; {@code body} is null where there is none. */
  Map<String, Object> restJson(String service, String method, String path, Map<String, ?> body) {
    byte[] sent = body == null ? new byte[0] : GSON.toJson(body).getBytes(StandardCharsets.UTF_8);
    HttpResponse<byte[]> answer =
        send(service, method, path, Map.of("Content-Type", "application/json"), sent);
    if (answer.statusCode() >= 300) {
      throw jsonError(service.toUpperCase() + ": " + method + " " + path, answer);
    }
    return object(answer.body());
  }

  private HttpResponse<byte[]> send(
      String service, String method, String path, Map<String, String> headers, byte[] body) {
    var request =
        HttpRequest.newBuilder(moto.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", authorization(service))
            .method(
                method,
                body == null || body.length == 0 && !method.equals("PUT") && !method.equals("POST")
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::header);
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new IllegalStateException("moto does not answer at " + moto + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private String authorization(String service) {
    String day = LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.BASIC_ISO_DATE);
    return "AWS4-HMAC-SHA256 Credential=AKIASLIPWAYACCOUNT/"
        + day
        + "/"
        + region
        + "/"
        + service
        + "/aws4_request, SignedHeaders=host, Signature=0";
  }

  private static AwsError xmlError(String operation, HttpResponse<byte[]> answer) {
    try {
      Xml xml = Xml.parse(answer.body());
      String code = xml.name().equals("Error") ? xml.text("Code") : xml.need("Code");
      String message =
          xml.name().equals("Error")
              ? xml.text("Message")
              : xml.anywhere("Message").map(Xml::text).orElse("");
      return new AwsError(operation, answer.statusCode(), code, message);
    } catch (IllegalStateException e) {
      return new AwsError(
          operation, answer.statusCode(), "HTTP " + answer.statusCode(), text(answer));
    }
  }

  private static AwsError jsonError(String operation, HttpResponse<byte[]> answer) {
    try {
      Map<String, Object> error = object(answer.body());
      String code =
          answer
              .headers()
              .firstValue("x-amzn-errortype")
              .orElseGet(() -> String.valueOf(error.getOrDefault("__type", error.get("code"))))
              .replaceFirst(".*#", "");
      Object message = error.getOrDefault("message", error.get("Message"));
      return new AwsError(operation, answer.statusCode(), code, String.valueOf(message));
    } catch (RuntimeException e) {
      return new AwsError(
          operation, answer.statusCode(), "HTTP " + answer.statusCode(), text(answer));
    }
  }

  private static String text(HttpResponse<byte[]> answer) {
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    return text.length() > 500 ? text.substring(0, 500) + "…" : text;
  }

  static Map<String, Object> object(byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    Map<String, Object> read =
        GSON.fromJson(text, new TypeToken<LinkedHashMap<String, Object>>() {}.getType());
    return read == null ? new LinkedHashMap<>() : read;
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A path of S3: each part is encoded, the slashes stay. */
  static String encodePath(String path) {
    return encode(path).replace("%2F", "/");
  }
}
