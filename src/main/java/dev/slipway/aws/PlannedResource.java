package dev.slipway.aws;

import java.util.List;
import java.util.Optional;

/**
 * A resource of a plan, as far as the catalog asks about it. A path is the name of an input or an
 * output, and dots lead into objects.
 */
public interface PlannedResource {

  /** Pulumi's name for its type. */
  String type();

  /** The id that it would have. */
  String id();

  /** Its name in the program, for people. */
  String label();

  /** The same without the name of the component that it is in. */
  String shortName();

  /** Whether the engine refuses to delete it. */
  boolean isProtected();

  /** A value as text, empty when there is none. */
  String text(String path);

  /** A value, null when there is none. */
  Object value(String path);

  /** Whether a value is true. */
  boolean is(String path);

  /** A list, empty when there is none. */
  List<?> list(String path);

  /** The resource that an input refers to. */
  default Optional<PlannedResource> follow(String path) {
    return follow(path, value(path));
  }

  /** The resource that a value in an input refers to. */
  Optional<PlannedResource> follow(String path, Object value);

  /** The resources that a list refers to, in its order. */
  default List<PlannedResource> followAll(String path) {
    return list(path).stream().flatMap(value -> follow(path, value).stream()).toList();
  }

  /** The resources of a type that refer to this one by an input, or by a list in one. */
  List<PlannedResource> pointedAtBy(String type, String path);

  /** The resources of a type that have this one's id somewhere in the text of an input. */
  List<PlannedResource> mentionedBy(String type, String path);

  /** The name of what an input refers to; of anything else the value, for people. */
  default String named(String path) {
    return named(path, value(path));
  }

  /** The same for a value in an input. */
  String named(String path, Object value);

  /** What a security group's rule lets through, in words; empty for anything else. */
  String reach();
}
