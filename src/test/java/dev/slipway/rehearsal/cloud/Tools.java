package dev.slipway.rehearsal.cloud;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where ./slipway tools put the programs that a rehearsal starts. */
record Tools(Path home) {

  /** Those of this working copy, or of the home that the environment names. */
  static Tools installed() {
    String home = System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway");
    return new Tools(Path.of(home, "tools").toAbsolutePath());
  }

  Path bin() {
    return home.resolve("bin");
  }

  /** The path of one program, which has to be there. */
  Path program(String name) {
    Path program = bin().resolve(name);
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException(
          program + ": is not there; run ./slipway tools all, which installs it");
    }
    return program;
  }

  /** The Python that moto runs in, with what comes with it. */
  Path python() {
    Path python = home.resolve("venv/bin/python");
    if (!Files.isExecutable(python)) {
      throw new IllegalStateException(python + ": is not there; run ./slipway tools python");
    }
    return python;
  }

  /** A PATH with these programs before the machine's own. */
  String searchPath() {
    return bin() + ":" + System.getenv("PATH");
  }
}
