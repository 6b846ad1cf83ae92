package dev.slipway.host;

import dev.slipway.core.Resources;
import dev.slipway.core.Script;
import dev.slipway.core.Stack;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a machine runs when it boots for the first time: follow the pointer, verify, start.
 *
 * <p>It says nothing but where the pointer is, and fetches by lines of its own ({@code
 * user-data.sh}), so that no change of a script or a setting stops or replaces a machine. A test
 * holds its hash. The document {@code configure} fetches by {@code fetch.sh}, which may change.
 */
public final class UserData {
  private UserData() {}

  /** The script for a machine of the stack. */
  public static String of(Stack stack) {
    return "#!/bin/bash\n" + preamble(stack) + Resources.text(UserData.class, "user-data.sh");
  }

  /** The script that fetches what the pointer names and configures the host with it. */
  public static String configure(Stack stack) {
    return "#!/bin/bash\n"
        + preamble(stack)
        + Script.exports(Map.of("SLIPWAY_AGENT_MINIMUM", agentMinimum()))
        + HostBundle.fetchText()
        + Resources.text(UserData.class, "configure.sh");
  }

  /**
   * The oldest SSM agent that hands a document's parameters over as variables, from {@code
   * bundle/lib/agent-minimum.txt}.
   */
  public static String agentMinimum() {
    return Resources.text(UserData.class, "bundle/lib/agent-minimum.txt").strip();
  }

  private static String preamble(Stack stack) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("SLIPWAY_REGION", stack.region());
    values.put("SLIPWAY_POINTER", stack.pointer());
    return Script.exports(values);
  }
}
