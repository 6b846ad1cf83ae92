package dev.slipway.rehearsal.cloud;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the emulated AWS does with one type of resource. */
final class Kind {

  /**
   * What the engine asks for.
   *
   * @param name the last part of the URN
   * @param id empty before creation
   * @param inputs the wanted properties
   * @param old the properties as they were returned last; empty before creation
   * @param tags the resource's own and the provider's default tags
   */
  record Request(
      String token,
      String name,
      String id,
      Map<String, Object> inputs,
      Map<String, Object> old,
      Map<String, String> tags) {

    boolean has(String key) {
      return inputs.get(key) != null;
    }

    String text(String key) {
      return Values.text(inputs.get(key));
    }

    String text(String key, String otherwise) {
      return has(key) ? text(key) : otherwise;
    }

    boolean flag(String key) {
      return Boolean.TRUE.equals(inputs.get(key));
    }

    long number(String key, long otherwise) {
      return inputs.get(key) instanceof Number number ? number.longValue() : otherwise;
    }

    boolean changed(String key) {
      Object before = old.get(key);
      Object now = inputs.get(key);
      return now == null ? false : !now.equals(before);
    }

    String oldText(String key) {
      return Values.text(old.get(key));
    }
  }

  /** A resource that was made. */
  record Made(String id, Map<String, Object> outputs) {
    static Made of(String id, Object... outputs) {
      return new Made(id, Kind.map(outputs));
    }
  }

  /** Makes a resource. */
  interface Create {
    Made create(Request request);
  }

  /** Changes a resource, and gives the outputs that changed with it. */
  interface Update {
    Map<String, Object> update(Request request);
  }

  /** Takes a resource away. */
  interface Delete {
    void delete(Request request);
  }

  /** Says whether a resource is still there. */
  interface Exists {
    boolean exists(Request request);
  }

  private final String token;
  private Set<String> replacing = Set.of();
  private Set<String> moving = Set.of();
  private boolean deletedFirst;
  private boolean inert;
  private Create create;
  private Update update = request -> Map.of();
  private Delete delete = request -> {};
  private Exists exists = request -> true;

  private Kind(String token) {
    this.token = token;
  }

  static Kind of(String token) {
    return new Kind(token);
  }

  /**
   * The inputs that can't be changed on a resource that is there, of a type that {@link
   * dev.slipway.plan.diff.Replacing} says nothing of.
   */
  Kind replaceOn(String... inputs) {
    replacing = Set.of(inputs);
    return this;
  }

  /** The outputs that are other ones after any update. */
  Kind moves(String... outputs) {
    moving = Set.of(outputs);
    return this;
  }

  /** Two of them can't be there at once. */
  Kind deletedFirst() {
    deletedFirst = true;
    return this;
  }

  /**
   * moto keeps it and checks it, but it has no effect here: no packet is filtered, no alarm goes
   * off.
   */
  Kind inert() {
    inert = true;
    return this;
  }

  Kind create(Create how) {
    create = how;
    return this;
  }

  Kind update(Update how) {
    update = how;
    return this;
  }

  Kind delete(Delete how) {
    delete = how;
    return this;
  }

  Kind exists(Exists how) {
    exists = how;
    return this;
  }

  String token() {
    return token;
  }

  Set<String> replacing() {
    return replacing;
  }

  Set<String> moving() {
    return moving;
  }

  boolean isDeletedFirst() {
    return deletedFirst;
  }

  boolean isInert() {
    return inert;
  }

  Made create(Request request) {
    return create.create(request);
  }

  Map<String, Object> update(Request request) {
    return update.update(request);
  }

  void delete(Request request) {
    delete.delete(request);
  }

  boolean exists(Request request) {
    return exists.exists(request);
  }

  /** Keys and values in turn; a key whose value is null is left out. */
  static Map<String, Object> map(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      if (keysAndValues[i + 1] != null) {
        map.put((String) keysAndValues[i], keysAndValues[i + 1]);
      }
    }
    return map;
  }

  /** The parameters of a query: keys and values in turn, as {@link #map}; lists are numbered. */
  static Map<String, String> query(Object... keysAndValues) {
    var query = new LinkedHashMap<String, String>();
    map(keysAndValues)
        .forEach(
            (key, value) -> {
              if (value instanceof List<?> list) {
                for (int i = 0; i < list.size(); i++) {
                  query.put(key + "." + (i + 1), String.valueOf(list.get(i)));
                }
              } else {
                query.put(key, String.valueOf(value));
              }
            });
    return query;
  }
}
