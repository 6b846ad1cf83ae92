package dev.slipway.host;

import dev.slipway.aws.InstanceTypes;
import dev.slipway.core.Check;
import dev.slipway.core.Suggestion;
import dev.slipway.network.Cidr;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** What must hold for a machine, be it one alone or one of many. */
final class MachineChecks {
  private MachineChecks() {}

  /** The type is known, and the image is built for its processor. */
  static void type(Check check, String instanceType, Ami ami) {
    var known = InstanceTypes.known();
    check.that(
        known.contains(instanceType),
        "instanceType",
        "\""
            + instanceType
            + "\" is not an EC2 instance type this program knows"
            + Suggestion.sentence(instanceType, known));
    if (known.contains(instanceType)) {
      var architecture = InstanceTypes.architecture(instanceType);
      check.that(
          architecture == ami.architecture(),
          "ami.architecture",
          "\""
              + ami.architecture()
              + "\" doesn't run on a "
              + instanceType
              + ", which is "
              + architecture
              + "; choose an image or an instance type of the other kind");
    }
  }

  static void rootVolume(Check check, int gib) {
    check.that(
        gib >= 8 && gib <= 16384,
        "rootVolumeGiB",
        gib + " is not from 8 (what the image takes) to 16384");
  }

  static void metadataHopLimit(Check check, int limit) {
    check.that(limit >= 1 && limit <= 64, "metadataHopLimit", limit + " is not from 1 to 64");
  }

  /** SSH comes from networks that somebody named, and never from the world. */
  static void sshFrom(Check check, List<String> sources) {
    var seen = new HashMap<Cidr, String>();
    for (int i = 0; i < sources.size(); i++) {
      var source = sources.get(i);
      var path = "sshFrom[" + i + "]";
      check.none(unfit(source), path);
      if (Cidr.problem(source).isEmpty()) {
        // The same addresses can be written in several ways.
        var other = seen.putIfAbsent(Cidr.parse(source), source);
        check.that(
            other == null,
            path,
            "\"" + source + "\" is there already, as \"" + other + "\"; name each once");
      }
    }
  }

  private static Optional<String> unfit(String source) {
    return Cidr.problem(source)
        .or(
            () -> {
              var cidr = Cidr.parse(source);
              // Two /1 are the world as well: what is wider than a registry's block is refused.
              return cidr.prefix() >= (cidr.isIpv6() ? 16 : 8)
                  ? Optional.empty()
                  : Optional.of(
                      "\""
                          + source
                          + "\" opens port 22 to the world; name the networks that you come from,"
                          + " or leave it empty and use the session command");
            });
  }
}
