package dev.slipway.core;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What every component is: a node of the resource tree whose name says its role, and which knows
 * the place that it is built in.
 *
 * <p>Its type is a constant, {@code slipway:host:Fleet}, and part of the URN of everything in it.
 * It stays as it is when the class is renamed or moved: with another type, Pulumi would replace
 * what stands.
 *
 * <p>Creates nothing but itself and costs nothing. {@code new Network(named("network"), settings,
 * childOptions())} is a component within a component.
 */
public abstract class Component extends ComponentResource {
  private final String name;
  private final String label;
  private final StackContext context;

  /** A component within another one, which {@code options} name as the parent. */
  protected Component(String type, String name, ComponentResourceOptions options) {
    this(type, name, contextOf(name, options), options);
  }

  /** The outermost component, which brings the place with it. */
  protected Component(
      String type, String name, StackContext context, ComponentResourceOptions options) {
    super(type, name, options);
    this.name = name;
    this.label = labelOf(name, options);
    this.context = context;
  }

  private static StackContext contextOf(String name, ComponentResourceOptions options) {
    return options
        .getParent()
        .filter(Component.class::isInstance)
        .map(parent -> ((Component) parent).context)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    name + " needs a component as its parent: childOptions()"));
  }

  private static String labelOf(String name, ComponentResourceOptions options) {
    return options
        .getParent()
        .filter(Component.class::isInstance)
        .map(parent -> ((Component) parent).named(""))
        .filter(name::startsWith)
        .map(beginning -> name.substring(beginning.length()))
        .orElse(name);
  }

  /** What this component is to its parent: {@code database}, by which it is known on hosts too. */
  protected final String label() {
    return label;
  }

  /** The name of a part of this component. */
  protected final String named(String role) {
    return name + "-" + role;
  }

  /** The options of a component within this one. */
  protected final ComponentResourceOptions childOptions() {
    return ComponentResourceOptions.builder().parent(this).build();
  }

  /** The options of a resource of this component, to be added to. */
  protected final CustomResourceOptions.Builder leaf() {
    return CustomResourceOptions.builder().parent(this);
  }

  /** The {@code Name} tag of a part; the tags that everything carries come from the provider. */
  protected final Map<String, String> nameTag(String role) {
    return Map.of("Name", context.stack().name() + "-" + named(role));
  }

  /** The {@code Name} tag of a part, and tags of its own. */
  protected final Map<String, String> nameTag(String role, Map<String, String> more) {
    var tags = new LinkedHashMap<>(nameTag(role));
    tags.putAll(more);
    return tags;
  }

  /** One output of many, by their names. */
  protected static Output<Map<String, String>> byName(Map<String, Output<String>> outputs) {
    var names = List.copyOf(outputs.keySet());
    return Output.all(List.copyOf(outputs.values()))
        .applyValue(
            known -> {
              var values = new TreeMap<String, String>();
              for (int i = 0; i < names.size(); i++) {
                values.put(names.get(i), known.get(i));
              }
              return values;
            });
  }

  protected final StackContext context() {
    return context;
  }

  protected final Stack stack() {
    return context.stack();
  }
}
