package dev.slipway.testing;

/** The staging stack of the repository, as most tests begin with it. */
public final class Staging {
  private Staging() {}

  /** Its configuration, to be varied. */
  public static StackConfig config() {
    return StackConfig.file("staging");
  }

  /** What it registers. */
  public static FakeStack stack() {
    return stack(config());
  }

  /** What it registers with another configuration. */
  public static FakeStack stack(StackConfig config) {
    return FakeCloud.stack("staging", config);
  }
}
