package dev.slipway.plan.diagram;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.stackfile.YamlFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Diagrams are what is really there, and Mermaid can read them. */
class DiagramPageTest {

  private static final Plan PLAN = Plan.of(Path.of("."), "grocery-dev", Main::stack);
  private static final String LABEL = "\"[^\"`<>]*(?:<br/>[^\"`<>]*)*\"";
  private static final Pattern NODE =
      Pattern.compile("n\\d+(?:\\[%1$s]|\\[\\(%1$s\\)]|\\(\\[%1$s]\\)|\\{%1$s})".formatted(LABEL));
  private static final Pattern FRAME = Pattern.compile("subgraph (n\\d+)\\[" + LABEL + "]");
  private static final Pattern ARROW =
      Pattern.compile(
          "(n\\d+) (?:-->|-\\.->|-- %1$s -->|-\\. %1$s \\.->) (n\\d+)".formatted(LABEL));

  private static Map<String, String> charts() {
    var workflows =
        new TreeMap<String, Map<String, Object>>(
            Map.of(
                "develop.yml", YamlFile.read(Path.of(".github/workflows/develop.yml")),
                "quality.yml", YamlFile.read(Path.of(".github/workflows/quality.yml")),
                "apply.yml", YamlFile.read(Path.of(".github/workflows/apply.yml"))));
    var foundation = Plan.of(Path.of("."), "foundation", Main::stack).graph();
    var page = DiagramPage.of(PLAN, "develop", workflows, Optional.of(foundation));
    var result = new LinkedHashMap<String, String>();
    var found = Pattern.compile("(?s)\n## ([^\n]+)\n.*?```mermaid\n(.*?)```\n").matcher(page);
    while (found.find()) {
      result.put(found.group(1), found.group(2));
    }
    return result;
  }

  /** What is wrong with a chart in the part of Mermaid's grammar that is used here. */
  private static List<String> wrong(String chart) {
    var problems = new ArrayList<String>();
    var declared = new TreeSet<String>();
    var open = new ArrayDeque<String>();
    var lines = chart.lines().map(String::strip).toList();
    if (!lines.get(0).matches("flowchart (LR|TB)")) {
      problems.add(lines.get(0));
    }
    for (var line : lines.subList(1, lines.size())) {
      var frame = FRAME.matcher(line);
      var arrow = ARROW.matcher(line);
      if (frame.matches()) {
        open.push(line);
        declared.add(frame.group(1));
      } else if (line.equals("end") && !open.isEmpty()) {
        open.pop();
      } else if (arrow.matches()) {
        if (!declared.containsAll(List.of(arrow.group(1), arrow.group(2)))) {
          problems.add("to or from nothing: " + line);
        }
      } else if (NODE.matcher(line).matches()) {
        declared.add(line.replaceFirst("[^n0-9].*", ""));
      } else {
        problems.add(line);
      }
    }
    problems.addAll(open);
    return problems;
  }

  @Test
  void theGroceryHasAllDiagramsAndEachCanBeRead() {
    var charts = charts();

    assertThat(charts.keySet())
        .containsExactly(
            "Architecture",
            "Components",
            "CI and CD",
            "Containers on a host",
            "Data and backups",
            "The state machine dumps-workflow",
            "First boot",
            "Security",
            "Monitoring and alerts");
    charts.forEach(
        (title, chart) -> {
          assertThat(wrong(chart)).as(title).isEmpty();
          assertThat(chart.lines().filter(line -> NODE.matcher(line.strip()).matches()).count())
              .as(title)
              .isBetween(4L, 40L);
        });
    assertThat(charts()).as("the same every time").isEqualTo(charts);
  }

  @Test
  void diagramsSayWhatThePlanSays() {
    var charts = charts();

    assertThat(charts.get("Components")).contains("database.PostgresDatabase");
    assertThat(charts.get("CI and CD")).contains("push to develop", "scripts/ci/apply.sh");
    assertThat(charts.get("Containers on a host"))
        .contains("/api/*", "container port 5000", "8002 to 80", "/opt/grocery");
    assertThat(charts.get("Data and backups")).contains("keys that begin with db-dumps/");
    assertThat(charts.get("The state machine dumps-workflow")).contains("SafetyDump");
    assertThat(charts.get("Security"))
        .contains("lambda.amazonaws.com", "slipway-deploy-grocery-dev", "OIDC");
    PLAN.graph()
        .of("aws:cloudwatch/metricAlarm:MetricAlarm")
        .forEach(
            alarm ->
                assertThat(charts.get("Monitoring and alerts"))
                    .contains(PLAN.graph().label(alarm).replaceFirst("^monitoring-", "") + ": "));
  }

  @Test
  void whatHasWordsInTheFirstBootIsInTheScripts() {
    var scripts =
        HostFiles.bundles(PLAN.graph()).stream()
                .flatMap(bundle -> bundle.files().values().stream())
                .map(content -> new String(content, StandardCharsets.UTF_8))
                .collect(Collectors.joining("\n"))
            + String.join("\n", HostFiles.texts(PLAN.graph()).values());

    assertThat(BootDiagram.WORDS.keySet())
        .allSatisfy(function -> assertThat(scripts).contains(function + "() {"));
  }

  @Test
  void aStateThatFailsGoesWhereItsCatchSays() {
    var chart =
        DataDiagram.machine(
                Map.of(
                    "StartAt",
                    "Do",
                    "States",
                    Map.of(
                        "Do",
                        Map.of(
                            "Type", "Task", "End", true, "Catch", List.of(Map.of("Next", "Tell"))),
                        "Tell",
                        Map.of("Type", "Fail"))))
            .text();

    assertThat(wrong(chart)).isEmpty();
    assertThat(chart).contains("-. \"fails\" .->");
  }

  @Test
  void nothingInALabelCanEndIt() {
    var chart =
        new Flow("LR")
            .node("end", "", Shape.BOX, "\"] --> x\n<b>`#1;` & more")
            .node("other", "", Shape.CHOICE, "other", " ")
            .arrow("end", "other", "a \"word\"")
            .arrow("end", "nobody", "is left out")
            .text();

    assertThat(wrong(chart)).isEmpty();
    assertThat(chart)
        .contains("#quot;] --#gt; x #lt;b#gt;#96;#35;1;#96; #amp; more")
        .doesNotContain("left out");
  }
}
