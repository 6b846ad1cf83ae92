package dev.slipway.system;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Place;
import dev.slipway.core.Problem;
import java.util.List;
import java.util.Map;

/** What the settings of every system have. */
public interface SystemSettings {
  /** What every stack file says. */
  CommonSettings common();

  /** What doesn't fit the region that the stack is in. */
  List<Problem> problemsIn(String region);

  /** Builds the system; returns what {@code pulumi up} prints at its end. */
  Map<String, Output<?>> build(String name, Place place, ComponentResourceOptions options);
}
