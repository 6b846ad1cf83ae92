package dev.slipway.plan.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stack files that once ended in a stack trace, in silence, or in a message that helped nobody. */
class StackFileRegressionsTest {
  @TempDir Path folder;

  private PlannedText.Answer answer(String stack, byte[] file) throws IOException {
    var answer = PlannedText.answer(folder, stack, file);
    assertThat(answer.wrongs()).as(answer.all()).isEmpty();
    return answer;
  }

  private PlannedText.Answer answer(String text) throws IOException {
    return answer("staging", text.getBytes(UTF_8));
  }

  /** A real stack file with a part of it replaced. */
  private PlannedText.Answer with(String stack, String part, String by) throws IOException {
    var text = new String(PlannedText.bytesOf(stack), UTF_8);
    assertThat(text).contains(part);
    return answer(stack, text.replace(part, by).getBytes(UTF_8));
  }

  private static String minimal(String tags) {
    return "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n  slipway:tags: "
        + tags
        + "\n";
  }

  @ParameterizedTest
  @ValueSource(strings = {"&t {self: *t}", "&t [*t]", "&t {a: {b: [{c: *t}]}}", "&t {? *t : x}"})
  void valuesThatContainThemselves(String tags) throws IOException {
    var answer = answer(minimal(tags));

    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.errors())
        .contains("Pulumi.staging.yaml")
        .containsAnyOf("itself", "alias", "Recursive");
  }

  @ParameterizedTest
  @ValueSource(strings = {"&t {<<: *t}", "&t {<<: [*t, {a: b}]}", "{<<: 1}", "{<<: [[]]}"})
  void mergesOfThemselvesAndOfNothing(String tags) throws IOException {
    assertThat(answer(minimal(tags)).errors()).contains("Pulumi.staging.yaml");
  }

  @Test
  void aFewLinesThatStandForBillions() throws IOException {
    var lines =
        IntStream.range(1, 40)
            .mapToObj(n -> "  x" + n + ": &x" + n + " [*x" + (n - 1) + ", *x" + (n - 1) + "]\n")
            .collect(Collectors.joining());
    var fewer = lines.lines().limit(24).collect(Collectors.joining("\n"));

    assertThat(answer("config:\n  x0: &x0 [a, a]\n" + lines).errors())
        .contains("Pulumi.staging.yaml");
    assertThat(answer("config:\n  x0: &x0 [a, a]\n" + fewer + "\n").errors())
        .contains("has more than 100000 values when each alias");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: ", "- ", "? ", "!a "})
  void deepNesting(String one) throws IOException {
    assertThat(answer(minimal(one.repeat(20_000))).status()).isEqualTo(1);
    assertThat(answer(minimal("'" + one.repeat(20_000) + "'")).status()).isEqualTo(1);
  }

  @Test
  void deepIndentation() throws IOException {
    var deep =
        IntStream.range(1, 2000)
            .mapToObj(n -> " ".repeat(n) + "a:\n")
            .collect(Collectors.joining());

    assertThat(answer("config:\n" + deep).errors()).contains("Pulumi.staging.yaml");
  }

  @Test
  void hugeFiles() throws IOException {
    assertThat(answer("#" + "x".repeat(5_000_000)).errors())
        .contains("Pulumi.staging.yaml: has 5000001 bytes; no more than 1048576 are read");
    assertThat(answer("config:\n  slipway:system: " + "x".repeat(1_000_000) + "\n").errors())
        .hasSizeLessThan(5000);
    assertThat(answer("config:\n" + "  a: b\n".repeat(100_000)).errors()).contains("duplicate key");
    assertThat(answer("config:\n  a: " + "&x ".repeat(100_000)).status()).isEqualTo(1);
  }

  @Test
  void otherEncodings() throws IOException {
    var text = minimal("{Owner: Müller}");

    assertThat(answer("staging", text.getBytes(ISO_8859_1)).errors())
        .isEqualTo(
            "Pulumi.staging.yaml: line 4: is not UTF-8 (the byte 0xFC); save the file as UTF-8\n");
    assertThat(answer("staging", ("\ufeff" + text).getBytes(UTF_16LE)).errors())
        .isEqualTo("Pulumi.staging.yaml: is UTF-16; save it as UTF-8\n");
    assertThat(answer("staging", text.substring(0, 30).getBytes(UTF_16LE)).errors())
        .contains("line 1: has the control character 0x00");
    assertThat(answer("\ufeff" + new String(PlannedText.bytesOf("staging"), UTF_8)).status())
        .as("a byte order mark, which Windows' editors write, is no mistake")
        .isZero();
    assertThat(answer(text.replace("Owner", "Ow\0ner")).errors())
        .contains("line 4: has the control character 0x00");
    assertThat(answer(text.replace("\n", "\r\n")).errors()).doesNotContain("control character");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config: [] | config: is a list, and a mapping is expected",
        "config: text | config: is a text, and a mapping is expected",
        "config: 7 | config: is \"7\", and a mapping is expected",
        "- a | is a list, and a mapping is expected",
        "text | is a text, and a mapping is expected",
        "config: {[a]: b} | has a list or a mapping where the name of a setting is expected",
        "config: {null: b} | has nothing where the name of a setting is expected",
        "config: {a: 1, a: 2} | duplicate key a",
        "config: {host: {}, slipway:host: {}} | slipway:host is there twice",
        "config: {a: {1: x, '1': y}} | config.a.1: is there twice",
        "config: {a: .} | Pulumi.staging.yaml has",
        "config: {a: !!float .nan} | a: \".nan\"",
        "config: {a: !!float .nan } | line 1: has the tag !!float, and no tag is read",
        "config: {a: !!binary aGVsbG8=} | line 1: has the tag !!binary, and no tag is read",
        "config: {a: !!int x} | line 1: has the tag !!int, and no tag is read",
        "config: {a: !!java.lang.String x} | is not valid YAML at line 1",
        "config: {a: .nan} | line 1: \".nan\" is not a number",
        "config: {a: 0400} | line 1: \"0400\" is 256 to Pulumi; write what you mean",
        "config: {a: *b} | found undefined alias b",
      })
  void structuresThatAreNoSettings(String text, String expected) throws IOException {
    var answer = answer(text + "\n");

    assertThat(answer.status()).isEqualTo(1);
    if (!expected.contains(".nan\"")) {
      assertThat(answer.errors()).contains("Pulumi.staging.yaml").contains(expected);
    }
  }

  @Test
  void tabs() throws IOException {
    assertThat(answer("config:\n\tslipway:system: erpnext\n").errors())
        .contains("Pulumi.staging.yaml is not valid YAML at line 2, column 1")
        .contains("TAB");
  }

  @Test
  void emptyFiles() throws IOException {
    for (var text : new String[] {"", "\n", "# nothing\n", "---\n", "config:\n", "null\n"}) {
      assertThat(answer(text).errors())
          .contains("aws:region: is missing; set it with")
          .contains("system: is missing; set it with");
    }
  }

  @Test
  void aFolderInTheFilesPlace() throws IOException {
    Files.createDirectories(folder.resolve("Pulumi.staging.yaml"));
    Files.copy(Path.of("Pulumi.yaml"), folder.resolve("Pulumi.yaml"));

    var answer = PlannedText.run("staging", "--folder", folder.toString());

    assertThat(answer.wrongs()).isEmpty();
    assertThat(answer.errors()).isEqualTo("Pulumi.staging.yaml: is not a file\n");
  }

  @Test
  void controlCharactersAreShownAndNotPrinted() throws IOException {
    assertThat(
            with("staging", "email: ops@example.com", "email: \"a\\e[31m\\u202eb\\nc\"").errors())
        .contains("https.email: \"a\\u001b[31m\\u202eb\\u000ac\" is not a mail address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"api-", "a-", "-api", "Api", "api_", "a.b", "'1'", "''", "' '"})
  void namesOfAppsThatAwsDoesNotTake(String name) throws IOException {
    var answer = with("admin-qa", "    api:\n", "    " + name + ":\n");

    assertThat(answer.status()).isEqualTo(1);
    assertThat(answer.errors()).contains("Pulumi.admin-qa.yaml has").contains("is not a name of");
  }

  @Test
  void theSameNetworkForSshTwice() throws IOException {
    assertThat(
            with(
                    "staging",
                    "dataVolumeGiB: 40",
                    "dataVolumeGiB: 40\n    sshFrom: [192.0.2.0/24, 2001:db8::/32, 192.0.2.0/24,"
                        + " 2001:0DB8:0::/32]")
                .errors())
        .contains("host.sshFrom[2]: \"192.0.2.0/24\" is there already")
        .contains("host.sshFrom[3]: \"2001:0DB8:0::/32\" is there already, as \"2001:db8::/32\"");
    assertThat(
            with(
                    "admin-qa",
                    "    count: 1",
                    "    count: 1\n    sshFrom: [192.0.2.0/24, 192.0.2.0/24]")
                .errors())
        .contains("hosts.sshFrom[1]: \"192.0.2.0/24\" is there already");
  }

  /** Lists of names in the stack files, with one of their entries given again. */
  @Test
  void entriesGivenTwice() throws IOException {
    var twice =
        new String[][] {
          {"staging", "apps: [erpnext]", "apps: [erpnext, erpnext]"},
          {
            "staging",
            "- name: erp.example.com",
            "- name: erp.example.com\n      - name: erp.example.com"
          },
          {"admin-qa", "zones: [a, b]", "zones: [a, b, a]"},
          {"admin-qa", "[/api/*, /health]", "[/api/*, /api/*]"},
          {
            "admin-qa",
            "[/api/*, /health]",
            "[/a/*]\n      hosts: [a.qa.example.com, a.qa.example.com]"
          },
          {
            "admin-qa",
            "[/api/*, /health]",
            "[/a/*]\n      hosts: ['*.qa.example.com', any.qa.example.com]"
          },
          {"admin-qa", "[/api/*, /health]", "[/a/*]\n      hosts: [qa.example.com]"},
          {"admin-qa", "      health: /\n", "      health: /\n      paths: [/api/*, /health]\n"},
          {"admin-qa", "generated: [jwt]", "generated: [jwt, jwt]"},
          {"admin-qa", "external: [oauth]", "external: [oauth, jwt]"},
          {
            "foundation",
            "slipway:stacks:",
            "slipway:zones: [example.com, example.com]\n  slipway:stacks:"
          },
          {
            "foundation",
            "slipway:stacks:",
            "slipway:zones: [example.com, EXAMPLE.com, example.com.]\n  slipway:stacks:"
          },
          {
            "foundation",
            "- name: staging",
            "- {name: staging, system: erpnext}\n    - name: staging"
          },
          {"foundation", "- name: admin-web", "- name: admin-api"},
          {"foundation", "[Z0123456789EXAMPLE]", "[Z0123456789EXAMPLE, Z0123456789EXAMPLE]"},
          {
            "foundation",
            "slipway:budget:",
            "slipway:blockPublicBuckets: {closes: [a-bucket, a-bucket]}\n  slipway:budget:"
          },
        };
    for (var one : twice) {
      with(one[0], one[1], one[2]);
    }
  }

  /**
   * Names that the program gives to things of its own, taken for apps, secrets and applications.
   */
  @Test
  void namesThatTheProgramUsesItself() throws IOException {
    var names = new TreeSet<String>();
    for (var stack : PlannedText.stacks()) {
      for (var resource : Plan.of(Path.of("."), stack, PlanMain.PROGRAM).graph().resources()) {
        var name = resource.name();
        for (int at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) {
          if (name.substring(at + 1).matches("[a-z][a-z0-9-]{0,18}[a-z0-9]")) {
            names.add(name.substring(at + 1));
          }
        }
      }
    }
    assertThat(names).hasSizeGreaterThan(40);
    names.removeAll(Set.of("api", "web", "erp", "admin-api", "admin-web"));
    // A load balancer takes no more rules than a few, and so a plan.
    var open = new ArrayList<>(names);
    while (!open.isEmpty()) {
      var some = open.subList(0, Math.min(15, open.size()));
      var apps = new TreeSet<>(some);
      // What is refused is refused by name; all the others have to be planned.
      Pattern.compile("^  apps\\.([a-z0-9-]+): .*", Pattern.MULTILINE)
          .matcher(with("admin-qa", "  slipway:apps:\n", apps(apps)).errors())
          .results()
          .forEach(found -> apps.remove(found.group(1)));
      if (apps.size() < some.size()) {
        with("admin-qa", "  slipway:apps:\n", apps(apps));
      }
      assertThat(apps).isNotEmpty().doesNotContain("balancer");
      some.clear();
    }
    with("admin-qa", "generated: [jwt]", "generated: [jwt, " + String.join(", ", names) + "]");
    with("foundation", "  slipway:applications:\n", applications(names));
  }

  private static String apps(Set<String> names) {
    var text = new StringBuilder("  slipway:apps:\n");
    int port = 9000;
    for (var name : names) {
      text.append(
          "    %s: {image: admin/x, hostPort: %d, paths: [/%s/*]}%n".formatted(name, port++, name));
    }
    return text.toString();
  }

  private static String applications(Set<String> names) {
    return names.stream()
        .map(
            name ->
                "    - {name: %s, repository: my-company/x, environment: qa, stack: admin-qa, ecr: {keep: 5}}%n"
                    .formatted(name))
        .collect(Collectors.joining("", "  slipway:applications:\n", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "my-company/slipway.git",
        "my-company/slipway/",
        "https://github.com/my-company/slipway",
        "https://github.com/my-company/slipway.git/",
        "git@github.com:my-company/slipway.git",
        "ssh://git@github.com/my-company/slipway.git",
        "github.com/my-company/slipway",
        "'  my-company/slipway '"
      })
  void repositoriesThatNoTokenNames(String repository) throws IOException {
    assertThat(
            with("foundation", "repository: my-company/slipway", "repository: " + repository)
                .errors())
        .contains("github.repository: ")
        .contains("is not a repository as tokens of workflows name it; write my-company/slipway\n");
    assertThat(
            with("foundation", "repository: my-company/erp", "repository: my-company/erp.git")
                .errors())
        .contains("applications[0].repository: \"my-company/erp.git\" is not")
        .contains("write my-company/erp\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"my-company", "a/b/c", "-a/b", "a-/b", "a--b/c", "a/..", "a/b c", "'*/b'"})
  void whatIsNoRepository(String repository) throws IOException {
    assertThat(
            with("foundation", "repository: my-company/slipway", "repository: " + repository)
                .errors())
        .contains("github.repository: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "feature/a+b",
        "fix#12",
        "v1.2=x",
        "a@b",
        "release,1",
        "100%",
        "hot!fix",
        "develop"
      })
  void branchesThatGitTakes(String branch) throws IOException {
    assertThat(with("staging", "slipway:branch: develop", "slipway:branch: " + branch).status())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a..b",
        "a b",
        "a~b",
        "a^b",
        "a:b",
        "'a?b'",
        "'a*b'",
        "'a[b'",
        "'-a'",
        "/a",
        "a/",
        "a//b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "'@'",
        "'a@{b'",
        "'a\\b'",
        "'$(x)'",
        "'a`b'",
        "\"a'b\"",
        "''"
      })
  void branchesThatGitDoesNotTakeOrThatAreNotPlain(String branch) throws IOException {
    assertThat(with("staging", "slipway:branch: develop", "slipway:branch: " + branch).errors())
        .contains("branch: ")
        .contains("is not the name of a branch");
  }
}
