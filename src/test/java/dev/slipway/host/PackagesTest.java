package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs what makes a fresh machine into one that can run containers. Ubuntu's packages, AWS's
 * archive and its signature are fakes; the rehearsal's machines have all of it already.
 */
class PackagesTest {
  private static final Path BUNDLE = Path.of("src/main/resources/dev/slipway/host/bundle");

  /** What a fresh Ubuntu has of what the script calls. */
  private static final List<String> FRESH =
      List.of("bash", "cat", "chmod", "mkdir", "mktemp", "rm", "tail", "tr", "uname", "grep");

  private record Ended(int exit, String output) {}

  @TempDir Path root;

  @BeforeEach
  void aFreshMachine() throws IOException {
    Files.createDirectories(root.resolve("bin"));
    for (String program : FRESH) {
      Path there =
          List.of("/usr/bin", "/bin").stream()
              .map(folder -> Path.of(folder, program))
              .filter(Files::isExecutable)
              .findFirst()
              .orElseThrow();
      Files.createSymbolicLink(root.resolve("bin").resolve(program), there);
    }
    // What the packages bring, for those that this is about.
    program(
        "apt-get",
        """
        for word in "$@"; do
          case $word in
            docker.io) programs="docker dockerd" ;;
            postgresql-client) programs=psql ;;
            gnupg) programs=gpg ;;
            unattended-upgrades) programs=unattended-upgrade ;;
            e2fsprogs) programs=mkfs.ext4 ;;
            docker-*) programs="plugin-$word" ;;
            jq | git | cron | curl | openssl | unzip) programs=$word ;;
            *) continue ;;
          esac
          for program in $programs; do
            [[ -e $BIN/$program ]] || { printf '#!/bin/bash\\n. "$BIN/answers"\\n' >"$BIN/$program"; chmod +x "$BIN/$program"; }
          done
        done
        """);
    Files.writeString(
        root.resolve("bin/answers"),
        """
        case "${0##*/} $*" in
          'docker compose version') [[ -e $BIN/plugin-docker-compose-v2 ]] ;;
          'docker buildx version') [[ -e $BIN/plugin-docker-buildx ]] ;;
          curl*)
            while [[ $1 != -o ]]; do shift; done
            printf '%s' "$3" >"$2"
            ;;
          gpg*--verify*) printf '[GNUPG:] VALIDSIG %s 2026-01-01\\n' "$SIGNED_BY" ;;
          unzip*)
            mkdir "${@: -1}/aws"
            printf '#!/bin/bash\\ncat "%s" >"$BIN/from"\\nprintf "#!/bin/bash" >"$BIN/aws"\\nchmod +x "$BIN/aws"\\n' "$2" >"${@: -1}/aws/install"
            chmod +x "${@: -1}/aws/install"
            ;;
        esac
        """);
  }

  private void program(String name, String bash) throws IOException {
    Path file = Files.writeString(root.resolve("bin").resolve(name), "#!/bin/bash\n" + bash);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private boolean has(String program) {
    return Files.isExecutable(root.resolve("bin").resolve(program));
  }

  /** Scenario: Configure user data. */
  @Test
  void aFreshMachineGetsDockerWithComposeAndAClientOfTheDatabase() throws Exception {
    Ended ended = run("packages_install");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output())
        .contains("docker.io", "docker-compose-v2", "docker-buildx", "postgresql-client");
    assertThat(List.of("dockerd", "docker", "psql", "jq", "git")).allMatch(this::has);

    assertThat(run("packages_install").output()).as("a second time").isEmpty();
  }

  @Test
  void aRuntimeWithoutContainersGetsNoDockerAndWhatItNamesItself() throws Exception {
    Ended ended =
        run("CAN=''; runtime_packages() { echo 'openssl command -v openssl'; }; packages_install");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(ended.output()).contains("openssl").doesNotContain("docker");
    assertThat(has("dockerd")).isFalse();
  }

