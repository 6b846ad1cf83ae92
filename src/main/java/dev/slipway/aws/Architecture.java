package dev.slipway.aws;

/** What kind of processor a machine, an image of a machine or an image of a container is for. */
public enum Architecture {
  x86_64,
  arm64
}
