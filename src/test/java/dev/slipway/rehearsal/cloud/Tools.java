package dev.slipway.rehearsal.cloud;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where ./slipway tools put the programs that a rehearsal starts. */
record Tools(Path home) {

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

  /** A PATH with these programs before the machine's own. */
  String searchPath() {
    return bin() + ":" + System.getenv("PATH");
  }
}
