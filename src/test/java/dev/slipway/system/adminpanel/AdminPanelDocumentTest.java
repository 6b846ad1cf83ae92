package dev.slipway.system.adminpanel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The document's scenarios under "Infrastructure Documentation", by their names: that what readers
 * are told to type is there, and that what they are told is so.
 */
class AdminPanelDocumentTest {
  private static final Path DOCS = Path.of("docs");
  private static final Path GUIDE = DOCS.resolve("admin-panel.md");
  private static final Path TESTS = Path.of("src/test/java");

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is under a heading, up to the next one of its rank. */
  private static String section(Path file, String heading) {
    var found =
        Pattern.compile("(?ms)^## " + Pattern.quote(heading) + "$(.*?)(?=^## |\\z)")
            .matcher(read(file));
    assertThat(found.find()).as(file + " has a part \"" + heading + "\"").isTrue();
    return found.group(1);
  }

  /** The rows of the tables in a text, their cells stripped, without heads. */
  private static List<List<String>> rows(String text) {
    var rows = new ArrayList<List<String>>();
    boolean inside = false;
    for (String line : text.split("\n")) {
      if (!line.startsWith("|")) {
        inside = false;
      } else if (line.startsWith("|---")) {
        inside = true;
      } else if (inside) {
        rows.add(
            Pattern.compile(" \\| ?")
                .splitAsStream(line.substring(1) + " ")
                .map(String::strip)
                .filter(cell -> !cell.isEmpty())
                .toList());
      }
    }
    return rows;
  }

