package dev.slipway.rehearsal.cloud;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** A machine that no container stands behind, and calls that nobody made. */
final class Samples {
  private Samples() {}

  static Machine machine(Machines machines, String id, String zone, String profile) {
    return new Machine(
        machines,
        "slipway-" + id,
        new Machine.Launch(
            id,
            "t3.medium",
            "ami-1",
            zone,
            "192.0.2.1",
            true,
            profile,
            new byte[0],
            1,
            true,
            false,
            false,
            Map.of("System", "erpnext")));
  }

  static Call json(String service, String operation, String body) {
    var headers = new Headers();
    headers.set("Content-Type", "application/x-amz-json-1.1");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new Call("POST", URI.create("/"), headers, bytes, "", "", service, Map.of(), operation);
  }

  /** A call whose parameters are a form, in pairs of name and value. */
  static Call query(String service, String operation, String... parameters) {
    var form = new TreeMap<String, String>();
    for (int i = 0; i < parameters.length; i += 2) {
      form.put(parameters[i], parameters[i + 1]);
    }
    return new Call(
        "POST", URI.create("/"), new Headers(), new byte[0], "", "", service, form, operation);
  }

  static Call s3(String method, String path, String... headers) {
    var all = new Headers();
    for (int i = 0; i < headers.length; i += 2) {
      all.set(headers[i], headers[i + 1]);
    }
    return new Call(method, URI.create(path), all, new byte[0], "", "", "s3", Map.of(), "");
  }
}
