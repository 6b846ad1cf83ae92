package dev.slipway.rehearsal.cloud;

/** How a program ended, with all that it printed. */
public record Result(int exit, String out, String err) {

  public boolean ok() {
    return exit == 0;
  }

  /** Both streams, one after the other. */
  public String output() {
    return out + err;
  }
}
