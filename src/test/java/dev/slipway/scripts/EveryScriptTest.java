package dev.slipway.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.StackReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every script in scripts/ says to words that it can't take, and where what it needs isn't
 * there.
 *
 * <p>Each runs in a checkout whose path has a space, a quote and a letter beyond ASCII, from
 * another folder, without HOME, and with no program on PATH but those of any Linux. Scripts are
 * found by listing, so that a new one is looked at too.
 */
class EveryScriptTest {
  private static final int LIMIT_SECONDS = 120;

  /** What any Linux has, and git and jq. */
  private static final List<String> PROGRAMS =
      List.of(
          ("awk base64 basename bash cat chmod cksum cmp comm cp cut date diff dirname env expr find flock"
                  + " getconf git grep head id jq join kill ln ls mkdir mktemp mv nproc od paste printf ps"
                  + " readlink realpath rm sed seq setpriv setsid sh sha256sum sleep sort stat tail tar tee"
                  + " timeout touch tr true uname uniq wc xargs")
              .split(" "));

  /** What bash, Java, Python and the AWS CLI say that nobody should have to read. */
  private static final Pattern RAW =
      Pattern.compile(
          "unbound variable|: line \\d+:|command not found|syntax error|bad substitution|Traceback"
              + "|^\\s+at [a-z]|Exception in|cannot create|cannot open|ambiguous redirect"
              + "|aws configure|bad array subscript",
          Pattern.MULTILINE);

  private static final Pattern FIRST = Pattern.compile("(?s)[a-z-]+\\.(sh|py): \\S.*");

  @TempDir Path temporary;
  private Path checkout;
  private Path elsewhere;

  @BeforeEach
  void aCheckout() throws IOException {
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    checkout = temporary.resolve("Zoë's checkout");
    elsewhere = Files.createDirectories(temporary.resolve("elsewhere"));
    Files.createDirectories(temporary.resolve("tmp"));
    for (var part :
        List.of(
            "scripts",
            ".github/rulesets.json",
            "pom.xml",
            "Pulumi.yaml",
            "src/main/java/dev/slipway/stackfile",
            "src/main/java/dev/slipway/core/Reasons.java",
            "src/main/resources/dev/slipway/system",
            "src/test/java/dev/slipway/rehearsal",
            "src/test/resources/dev/slipway/rehearsal")) {
      copy(Path.of(part), checkout.resolve(part));
    }
    try (var files = Files.newDirectoryStream(Path.of(""), "Pulumi.*.yaml")) {
      for (var file : files) {
        Files.copy(file, checkout.resolve(file.getFileName()));
      }
    }
    // A stack that was bootstrapped.
    Files.writeString(
        checkout.resolve("Pulumi.ready.yaml"),
        "secretsprovider: awskms://alias/slipway?region=us-east-1\nencryptedkey: AAAA\n"
            + Files.readString(Path.of("Pulumi.staging.yaml")));
    // What the stack files say is known here, so that no JDK is needed to read them.
    copy(
        StackReader.read(checkout, checkout.resolve("scripts")),
        checkout.resolve(".slipway/reader"));
    var bin = Files.createDirectories(temporary.resolve("bin"));
    for (var program : PROGRAMS) {
      for (var folder : System.getenv("PATH").split(":")) {
        var found = Path.of(folder, program);
        if (Files.isExecutable(found) && !Files.exists(bin.resolve(program))) {
          Files.createSymbolicLink(bin.resolve(program), found);
        }
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var all = Files.walk(from)) {
      for (var path : (Iterable<Path>) all::iterator) {
        var target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.copy(path, target);
        }
      }
    }
  }

  /** The names of all scripts that are run. */
  private static List<String> scripts() {
    return Scripts.run().stream()
        .map(file -> file.getFileName().toString())
        .distinct()
        .sorted()
        .toList();
  }

  /** How a person calls it: what workflows call, and what is Python, by its path. */
  private static String typed(String script) {
    var path = Scripts.named(script).toString();
    return path.startsWith("scripts/ci/") || script.endsWith(".py")
        ? path
        : "./slipway " + script.replace(".sh", "");
  }

