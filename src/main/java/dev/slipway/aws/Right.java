package dev.slipway.aws;

import dev.slipway.identity.Statement;

/**
 * What may be done with resources of a type, which becomes a statement when it is known of which
 * stack.
 *
 * <p>Rights of the same Sid become one statement with all their actions, resources and values of
 * conditions: the Sid names a scope, and types that share it share what is in it. One without
 * actions or without resources adds to others, and by itself is left out.
 */
@FunctionalInterface
public interface Right {
  /** The statement for this stack. */
  Statement of(Target target);
}
