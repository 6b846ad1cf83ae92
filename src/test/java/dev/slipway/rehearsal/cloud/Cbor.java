package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;

/**
 * Reads one text out of a CBOR map, which is how the newest clients talk to CloudWatch (RFC 8949).
 */
final class Cbor {
  private final byte[] bytes;
  private int at;

  private Cbor(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The text under a key of the outermost map, or an empty one. */
  static String text(byte[] bytes, String key) {
    var reader = new Cbor(bytes);
    try {
      int head = reader.bytes[reader.at] & 0xff;
      if (head >> 5 != 5) {
        return "";
      }
      long pairs = reader.length();
      for (long pair = 0; pairs < 0 || pair < pairs; pair++) {
        if ((reader.bytes[reader.at] & 0xff) == 0xff) {
          return "";
        }
        String name = reader.string();
        if (name.equals(key)) {
          return reader.string();
        }
        reader.skip();
      }
    } catch (IndexOutOfBoundsException e) {
      return "";
    }
    return "";
  }

  /** The length in a head, or -1 for "until a break". */
  private long length() {
    int low = bytes[at++] & 0x1f;
    if (low < 24) {
      return low;
    }
    if (low == 31) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < 1 << (low - 24); i++) {
      value = value << 8 | bytes[at++] & 0xff;
    }
    return value;
  }

  private String string() {
    int type = (bytes[at] & 0xff) >> 5;
    if (type != 3) {
      skip();
      return "";
    }
    long length = length();
    if (length >= 0) {
      var text = new String(bytes, at, (int) length, StandardCharsets.UTF_8);
      at += (int) length;
      return text;
    }
    var text = new StringBuilder();
    while ((bytes[at] & 0xff) != 0xff) {
      text.append(string());
    }
    at++;
    return text.toString();
  }

  private void skip() {
    int type = (bytes[at] & 0xff) >> 5;
    switch (type) {
      case 0, 1 -> length();
      case 2 -> {
        long length = length();
        if (length >= 0) {
          at += (int) length;
        } else {
          skipToBreak();
        }
      }
      case 3 -> string();
      case 4, 5 -> {
        long items = length();
        if (items < 0) {
          skipToBreak();
        } else {
          for (long i = 0; i < items * (type - 3); i++) {
            skip();
          }
        }
      }
      case 6 -> {
        length();
        skip();
      }
      default -> length();
    }
  }

  private void skipToBreak() {
    while ((bytes[at] & 0xff) != 0xff) {
      skip();
    }
    at++;
  }
}
