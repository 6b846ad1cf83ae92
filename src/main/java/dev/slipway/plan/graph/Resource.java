package dev.slipway.plan.graph;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import pulumirpc.Resource.RegisterResourceRequest;

/**
 * One resource of a plan.
 *
 * @param urn the name that Pulumi's engine would give it
 * @param type its type token
 * @param name its name in the program
 * @param parent the parent's URN, empty for the stack
 * @param custom whether a provider makes it; the others are components
 * @param external whether it is only read, and belongs to somebody else
 * @param inputs what the program asks for; see {@link PropertyValues} for secrets and assets
 * @param state inputs and computed values together, {@code id} among them
 * @param dependencies URNs of what must be there before it
 * @param propertyDependencies the same, by input
 * @param protect whether the engine refuses to delete it
 * @param deleteBeforeReplace whether a replacement deletes first
 * @param provider the provider's URN, empty when it has none of its own
 * @param ignoreChanges inputs whose changes are left alone
 * @param formerNames what it may be called where it stands: its aliases
 */
public record Resource(
    String urn,
    String type,
    String name,
    String parent,
    boolean custom,
    boolean external,
    Map<String, Object> inputs,
    Map<String, Object> state,
    List<String> dependencies,
    Map<String, List<String>> propertyDependencies,
    boolean protect,
    boolean deleteBeforeReplace,
    boolean retainOnDelete,
    String provider,
    List<String> ignoreChanges,
    List<String> formerNames) {

  /** What a program registers, as the engine would know it. */
  public static Resource of(
      String urn,
      RegisterResourceRequest request,
      Map<String, Object> inputs,
      Map<String, Object> state) {
    var propertyDependencies = new TreeMap<String, List<String>>();
    request
        .getPropertyDependenciesMap()
        .forEach(
            (key, value) ->
                propertyDependencies.put(key, value.getUrnsList().stream().sorted().toList()));
    return new Resource(
        urn,
        request.getType(),
        request.getName(),
        request.getParent(),
        request.getCustom(),
        false,
        inputs,
        state,
        List.copyOf(new TreeSet<>(request.getDependenciesList())),
        propertyDependencies,
        request.getProtect(),
        request.getDeleteBeforeReplace(),
        request.getRetainOnDelete(),
        providerUrn(request.getProvider()),
        List.copyOf(request.getIgnoreChangesList()),
        request.getAliasesList().stream().map(alias -> alias.getSpec().getName()).toList());
  }

  /** Programs name a provider by its URN and id. */
  public static String providerUrn(String reference) {
    return reference.contains("::")
        ? reference.substring(0, reference.lastIndexOf("::"))
        : reference;
  }

  /** The id that it would have, empty for components. */
  public String id() {
    return text("id");
  }

  /** A value of its state as text, empty when there is none; dots lead into objects. */
  public String text(String path) {
    var value = value(path);
    return value == null ? "" : String.valueOf(value);
  }

  /**
   * A value of its state, null when there is none; dots lead into objects, and secrets are opened.
   */
  public Object value(String path) {
    Object value = state;
    for (var key : path.split("\\.")) {
      value = value instanceof Map<?, ?> map ? PropertyValues.special(map.get(key)) : null;
      if (value instanceof PropertyValues.Secret secret) {
        value = secret.value();
      }
    }
    return value;
  }

  /** Whether a value of its state is true. */
  public boolean is(String path) {
    return Boolean.TRUE.equals(value(path));
  }

  /** A list in its state, empty when there is none. */
  public List<?> list(String path) {
    return value(path) instanceof List<?> list ? list : List.of();
  }

  /** URNs of what the program made an input of; a path leads into that input. */
  public List<String> recorded(String path) {
    return propertyDependencies.getOrDefault(path.split("[.\\[]")[0], List.of());
  }

  /** Whether its type is the one with this token. */
  public boolean isA(String token) {
    return type.equals(token);
  }
}
