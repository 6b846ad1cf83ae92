package dev.slipway.system;

import dev.slipway.system.adminpanel.AdminPanelSettings;
import dev.slipway.system.erpnext.ErpNextSettings;
import dev.slipway.system.foundation.FoundationSettings;
import java.util.List;
import java.util.Optional;

/** The systems that a stack file can name. A new one is a line here, and its own folders. */
public final class Systems {
  /** In the order of their names. */
  public static final List<SystemDescriptor> ALL =
      List.of(
          SystemDescriptor.of("admin-panel", AdminPanelSettings.class),
          SystemDescriptor.of("erpnext", ErpNextSettings.class),
          SystemDescriptor.of("foundation", FoundationSettings.class));

  private Systems() {}

  /** The names that {@code slipway:system} takes. */
  public static List<String> names() {
    return ALL.stream().map(SystemDescriptor::name).toList();
  }

  /** The system of this name. */
  public static Optional<SystemDescriptor> named(String name) {
    return ALL.stream().filter(system -> system.name().equals(name)).findFirst();
  }
}
