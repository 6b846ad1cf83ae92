package dev.slipway.core;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has a setting travel to hosts, whose scripts read it in settings.json. Without it a setting is
 * for the plan only.
 *
 * <p>It stands at a component of a record, or at a method of one that says what follows from its
 * settings.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface ForHosts {
  /** What hosts call it, where that isn't the setting's own name. */
  String value() default "";

  /**
   * Leaves it out where it isn't given, in place of null: for a setting that came later, so that
   * what an application's container is made by stays the same where nobody uses it.
   */
  boolean whenGiven() default false;
}
