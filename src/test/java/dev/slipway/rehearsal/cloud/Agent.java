package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.util.Map;

/** What Run Command's agent does on a machine. */
interface Agent {

  /** Whether the machine has booted so far that its agent runs. */
  boolean hasStarted(Machine machine);

  /**
   * Starts a script.
   *
   * @param folder where the script and its process id are kept on the machine
   * @param variables what the script finds in its environment, beside a PATH
   */
  Process start(
      Machine machine, String folder, SsmDocument.Step step, Map<String, String> variables)
      throws IOException;

  /** Ends the script that was started with this folder, and what it has started. */
  void end(Machine machine, String folder);
}
