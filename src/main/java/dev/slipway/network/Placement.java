package dev.slipway.network;

/** Where in a network something stands. */
public enum Placement {
  /** Where the internet reaches what has an address and an open port. */
  open,
  /** Where the internet doesn't reach, with a way out where there is a NAT gateway. */
  closed,
  /** Where data is: no way in, and no way out. */
  data
}
