package dev.slipway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The URNs of every stack are the recorded ones: Pulumi deletes a resource whose URN is gone, and
 * makes another.
 */
class UrnsTest {
  private static final Path RECORDED = Path.of("src/test/resources/dev/slipway/urns");
  private static final String RENEW = "slipway.renew-urns";

  private static Path file(String stack) {
    return RECORDED.resolve(stack + ".txt");
  }

  @ParameterizedTest
  @MethodSource("dev.slipway.MainTest#stacks")
  void stayAsTheyAre(String stack) throws IOException {
    var plan = Plan.of(Path.of(""), stack, Main::stack);
    assertThat(plan.problems()).isEmpty();
    var urns = plan.graph().resources().stream().map(Resource::urn).sorted().toList();
    if (Boolean.getBoolean(RENEW)) {
      Files.write(file(stack), urns);
    }
    var recorded = Files.exists(file(stack)) ? Files.readAllLines(file(stack)) : List.<String>of();

    var gone = new TreeSet<>(recorded);
    urns.forEach(gone::remove);
    var added = new TreeSet<>(urns);
    recorded.forEach(added::remove);
    assertThat(gone.isEmpty() && added.isEmpty())
        .withFailMessage(
            """
            The URNs of %s are others than those in %s.
            Gone (a living stack loses these, unless a resource names the old one in its aliases):
              %s
            New:
              %s
            Where this is meant, renew the files and look through what changes in them:
              mvn test -Dtest=UrnsTest -D%s=true""",
            stack,
            file(stack),
            gone.isEmpty() ? "none" : String.join("\n  ", gone),
            added.isEmpty() ? "none" : String.join("\n  ", added),
            RENEW)
        .isTrue();
  }

  @Test
  void areRecordedForStacksThatAreThere() throws Exception {
    try (var files = Files.list(RECORDED)) {
      assertThat(files.map(file -> file.getFileName().toString().replaceFirst("\\.txt$", "")))
          .containsExactlyInAnyOrderElementsOf(MainTest.stacks());
    }
  }
}
