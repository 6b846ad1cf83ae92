package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The answer to a call of AWS's API. */
record Reply(int status, Map<String, String> headers, byte[] body) {

  static Reply json(int status, Map<String, String> headers, String body) {
    return new Reply(status, headers, body.getBytes(StandardCharsets.UTF_8));
  }
}