  /** As GitHub makes it of a heading. */
  private static String anchor(String heading) {
    return heading.toLowerCase(java.util.Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-');
  }

  private static List<String> headings(Path file) {
    return Pattern.compile("(?m)^#+ (.*)$")
        .matcher(read(file).replaceAll("(?ms)^```.*?^```", ""))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static List<Path> documents() throws IOException {
    try (var files = Files.walk(DOCS)) {
      var all = new ArrayList<>(files.filter(file -> file.toString().endsWith(".md")).toList());
      all.add(Path.of("README.md"));
      return all;
    }
  }

  @Nested
  @DisplayName("Infrastructure Documentation")
  class Documentation {
    @Test
    @DisplayName("Setup new infrastructure")
    void setup() throws IOException {
      String setup = section(GUIDE, "Bringing it up");
      assertThat(setup)
          .as("prerequisites")
          .contains(
              "AWS account", "AWS CLI", "JDK", "Maven", "Pulumi", "Route 53", "./slipway doctor");

      var steps =
          Pattern.compile("(?m)^\\./slipway ([a-z-]+).* admin-qa")
              .matcher(setup)
              .results()
              .map(found -> found.group(1))
              .toList();
      assertThat(steps)
          .as("step by step")
          .containsExactly("bootstrap", "ami", "plan", "up", "secret", "release");

      var qa = StackConfig.file("admin-qa").values();
      for (var row : rows(setup)) {
        var setting = Pattern.compile("`([a-z]+:[a-z]+)").matcher(row.get(0));
        assertThat(setting.find()).as(row.get(0)).isTrue();
        assertThat(qa).containsKey(setting.group(1));
      }
      environments();

      var troubles = rows(section(GUIDE, "When it doesn't work"));
      assertThat(troubles)
          .as("troubleshooting")
          .hasSizeGreaterThan(5)
          .allSatisfy(row -> assertThat(row).hasSize(2));
    }

    /** What the guide says of each environment is what its stack file makes. */
    private void environments() {
      var said = new HashMap<String, List<String>>();
      rows(read(GUIDE).split("## ")[0]).forEach(row -> said.put(row.get(0), row));
      var stacks = List.of("admin-qa", "admin-prod");
      for (int i = 0; i < stacks.size(); i++) {
        FakeStack stack = FakeCloud.stack(stacks.get(i), StackConfig.file(stacks.get(i)));
        int column = i + 1;
        assertThat(said.get("hosts").get(column))
            .contains(stack.only("aws:ec2/launchTemplate:LaunchTemplate").text("instanceType"));
        var database = stack.only("aws:rds/instance:Instance");
        assertThat(said.get("PostgreSQL " + database.text("engineVersion")).get(column))
            .contains(
                database.text("instanceClass"),
                database.input("multiAz").equals(true) ? "Multi-AZ" : "one zone");
        assertThat(said.get("logs").get(column))
            .isEqualTo(
                stack.only("aws:cloudwatch/logGroup:LogGroup", "log-api").input("retentionInDays")
                    + " days");
      }
    }

    @Test
    @DisplayName("Perform operational tasks")
    void operations() {
      Map<String, String> where = new HashMap<>();
      rows(section(GUIDE, "Running it")).forEach(row -> where.put(row.get(0), row.get(1)));
      var link = Pattern.compile("\\]\\(([^)#]+)(?:#([^)]+))?\\)");
      for (String task :
          List.of(
              "deployment",
              "rollback",
              "scaling",
              "emergency",
              "monitoring and alerting",
              "backup and restore")) {
        var row = where.keySet().stream().filter(key -> key.startsWith(task)).toList();
        assertThat(row).as(task).hasSize(1);
        var target = link.matcher(where.get(row.get(0)));
        assertThat(target.find()).as(task).isTrue();
        Path runbook = DOCS.resolve(target.group(1));
        String procedure =
            target.group(2) == null
                ? read(runbook)
                : headings(runbook).stream()
                    .filter(heading -> anchor(heading).equals(target.group(2)))
                    .map(heading -> section(runbook, heading))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(runbook + " has no " + target.group(2)));
        assertThat(procedure).as(task).containsPattern("```bash|(?m)^\\|---|^1\\. ");
      }
    }

    @Test
    void everyAlarmIsInTheRunbook() {
      var told = new TreeSet<String>();
      rows(read(DOCS.resolve("runbooks/monitoring.md")))
          .forEach(row -> told.add(row.get(0).replace("`", "")));
      var raised = new TreeSet<String>();
      FakeCloud.stack("admin-prod", StackConfig.file("admin-prod"))
          .all("aws:cloudwatch/metricAlarm:MetricAlarm")
          .forEach(
              alarm ->
                  raised.add(
                      alarm
                          .name()
                          .replaceFirst(".*monitoring-", "")
                          .replaceFirst("^(api|web)-", "APP-")
                          .replaceFirst("-\\d+$", "-N")));
      // Other systems have more: a replica, memory.
      assertThat(told).containsAll(raised);
    }
  }

  @Test
  void scriptsAndOptionsThatReadersAreToldToTypeAreThere() throws Exception {
    var call =
        Pattern.compile(
            "(?:(?<=scripts/)((?:ci/|dev/)?[a-z-]+\\.sh)|(?<=\\./slipway )([a-z-]+))((?: [^\n`|;&#]*)?)");
    var option = Pattern.compile("(?<= )--[a-z][a-z-]*");
    var help = new HashMap<String, String>();
    int calls = 0;
    for (Path file : documents()) {
      var said = call.matcher(read(file).replaceAll("\\\\\n\\s*", " "));
      while (said.find()) {
        calls++;
        if (Set.of("help", "completion", "develop").contains(String.valueOf(said.group(2)))) {
          continue;
        }
        Path script =
            said.group(1) != null ? Path.of("scripts", said.group(1)) : verb(said.group(2));
        assertThat(script).as(file.toString()).isExecutable();
        var options = option.matcher(said.group(3).split(" -- ")[0]);
        while (options.find()) {
          assertThat(help.computeIfAbsent(script.toString(), name -> help(script)))
              .as(file + ": " + said.group())
              .contains(options.group());
        }
      }
    }
    assertThat(calls).isGreaterThan(100);
  }

  private static Path verb(String name) {
    Path script = Path.of("scripts/dev", name + ".sh");
    return Files.exists(script) ? script : Path.of("scripts", name + ".sh");
  }

  private static String help(Path script) {
    try {
      Process process =
          new ProcessBuilder("bash", script.toString(), "--help").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor()).as(script + " --help").isZero();
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void partsThatLinksPointAtAreThere() throws IOException {
    var link = Pattern.compile("\\]\\(([^):# ]*)#([^)]+)\\)");
    for (Path file : documents()) {
      var links = link.matcher(read(file).replaceAll("(?ms)^```.*?^```", ""));
      while (links.find()) {
        Path target =
            links.group(1).isEmpty() ? file : file.resolveSibling(links.group(1)).normalize();
        assertThat(headings(target).stream().map(AdminPanelDocumentTest::anchor))
            .as(file + ": " + links.group())
            .contains(links.group(2));
      }
    }
  }

  @Test
  void everyScenarioOfTheDocumentHasTheTestThatTheGuideSays() throws IOException {
    var scenarios = rows(section(GUIDE, "Where each scenario is tested"));
    assertThat(scenarios).hasSize(35).doesNotHaveDuplicates();
    String rehearsal = read(test("AdminPanelRehearsal"));
    var name = Pattern.compile("`([^`]+)`");
    for (var row : scenarios) {
      String scenario = row.get(0);
      assertThat(read(test(row.get(1).replace("`", ""))))
          .contains("@DisplayName(\"" + scenario + "\")");
      var others = name.matcher(row.size() > 2 ? row.get(2) : "");
      while (others.find()) {
        if (others.group(1).endsWith("Test")) {
          assertThat(read(test(others.group(1))))
              .as(others.group(1) + " names what it is about")
              .containsPattern("Scenarios?: .*" + Pattern.quote(scenario));
        } else {
          assertThat(rehearsal)
              .as(scenario)
              .containsPattern("(Step<>|Step\\.[a-z]+)\\(\\s*\"" + others.group(1) + "\",");
        }
      }
    }
  }

  private static Path test(String name) throws IOException {
    try (var files = Files.walk(TESTS)) {
      return files.filter(file -> file.endsWith(name + ".java")).findFirst().orElseThrow();
    }
  }
}
