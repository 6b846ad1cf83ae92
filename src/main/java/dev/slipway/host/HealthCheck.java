package dev.slipway.host;

/** By what a fleet tells that a host is dead and has to be replaced. */
public enum HealthCheck {
  /** By the machine alone. */
  EC2,
  /** By what the load balancer hears of the application, too. */
  ELB
}
