package dev.slipway.plan.preview;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.StackReader;
import dev.slipway.testing.TestSources;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code scripts/ci/preview.sh} itself, with a {@code pulumi} on PATH that prints a recording. Its
 * repository is a copy, where there is nothing to build: the jar names the classes under test.
 */
class PreviewScriptTest {

  private static final List<String> SCRIPTS =
      List.of(
          "ci/preview.sh",
          "lib/common.sh",
          "lib/words.sh",
          "lib/stack.sh",
          "lib/state.sh",
          "lib/fleet.sh",
          "lib/capacity.sh",
          "lib/agent-minimum.txt",
          "tools.sh");

  /** What ./slipway bootstrap leaves in a stack file. */
  private static final String MADE =
      "secretsprovider: awskms://alias/slipway?region=us-east-1\nencryptedkey: a2V5\n";

  @TempDir Path root;

  private Path comment;

  @BeforeEach
  void aRepository() throws IOException {
    comment = root.resolve("comment.md");
    Files.createDirectories(root.resolve("target"));
    Files.createDirectories(root.resolve("bin"));
    for (var script : SCRIPTS) {
      script("scripts/" + script, Files.readString(project().resolve("scripts/" + script)));
    }
    // The pins that tools.sh looks into.
    Files.createSymbolicLink(root.resolve("scripts/tools"), project().resolve("scripts/tools"));
    script("scripts/dev/build.sh", "#!/bin/sh\n");
    StackReader.lend(root, root.resolve("home"));
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(
            Attributes.Name.CLASS_PATH,
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toUri().toString())
                .collect(Collectors.joining(" ")));
    new JarOutputStream(Files.newOutputStream(root.resolve("target/slipway.jar")), manifest)
        .close();
    Files.copy(project().resolve("Pulumi.yaml"), root.resolve("Pulumi.yaml"));
    stack(MADE);
    aws("None");
    script("bin/pulumi-language-java", "#!/bin/sh\n");
    pulumi("create", 0, "");
  }

  private static Path project() {
    return TestSources.project();
  }

  private void stack(String head) throws IOException {
    Files.writeString(
        root.resolve("Pulumi.staging.yaml"),
        head + Files.readString(project().resolve("Pulumi.staging.yaml")));
  }

  /** A Pulumi that prints a recording, and keeps what it was asked. */
  private void pulumi(String recording, int status, String error) throws IOException {
    script(
        "bin/pulumi",
        """
        #!/bin/sh
        if [ "$1" = version ]; then echo v3.230.0; exit; fi
        printf '%%s ' "$@" >'%s'
        printf '%%s' '%s' >&2
        cat '%s'
        exit %d
        """
            .formatted(
                root.resolve("asked"),
                error,
                project()
                    .resolve("src/test/resources/dev/slipway/plan/preview/" + recording + ".json"),
                status));
  }

  /** An AWS where the stack is there, and these are the keys of its locks. */
  private void aws(String locks) throws IOException {
    script(
        "bin/aws",
        """
        #!/bin/sh
        case "$*" in
          *get-caller-identity*) printf '111122223333\\tarn:aws:iam::111122223333:role/preview\\n' ;;
          *list-objects-v2*locks*) echo '%s' ;;
          *list-objects-v2*) echo None ;;
          *get-object*)
            while [ $# -gt 0 ]; do
              case $1 in */lock) echo '{"username": "ada", "hostname": "elsewhere", "pid": 7, "timestamp": "2026-11-21T10:00:00Z"}' >"$1" ;; esac
              shift
            done
            ;;
          *) echo fine ;;
        esac
        """
            .formatted(locks));
  }

  private void script(String path, String text) throws IOException {
    var file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** What it printed, after its status. */
  private String run(String... words) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(List.of("bash", root.resolve("scripts/ci/preview.sh").toString()));
    command.addAll(List.of(words));
    var printed = root.resolve("printed").toFile();
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed);
    var environment = builder.environment();
    environment
        .keySet()
        .removeIf(name -> name.startsWith("SLIPWAY_") || name.startsWith("PULUMI_"));
    environment.put("PULUMI_BACKEND_URL", "s3://state?region=us-east-1&awssdk=v2");
    environment.put("SLIPWAY_HOME", root.resolve("home").toString());
    environment.put("PATH", root.resolve("bin") + File.pathSeparator + System.getenv("PATH"));
    var process = builder.start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return process.exitValue() + "\n" + Files.readString(printed.toPath());
  }

  private String preview(String... words) throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("staging", "--comment", comment.toString()));
    all.addAll(List.of(words));
    return run(all.toArray(String[]::new));
  }

  @Test
  void asksPulumiAndWritesTheComment() throws Exception {
    assertThat(preview()).startsWith("0\nstaging: Pulumi: 9 to create; plan: ");

    assertThat(root.resolve("asked"))
        .content()
        .startsWith("preview --json --non-interactive --color never --cwd ")
        .endsWith("--stack staging ");
    assertThat(comment)
        .content()
        .startsWith("<!-- slipway:preview:staging -->\n")
        .doesNotContain("What Pulumi said");
  }

  @Test
  void leavesWithThreeForALossUntilItIsAllowed() throws Exception {
    pulumi("replace", 0, "");

    assertThat(
            preview(
                "--allow", "staging/host-data", "--allow", "prod/host-address", "--allow", "typo"))
        .startsWith("3\n")
        .contains("--allow prod/host-address is for nothing that would be lost here")
        .contains("--allow typo is for nothing that would be lost here")
        .contains("host-address (address) would be deleted; to allow it: --allow")
        .doesNotContain("host-data (disk)");
    assertThat(preview("--allow", "staging/host-data", "--allow", "staging/host-address"))
        .startsWith("0\n");
  }

  @Test
  void writesTheCommentWhenPulumiFails() throws Exception {
    pulumi("broken", 255, "warning: from beside");

    assertThat(preview()).startsWith("1\n");
    assertThat(comment)
        .content()
        .contains("Pulumi's preview fails:", "erpnext.domain: is missing", "warning: from beside");
  }

  @Test
  void writesTheCommentForAStackThatWasNeverMade() throws Exception {
    stack("");

    assertThat(preview()).startsWith("1\n");
    assertThat(comment)
        .content()
        .contains("has no secretsprovider: the stack was not made ready yet");
    assertThat(root.resolve("asked")).doesNotExist();
  }

  @Test
  void writesTheCommentForCredentialsOfAnotherAccount() throws Exception {
    stack(MADE);
    var file = root.resolve("Pulumi.staging.yaml");
    Files.writeString(file, Files.readString(file) + "  slipway:account: '444455556666'\n");

    assertThat(preview()).startsWith("1\n");
    assertThat(comment)
        .content()
        .contains("these are credentials of account 111122223333", "belongs into 444455556666");
    assertThat(root.resolve("asked")).doesNotExist();
  }

  @Test
  void namesWhoHoldsTheStackMeanwhile() throws Exception {
    aws(".pulumi/locks/organization/slipway/staging/5f2c.json");

    assertThat(preview()).startsWith("0\n");
    assertThat(comment)
        .content()
        .contains("staging is held by ada@elsewhere:7", "may be out of date");
  }

  @Test
  void writesTheCommentWhenNothingCanBeBuilt() throws Exception {
    script("scripts/dev/build.sh", "#!/bin/sh\necho 'does not compile ```'\nexit 1\n");

    assertThat(preview()).startsWith("1\n").contains("preview.sh: The program cannot be built.");
    assertThat(comment)
        .content()
        .startsWith("<!-- slipway:preview:staging -->\n")
        .endsWith("```\ndoes not compile '''\n```\n");
  }

  @Test
  void doesNotAskPulumiOffline() throws Exception {
    assertThat(preview("--offline")).startsWith("0\n");
    assertThat(comment).content().contains("Pulumi wasn't asked");
    assertThat(root.resolve("asked")).doesNotExist();
  }

  @Test
  void takesAPreviewThatWasMadeBefore() throws Exception {
    var recording =
        project().resolve("src/test/resources/dev/slipway/plan/preview/replace.json").toString();

    assertThat(preview("--engine-output", recording)).startsWith("3\n");
    assertThat(root.resolve("asked")).doesNotExist();
  }

  @Test
  void tellsAllThatIsWrongWithTheCommandLine() throws Exception {
    assertThat(run("stagin", "--offline", "--engine-output", "/nowhere"))
        .startsWith("2\npreview.sh: 4 problems:\n")
        .contains(
            "--engine-output: there is no file /nowhere",
            "stack: there is no ",
            "--comment FILE is missing",
            "--offline and --engine-output: one of them");
  }
}
