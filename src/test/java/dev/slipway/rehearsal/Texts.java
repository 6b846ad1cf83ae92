package dev.slipway.rehearsal;

/** Small helpers for lines that a person reads. */
final class Texts {
  private Texts() {}

  /** At most 120 characters, cut with an ellipsis, on one line. */
  static String brief(String text) {
    String line = text.replace('\n', ' ');
    return line.length() <= 120 ? line : line.substring(0, 119) + "…";
  }
}
