package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectFileTest {
  @Test
  void twoRunsOnOneStackDontTakeEachOthersFileAway(@TempDir Path root) throws IOException {
    var place = new Workplace(root);
    place.file("Pulumi.staging.yaml", "config:\n  aws:region: us-east-1\n");
    // The first run has written its file and not put it into place before the second one is done.
    place.file(
        "scripts/race.sh",
        """
        #!/bin/bash
        set -euo pipefail
        mkfifo written done
        run='set -euo pipefail; source scripts/lib/common.sh; stack=staging; make_project'
        bash -c 'mv() { echo >written; read -r <done; command mv "$@"; }; '"$run" &
        first=$!
        read -r <written
        bash -c "$run"
        echo >done
        wait "$first"
        """);

    var ended = place.run("race.sh");

    assertThat(ended.exit()).as(ended.all()).isZero();
    try (var left = Files.list(place.path(".slipway/project/staging"))) {
      assertThat(left)
          .extracting(file -> file.getFileName().toString())
          .containsExactly("Pulumi.yaml");
    }
  }
}
