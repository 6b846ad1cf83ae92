package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Finds commands whose failure bash passes over, and lists that are empty where nobody answered.
 */
@Tag("moto")
class ErrexitTest {
  private static final Path SHFMT =
      Path.of(System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway"), "tools/bin/shfmt");

  @TempDir Path root;

  private String found(String lines) throws IOException, InterruptedException {
    Files.createDirectories(root.resolve("scripts"));
    Files.writeString(root.resolve("report"), "");
    Files.writeString(
        root.resolve("scripts/a.sh"),
        """
        #!/usr/bin/env bash
        set -euo pipefail
        shopt -s inherit_errexit
        die() { exit 1; }
        # Its first command may fail.
        work() {
          docker create a
          docker start a
        }
        is_there() { docker inspect a >/dev/null 2>&1; }
        """
            + lines
            + "\n");
    Process process =
        new ProcessBuilder(
                List.of(
                    "python3",
                    Path.of("scripts/dev/errexit.py").toAbsolutePath().toString(),
                    SHFMT.toAbsolutePath().toString(),
                    "report",
                    "scripts/a.sh"))
            .directory(root.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(output).isEqualTo(output.isEmpty() ? 0 : 1);
    return output;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "work || die",
        "if work; then :; fi",
        "! work",
        "work && true",
        "until work; do :; done",
        "time work || die",
        "x=$(work) || die; echo $x",
        // The same without a function.
        "{ docker create a; docker start a; } || die",
        "(docker create a; docker start a) || die",
        "x=$(docker create a; docker start a) || die; echo $x",
        "if docker create a; docker start a; then :; fi",
        "while docker create a; docker start a; do :; done",
        "if :; then docker create a; docker start a; fi || die",
        "for x in a b; do docker create $x; docker start $x; done || die",
        "case a in a) docker create a; docker start a ;; esac || die",
        "! { docker create a; docker start a; }",
      })
  void whatGoesOnAfterAnErrorIsFound(String line) throws Exception {
    assertThat(found(line)).contains("goes on when this fails");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "for x in $(docker ps); do echo $x; done",
        "while read -r x; do echo $x; done < <(docker ps)",
        "while read -r x; do echo $x; done <<<\"$(docker ps)\"",
        "[[ -n $(docker ps) ]] || die",
        "if [[ -z $(docker ps) ]]; then work; fi",
        "[[ $(docker ps) != a ]] || die",
        "[[ $(docker ps) == \"$(docker ps --all)\" ]] || die",
        "if [[ $(docker ps) == *a* ]]; then work; fi",
        "[[ -s $(docker volume inspect a)/b ]] || die",
        "case $(docker ps) in '') work ;; esac",
      })
  void whatIsEmptyWhereNobodyAnsweredIsFound(String line) throws Exception {
    assertThat(found(line)).contains("is read as an empty list where it fails");
  }

  @Test
  void whatSaysItselfWhatBecomesOfAFailureIsLetThrough() throws Exception {
    assertThat(
            found(
                """
                work
                is_there || work
                if is_there; then work; else work; fi
                { docker create a || die; docker start a; } || die
                list="$(docker ps)" || die
                for x in $list; do echo "$x"; done
                [[ $(docker ps) == a ]] || die
                [[ -n $(docker ps || true) ]] || die
                """))
        .isEmpty();
  }
}
