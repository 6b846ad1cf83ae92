package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./slipway}: that every verb goes through it, and that it finds its way from anywhere. */
class DoorTest {
  private static final List<String> TASKS =
      List.of("Look", "Set up", "Change", "Data", "Repair", "Develop");

  @TempDir Path temporary;

  private Path checkout;
  private Path elsewhere;

  private record Ended(int exit, String output, String errors) {}

  @BeforeEach
  void aCheckoutWithASpaceInItsPath() throws IOException {
    checkout = Files.createDirectories(temporary.resolve("Zoë's check out"));
    elsewhere = Files.createDirectories(temporary.resolve("elsewhere"));
    Files.copy(Path.of("slipway"), checkout.resolve("slipway"));
    Files.copy(Path.of("pom.xml"), checkout.resolve("pom.xml"));
    for (var file : Scripts.files()) {
      Files.createDirectories(checkout.resolve(file).getParent());
      Files.copy(file, checkout.resolve(file));
    }
    for (var stack : List.of("staging", "admin-qa")) {
      Files.writeString(checkout.resolve("Pulumi." + stack + ".yaml"), "config: {}\n");
    }
  }

  private Ended bash(String line, String... words) throws Exception {
    var command = new ArrayList<>(List.of("bash", "-c", line, "bash"));
    command.addAll(List.of(words));
    var output = temporary.resolve("output").toFile();
    var errors = temporary.resolve("errors").toFile();
    var builder =
        new ProcessBuilder(command)
            .directory(elsewhere.toFile())
            .redirectOutput(output)
            .redirectError(errors);
    builder.environment().put("CDPATH", "/:/usr");
    builder.environment().remove("SLIPWAY_PROJECT");
    int exit = builder.start().waitFor();
    return new Ended(exit, Files.readString(output.toPath()), Files.readString(errors.toPath()));
  }

  private Ended door(String... words) throws Exception {
    var all = new ArrayList<>(List.of(checkout.resolve("slipway").toString()));
    all.addAll(List.of(words));
    return bash("exec \"$@\"", all.toArray(String[]::new));
  }

  private List<String> completions(String... words) throws Exception {
    var all = new ArrayList<>(List.of("completions"));
    all.addAll(List.of(words));
    return door(all.toArray(String[]::new)).output().lines().toList();
  }

  /** People type {@code ./slipway VERB}; a file's name is for who changes it. */
  @Test
  void pagesHelpTextsAndHostsNameTheDoorAndNotTheScript() throws Exception {
    var names = new ArrayList<String>();
    for (var file : verbs()) {
      names.add(file.getFileName().toString().replace(".sh", ""));
    }
    String verb = "(" + String.join("|", names) + ")\\.sh";
    var pages = new ArrayList<>(List.of(Path.of("README.md")));
    try (var found = Files.walk(Path.of("docs"))) {
      found
          .filter(page -> page.toString().endsWith(".md"))
          // Decisions are about files, and diagrams show what workflows run.
          .filter(page -> !page.toString().matches(".*/decisions/.*|.*-diagrams.md"))
          .forEach(pages::add);
    }
    for (var page : pages) {
      assertThat(
              Files.readAllLines(page).stream()
                  // A row that says what stands in the place of another repository's script.
                  .filter(line -> !line.startsWith("| `infra/scripts/")))
          .as(page.toString())
          .noneMatch(line -> line.matches(".*\\bscripts/" + verb + "\\b.*"));
    }
    for (var file : verbs()) {
      assertThat(bash("bash \"$1\" --help", file.toAbsolutePath().toString()).output())
          .as(file.toString())
          .doesNotContainPattern("(?<![/a-z-])(scripts/)?" + verb + "\\b");
    }
    try (var found = Files.walk(Path.of("src/main/resources/dev/slipway/host/bundle"))) {
      for (var file : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
        assertThat(
                Files.readAllLines(file).stream()
                    .filter(line -> line.matches(".*\\b(say|note|warn|refuse|die) [\"'].*")))
            .as(file.toString())
            .noneMatch(line -> line.matches(".*(?<![/a-z.-])" + verb + "\\b.*"));
      }
    }
  }

