package dev.slipway.plan.rules;

/**
 * Something in a plan that a house rule objects to.
 *
 * @param rule the rule's name, which a stack file may accept
 * @param severity how bad it is
 * @param resource the name of the resource, empty when it is about the stack as a whole
 * @param message what is there, and what to do
 * @param accepted the reason for which the stack file accepts it, null when it doesn't
 */
public record Finding(
    String rule, Severity severity, String resource, String message, String accepted) {

  /** How bad a finding is. */
  public enum Severity {
    /** Fails the plan unless it is accepted. */
    ERROR,
    /** Is shown, and fails nothing. */
    WARNING
  }

  /** Whether it fails the plan. */
  public boolean fails() {
    return severity == Severity.ERROR && accepted == null;
  }
}
