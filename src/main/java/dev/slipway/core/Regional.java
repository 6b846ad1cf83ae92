package dev.slipway.core;

import java.util.List;

/** Settings of which something lies in a region, which must be the stack's. */
public interface Regional {
  /** What doesn't fit the region that the stack is in. */
  List<Problem> problemsIn(String region);
}
