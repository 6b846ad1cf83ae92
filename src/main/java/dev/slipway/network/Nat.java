package dev.slipway.network;

/** How hosts in private subnets reach the internet. */
public enum Nat {
  /** Not at all: hosts stand in the public subnets, with addresses of their own. */
  none,
  /** Through one gateway for all zones; when its zone fails, the others have no way out. */
  one,
  /** Through a gateway in each zone. */
  each
}
