package dev.slipway.scripts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** A workflow, or an action of our own, as GitHub reads it. */
record Workflow(String name, String text, Map<?, ?> content) {
  private static final Path FOLDER = Path.of(".github");

  /** A step with the job that it belongs to; of an action, the job is the action itself. */
  record Step(String workflow, String job, Map<?, ?> body, Map<?, ?> content) {
    String where() {
      return workflow + ", " + job + ", " + content.get("name");
    }

    String run() {
      return content.get("run") instanceof String run ? run : "";
    }

    String uses() {
      return content.get("uses") instanceof String uses ? uses : "";
    }

    Map<?, ?> with() {
      return content.get("with") instanceof Map<?, ?> with ? with : Map.of();
    }
  }

  static List<Workflow> all() throws IOException {
    return read(FOLDER.resolve("workflows"), "*.yml");
  }

  static List<Workflow> actions() throws IOException {
    var result = new ArrayList<Workflow>();
    try (var folders = Files.newDirectoryStream(FOLDER.resolve("actions"))) {
      for (Path folder : folders) {
        result.addAll(read(folder, "action.yml"));
      }
    }
    return result;
  }

  private static List<Workflow> read(Path folder, String names) throws IOException {
    var result = new ArrayList<Workflow>();
    try (var files = Files.newDirectoryStream(folder, names)) {
      for (Path file : files) {
        String text = Files.readString(file);
        String name =
            file.getFileName().toString().equals("action.yml")
                ? folder.getFileName().toString()
                : file.getFileName().toString();
        result.add(
            new Workflow(
                name, text, new Yaml(new SafeConstructor(new LoaderOptions())).load(text)));
      }
    }
    return result;
  }

  /** What starts it. YAML 1.1 takes the word "on" for a boolean. */
  Map<?, ?> events() {
    return (Map<?, ?>) content.get(Boolean.TRUE);
  }

  Map<String, Map<?, ?>> jobs() {
    var result = new java.util.LinkedHashMap<String, Map<?, ?>>();
    ((Map<?, ?>) content.get("jobs"))
        .forEach((name, job) -> result.put((String) name, (Map<?, ?>) job));
    return result;
  }

  List<Step> steps() {
    var result = new ArrayList<Step>();
    if (content.get("runs") instanceof Map<?, ?> runs) {
      add(result, "action", runs);
    } else {
      jobs().forEach((job, body) -> add(result, job, body));
    }
    return result;
  }

  private void add(List<Step> result, String job, Map<?, ?> body) {
    if (body.get("steps") instanceof List<?> steps) {
      for (Object step : steps) {
        result.add(new Step(name, job, body, (Map<?, ?>) step));
      }
    }
  }

  /** The GitHub environments that it names outright. */
  TreeSet<String> plainEnvironments() {
    var result = new TreeSet<String>();
    for (Map<?, ?> job : jobs().values()) {
      if (job.get("environment") instanceof String name && !name.contains("${{")) {
        result.add(name);
      }
    }
    return result;
  }
}