  /** What the scripts that are verbs say of themselves, by their names. */
  private static List<Path> verbs() throws IOException {
    var verbs = new ArrayList<Path>();
    for (var file : Scripts.run()) {
      var lines = file.toString().endsWith(".sh") ? Files.readAllLines(file) : List.<String>of();
      if (lines.size() > 2 && lines.get(2).startsWith("# Task: ")) {
        verbs.add(file);
      }
    }
    return verbs;
  }

  private static String name(Path script) {
    return script.getFileName().toString().replace(".sh", "");
  }

  @Test
  void everyScriptForPeopleHasATask() throws IOException {
    var missing = new TreeSet<String>();
    for (var file : Scripts.run()) {
      if (!file.startsWith("scripts/ci") && file.toString().endsWith(".sh")) {
        missing.add(name(file));
      }
    }
    for (var verb : verbs()) {
      assertThat(verb)
          .as("a workflow's script is no verb")
          .matches(v -> !v.startsWith("scripts/ci"));
      assertThat(Files.readAllLines(verb).get(2).substring("# Task: ".length())).isIn(TASKS);
      missing.remove(name(verb));
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void helpIsGroupedByTaskAndTakesItsWordsFromTheScripts() throws Exception {
    var said = door("--help");

    assertThat(said.exit()).isZero();
    assertThat(said.output().lines().filter(TASKS::contains)).containsExactlyElementsOf(TASKS);
    for (var verb : verbs()) {
      var lines = Files.readAllLines(verb);
      var task = said.output().split("\n" + lines.get(2).substring("# Task: ".length()) + "\n")[1];
      assertThat(task.split("\n\n")[0].lines())
          .as(verb.toString())
          .contains("  %-17s %s".formatted(name(verb), lines.get(1).substring("# ".length())));
    }
    assertThat(said.output().lines()).allMatch(line -> line.length() <= 120);
    assertThat(door().output()).isEqualTo(said.output());
    assertThat(door("help").output()).isEqualTo(said.output());
  }

  @Test
  void helpOfAVerbIsItsScripts() throws Exception {
    for (var words : List.of(List.of("help", "release"), List.of("release", "--help"))) {
      var said = door(words.toArray(String[]::new));
      assertThat(said.exit()).isZero();
      assertThat(said.output())
          .startsWith("Usage: ./slipway release STACK REF")
          .contains("--retry");
    }
    assertThat(door("develop", "lint", "--help").output()).startsWith("Usage: ./slipway lint");
    assertThat(door("help", "develop", "lint").output()).startsWith("Usage: ./slipway lint");
    assertThat(door("develop").output().strip()).startsWith("Develop\n").contains("  lint ");
  }

  @Test
  void itFindsItsWayFromAnywhere() throws Exception {
    var expected = List.of("admin-qa", "staging");
    assertThat(door("stacks").output().lines()).containsExactlyElementsOf(expected);

    Files.createDirectories(temporary.resolve("bin"));
    Files.createSymbolicLink(
        temporary.resolve("bin/door"), Path.of("../" + checkout.getFileName() + "/slipway"));
    Files.createSymbolicLink(elsewhere.resolve("slipway"), temporary.resolve("bin/door"));
    for (var line :
        List.of(
            "./slipway stacks",
            "cd \"$1\" && ./slipway stacks",
            "cd \"$1/scripts\" && ../slipway stacks",
            "PATH=$2:$PATH door stacks")) {
      var ended = bash(line, checkout.toString(), temporary.resolve("bin").toString());
      assertThat(ended.errors()).as(line).isEmpty();
      assertThat(ended.output().lines()).as(line).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void theStatusAndTheWordsAreTheScripts() throws Exception {
    Files.writeString(
        checkout.resolve("scripts/status.sh"),
        "#!/usr/bin/env bash\n# Tells.\n# Task: Look\nprintf '<%s>' \"$@\"; exit 31\n");

    var ended = door("status", "a b", "", "--x='$y'");

    assertThat(ended.exit()).isEqualTo(31);
    assertThat(ended.output()).isEqualTo("<a b><><--x='$y'>");
  }

  @Test
  void anUnknownVerbIsRefusedWithTheOneThatWasMeant() throws Exception {
    for (var meant :
        List.of(
            List.of("relase", "release"),
            List.of("lsit", ""),
            List.of("stat", "status"),
            List.of("Backup", "backup"),
            List.of("drift.sh", "drift"),
            List.of("rolback", "rollback"),
            List.of("no-such-thing", ""))) {
      var ended = door(meant.get(0), "staging");
      assertThat(ended.exit()).isEqualTo(2);
      assertThat(ended.output()).isEmpty();
      assertThat(ended.errors())
          .isEqualTo(
              "slipway: \"%s\" is not a verb%s%nSee ./slipway --help%n"
                  .formatted(
                      meant.get(0),
                      meant.get(1).isEmpty() ? "" : "; did you mean " + meant.get(1) + "?"));
    }
    assertThat(door("").errors()).contains("the verb is empty");
    assertThat(door("--verbose").errors()).contains("\"--verbose\" is not an option");
    assertThat(door("help", "relase").errors()).contains("did you mean release?");
    assertThat(door("develop", "up").exit()).as("no verb of the task").isEqualTo(2);
    assertThat(door("apply").exit()).as("a workflow's script").isEqualTo(2);
  }

  @Test
  void theVersionIsThePomsAndTheCommit() throws Exception {
    var number = Files.readString(Path.of("pom.xml")).split("<version>")[1].split("<")[0];
    assertThat(door("--version").output()).isEqualTo("slipway " + number + "\n");

    var commit =
        bash(
            "cd \"$1\" && git init -q . && git -c user.name=n -c user.email=e commit -q --allow-empty -m x"
                + " && git add pom.xml && git rev-parse --short HEAD",
            checkout.toString());
    assertThat(door("--version").output())
        .isEqualTo("slipway %s (%s, changed)%n".formatted(number, commit.output().strip()));
  }

  @Test
  void wordsAreCompleted() throws Exception {
    assertThat(completions(""))
        .contains("release", "lint", "help", "--version")
        .doesNotContain("apply");
    assertThat(completions("status", "")).containsExactly("admin-qa", "staging");
    assertThat(completions("secret", ""))
        .containsExactly("forget", "list", "set", "admin-qa", "staging");
    assertThat(completions("secret", "set", "")).containsExactly("admin-qa", "staging");
    assertThat(completions("up", "staging", "--"))
        .contains("--dry-run", "--yes", "--region")
        .doesNotContain("--diff");
    assertThat(completions("help", "r")).contains("release");
    assertThat(completions("completion", "")).containsExactly("bash", "zsh");
    assertThat(Set.copyOf(completions("develop", "")))
        .isEqualTo(
            verbs().stream()
                .filter(verb -> verb.startsWith("scripts/dev") || isIn(verb, "test", "rehearse"))
                .map(DoorTest::name)
                .collect(Collectors.toSet()));
  }

  private static boolean isIn(Path verb, String... names) {
    return List.of(names).contains(name(verb));
  }

  @Test
  void bashCompletesByThem() throws Exception {
    var complete =
        """
        set -e
        eval "$("$1" completion bash)"
        try() {
          COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
          _slipway
          echo "${COMPREPLY[*]}"
        }
        try "$1" rele
        try slipway status ''
        try slipway release staging --ret
        complete -p slipway
        """;

    var ended = bash(complete, checkout.resolve("slipway").toString());

    assertThat(ended.errors()).isEmpty();
    assertThat(ended.output().lines())
        .containsExactly("release", "admin-qa staging", "--retry", "complete -F _slipway slipway");
  }

  @Test
  void completionIsForTheShellsThatItKnows() throws Exception {
    assertThat(door("completion", "zsh").output()).contains("compdef _slipway slipway");
    assertThat(door("completion", "fish").exit()).isEqualTo(2);
    assertThat(door("completion").exit()).isEqualTo(2);
  }
}
