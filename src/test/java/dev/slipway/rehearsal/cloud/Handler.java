package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What the emulated AWS does with one type of resource. */
final class Handler {

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

    boolean oldFlag(String key) {
      return Boolean.TRUE.equals(old.get(key));
    }

    List<String> strings(String key) {
      return Values.strings(inputs.get(key));
    }

    List<Map<String, Object>> maps(String key) {
      return Values.maps(inputs.get(key));
    }

    /** What a call is given of the wanted properties, by a {@link Fields#table}. */
    Fields fields(String... rows) {
      return Fields.table(id, inputs, rows);
    }

    /** What a call is given of the properties as they were. */
    Fields before(String... rows) {
      return Fields.table(id, old, rows);
    }

    /** The tags as the JSON protocols have them, with AWS's names for key and value. */
    List<Map<String, String>> tagList(String key, String value) {
      return tags.entrySet().stream()
          .map(tag -> Map.of(key, tag.getKey(), value, tag.getValue()))
          .toList();
    }
  }

  /** A resource that was made. */
  record Made(String id, Map<String, Object> outputs) {
    static Made of(String id, Object... outputs) {
      return new Made(id, Fields.of(outputs));
    }
  }

  /** Makes a resource. */
  interface Create {
    Made create(Request request);
  }

  /** Does something to a resource. */
  interface Step {
    void on(Request request);
  }

  /** Changes a resource, and gives the outputs that changed with it. */
  interface Update {
    Map<String, Object> update(Request request);
  }

  /** Looks at a resource, and is refused with "not found" where there is none. */
  interface Look {
    Object at(Request request);
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
  private Step retag = request -> {};
  private Step delete = request -> {};
  private Exists exists = request -> true;

  private Handler(String token) {
    this.token = token;
  }

  static Handler of(String token) {
    return new Handler(token);
  }

  /**
   * The inputs that can't be changed on a resource that is there, of a type that {@link
   * dev.slipway.plan.diff.Replacing} says nothing of.
   */
  Handler replaceOn(String... inputs) {
    replacing = Set.of(inputs);
    return this;
  }

  /** The outputs that are other ones after any update. */
  Handler moves(String... outputs) {
    moving = Set.of(outputs);
    return this;
  }

  /** Two of them can't be there at once. */
  Handler deletedFirst() {
    deletedFirst = true;
    return this;
  }

  /**
   * moto keeps it and checks it, but it has no effect here: no packet is filtered, no alarm goes
   * off.
   */
  Handler inert() {
    inert = true;
    return this;
  }

  Handler create(Create how) {
    create = how;
    return this;
  }

  Handler update(Update how) {
    update = how;
    return this;
  }

  /** Changes a resource of which no output changes with it. */
  Handler change(Step how) {
    return update(
        request -> {
          how.on(request);
          return Map.of();
        });
  }

  /** The same call makes a resource and changes it. */
  Handler put(Step how, Function<Request, Made> made) {
    return create(
            request -> {
              how.on(request);
              return made.apply(request);
            })
        .change(how);
  }

  /** What puts the wanted tags on a resource, and takes others off; done with each change. */
  Handler retag(Step how) {
    retag = how;
    return this;
  }

  Handler delete(Step how) {
    delete = how;
    return this;
  }

  /** It is there unless AWS says that it can't be found. */
  Handler found(Look how) {
    return exists(request -> how.at(request) != null);
  }

  Handler exists(Exists how) {
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
    Map<String, Object> outputs = update.update(request);
    retag.on(request);
    return outputs;
  }

  void delete(Request request) {
    delete.on(request);
  }

  boolean exists(Request request) {
    try {
      return exists.exists(request);
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }
}
