package dev.slipway.testing;

import com.google.gson.Gson;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** One thing that a program registered, as tests ask about it. */
public final class FakeResource {
  private static final Pattern STEP = Pattern.compile("([^.\\[\\]]+)|\\[([0-9]+)]");

  private final FakeStack stack;
  private final Resource resource;

  FakeResource(FakeStack stack, Resource resource) {
    this.stack = stack;
    this.resource = resource;
  }

  public String type() {
    return resource.type();
  }

  public String name() {
    return resource.name();
  }

  String urn() {
    return resource.urn();
  }

  /**
   * What the program gave, null where it gave nothing: {@code metadataOptions.httpTokens}, {@code
   * rules[0].status}. Secrets are opened, and whole numbers are longs.
   */
  public Object input(String path) {
    var first = path.split("[.\\[]")[0];
    if (resource.custom() && !ResourceTypes.of(type()).inputs().contains(first)) {
      throw new IllegalArgumentException(first + " is not an input of " + type());
    }
    return at(resource.inputs(), path);
  }

  /** What the program gave as text, which it must have. */
  public String text(String path) {
    if (input(path) instanceof String text) {
      return text;
    }
    throw new AssertionError(this + " has no text at " + path + ", but " + input(path));
  }

  /** All that the program gave. */
  public Map<String, Object> inputs() {
    return Collections.unmodifiableMap(resource.inputs());
  }

  /** What the cloud computed, or the program gave. */
  public Object output(String path) {
    return at(resource.state(), path);
  }

  private static Object at(Map<String, Object> values, String path) {
    Object value = values;
    var steps = STEP.matcher(path);
    while (steps.find()) {
      if (steps.group(2) != null) {
        int index = Integer.parseInt(steps.group(2));
        value = value instanceof List<?> list && index < list.size() ? list.get(index) : null;
      } else {
        value = value instanceof Map<?, ?> map ? map.get(steps.group(1)) : null;
      }
      if (value instanceof PropertyValues.Secret secret) {
        value = secret.value();
      }
    }
    return value;
  }

  /** Whether an input is marked as a secret. */
  public boolean isSecret(String input) {
    return resource.inputs().get(input) instanceof PropertyValues.Secret;
  }

  /** Whether the engine refuses to delete it. */
  public boolean isProtected() {
    return resource.protect();
  }

  /** Whether a replacement begins with its deletion. */
  public boolean deletesBeforeReplace() {
    return resource.deleteBeforeReplace();
  }

  /** Whether the cloud keeps it when the program drops it. */
  public boolean isRetainedOnDelete() {
    return resource.retainOnDelete();
  }

  /** Inputs of which changes are left alone. */
  public List<String> ignoredChanges() {
    return resource.ignoreChanges();
  }

  /** The names of what it takes the place of. */
  public List<String> formerNames() {
    return resource.formerNames();
  }

  /** The name of the provider that makes it, empty for the default one. */
  public String provider() {
    return resource.provider().isEmpty() ? "" : stack.byUrn(resource.provider()).name();
  }

  /** The name of the component that it belongs to, empty for the stack. */
  public String parent() {
    var parent = resource.parent();
    return parent.isEmpty() || parent.contains("::pulumi:pulumi:Stack::")
        ? ""
        : stack.byUrn(parent).name();
  }

  /** Whether it is made only after the other one, be it over several others. */
  public boolean waitsFor(FakeResource other) {
    var seen = new HashSet<String>();
    var next = new ArrayDeque<>(List.of(urn()));
    while (!next.isEmpty()) {
      for (var before : stack.byUrn(next.remove()).resource.dependencies()) {
        if (before.equals(other.urn())) {
          return true;
        }
        if (seen.add(before)) {
          next.add(before);
        }
      }
    }
    return false;
  }

  /** The tags that it has in the end: its provider's and, over them, its own. */
  public Map<String, Object> tags() {
    var tags = new LinkedHashMap<String, Object>();
    if (!resource.provider().isEmpty()) {
      add(tags, stack.byUrn(resource.provider()).defaultTags());
    }
    add(tags, resource.inputs().get("tags"));
    return tags;
  }

  /** Whether the cloud can tag what is of its type. */
  public boolean isTaggable() {
    return resource.custom() && ResourceTypes.of(type()).inputs().contains("tags");
  }

  /** A provider's inputs travel as JSON where they aren't plain. */
  private Object defaultTags() {
    var given = resource.inputs().get("defaultTags");
    if (given instanceof String json) {
      given = new Gson().fromJson(json, Map.class);
    }
    return given instanceof Map<?, ?> map ? map.get("tags") : Map.of();
  }

  private static void add(Map<String, Object> tags, Object more) {
    if (more instanceof Map<?, ?> map) {
      map.forEach((key, value) -> tags.put(String.valueOf(key), value));
    }
  }

  @Override
  public String toString() {
    return type() + " \"" + name() + "\"";
  }
}
