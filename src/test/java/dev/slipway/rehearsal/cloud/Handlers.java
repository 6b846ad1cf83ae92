package dev.slipway.rehearsal.cloud;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.engine.ResourceType;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.graph.ResourceNames;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All that the emulated AWS holds: things made for real, and records of the rest, with the refusals
 * that AWS gives for names that are taken and things that are still in use.
 */
final class Handlers {

  /** A thing that is there. */
  private record Thing(String token, String id, Map<String, Object> inputs) {}

  private final Map<String, Handler> real = new TreeMap<>();
  private final Map<String, Thing> things = new ConcurrentHashMap<>();
  private final AtomicInteger serial = new AtomicInteger();
  private final String region;

  Handlers(String region, List<Handler> handlers) {
    this.region = region;
    handlers.forEach(handler -> real.put(handler.token(), handler));
  }

  /** Whether a thing of this type does here what it does in AWS. */
  boolean isReal(String token) {
    Handler handler = real.get(token);
    return handler != null && !handler.isInert();
  }

  Handler of(String token) {
    Handler handler = real.get(token);
    return handler != null ? handler : record(token);
  }

  /** The input for which the provider makes up a value when the program gives none, or null. */
  String autoNamed(ResourceType type) {
    String input = nameInput(type.token());
    boolean named = type.inputs().contains(input) && !type.required().contains(input);
    // A name that the provider would not make up: these take one that is there already, or have
    // none.
    boolean looksUp =
        type.token().startsWith("aws:route53/record")
            || type.token().startsWith("aws:ec2/route")
            || type.token().contains("Attachment");
    return named && !looksUp ? input : null;
  }

  private static String nameInput(String token) {
    return Catalog.type(token).map(AwsType::autoNamed).orElse("name");
  }

  String madeUpName(String prefix, String name, byte[] seed) {
    String random = new BigInteger(1, seed.length == 0 ? name.getBytes() : seed).toString(16);
    String suffix = (random + "0000000").substring(0, 7);
    return prefix != null ? prefix + suffix : name + "-" + suffix;
  }

  /** Whether a changed input makes AWS want a new thing in place of the old one. */
  boolean replaces(
      Handler handler, String key, Map<String, Object> before, Map<String, Object> after) {
    return Replacing.types().contains(handler.token())
        ? !Replacing.among(handler.token(), List.of(key), before, after).isEmpty()
        : handler.replacing().contains(key);
  }

  Handler.Made create(Handler.Request request) {
    Handler.Made made = of(request.token()).create(request);
    things.put(
        key(request.token(), made.id()), new Thing(request.token(), made.id(), request.inputs()));
    return made;
  }

  Map<String, Object> update(Handler.Request request) {
    Map<String, Object> outputs = of(request.token()).update(request);
    things.put(
        key(request.token(), request.id()),
        new Thing(request.token(), request.id(), request.inputs()));
    return outputs;
  }

  void delete(Handler.Request request) {
    if (Catalog.type(request.token()).filter(AwsType::isHeldWhileUsed).isPresent()) {
      for (Thing thing : things.values()) {
        if (!thing.id().equals(request.id()) && mentions(thing.inputs(), request.id())) {
          throw new AwsError(
              "DependencyViolation",
              "resource "
                  + request.id()
                  + " has a dependent object ("
                  + thing.id()
                  + ", "
                  + thing.token()
                  + ")");
        }
      }
    }
    of(request.token()).delete(request);
    things.remove(key(request.token(), request.id()));
  }

  boolean exists(Handler.Request request) {
    boolean there = of(request.token()).exists(request);
    if (!there) {
      things.remove(key(request.token(), request.id()));
    }
    return there;
  }

  private static String key(String token, String id) {
    return token + " " + id;
  }

  private static boolean mentions(Object value, String id) {
    if (value instanceof Map<?, ?> map) {
      return map.values().stream().anyMatch(item -> mentions(item, id));
    }
    if (value instanceof List<?> list) {
      return list.stream().anyMatch(item -> mentions(item, id));
    }
    return id.equals(value);
  }

  // --- records
  // -------------------------------------------------------------------------------------------------------

  /** A type that nothing on the machines calls: its inputs are kept, and its name is taken. */
  private Handler record(String token) {
    ResourceType type = ResourceTypes.of(token);
    String name = autoNamed(type) != null ? autoNamed(type) : "name";
    var replacing = new ArrayList<>(List.of("region", "availabilityZone", "vpcId", "engine"));
    if (type.inputs().contains(name) && !token.startsWith("aws:route53/")) {
      replacing.add(name);
    }
    return Handler.of(token)
        .replaceOn(replacing.toArray(String[]::new))
        .create(request -> keep(type, name, request))
        .exists(request -> things.containsKey(key(token, request.id())));
  }

  private Handler.Made keep(ResourceType type, String name, Handler.Request request) {
    Object wanted = request.inputs().get(name);
    boolean named =
        wanted != null
            && !type.token().startsWith("aws:route53/record")
            && nameInput(type.token()).equals(name)
            && type.outputs().contains("arn");
    if (named
        && things.values().stream()
            .anyMatch(
                thing ->
                    thing.token().equals(type.token())
                        && Objects.equals(thing.inputs().get(name), wanted))) {
      throw new AwsError(
          409,
          "EntityAlreadyExists",
          type.token() + " with the name " + wanted + " already exists.");
    }
    var names =
        new ResourceNames(
            "emulated", "aws" + serial.incrementAndGet(), region, EmulatedCloud.ACCOUNT);
    Map<String, Object> computed = type.computed(request.name(), request.inputs(), names);
    String id = String.valueOf(computed.remove("id"));
    return new Handler.Made(id, computed);
  }
}
