package dev.slipway.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.stackfile.StackFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What descriptors say of their systems is what the stacks of these are. */
class SystemDescriptorTest {
  private static final Path FOLDERS = Path.of("src/main/resources/dev/slipway/system");

  static List<String> stacks() {
    return StackFile.stacks(Path.of("."));
  }

  static List<SystemDescriptor> systems() {
    return Systems.ALL;
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void sayWhatTheStacksHave(String stack) {
    var resources = Plan.of(Path.of("."), stack, Main::stack).graph().resources();
    var types = new TreeSet<String>();
    resources.forEach(resource -> types.add(resource.type()));
    var named = StackFile.read(Path.of("."), stack).config().get("slipway:system");
    var system = Systems.named(named).orElseThrow();

    assertThat(system.hosts())
        .isEqualTo(
            types.contains("slipway:host:Fleet")
                ? SystemDescriptor.Hosts.fleet
                : types.contains("slipway:host:Host")
                    ? SystemDescriptor.Hosts.one
                    : SystemDescriptor.Hosts.none);
    assertThat(
            resources.stream()
                .filter(resource -> resource.type().equals("aws:ssm/document:Document"))
                .map(resource -> String.valueOf(resource.inputs().get("name")))
                .map(name -> name.substring(("slipway-" + stack + "-").length())))
        .as("each verb is a document, and each document a verb")
        .containsExactlyInAnyOrderElementsOf(system.verbs());
    assertThat(system.secrets())
        .isEqualTo(
            types.contains("slipway:secret:ApplicationSecrets")
                ? SystemDescriptor.Secrets.secretsManager
                : types.contains("slipway:secret:Secrets")
                    ? SystemDescriptor.Secrets.parameters
                    : SystemDescriptor.Secrets.none);
    system.releaseGoesWith().ifPresent(type -> assertThat(types).contains(type));
  }

  @ParameterizedTest
  @MethodSource("systems")
  void nameWhatIsThere(SystemDescriptor system) throws Exception {
    assertThat(system.runtime().isPresent())
        .isEqualTo(system.hosts() != SystemDescriptor.Hosts.none);
    system
        .runtime()
        .ifPresent(
            runtime ->
                assertThat(Path.of("src/main/resources/dev/slipway/host/bundle/runtimes", runtime))
                    .isDirectory());
    var rehearsal = system.rehearsal();
    assertThat(Class.forName(rehearsal.suite()).getDeclaredField("SUITE")).isNotNull();
    assertThat(StackFile.read(Path.of("."), rehearsal.stack()).config().get("slipway:system"))
        .isEqualTo(system.name());
    var steps = Files.readString(sourceOf(rehearsal.suite()));
    for (var part : rehearsal.also()) {
      assertThat(StackFile.read(Path.of("."), part.stack()).config().get("slipway:system"))
          .isEqualTo(system.name());
      assertThat(part.only())
          .isNotEmpty()
          .allSatisfy(step -> assertThat(steps).containsPattern("\\(\\s*\"" + step + "\""));
    }
    for (var tool : rehearsal.tools()) {
      assertThat(Files.readString(Path.of("scripts/tools.sh")))
          .containsPattern("\\b" + tool + "\\b");
    }
    for (var image : rehearsal.images()) {
      assertThat(Files.readString(Path.of("scripts/dev/rehearsal-images.sh")))
          .contains("wanted " + image);
    }
    for (var example : rehearsal.examples()) {
      assertThat(Path.of(example)).isDirectory();
    }
  }

  private static Path sourceOf(String suite) {
    return Path.of("src/test/java", suite.replace('.', '/') + ".java");
  }

  @Test
  void areOnTheListThatTheProgramReads() throws IOException {
    try (Stream<Path> folders = Files.list(FOLDERS)) {
      assertThat(folders.map(folder -> folder.getFileName().toString()).sorted())
          .isEqualTo(Systems.names());
    }
  }

  @Test
  void nameTheirSecretsThemselves() throws IOException {
    assertThat(Files.readString(Path.of("scripts/secret.sh")))
        .doesNotContainPattern("slipway:(erpnext|application|service)\\b");
  }

  /** A list of systems anywhere else would have to be known by who adds one. */
  @Test
  void areAskedWhereSystemsDiffer() throws IOException {
    try (Stream<Path> scripts = Files.walk(Path.of("scripts"))) {
      for (var script : (Iterable<Path>) scripts.filter(Files::isRegularFile)::iterator) {
        if (script.toString().endsWith(".sh")) {
          assertThat(Files.readString(script))
              .as(script.toString())
              .doesNotContainPattern(
                  "(==|!=|\\bin)\\s*\"?(erpnext|admin-panel|foundation)\\b(?!\\.)|^\\s*(erpnext|admin-panel|foundation)( \\| .*)?\\)");
        }
      }
    }
  }
}
