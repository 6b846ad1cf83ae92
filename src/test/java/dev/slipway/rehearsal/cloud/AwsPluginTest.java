package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A plugin that the real engine starts by itself, in front of moto. */
@Tag("engine")
@Timeout(300)
class AwsPluginTest {

  @TempDir Path folder;
  private final Tools tools = Tools.installed();
  private Children children;
  private AwsClient aws;
  private AwsPlugin plugin;
  private Map<String, String> environment;

  @BeforeEach
  void start() throws Exception {
    children = new Children(folder);
    var moto = Moto.start(tools, folder, children);
    aws = new AwsClient(moto.address(), "us-east-1");
    plugin = new AwsPlugin(standIn());
    environment =
        Map.of(
            "AWS_ENDPOINT_URL",
            moto.address().toString(),
            "AWS_REGION",
            "us-east-1",
            "PATH",
            tools.searchPath(),
            "PULUMI_BACKEND_URL",
            "file://" + Files.createDirectories(folder.resolve("state")),
            "PULUMI_CONFIG_PASSPHRASE",
            "none",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
            "true",
            "PULUMI_HOME",
            folder.resolve("home").toString(),
            "PULUMI_SKIP_UPDATE_CHECK",
            "true");
    Files.writeString(
        folder.resolve("Pulumi.yaml"),
        "name: tiny\nruntime: {name: java, options: {binary: program.jar}}\n");
    program(folder.resolve("program.jar"));
    assertThat(pulumi("stack", "init", "dev").exit()).isZero();
  }

  @AfterEach
  void end() {
    children.close();
  }

  /** A program as Pulumi's own is one, which leaves a trace of its start. */
  private Path standIn() throws IOException {
    Path program = folder.resolve("stand-in");
    Files.createFile(
        program,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    return Files.writeString(
        program,
        """
        #!/bin/sh
        echo started >>'%s'
        exec '%s' -cp '%s' %s "$@"
        """
            .formatted(
                folder.resolve("starts"),
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                StandInPlugin.class.getName()));
  }

  /** The program as Pulumi's Java host starts it, with the tests' own class path. */
  private static void program(Path jar) throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, StandInProgram.class.getName());
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    // The manifest is all.
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  private Result pulumi(String... words) {
    var command = new java.util.ArrayList<>(List.of("env", "-i", "-C", folder.toString()));
    environment.forEach((name, value) -> command.add(name + "=" + value));
    command.add(tools.program("pulumi").toString());
    command.addAll(List.of(words));
    return Programs.run(Duration.ofSeconds(120), null, command);
  }

  private boolean hasBucket() {
    try {
      aws.rest("s3", "HEAD", "/" + StandInProgram.BUCKET, Map.of(), null);
      return true;
    } catch (AwsError e) {
      return false;
    }
  }

  @Test
  void theEngineStartsItAndItCallsTheEmulatedAccount() throws Exception {
    plugin.install(folder.resolve("home"));

    Result up = pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive");
    assertThat(up.exit()).as(up.output()).isZero();
    assertThat(hasBucket()).isTrue();

    Result down =
        pulumi("destroy", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive");
    assertThat(down.exit()).as(down.output()).isZero();
    assertThat(hasBucket()).isFalse();
    assertThat(Files.readAllLines(folder.resolve("starts"))).hasSizeGreaterThan(1);
  }

  @Test
  void withoutItTheEngineHasNoProviderAndGetsNone() {
    Result up = pulumi("up", "--stack", "dev", "--yes", "--skip-preview", "--non-interactive");

    assertThat(up.exit()).isNotZero();
    assertThat(up.output()).contains("aws");
    assertThat(hasBucket()).isFalse();
  }

  @Test
  void whatIsNoProgramIsRefused() {
    assertThatThrownBy(() -> new AwsPlugin(folder.resolve("missing")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--aws-plugin", "missing");
  }
}
