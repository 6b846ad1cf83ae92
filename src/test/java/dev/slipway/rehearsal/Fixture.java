package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the steps of every rehearsal work with: the cloud, a copy of the project, the scripts. */
final class Fixture {

  /**
   * What a script says, but for what the engine says of each resource and of debuggers, and for one
   * patch's talk.
   */
  private static final Pattern NOISE =
      Pattern.compile(
          " of 600 has its priority|^ [-+~]  |^@ |^ +pulumi:pulumi:Stack |unable to start debugging");

  private final Options options;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private final Path project;
  private final Map<String, String> environment;
  private final StringBuffer printed = new StringBuffer();

  Fixture(Options options, EmulatedCloud cloud, Diary diary) throws IOException {
    this.options = options;
    this.cloud = cloud;
    this.diary = diary;
    project = cloud.directory().resolve("project");
    environment = new HashMap<>(cloud.environment());
    environment.put("SLIPWAY_PROJECT", project.toString());
    Files.createDirectories(project);
    Files.writeString(
        project.resolve("Pulumi.yaml"),
        """
        name: slipway
        description: A copy for the rehearsal, on the jar that is already built
        runtime:
          name: java
          options:
            binary: target/slipway.jar
        """);
    for (String shared : List.of("target", "scripts")) {
      Files.createSymbolicLink(project.resolve(shared), options.repository().resolve(shared));
    }
    takeSettings(options.stack());
  }

  /** Copies a stack's file into the project, where a rehearsal can change it. */
  void takeSettings(String name) throws IOException {
    String file = "Pulumi." + name + ".yaml";
    Files.copy(options.repository().resolve(file), project.resolve(file));
  }

  Options options() {
    return options;
  }

  /** The stack that is rehearsed. */
  String stack() {
    return options.stack();
  }

  EmulatedCloud cloud() {
    return cloud;
  }

  Diary diary() {
    return diary;
  }

  /** The copy of the project: its stack files are the rehearsal's own. */
  Path project() {
    return project;
  }

  /** What a person has in the environment who works in this account. */
  Map<String, String> environment() {
    return environment;
  }

  /** Runs programs in the repository, as that person would. */
  Shell scripts() {
    return new Shell(options.repository(), environment);
  }

  /** What all the scripts have printed. */
  String printed() {
    return printed.toString();
  }

  /** Keeps what a program has printed, for whoever looks for secrets in it. */
  void keep(String output) {
    printed.append(output);
  }

  /** Plans the stack, with no engine and no account. */
  void plan() {
    Shell.Result result =
        scripts().run(Duration.ofMinutes(1), "./scripts/plan.sh", stack(), "--json");
    diary.check(result.ok(), "plan.sh exits 0", result.tail());
    JsonObject plan = JsonParser.parseString(result.printed()).getAsJsonObject();
    diary.note(plan.getAsJsonArray("resources").size() + " resources planned");
    diary.note(
        "cost " + plan.get("cost").toString().replaceAll("\\s+", " ").transform(Texts::brief));
  }

  /** Runs a script, shows what it says, and notes how it ended. */
  Shell.Result run(Duration limit, String... command) {
    return run(Map.of(), limit, command);
  }

  /**
   * The same in another environment.
   *
   * @param more variables on top of the person's own; one that is null is taken away
   */
  Shell.Result run(Map<String, String> more, Duration limit, String... command) {
    Instant start = Instant.now();
    var all = new HashMap<>(environment);
    all.putAll(more);
    Shell.Result result = new Shell(options.repository(), all).run(limit, this::echo, command);
    printed.append(result.output());
    diary.note(
        String.join(" ", command).transform(Texts::brief)
            + ": exit "
            + result.exit()
            + " after "
            + Duration.between(start, Instant.now()).toSeconds()
            + " s");
    return result;
  }

  private void echo(String line) {
    if (!line.isBlank() && !NOISE.matcher(line).find()) {
      diary.echo(line);
    }
  }

  /** Brings a secret as a person does: its value goes by standard input. */
  void setSecret(String name, String value) throws IOException, InterruptedException {
    var builder =
        new ProcessBuilder("./scripts/secret.sh", "set", options.stack(), name)
            .directory(options.repository().toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    try (var in = process.getOutputStream()) {
      in.write(value.getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    keep(output);
    if (process.waitFor() != 0) {
      throw new Diary.Broken("secret.sh set " + name + ": " + output);
    }
  }

  /** Says what was real, what was emulated and what was a record only. */
  void honesty(String real, String unproven) {
    diary.paragraph("Real", real);
    if (options.awsPlugin() != null) {
      diary.paragraph("Plugin", options.awsPlugin().caveat());
    }
    diary.paragraph("Emulated", "AWS's interfaces: " + types(cloud.emulatedForReal()));
    diary.paragraph("Records", "checked, and without effect: " + types(cloud.recordsOnly()));
    diary.paragraph("Unproven", unproven);
  }

  /** {@code aws:s3/bucketV2:BucketV2} is known by its last part. */
  private static String types(List<String> tokens) {
    return tokens.stream()
        .map(token -> token.startsWith("aws:") ? token.replaceFirst(".*:", "") : token)
        .sorted()
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /**
   * Waits for Enter, while a file holds what a second terminal needs.
   *
   * @param more variables on top of the person's own
   * @param look how to look at it, one line for each way
   */
  void keep(Map<String, String> more, String look) throws IOException {
    Path file = options.home().resolve("rehearsal").resolve("kept.env");
    var values = new LinkedHashMap<>(environment);
    values.putAll(more);
    var lines = new StringBuilder();
    values.forEach(
        (name, value) ->
            lines.append("export %s='%s'%n".formatted(name, value.replace("'", "'\\''"))));
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, lines);
    try {
      System.out.printf("%nKept, until Enter is pressed here:%n%s", look);
      System.out.printf("  . %s      (in another terminal)%n", file);
      System.in.read();
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
