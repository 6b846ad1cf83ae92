package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One call of AWS's API as it came in: who calls, which service, which operation. */
record Call(
    String method,
    URI uri,
    Headers headers,
    byte[] body,
    String accessKey,
    String sessionToken,
    String service,
    Map<String, String> form,
    String operation) {

  private static final Pattern CREDENTIAL =
      Pattern.compile("Credential=([^/,]+)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request");

  static Call read(HttpExchange exchange) throws IOException {
    Headers headers = exchange.getRequestHeaders();
    URI uri = exchange.getRequestURI();
    byte[] body = exchange.getRequestBody().readAllBytes();
    Map<String, String> query = pairs(uri.getRawQuery());
    String accessKey = "";
    String service = "";
    String token = first(headers, "X-Amz-Security-Token");
    Matcher signed = CREDENTIAL.matcher(first(headers, "Authorization"));
    if (signed.find()) {
      accessKey = signed.group(1);
      service = signed.group(3);
    } else if (query.containsKey("X-Amz-Credential")) {
      String[] scope = query.get("X-Amz-Credential").split("/");
      accessKey = scope[0];
      service = scope.length > 3 ? scope[3] : "";
      token = query.getOrDefault("X-Amz-Security-Token", "");
    }
    boolean isForm = first(headers, "Content-Type").startsWith("application/x-www-form-urlencoded");
    Map<String, String> form = isForm ? pairs(new String(body, StandardCharsets.UTF_8)) : query;
    String target = first(headers, "X-Amz-Target");
    String operation =
        target.isEmpty()
            ? form.getOrDefault("Action", "")
            : target.substring(target.lastIndexOf('.') + 1);
    return new Call(
        exchange.getRequestMethod(),
        uri,
        headers,
        body,
        accessKey,
        token,
        service,
        form,
        operation);
  }

  String header(String name) {
    return first(headers, name);
  }

  Map<String, String> query() {
    return pairs(uri.getRawQuery());
  }

  /** The values of EC2's numbered parameters, e.g. {@code InstanceId.1}. */
  Collection<String> numbered(String name) {
    var values = new LinkedHashMap<Integer, String>();
    form.forEach(
        (key, value) -> {
          if (key.matches(Pattern.quote(name) + "\\.[0-9]+")) {
            values.put(Integer.parseInt(key.substring(name.length() + 1)), value);
          }
        });
    return values.values();
  }

  boolean isJson() {
    return header("Content-Type").contains("json");
  }

  private static String first(Headers headers, String name) {
    String value = headers.getFirst(name);
    return value == null ? "" : value;
  }

  private static Map<String, String> pairs(String text) {
    var pairs = new LinkedHashMap<String, String>();
    if (text == null || text.isEmpty()) {
      return pairs;
    }
    for (String pair : text.split("&")) {
      int equals = pair.indexOf('=');
      String key = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      pairs.put(
          URLDecoder.decode(key, StandardCharsets.UTF_8),
          URLDecoder.decode(value, StandardCharsets.UTF_8));
    }
    return pairs;
  }
}
