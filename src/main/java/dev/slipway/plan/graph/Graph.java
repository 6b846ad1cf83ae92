package dev.slipway.plan.graph;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Everything that a program would make, with who needs whom. Who refers to whom is what the program
 * recorded, input by input, and {@link #follow(Resource, String)} goes that way: several resources
 * may have the same name, so that equal values alone tell nothing.
 */
public final class Graph {

  /** What others refer to a resource by. */
  private static final List<String> REFERENCES = List.of("arn", "id", "name");

  private final ResourceNames names;
  private final Map<String, Resource> byUrn = new LinkedHashMap<>();
  private final Map<String, List<Resource>> children = new HashMap<>();
  private final Map<String, Set<Resource>> byReference = new HashMap<>();
  private final Map<String, Object> outputs;

  public Graph(ResourceNames names, Collection<Resource> resources, Map<String, Object> outputs) {
    this.names = names;
    this.outputs = outputs;
    // The program registers in parallel; sorting makes the same plan read the same every time.
    resources.stream()
        .sorted(Comparator.comparing(Resource::name).thenComparing(Resource::urn))
        .forEach(
            resource -> {
              byUrn.put(resource.urn(), resource);
              children.computeIfAbsent(resource.parent(), urn -> new ArrayList<>()).add(resource);
            });
    byUrn.values().stream()
        .filter(Resource::custom)
        .filter(resource -> !isPart(resource))
        .forEach(resource -> REFERENCES.forEach(key -> reference(resource.text(key), resource)));
  }

  private static boolean isPart(Resource resource) {
    return Catalog.type(resource.type()).map(AwsType::part).orElse(false);
  }

  private void reference(String value, Resource resource) {
    if (!value.isEmpty()) {
      byReference.computeIfAbsent(value, key -> new LinkedHashSet<>()).add(resource);
    }
  }

  /** Project, stack, region and account. */
  public ResourceNames names() {
    return names;
  }

  /** All resources, by name. */
  public List<Resource> resources() {
    return List.copyOf(byUrn.values());
  }

  /** All resources of a type. */
  public List<Resource> of(String token) {
    return byUrn.values().stream().filter(resource -> resource.isA(token)).toList();
  }

  /** The resource with this URN. */
  public Optional<Resource> at(String urn) {
    return Optional.ofNullable(byUrn.get(urn));
  }

  /**
   * The resource that an id, an ARN or a name stands for where nothing is recorded, as in a text:
   * the only one that is called so, beside the one that says it.
   */
  private Optional<Resource> find(String reference, Resource by) {
    var called =
        byReference.getOrDefault(reference, Set.of()).stream()
            .filter(other -> !other.equals(by))
            .toList();
    return called.size() == 1 ? Optional.of(called.get(0)) : Optional.empty();
  }

  /** The resource that a value of another one refers to. */
  public Optional<Resource> follow(Resource resource, String path) {
    return follow(resource, path, resource.value(path));
  }

  /** The resources that a list of another one refers to, in the order of the list. */
  public List<Resource> followAll(Resource resource, String path) {
    return resource.list(path).stream()
        .flatMap(value -> follow(resource, path, value).stream())
        .toList();
  }

  /**
   * The resource that a value refers to which another one has in an input: one of those that the
   * program recorded for that input. A value that the program wrote down itself refers to the only
   * other resource that is called so, if there is exactly one.
   *
   * @param path the input, or what leads into it
   */
  public Optional<Resource> follow(Resource resource, String path, Object given) {
    var value = PropertyValues.special(given);
    if (value == null || value instanceof PropertyValues.Unknown) {
      return Optional.empty();
    }
    var text =
        String.valueOf(value instanceof PropertyValues.Secret secret ? secret.value() : value);
    var recorded =
        resource.recorded(path).stream()
            .flatMap(urn -> at(urn).stream())
            .filter(other -> other.custom() && !isPart(other))
            .toList();
    if (!recorded.isEmpty()) {
      return Stream.<Predicate<Resource>>of(
              other -> REFERENCES.stream().anyMatch(key -> other.text(key).equals(text)),
              other -> other.state().containsValue(text))
          .flatMap(matches -> recorded.stream().filter(matches))
          .findFirst();
    }
    return find(text, resource);
  }

  /** Resources of a type, of which a value, or one in a list, refers to this one. */
  public List<Resource> pointingAt(Resource target, String token, String path) {
    return of(token).stream()
        .filter(
            resource ->
                resource.value(path) instanceof List<?>
                    ? followAll(resource, path).contains(target)
                    : follow(resource, path).filter(target::equals).isPresent())
        .toList();
  }

  /**
   * Resources of a type with this one's id somewhere in the text of an input. That the input is
   * made of this one is what the program recorded; an id alone may be a part of another.
   */
  public List<Resource> mentioning(Resource target, String token, String path) {
    return of(token).stream()
        .filter(resource -> resource.recorded(path).contains(target.urn()))
        .filter(resource -> resource.text(path).contains("\"" + target.id() + "\""))
        .toList();
  }

  /** What is registered under this one. */
  public List<Resource> children(Resource parent) {
    return children.getOrDefault(parent.urn(), List.of());
  }

  /** The root of the tree: the stack itself. */
  public Optional<Resource> root() {
    return of("pulumi:pulumi:Stack").stream().findFirst();
  }

  /** The component that it belongs to. */
  public Optional<Resource> parent(Resource resource) {
    return at(resource.parent());
  }

  /** Everything that must be there before it, however far away. */
  public Set<Resource> before(Resource resource) {
    var result = new LinkedHashSet<Resource>();
    var open = new ArrayDeque<>(List.of(resource));
    while (!open.isEmpty()) {
      for (var urn : open.pop().dependencies()) {
        var dependency = byUrn.get(urn);
        if (dependency != null && result.add(dependency)) {
          open.add(dependency);
          // Who waits for a component waits for what is in it.
          if (!dependency.custom()) {
            children(dependency).stream().filter(result::add).forEach(open::add);
          }
        }
      }
    }
    return result;
  }

  /** What the stack gives back, sorted by name. */
  public Map<String, Object> outputs() {
    return new TreeMap<>(outputs);
  }

  /** A resource's name without that of the component it is in. */
  public String shortName(Resource resource) {
    var parent = parent(resource).map(Resource::name).orElse("");
    return resource.name().startsWith(parent + "-")
        ? resource.name().substring(parent.length() + 1)
        : resource.name();
  }

  /** A name for people: that of the resource without the system's, which everything carries. */
  public String label(Resource resource) {
    return label(
        resource.name(),
        root().map(this::children).orElse(List.of()).stream()
            .filter(child -> !child.custom())
            .map(Resource::name)
            .toList());
  }

  /**
   * The same for a name alone.
   *
   * @param systems the names of the components right below the stack
   */
  public static String label(String name, Collection<String> systems) {
    return systems.stream()
        .filter(system -> name.startsWith(system + "-"))
        .findFirst()
        .map(system -> once(name.substring(system.length() + 1)))
        .orElseGet(() -> once(name));
  }

  /** The bucket of a component called bucket says its last word twice. */
  private static String once(String name) {
    return name.replaceAll("(-[a-z]+)\\1$", "$1");
  }

  /** The name of what a value of a resource refers to; of others the value for people. */
  public String named(Resource resource, String path) {
    return named(resource, path, resource.value(path));
  }

  /** The same for a value that it has in an input. */
  public String named(Resource resource, String path, Object value) {
    return follow(resource, path, value)
        .map(this::label)
        .orElseGet(() -> named(value == null ? "" : String.valueOf(value)));
  }

  /**
   * The id or ARN, or the pattern of ARNs, with the name of its resource; others without account
   * and region.
   */
  public String named(String text) {
    var exact = find(text, null).map(this::label);
    if (exact.isPresent()) {
      return exact.get();
    }
    return meantBy(text, resource -> true)
        .map(found -> label(found) + text.substring(found.text("arn").length()))
        .orElseGet(() -> shortened(text));
  }

  /**
   * The resource of these that an ARN, or a pattern of ARNs, is about: the one with the longest ARN
   * that it is or begins with. A bucket is meant by a path in it, and not by another bucket whose
   * name is longer.
   */
  public Optional<Resource> meantBy(String arn, Predicate<Resource> among) {
    return byUrn.values().stream()
        .filter(resource -> resource.custom() && !isPart(resource))
        .filter(among)
        .filter(
            resource -> {
              var own = resource.text("arn");
              return own.startsWith("arn:") && arn.startsWith(own) && isBoundary(arn, own.length());
            })
        .max(Comparator.comparingInt(resource -> resource.text("arn").length()));
  }

  /** What is left of an ARN without what all of a stack's have in common. */
  private String shortened(String arn) {
    var parts = arn.split(":", 6);
    if (parts.length < 6 || !parts[0].equals("arn")) {
      return arn;
    }
    boolean here =
        List.of("", "*", names.region()).contains(parts[3])
            && List.of("", "*", "aws", names.account()).contains(parts[4]);
    return here ? parts[2] + " " + parts[5] : arn;
  }

  private static boolean isBoundary(String text, int at) {
    return at >= text.length() || "/:*".indexOf(text.charAt(at)) >= 0;
  }
}
