package dev.slipway.system;

import dev.slipway.core.Stack;
import dev.slipway.host.HostBundle;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The systems that a stack file can name. A new one is a line here, and its own folders. */
public final class Systems {
  /** In the order of their names. */
  public static final List<SystemDescriptor> ALL =
      List.of(
          SystemDescriptor.of("admin-panel"),
          SystemDescriptor.of("erpnext"),
          SystemDescriptor.of("fastapi"),
          SystemDescriptor.of("foundation"),
          SystemDescriptor.of("grocery"));

  private Systems() {}

  /** The names that {@code slipway:system} takes. */
  public static List<String> names() {
    return ALL.stream().map(SystemDescriptor::name).toList();
  }

  /** The system of this name. */
  public static Optional<SystemDescriptor> named(String name) {
    return ALL.stream().filter(system -> system.name().equals(name)).findFirst();
  }

  /** The system of a stack. */
  public static SystemDescriptor of(Stack stack) {
    return named(stack.system()).orElseThrow();
  }

  /** What a stack's hosts run: the scripts, and what these read of its settings. */
  public static HostBundle bundle(Stack stack, Record settings) {
    var runtime = of(stack).runtime().orElseThrow();
    return HostBundle.of(stack, runtime, settings);
  }

  /** The types of AWS's resources that a system makes. */
  public static Set<String> types(String system) {
    return named(system).orElseThrow().types();
  }
}
