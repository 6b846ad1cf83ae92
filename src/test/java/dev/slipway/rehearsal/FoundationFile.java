package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Whom the foundation's settings let in: its repository, its stacks, its applications. */
record FoundationFile(String repository, List<Entry> stacks, List<Entry> applications) {

  /**
   * A stack or an application.
   *
   * @param repository whose environment it is
   * @param stack what is deployed or released there
   */
  record Entry(
      String name, String repository, String environment, String stack, boolean registry) {}

  static FoundationFile read(Path file) throws IOException {
    Map<?, ?> all = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    var config = (Map<?, ?>) all.get("config");
    var repository = text((Map<?, ?>) config.get("slipway:github"), "repository", "");
    var stacks = new ArrayList<Entry>();
    for (Map<?, ?> stack : maps(config.get("slipway:stacks"))) {
      String name = text(stack, "name", "");
      stacks.add(new Entry(name, repository, name, name, false));
    }
    var applications = new ArrayList<Entry>();
    for (Map<?, ?> each : maps(config.get("slipway:applications"))) {
      applications.add(
          new Entry(
              text(each, "name", ""),
              text(each, "repository", ""),
              text(each, "environment", ""),
              text(each, "stack", ""),
              each.containsKey("ecr")));
    }
    return new FoundationFile(repository, stacks, applications);
  }

  private static List<Map<?, ?>> maps(Object list) {
    var maps = new ArrayList<Map<?, ?>>();
    if (list instanceof List<?> items) {
      items.forEach(item -> maps.add((Map<?, ?>) item));
    }
    return maps;
  }

  private static String text(Map<?, ?> map, String key, String otherwise) {
    return map.get(key) == null ? otherwise : String.valueOf(map.get(key));
  }
}