  @Test
  void whatIsInstalledAndStillMissingEndsIt() throws Exception {
    program("apt-get", ":");

    Ended ended = run("packages_install");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("were installed and still don't work: docker.io");
  }

  /** Scenario: Configure user data. */
  @Test
  void aFreshMachineGetsTheAwsCliThatAwsHasSigned() throws Exception {
    Ended ended = run("packages_install; SIGNED_BY=$AWS_CLI_KEY aws_cli_install");

    assertThat(ended.exit()).as(ended.output()).isZero();
    assertThat(has("aws")).isTrue();
    assertThat(Files.readString(root.resolve("bin/from")))
        .matches("https://awscli.amazonaws.com/awscli-exe-linux-\\w+-2[.0-9]+\\.zip");
  }

  @Test
  void anArchiveThatSomebodyElseHasSignedIsNotInstalled() throws Exception {
    Ended ended = run("packages_install; SIGNED_BY=0123456789ABCDEF aws_cli_install");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.output()).contains("is not signed by the AWS CLI team's key");
    assertThat(has("aws")).isFalse();
  }

  /** Scenario: Configure user data. */
  @Test
  void theFirstBootConfiguresTheMachineAndThenBringsUpTheRelease() throws Exception {
    Path bundle = Files.createDirectories(root.resolve("bundle/lib")).getParent();
    Files.copy(BUNDLE.resolve("bootstrap.sh"), bundle.resolve("bootstrap.sh"));
    Files.writeString(
        bundle.resolve("lib/common.sh"),
        Files.readString(BUNDLE.resolve("lib/common.sh"))
            .replace("/run/slipway", root + "/run")
            .replace("/etc/slipway", root.toString()));
    Files.copy(BUNDLE.resolve("lib/steps.sh"), bundle.resolve("lib/steps.sh"));
    Files.writeString(bundle.resolve("lib/agent.sh"), "agent_refresh() { :; }\n");
    for (String step : List.of("configure.sh", "release.sh")) {
      Files.writeString(bundle.resolve(step), "#!/bin/bash\necho \"${0##*/}\" $#\n");
      assertThat(bundle.resolve(step).toFile().setExecutable(true)).isTrue();
    }

    assertThat(bash(bundle.resolve("bootstrap.sh")).output())
        .isEqualTo("configure.sh 0\nrelease.sh 0\n");
    assertThat(Files.readString(root.resolve("bootstrap.json"))).contains("\"outcome\": \"ok\"");

    Files.writeString(bundle.resolve("configure.sh"), "#!/bin/bash\necho no way out\nexit 3\n");

    Ended failed = bash(bundle.resolve("bootstrap.sh"));
    assertThat(failed.exit()).isEqualTo(3);
    assertThat(failed.output()).as("no release is tried").isEqualTo("no way out\n");
    assertThat(Files.readString(root.resolve("bootstrap.json")))
        .contains("\"outcome\": \"failed\", \"cause\": \"no way out\"");
  }

  private Ended run(String line) throws Exception {
    Path script = root.resolve("test.sh");
    Files.writeString(
        script,
        """
        set -euo pipefail
        export BIN=%1$s/bin BUNDLE=%2$s RUNTIME_DIR=%1$s SIGNED_BY=''
        export TMPDIR=%1$s PATH=$BIN
        detail() { printf '%%s\\n' "$*"; }
        die() { printf '%%s\\n' "$*"; exit 1; }
        until_true() { "${@:2}"; }
        setting() { :; }
        runtime_can() { [[ $1 == ${CAN-containers} ]]; }
        runtime_packages() { :; }
        environment() { printf 'database.internal'; }
        source "$BUNDLE/lib/packages.sh"
        %3$s
        """
            .formatted(root, BUNDLE.toAbsolutePath(), line));
    return bash(script);
  }

  private static Ended bash(Path script) throws Exception {
    Process process =
        new ProcessBuilder("/bin/bash", script.toString()).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ended(process.waitFor(), output);
  }
}