  private record Said(String script, List<String> words, int exit, String output, String errors) {
    String all() {
      return output + errors;
    }

    /** What is wrong with how it refused, each with the whole of it. */
    List<String> wrongs(String... alternatives) {
      var wrongs = new ArrayList<String>();
      if (exit == 0) {
        wrongs.add("ends well");
      }
      if (!FIRST.matcher(errors.strip()).matches()) {
        wrongs.add("doesn't begin with a script's name");
      }
      var raw = RAW.matcher(all());
      if (raw.find()) {
        wrongs.add("says \"" + raw.group() + "\"");
      }
      if (alternatives.length > 0 && Arrays.stream(alternatives).noneMatch(all()::contains)) {
        wrongs.add("says none of " + List.of(alternatives));
      }
      return wrongs.stream().map(wrong -> this + " " + wrong).toList();
    }

    @Override
    public String toString() {
      return "%s %s (%d): <<%s>>".formatted(script, words, exit, all().strip());
    }
  }

  private Said run(Map<String, String> environment, String script, String... words) {
    return run(List.of(), environment, script, words);
  }

  private Said run(
      List<String> before, Map<String, String> environment, String script, String... words) {
    try {
      var line = new ArrayList<>(before);
      if (script.endsWith(".py")) {
        line.add(System.getProperty("slipway.python", "python3"));
      }
      line.add(checkout.resolve(Scripts.named(script)).toString());
      line.addAll(List.of(words));
      var output = Files.createTempFile(temporary, "output", "");
      var errors = Files.createTempFile(temporary, "errors", "");
      var builder =
          new ProcessBuilder(line)
              .directory(elsewhere.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", temporary.resolve("bin").toString());
      builder.environment().put("TMPDIR", temporary.resolve("tmp").toString());
      builder.environment().put("PIP_NO_INDEX", "1");
      builder.environment().put("CDPATH", "/:/usr");
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().putAll(environment);
      var process = builder.start();
      boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      var said =
          new Said(
              script,
              List.of(words),
              ended ? process.exitValue() : 0,
              Files.readString(output, UTF_8),
              Files.readString(errors, UTF_8) + (ended ? "" : "\n(it hangs)"));
      Files.delete(output);
      Files.delete(errors);
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Runs them side by side, and gives what is wrong with each. */
  private static List<String> together(Stream<Callable<List<String>>> runs) {
    var pool = Executors.newFixedThreadPool(4);
    try {
      var wrongs = new ArrayList<String>();
      for (var done : pool.invokeAll(runs.toList())) {
        wrongs.addAll(done.get());
      }
      return wrongs;
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    } finally {
      pool.shutdownNow();
    }
  }

  /** Every file of the checkout with its time and size. */
  private Map<String, String> files() throws IOException {
    var files = new TreeMap<String, String>();
    for (var root : List.of(checkout, elsewhere, temporary.resolve("tmp"))) {
      try (var all = Files.walk(root)) {
        for (var path : (Iterable<Path>) all::iterator) {
          files.put(path.toString(), Files.getLastModifiedTime(path) + " " + Files.size(path));
        }
      }
    }
    return files;
  }

  private void stub(String program, String bash) throws IOException {
    var file = temporary.resolve("bin").resolve(program);
    Files.writeString(file, "#!/usr/bin/env bash\n" + bash + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private List<String> optionsOf(String script) {
    return Pattern.compile("--[a-z][a-z-]+")
        .matcher(run(Map.of(), script, "--help").output())
        .results()
        .map(found -> found.group())
        .filter(option -> !option.equals("--help"))
        .distinct()
        .toList();
  }

  @Test
  void helpIsTold() throws IOException {
    var before = files();

    assertThat(
            together(
                scripts().stream()
                    .map(
                        script ->
                            () -> {
                              var said = run(Map.of(), script, "--help");
                              return said.exit() == 0
                                      && said.errors().isEmpty()
                                      && said.output().startsWith("Usage: " + typed(script))
                                  ? List.of()
                                  : List.of(said.toString());
                            })))
        .isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void withoutWordsTheySayWhatTheyNeed() throws IOException {
    assertThat(
            together(
                scripts().stream()
                    // It has nothing to ask for: the stacks that are here are its answer.
                    .filter(script -> !script.equals("stacks.sh"))
                    .map(script -> () -> run(Map.of(), script).wrongs())))
        .isEmpty();
  }

  @Test
  void unknownWordsAreNamedAndNothingIsBegun() throws IOException {
    var before = files();

    assertThat(
            together(
                scripts().stream()
                    .flatMap(
                        script ->
                            Stream.of(
                                    List.of("--no-such-option"),
                                    List.of("staging", "--no-such-option"),
                                    List.of("no-such-thing"),
                                    List.of("-x"),
                                    List.of("--"),
                                    List.of("--json markdown"),
                                    List.of("x".repeat(3000)),
                                    List.of("a b'c"))
                                .map(
                                    words ->
                                        () -> {
                                          var said =
                                              run(Map.of(), script, words.toArray(String[]::new));
                                          var last = words.get(words.size() - 1);
                                          if (!last.startsWith("-")) {
                                            return said.wrongs();
                                          }
                                          if (last.equals("--") && script.equals("up.sh")) {
                                            // What follows it is Pulumi's.
                                            return said.wrongs("STACK is missing");
                                          }
                                          // The first of two that are wrong will do.
                                          return said.exit() == 2
                                              ? said.wrongs(
                                                  "\"" + last + "\"", "\"" + words.get(0) + "\"")
                                              : List.of(said + " doesn't end with 2");
                                        }))))
        .isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void emptyWordsAreRefused() throws IOException {
    var before = files();
    var runs = new ArrayList<Callable<List<String>>>();
    for (var script : scripts()) {
      var lines =
          new ArrayList<>(
              List.of(List.of(""), List.of("staging", ""), List.of("staging", "main", "")));
      for (var option : optionsOf(script)) {
        lines.add(List.of("staging", option, ""));
      }
      for (var words : lines) {
        runs.add(
            () -> {
              var said = run(Map.of(), script, words.toArray(String[]::new));
              return said.exit() == 2
                  ? said.wrongs("is empty", "given: ")
                  : List.of(said + " doesn't end with 2");
            });
      }
    }

    assertThat(together(runs.stream())).isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void namesOfPartsAreCheckedBeforeAnythingIsBuilt() throws IOException {
    var before = files();
    var lines =
        List.of(
            List.of("rehearse.sh", "staging", "--only", "nosuch"),
            List.of("rehearse.sh", "admin-qa", "--only", "up,nosuch"),
            List.of("rehearse.sh", "--images", "nosuch"),
            List.of("rehearse.sh", "nosuch"),
            List.of("rehearse.sh", "--frappe-docker", "nosuch"),
            List.of("rehearsal-images.sh", "--only", "nosuch"),
            List.of("rehearsal-images.sh", "--images", "nosuch"),
            List.of("test.sh", "format", "nosuch"),
            List.of("tools.sh", "system", "nosuch"),
            List.of("tools.sh", "--list", "nosuch"),
            List.of("plan.sh", "nosuch"),
            List.of("plan.sh", "staging", "nosuch"),
            List.of("plan.sh", "staging", "--diff", "nosuch"),
            List.of("compose-check.sh", "nosuch"),
            List.of("compose-check.sh", "staging", "nosuch"),
            List.of("plans.sh", "--out", checkout.resolve("pom.xml").toString(), "nosuch"));

    assertThat(
            together(
                lines.stream()
                    .map(
                        line ->
                            () ->
                                run(
                                        Map.of(),
                                        line.get(0),
                                        line.subList(1, line.size()).toArray(String[]::new))
                                    .wrongs("nosuch"))))
        .isEmpty();
    assertThat(files()).isEqualTo(before);
  }

  /** Good command lines, for what comes after the words. */
  private static final Map<String, List<String>> GOOD =
      Map.ofEntries(
          Map.entry("ami-pull.sh", List.of("--only", "look")),
          Map.entry("ami.sh", List.of("ready", "--print")),
          Map.entry("apply.sh", List.of("ready", "--ref", "feature/a+b#12")),
          Map.entry("backup.sh", List.of("ready")),
          Map.entry("bootstrap.sh", List.of("ready", "--yes")),
          Map.entry("destroy.sh", List.of("ready")),
          Map.entry("drift.sh", List.of("ready")),
          Map.entry("drill.sh", List.of("ready")),
          // The one that stands here has none.
          Map.entry("dump.sh", List.of("grocery-dev")),
          Map.entry(
              "master-password.sh",
              List.of(
                  "--instance",
                  "slipway-ready-db1",
                  "--secret",
                  "arn:aws:secretsmanager:us-east-1:111122223333:secret:slipway/ready/rds/master-1",
                  "--region",
                  "us-east-1")),
          Map.entry("public-buckets.sh", List.of()),
          Map.entry("purge.sh", List.of("ready", "--confirm", "purge ready")),
          Map.entry(
              "push-image.sh",
              List.of(
                  "api",
                  "--commit",
                  "0".repeat(40),
                  "--environment",
                  "qa",
                  "--region",
                  "us-east-1",
                  "--file",
                  "/dev/null")),
          Map.entry("refresh-wait.sh", List.of("--group", "hosts", "--region", "us-east-1")),
          Map.entry("release.sh", List.of("ready", "feature/a+b#12")),
          Map.entry("rename.sh", List.of("ready", "a.example.com", "b.example.com")),
          Map.entry("restore.sh", List.of("ready")),
          Map.entry(
              "retire.sh", List.of("ready", "a.example.com", "--yes-retire", "a.example.com")),
          Map.entry("rollback.sh", List.of("ready")),
          Map.entry(
              "scan-image.sh", List.of("api", "sha256:" + "0".repeat(64), "--region", "us-east-1")),
          Map.entry("secret.sh", List.of("list", "ready")),
          Map.entry(
              "ssm-run.sh",
              List.of(
                  "--document",
                  "slipway-ready-status",
                  "--stack",
                  "ready",
                  "--region",
                  "us-east-1")),
          Map.entry("state-repair.sh", List.of("ready")),
          Map.entry("status.sh", List.of("ready")),
          Map.entry("unlock.sh", List.of("ready")),
          Map.entry("up.sh", List.of("ready", "--dry-run")));

  /**
   * The command lines of all scripts that ask AWS: a new one that isn't above gets a stack alone.
   */
  private static Map<String, List<String>> good() throws IOException {
    var lines = new TreeMap<>(GOOD);
    lines.keySet().retainAll(scripts());
    for (var script : scripts()) {
      var text = Files.readString(Scripts.named(script));
      // preview.sh asks for a build first, and its comment says what the preview said.
      if (text.matches("(?s).*\\n *(need_aws|run_verb .*)\\n.*") && !script.equals("preview.sh")) {
        lines.put(script, GOOD.getOrDefault(script, List.of("ready")));
      }
    }
    return lines;
  }

  private static final Map<String, String> BACKEND =
      Map.of("PULUMI_BACKEND_URL", "s3://state?region=us-east-1&awssdk=v2");

  @Test
  void withoutCredentialsTheyAllSayTheSame() throws IOException {
    for (var refusal :
        List.of(
            "Unable to locate credentials. You can configure credentials by running \"aws configure\".",
            "Unable to locate credentials. You can configure credentials by running \"aws login\".",
            "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
            "The config profile (nobody) could not be found",
            "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The"
                + " security token included in the request is invalid.",
            "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation:"
                + " no")) {
      stub(
          "aws",
          "if [[ $* == --version ]]; then echo aws-cli/2; exit; fi; printf '\\n%s\\n' '"
              + refusal
              + "' >&2; exit 253");
      assertThat(
              together(
                  good().entrySet().stream()
                      .map(
                          good ->
                              () ->
                                  run(
                                          BACKEND,
                                          good.getKey(),
                                          good.getValue().toArray(String[]::new))
                                      .wrongs("sign in with \"aws sso login\", or take a role"))))
          .isEmpty();
    }
  }

  @Test
  void withoutTheAwsCliTheySayHowToGetIt() throws IOException {
    assertThat(
            together(
                good().entrySet().stream()
                    .map(
                        good ->
                            () ->
                                run(BACKEND, good.getKey(), good.getValue().toArray(String[]::new))
                                    .wrongs("the AWS CLI is missing: install it"))))
        .isEmpty();
  }

  @Test
  void withoutAJdkTheySayWhatItIsNeededFor() throws IOException {
    var home = Map.of("SLIPWAY_HOME", temporary.resolve("elsewhere/home").toString());
    for (var script : List.of("status.sh", "release.sh", "up.sh")) {
      var said =
          run(home, script, good().getOrDefault(script, List.of("ready")).toArray(String[]::new));
      assertThat(said.wrongs("a JDK, 17 or newer, is missing, by which stack files are read"))
          .isEmpty();
    }
  }

  @Test
  void aStoppedDockerIsNotMissing() throws IOException {
    stub(
        "docker",
        "echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?' >&2; exit 1");

    var images = run(Map.of(), "rehearsal-images.sh", "--only", "machine");
    assertThat(images.wrongs("the Docker engine doesn't answer: start it")).isEmpty();
    assertThat(images.errors()).doesNotContain("missing").contains("Is the docker daemon running?");
    var removed = run(Map.of(), "rehearsal-images.sh", "--remove");
    assertThat(removed.wrongs("no Docker engine answers: start it")).isEmpty();
    assertThat(run(Map.of(), "doctor.sh").output().lines())
        .anyMatch(line -> line.matches("stopped +Docker .*"));
  }

  @Test
  void aCheckoutThatCannotBeWrittenIsSaidToBe() throws IOException, InterruptedException {
    stub("mvn", "echo built");
    stub("java", "echo ran");
    stub("javac", "echo 'javac 17'");
    stub("python3", "exit 0");
    stub("docker", "exit 0");
    var nobody = new ArrayList<String>();
    if (new com.sun.security.auth.module.UnixSystem().getUid() == 0) {
      // Root writes everywhere.
      nobody.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    } else {
      assertThat(new ProcessBuilder("chmod", "-R", "a-w", checkout.toString()).start().waitFor())
          .isZero();
    }
    Files.setPosixFilePermissions(
        temporary.resolve("tmp"), PosixFilePermissions.fromString("rwxrwxrwx"));
    var before = files();

    assertThat(
            together(
                Stream.of(
                        List.of("build.sh"),
                        List.of("plan.sh", "staging"),
                        List.of("format.sh"),
                        List.of("lint.sh"),
                        List.of("test.sh", "links"),
                        List.of("tools.sh", "python"),
                        List.of("rehearse.sh"),
                        List.of("rehearsal-images.sh", "--only", "machine"),
                        List.of("frappe-docker.sh", "staging"),
                        List.of("plans.sh", "--out", checkout.resolve("plans").toString()))
                    .map(
                        line ->
                            () ->
                                run(
                                        nobody,
                                        Map.of(),
                                        line.get(0),
                                        line.subList(1, line.size()).toArray(String[]::new))
                                    .wrongs("can't be written"))))
        .isEmpty();
    before.remove(temporary.resolve("tmp").toString());
    var after = files();
    after.remove(temporary.resolve("tmp").toString());
    assertThat(after).isEqualTo(before);
  }

  @Test
  void whatAJvmPrintsIsNotInThePlansAnswerAndNothingIsWrittenWhereAllIsBuilt() throws IOException {
    stub(
        "java",
        "for word; do [[ $word != -Dslipway.answer=* ]] || printf '{\"a\": 1}\\n' >\"${word#*=}\"; done;"
            + " echo 'OpenJDK 64-Bit Server VM warning: on standard output'");
    Files.createDirectories(checkout.resolve("target/lib"));
    Files.writeString(checkout.resolve("target/slipway.jar"), "");
    var before = files();

    var said = run(Map.of(), "plan.sh", "staging", "--json");

    assertThat(said.exit()).as(said.toString()).isZero();
    assertThat(said.output()).isEqualTo("{\"a\": 1}\n");
    assertThat(said.errors()).contains("OpenJDK 64-Bit Server VM warning");
    assertThat(files().keySet()).isEqualTo(before.keySet());
  }
}
