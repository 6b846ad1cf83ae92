package dev.slipway.core;

/**
 * One thing that is wrong with the settings.
 *
 * @param path where, as in {@code host.instanceType}; empty for the stack file as a whole
 * @param message what was given and what to do
 */
public record Problem(String path, String message) {
  private static final int LONGEST = 1000;

  /** The same problem seen from the record around it. */
  Problem under(String parent) {
    if (parent.isEmpty()) {
      return this;
    }
    if (path.isEmpty()) {
      return new Problem(parent, message);
    }
    return new Problem(path.startsWith("[") ? parent + path : parent + "." + path, message);
  }

  /** What it says, on one line that shows what can't be seen, and of a length to read. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    (path.isEmpty() ? message : path + ": " + message)
        .codePoints()
        .limit(LONGEST)
        .forEach(
            c -> {
              switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE ->
                    text.append("\\u%04x".formatted(c));
                default -> text.appendCodePoint(c);
              }
            });
    return path.length() + message.length() > LONGEST ? text + "…" : text.toString();
  }
}
