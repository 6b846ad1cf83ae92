package dev.slipway.plan.engine;

/**
 * A type token that no provider on the class path describes; the message suggests the nearest one.
 */
public final class UnknownResourceTypeException extends IllegalArgumentException {

  UnknownResourceTypeException(String message) {
    super(message);
  }
}
