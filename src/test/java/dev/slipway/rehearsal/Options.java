package dev.slipway.rehearsal;

import dev.slipway.rehearsal.cloud.AwsPlugin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What the person asked of the rehearsal, from the command line. */
record Options(
    String stack,
    boolean keep,
    boolean all,
    String only,
    Images images,
    Path frappeDocker,
    String frappeDockerOrigin,
    AwsPlugin awsPlugin,
    Path repository,
    Path home) {

  /** Which images stand behind the names in the Compose files. */
  enum Images {
    REAL,
    STAND_IN
  }

  static Options parse(String... arguments) {
    var problems = new ArrayList<String>();
    String stack = null;
    boolean keep = false;
    boolean all = false;
    String only = null;
    var images = Images.STAND_IN;
    Path frappeDocker = null;
    String origin = "";
    AwsPlugin awsPlugin = null;
    Path repository = Path.of("").toAbsolutePath();
    Path home = repository.resolve(".slipway");
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("--keep")) {
        keep = true;
      } else if (argument.equals("--all")) {
        all = true;
      } else if (argument.startsWith("--")) {
        if (i + 1 == arguments.length) {
          problems.add(argument + ": needs a value");
          continue;
        }
        String value = arguments[++i];
        switch (argument) {
          case "--only" -> only = value;
          case "--images" -> {
            if (!Set.of("real", "stand-in").contains(value)) {
              problems.add("--images: \"" + value + "\" is neither \"real\" nor \"stand-in\"");
            } else {
              images = value.equals("real") ? Images.REAL : Images.STAND_IN;
            }
          }
          case "--frappe-docker" -> frappeDocker = Path.of(value).toAbsolutePath();
          case "--frappe-docker-origin" -> origin = value;
          case "--aws-plugin" -> {
            try {
              awsPlugin = new AwsPlugin(Path.of(value));
            } catch (IllegalArgumentException e) {
              problems.add(e.getMessage());
            }
          }
          case "--repository" -> repository = Path.of(value).toAbsolutePath();
          case "--home" -> home = Path.of(value).toAbsolutePath();
          default -> problems.add(argument + ": is not an option of the rehearsal");
        }
      } else if (stack == null) {
        stack = argument;
      } else {
        problems.add("\"" + argument + "\": one stack at a time; \"" + stack + "\" came first");
      }
    }
    if (all && only != null) {
      problems.add("--all and --only exclude each other");
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", problems));
    }
    return new Options(
        stack == null ? "staging" : stack,
        keep,
        all,
        only,
        images,
        frappeDocker,
        origin,
        awsPlugin,
        repository,
        home);
  }

  /** Refuses a plugin where there are hosts, which the rehearsal's own provider makes. */
  void checkPlugin(Suite<?> suite) {
    if (awsPlugin != null && suite.hosts()) {
      throw new IllegalArgumentException(
          "--aws-plugin: \""
              + stack
              + "\" has hosts, which no plugin makes here; give a stack without, e.g. foundation");
    }
  }

  void needFrappeDocker() {
    if (frappeDocker == null) {
      throw new IllegalArgumentException(
          "--frappe-docker: is missing; give a checkout of frappe_docker");
    }
  }

  /** The steps to run: the usual ones, all, or those that were asked for. */
  List<String> steps(Suite<?> suite) {
    if (only == null) {
      return all ? suite.names() : suite.usualNames();
    }
    List<String> wanted = List.of(only.split(","));
    if (!suite.names().containsAll(wanted)) {
      throw new IllegalArgumentException(
          "--only: \"" + only + "\" is no step; there are " + String.join(", ", suite.names()));
    }
    return wanted;
  }

  /** The steps that nobody asked for, and that only who asks for them gets. */
  List<String> leftOut(Suite<?> suite) {
    List<String> wanted = steps(suite);
    return only != null
        ? List.of()
        : suite.names().stream().filter(step -> !wanted.contains(step)).toList();
  }
}
