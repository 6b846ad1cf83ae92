package dev.slipway.system;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.StackContext;
import java.util.Map;

/** What the settings of every system have. */
public interface SystemSettings {
  /** What every stack file says. */
  CommonSettings common();

  /** Builds the system; returns what {@code pulumi up} prints at its end. */
  Map<String, Output<?>> build(String name, StackContext context, ComponentResourceOptions options);
}
