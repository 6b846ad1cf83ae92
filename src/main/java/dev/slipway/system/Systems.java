package dev.slipway.system;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The systems that a stack file can name, with the records of their settings. */
public final class Systems {
  /** By the name that {@code slipway:system} takes. */
  public static final SortedMap<String, Class<? extends Record>> ALL =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(
              Map.of(
                  "admin-panel",
                  AdminPanelSettings.class,
                  "erpnext",
                  ErpNextSettings.class,
                  "foundation",
                  FoundationSettings.class)));

  private Systems() {}

  /** The names that {@code slipway:system} takes. */
  static Set<String> names() {
    return ALL.keySet();
  }
}
