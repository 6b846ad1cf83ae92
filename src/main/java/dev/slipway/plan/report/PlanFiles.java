package dev.slipway.plan.report;

import dev.slipway.core.Reasons;
import dev.slipway.plan.Plan;
import dev.slipway.plan.diagram.Diagram;
import dev.slipway.plan.diagram.Mermaid;
import dev.slipway.plan.diagram.Svg;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.plan.graph.PlanException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Everything about a plan as files: diagram, report, and what hosts will get. */
public final class PlanFiles {

  private final Plan plan;

  public PlanFiles(Plan plan) {
    this.plan = plan;
  }

  /** The files by path, in the order in which one would read them. */
  Map<String, byte[]> contents() {
    var result = new LinkedHashMap<String, byte[]>();
    var diagram = Diagram.of(plan);
    put(result, "plan.md", new MarkdownReport(plan, diagram).text());
    put(result, "plan.json", new JsonReport(plan).text() + "\n");
    put(result, "diagram.svg", Svg.of(diagram));
    put(result, "diagram.mmd", Mermaid.of(diagram));
    result.putAll(ofHosts(plan.graph()));
    return result;
  }

  /** What hosts and Systems Manager get, by path. */
  static Map<String, byte[]> ofHosts(Graph graph) {
    var result = new LinkedHashMap<String, byte[]>();
    HostFiles.texts(graph).forEach((path, text) -> put(result, "host/" + path, text));
    for (var bundle : HostFiles.bundles(graph)) {
      bundle
          .files()
          .forEach((path, content) -> result.put("host/" + bundle.origin() + "/" + path, content));
    }
    return result;
  }

  private static void put(Map<String, byte[]> files, String path, String text) {
    files.put(path, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes them below a folder, which is made where it isn't there. */
  public void write(Path folder) {
    var root = folder.toAbsolutePath().normalize();
    contents()
        .forEach(
            (path, content) -> {
              var file = root.resolve(path).normalize();
              if (!file.startsWith(root)) {
                throw new PlanException(
                    "a file of a host would be written outside of " + root + ": " + path);
              }
              try {
                Files.createDirectories(file.getParent());
                Files.write(file, content);
                if (path.endsWith(".sh")) {
                  file.toFile().setExecutable(true);
                }
              } catch (IOException refused) {
                throw new PlanException("cannot write " + file + ": " + Reasons.of(refused));
              }
            });
  }
}
