package dev.slipway.core;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image, as Docker itself prints it: without {@code docker.io/} and {@code
 * library/}, and without a tag where there is a digest, which Docker ignores then.
 *
 * <p>Docker takes several names for one image and shows one of them. What compares names must have
 * that one. The grammar is that of the <a
 * href="https://github.com/distribution/reference">distribution project</a>, but for capital
 * letters in a registry's name, which is compared as it is written. The host's {@code
 * image_familiar} in {@code lib/images.sh} does the same; both are held to the same table by tests.
 *
 * @param repository the registry, where it is not Docker Hub, and the path
 * @param tag what follows a colon; none where there is a digest
 * @param digest what follows an at sign
 */
public record ImageName(String repository, Optional<String> tag, Optional<String> digest) {
  private static final String PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  private static final Pattern PATH = Pattern.compile(PART + "(?:/" + PART + ")*");
  private static final Pattern REGISTRY =
      Pattern.compile(LABEL + "(?:\\." + LABEL + ")*(?::[0-9]{1,5})?");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
  private static final int LONGEST = 255;

  /** What hosts build, and the tags by which they keep images for a way back (images.sh). */
  private static final String OF_HOSTS = "slipway/";

  /** The name, or what is wrong with it as a sentence about it. */
  public record Read(Optional<ImageName> name, String problem) {}

  /** Reads a name. */
  public static Read read(String given) {
    if (given.isEmpty()) {
      return wrong("is empty");
    }
    if (given.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      return wrong("has a blank, or a letter that no image's name has");
    }
    if (given.contains("://")) {
      return wrong("is an address and not an image's name; leave out what is before the registry");
    }
    var rest = given;
    Optional<String> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      digest = Optional.of(rest.substring(at + 1));
      rest = rest.substring(0, at);
      if (!DIGEST.matcher(digest.get()).matches()) {
        return wrong("has a digest that is not sha256: and 64 of 0-9 and a-f");
      }
    }
    Optional<String> tag = Optional.empty();
    // A colon before the last slash is that of a registry's port.
    int colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
    if (colon >= 0) {
      tag = Optional.of(rest.substring(colon + 1));
      rest = rest.substring(0, colon);
      if (!TAG.matcher(tag.get()).matches()) {
        return wrong("has a tag that is not up to 128 letters, digits and _.-");
      }
    }
    if (!rest.equals(rest.toLowerCase(java.util.Locale.ROOT))) {
      return wrong("has capital letters, which a registry takes in tags alone");
    }
    var registry = "";
    var path = rest;
    int slash = rest.indexOf('/');
    if (slash >= 0) {
      var first = rest.substring(0, slash);
      if (first.contains(".") || first.contains(":") || first.equals("localhost")) {
        registry = first;
        path = rest.substring(slash + 1);
        if (!REGISTRY.matcher(registry).matches()) {
          return wrong("has a registry that is not an address, such as registry.example.com:5000");
        }
      }
    }
    if (!PATH.matcher(path).matches()) {
      return wrong("is not the name of an image, such as registry.example.com:5000/team/app");
    }
    if (registry.isEmpty() && path.matches("[0-9a-f]{64}")) {
      return wrong("is an image's id and not its name");
    }
    if (registry.equals("docker.io") || registry.equals("index.docker.io")) {
      registry = "";
    }
    if (registry.isEmpty() && path.matches("library/[^/]+")) {
      path = path.substring("library/".length());
    }
    var repository = registry.isEmpty() ? path : registry + "/" + path;
    if (repository.length() > LONGEST) {
      return wrong("is longer than " + LONGEST + " characters");
    }
    return new Read(
        Optional.of(new ImageName(repository, digest.isPresent() ? Optional.empty() : tag, digest)),
        "");
  }

  private static Read wrong(String problem) {
    return new Read(Optional.empty(), problem);
  }

  /** The repository of a name that has neither tag nor digest; else the name as it was given. */
  public static String repository(String given) {
    return read(given).name().map(ImageName::repository).orElse(given);
  }

  /** The name as Docker prints it; else the name as it was given. */
  public static String normal(String given) {
    return read(given).name().map(ImageName::toString).orElse(given);
  }

  /** What is wrong with the name of a repository, as a sentence about it, if anything is. */
  public static Optional<String> problemWithRepository(String given) {
    var read = read(given);
    if (read.name().isEmpty()) {
      return Optional.of("\"" + given + "\" " + read.problem());
    }
    if (read.name().get().repository().startsWith(OF_HOSTS)) {
      return Optional.of(
          "\""
              + given
              + "\" is what hosts call images of their own, which begin with "
              + OF_HOSTS
              + "; use a registry, or another name");
    }
    return given.contains("@") || read.name().get().tag().isPresent()
        ? Optional.of(
            "\""
                + given
                + "\" has a tag or digest; here is the image's name alone, and the release says"
                + " which one of its images")
        : Optional.empty();
  }

  /** What is wrong with a name that must say which image of its repository it is. */
  public static Optional<String> problemWithImage(String given) {
    var read = read(given);
    if (read.name().isEmpty()) {
      return Optional.of("\"" + given + "\" " + read.problem());
    }
    return read.name().get().tag().isEmpty() && read.name().get().digest().isEmpty()
        ? Optional.of("\"" + given + "\" has neither a tag nor a digest")
        : Optional.empty();
  }

  @Override
  public String toString() {
    return repository
        + tag.map(text -> ":" + text).orElse("")
        + digest.map(text -> "@" + text).orElse("");
  }
}
