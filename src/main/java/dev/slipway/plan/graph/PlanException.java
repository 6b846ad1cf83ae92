package dev.slipway.plan.graph;

/** Why a plan cannot be made; the message is meant for whoever asked for it. */
public final class PlanException extends RuntimeException {

  public PlanException(String message) {
    super(message);
  }
}
