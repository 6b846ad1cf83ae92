package dev.slipway.rehearsal.cloud;

import com.pulumi.aws.Utilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Pulumi's plugin for AWS in the place of the rehearsal's own provider: the engine starts it, and
 * it calls the emulated account as it would call AWS.
 *
 * <p>Tested with a stand-in that is started in the same way; it has not been seen with Pulumi's
 * own.
 */
public record AwsPlugin(Path program) {

  /**
   * @throws IllegalArgumentException where there is no such program
   */
  public AwsPlugin {
    program = program.toAbsolutePath();
    if (!Files.isRegularFile(program) || !Files.isExecutable(program)) {
      throw new IllegalArgumentException(
          "--aws-plugin: \"" + program + "\" is no program; give Pulumi's pulumi-resource-aws");
    }
  }

  /** The version that the program asks the engine for, which is the SDK's. */
  static String version() {
    return Utilities.getVersion();
  }

  /** Puts it where the engine looks for plugins. */
  void install(Path pulumiHome) throws IOException {
    Path folder =
        Files.createDirectories(
            pulumiHome.resolve("plugins").resolve("resource-aws-v" + version()));
    Files.createSymbolicLink(folder.resolve("pulumi-resource-aws"), program);
  }

  /** What has to be known of a rehearsal with it. */
  public String caveat() {
    return program
        + " made the resources, started by the engine as a plugin. This way was tested with a"
        + " stand-in; it has not been seen with Pulumi's own plugin";
  }
}
