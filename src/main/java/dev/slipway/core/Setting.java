package dev.slipway.core;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Documents one setting, and gives its default, for the binder and for docs/settings.md. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
  /** What the setting does, as a sentence for docs/settings.md. */
  String value();

  /** The default as JSON; empty means that there is none and the setting must be given. */
  String or() default "";

  /** A value to show where the setting is missing; taken as it stands on a command line. */
  String example() default "";

  /**
   * What it was called before, if it was; a stack file that still has that is told the new name.
   */
  String formerly() default "";
}
