package dev.slipway.testing;

import dev.slipway.core.Json;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.ResourceNames;
import dev.slipway.plan.rules.Rules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Graphs for tests, put together by hand; inputs are checked as a plan checks them. */
public final class TestGraph {

  private static final ResourceNames NAMES =
      new ResourceNames("slipway", "test", "us-east-1", ResourceNames.EXAMPLE_ACCOUNT);
  private static final Map<String, String> TAGS =
      Map.of("Project", "p", "Environment", "test", "ManagedBy", "pulumi", "System", "s");

  private final List<Resource> resources = new ArrayList<>();
  private final Map<String, Object> outputs = new LinkedHashMap<>();

  /** How a resource differs from a plain one. */
  public static final class Options {
    private boolean protect;
    private boolean deleteBeforeReplace;
    private boolean retainOnDelete;
    private boolean untagged;
    private boolean external;
    private String parent = "";
    private final List<String> dependencies = new ArrayList<>();
    private final Map<String, List<String>> recorded = new LinkedHashMap<>();

    public Options protect() {
      protect = true;
      return this;
    }

    public Options deleteBeforeReplace() {
      deleteBeforeReplace = true;
      return this;
    }

    public Options retainOnDelete() {
      retainOnDelete = true;
      return this;
    }

    public Options untagged() {
      untagged = true;
      return this;
    }

    /** It is only read, and somebody else's. */
    public Options external() {
      external = true;
      return this;
    }

    public Options in(Resource component) {
      parent = component.urn();
      return this;
    }

    /** What the program made an input of, as the engine is told it. */
    public Options from(String input, Resource... others) {
      recorded.put(input, Stream.of(others).map(Resource::urn).toList());
      return this;
    }

    public Options after(Resource... others) {
      for (var other : others) {
        dependencies.add(other.urn());
      }
      return this;
    }
  }

  public static Options options() {
    return new Options();
  }

  public Resource component(String name) {
    return put(
        new Resource(
            "urn::component::" + name,
            "slipway:room:Component",
            name,
            "",
            false,
            false,
            Map.of(),
            Map.of(),
            List.of(),
            Map.of(),
            false,
            false,
            false,
            "",
            List.of(),
            List.of()));
  }

  public Resource add(String type, String name, Map<String, Object> inputs) {
    return add(type, name, inputs, options());
  }

  public Resource add(String type, String name, Map<String, Object> inputs, Options options) {
    var described = ResourceTypes.of(type);
    var problems = described.problems(inputs);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(type + " " + name + ": " + problems);
    }
    var state = new LinkedHashMap<>(inputs);
    state.putAll(described.computed(name, inputs, NAMES));
    if (state.containsKey("tagsAll") && !options.untagged) {
      var tags = new LinkedHashMap<String, Object>(TAGS);
      tags.putAll(Json.strings((Map<?, ?>) state.get("tagsAll")));
      state.put("tagsAll", tags);
    }
    return put(
        new Resource(
            "urn::" + type + "::" + name,
            type,
            name,
            options.parent,
            true,
            options.external,
            inputs,
            state,
            options.dependencies,
            options.recorded,
            options.protect,
            options.deleteBeforeReplace,
            options.retainOnDelete,
            "",
            List.of(),
            List.of()));
  }

  private Resource put(Resource resource) {
    resources.add(resource);
    return resource;
  }

  public void output(String name, Object value) {
    outputs.put(name, value);
  }

  public Graph graph() {
    return new Graph(NAMES, resources, outputs);
  }

  /** What a rule says, as {@code resource: message}. */
  public List<String> findings(String rule) {
    if (!Rules.names().containsKey(rule)) {
      throw new IllegalArgumentException("no rule " + rule);
    }
    return Rules.check(graph(), Map.of()).stream()
        .filter(finding -> finding.rule().equals(rule))
        .map(finding -> finding.resource() + ": " + finding.message())
        .toList();
  }
}
