package dev.slipway.core;

/**
 * One thing that is wrong with the settings.
 *
 * @param path where, as in {@code host.instanceType}; empty for the stack file as a whole
 * @param message what was given and what to do
 */
public record Problem(String path, String message) {
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

  @Override
  public String toString() {
    return path.isEmpty() ? message : path + ": " + message;
  }
}
