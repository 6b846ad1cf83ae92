package dev.slipway.network;

/** A service of AWS that has a way of its own from a network, which costs nothing. */
public enum GatewayEndpoint {
  s3,
  dynamodb
}
