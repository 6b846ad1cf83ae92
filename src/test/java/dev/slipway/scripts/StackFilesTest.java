package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.stackfile.StackFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scripts see in stack files what the plan and the program see. */
class StackFilesTest {
  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void aWorkplace() {
    place = new Workplace(root);
  }

  private Workplace.Ended bash(String commands, Map<String, String> environment) {
    environment.forEach(place::with);
    return bash(commands);
  }

  private Workplace.Ended bash(String commands) {
    place.file(
        "scripts/try.sh",
        "set -euo pipefail\nsource \"$FAKES/scripts/lib/common.sh\"\n" + commands);
    return place.run("try.sh");
  }

  private String said(String commands) {
    var ended = bash(commands + "\n");
    assertThat(ended.exit()).as(ended.all()).isZero();
    return ended.output();
  }

  @Test
  void quotedKeysAndJsonAreRead() {
    place.file(
        "Pulumi.quoted.yaml",
        "\"config\":\n  \"aws:region\": us-east-1\n  'slipway:branch': develop\n"
            + "  \"slipway:hosts\": {\"count\": 2}\n");
    place.file(
        "Pulumi.json.yaml",
        "{\"config\": {\"aws:region\": \"us-east-1\", \"slipway:branch\": \"develop\"}}\n");
    place.file("Pulumi.bare.yaml", "config:\n  branch: develop # ours\n  hosts:\n    count: 1\n");
    place.file(
        "Pulumi.other.yaml",
        "config:\n  # slipway:branch: develop\n  slipway:text: |\n    slipway:branch: develop\n");

    assertThat(place.run("stacks.sh", "--branch", "develop").output())
        .isEqualTo("bare\njson\nquoted\n");
    assertThat(said("need_stack quoted; no_problems; ! is_fleet || echo several"))
        .as("a fleet's release goes from host to host, and not to all at once")
        .isEqualTo("several\n");
  }

  @Test
  void theSystemSaysWhatHostsThereAre() {
    place.file("Pulumi.one.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n");
    place.file(
        "Pulumi.many.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: admin-panel\n");
    place.file(
        "Pulumi.wrong.yaml", "config:\n  aws:region: us-east-1\n  slipway:system: mainframe\n");

    assertThat(said("hosts_of \"$(stack_file one)\"; hosts_of \"$(stack_file many)\""))
        .isEqualTo("one\nfleet\n");
    var refused = place.run("status.sh", "wrong");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.errors())
        .contains(
            "system: \"mainframe\" is none of admin-panel, erpnext, fastapi, foundation, grocery");
  }

  @Test
  void theRegionMayBeTheProjects() {
    place.file(
        "Pulumi.yaml",
        "name: slipway\nruntime: java\nconfig:\n  aws:region: {value: eu-central-1}\n");
    place.file("Pulumi.one.yaml", "config:\n  slipway:system: erpnext\n");
    place.file("Pulumi.two.yaml", "config:\n  \"aws:region\": us-east-1\n");

    assertThat(said("need_stack one; no_problems; echo $region")).isEqualTo("eu-central-1\n");
    assertThat(said("need_stack two; no_problems; echo $region")).isEqualTo("us-east-1\n");
  }

  @Test
  void aFileThatCannotBeReadHasThePlansProblem() throws IOException {
    place.file("Pulumi.one.yaml", "config:\n  aws:region: us-east-1\n  slipway:branch: 0400\n");
    String problem = null;
    try {
      StackFile.read(root, "one");
    } catch (RuntimeException wrong) {
      problem = wrong.getMessage();
    }

    assertThat(problem).contains("line 3: \"0400\" is 256 to Pulumi");
    for (var words :
        List.of(
            List.of("status.sh", "one"),
            List.of("up.sh", "one"),
            List.of("destroy.sh", "one"),
            List.of("release.sh", "one", "main"))) {
      var ended = place.run(words.get(0), words.subList(1, words.size()).toArray(String[]::new));
      assertThat(ended.exit()).isEqualTo(2);
      assertThat(ended.errors()).contains(problem);
    }
    var stacks = place.run("stacks.sh", "--branch", "develop");
    assertThat(stacks.exit()).isEqualTo(2);
    assertThat(stacks.errors()).contains(problem);
  }

  @Test
  void anAnswerIsKeptUntilTheFileIsAnother() {
    place.file("Pulumi.one.yaml", "config:\n  aws:region: us-east-1\n  slipway:branch: a\n");
    assertThat(said("stack_value \"$(stack_file one)\" slipway:branch")).isEqualTo("a\n");

    place.fake("java", "echo asked again >&2; exit 1");
    assertThat(said("stack_value \"$(stack_file one)\" slipway:branch")).isEqualTo("a\n");

    place.file("Pulumi.one.yaml", "config:\n  aws:region: us-east-1\n  slipway:branch: b\n");
    assertThat(bash("stack_value \"$(stack_file one)\" slipway:branch\n").errors())
        .contains("asked again");
  }

  @Test
  void valuesAreFoundAtAnyDepth() {
    place.file(
        "Pulumi.one.yaml",
        """
        secretsprovider: awskms://alias/slipway?region=us-east-1
        config:
          slipway:flag: false
          slipway:number: 40
          slipway:text: "a # b: c"
          slipway:nested: {deep: {deeper: [1, {x: y}], yes: no}}
          slipway:json: '{"a": {"b": "c"}}'
          slipway:nothing:
        """);
    var value = "file=$(stack_file one); stack_value \"$file\" ";

    assertThat(said(value + "slipway:flag")).isEqualTo("false\n");
    assertThat(said(value + "slipway:number")).isEqualTo("40\n");
    assertThat(said(value + "slipway:text")).isEqualTo("a # b: c\n");
    assertThat(said(value + "slipway:nested deep yes")).isEqualTo("no\n");
    assertThat(said(value + "slipway:nested deep")).as("no plain value").isEmpty();
    assertThat(said(value + "slipway:json a b"))
        .as("as pulumi config set writes it")
        .isEqualTo("c\n");
    assertThat(said(value + "slipway:nothing")).isEmpty();
    assertThat(said(value + "slipway:absent a b")).isEmpty();
    assertThat(said(value + "secretsprovider"))
        .isEqualTo("awskms://alias/slipway?region=us-east-1\n");
  }

  @Test
  void theLibraryIsTheProgramsOwn() throws Exception {
    var script = Files.readString(Path.of("scripts/lib/stack.sh"));
    var version = script.replaceFirst("(?s).*yaml_version=(\\S+).*", "$1");
    var jar =
        Arrays.stream(System.getProperty("java.class.path").split(":"))
            .filter(entry -> entry.contains("snakeyaml"))
            .findFirst()
            .orElseThrow();

    assertThat(jar).endsWith("snakeyaml-" + version + ".jar");
    assertThat(script)
        .contains(
            "yaml_sha256="
                + HexFormat.of()
                    .formatHex(
                        MessageDigest.getInstance("SHA-256")
                            .digest(Files.readAllBytes(Path.of(jar)))));
  }

  /** As cron and a bare container have it; and a home that is named from the caller's folder. */
  @Test
  void theReaderIsCompiledInAnyLocaleAndFromAnyFolder() {
    place.file("Pulumi.a.yaml", "config:\n  aws:region: us-east-1\n");

    var ended =
        bash(
            """
            unset LANG
            export LC_ALL=C
            [[ $home == "$PWD/other" ]]
            cd /
            stack_value "$(stack_file a)" aws:region
            """,
            Map.of("SLIPWAY_HOME", "other"));

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output()).isEqualTo("us-east-1\n");
  }
}
