package dev.slipway.aws;

/** How an input may change of a resource that is there. */
public enum Standing {
  /** Not at all: AWS refuses it, or a new resource would begin empty. */
  FIXED,
  /** To a larger number. */
  GROWS,
  /** To a newer version. */
  NEWER
}
