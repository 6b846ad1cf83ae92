package dev.slipway.rehearsal;

/** A system's life on the emulated cloud; its steps are its suite's. */
interface Scenario extends AutoCloseable {

  /** What has to be there before the first step. */
  void prepare() throws Exception;

  /** What of all this was real, what was emulated, and what an emulator cannot prove. */
  void honesty();

  /** Leaves everything as it is until the person presses Enter, and says how to look at it. */
  void keep() throws Exception;
}
