package dev.slipway.rehearsal;

import java.util.List;

/**
 * One step of a rehearsal, which can be asked for by its name.
 *
 * @param ground whether all that follows stands on it: it runs before any other that is asked for
 * @param vital whether nothing can follow when it fails
 * @param extra whether it takes so long for what it shows that it is left out unless asked for
 * @param mayWarn a part of each warning that may be printed while it runs
 */
record Step<P>(
    String name,
    String title,
    boolean ground,
    boolean vital,
    boolean extra,
    List<String> mayWarn,
    Body<P> body) {

  /** What a step does. */
  interface Body<P> {
    void run(P scenario) throws Exception;
  }

  /** A step that others can do without. */
  Step(String name, String title, Body<P> body) {
    this(name, title, false, false, false, List.of(), body);
  }

  static <P> Step<P> ground(String name, String title, Body<P> body) {
    return new Step<>(name, title, true, true, false, List.of(), body);
  }

  static <P> Step<P> vital(String name, String title, Body<P> body) {
    return new Step<>(name, title, false, true, false, List.of(), body);
  }

  static <P> Step<P> extra(String name, String title, Body<P> body) {
    return new Step<>(name, title, false, false, true, List.of(), body);
  }

  /** The same step, in which warnings with one of these parts may be printed. */
  Step<P> mayWarn(String... parts) {
    return new Step<>(name, title, ground, vital, extra, List.of(parts), body);
  }
}
