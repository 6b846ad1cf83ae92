package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The AWS CLI for what runs on this machine, kept loaded: a rehearsal makes so many calls that most
 * of its time would go into starting it.
 */
final class LoadedCli {
  private static final String PROGRAMS =
      "src/test/resources/dev/slipway/rehearsal/images/machine/root/usr/local/lib/aws-cli";

  private LoadedCli() {}

  /** Gives the folder with the program, for a PATH. */
  static Path start(Tools tools, Path repository, Path directory, Children children)
      throws IOException {
    Path python = tools.home().resolve("venv/bin/python");
    Path programs = repository.resolve(PROGRAMS);
    Path socket = directory.resolve("aws.sock");
    children.start(
        new ProcessBuilder(
            python.toString(),
            "-X",
            "utf8",
            programs.resolve("server.py").toString(),
            socket.toString()),
        directory.resolve("aws-cli.log"));
    Path folder = Files.createDirectories(directory.resolve("bin"));
    Path program = folder.resolve("aws");
    Files.writeString(
        program,
        "#!/bin/sh\nexec '%s' -ISE '%s' '%s' '%s' \"$@\"\n"
            .formatted(python, programs.resolve("client.py"), socket, tools.program("aws")));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return folder;
  }
}
