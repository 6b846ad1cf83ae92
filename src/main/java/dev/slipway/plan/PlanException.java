package dev.slipway.plan;

/** Why a plan cannot be made; the message is meant for whoever asked for it. */
public final class PlanException extends RuntimeException {

  PlanException(String message) {
    super(message);
  }
}
