package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import dev.slipway.core.Suggestion;
import dev.slipway.network.Cidr;
import java.util.List;
import java.util.Optional;

/** The machine. */
public record HostSettings(
    @Setting(
            value = "The EC2 instance type; its architecture must be the image's.",
            or = "\"t3.medium\"")
        String instanceType,
    @Setting("The machine image: Ubuntu 24.04.") Ami ami,
    @Setting(value = "The size of the encrypted root volume.", or = "20") int rootVolumeGiB,
    @Setting(
            value =
                "The size of the encrypted data volume, which outlives the machine; it can grow and"
                    + " never shrink.",
            or = "40")
        int dataVolumeGiB,
    @Setting(
            value = "Blocks of addresses that reach port 22; none by default, and never the world.",
            or = "[]",
            example = "'[\"192.0.2.0/24\"]'")
        List<String> sshFrom,
    @Setting(
            value =
                "How far the machine's credentials travel: 1 keeps containers from them, 2 lets"
                    + " containers take the role.",
            or = "1")
        int metadataHopLimit,
    @Setting(
            value = "Refuse to destroy the data volume and the address until this is false.",
            or = "true")
        boolean protect,
    @Setting("Stop the machine outside office hours.") Optional<OfficeHours> schedule) {

  public HostSettings {
    var known = InstanceTypes.known();
    var check =
        new Check()
            .that(
                known.contains(instanceType),
                "instanceType",
                "\""
                    + instanceType
                    + "\" is not an EC2 instance type this program knows"
                    + Suggestion.sentence(instanceType, known))
            .that(
                rootVolumeGiB >= 8 && rootVolumeGiB <= 16384,
                "rootVolumeGiB",
                rootVolumeGiB + " is not from 8 (what the image takes) to 16384")
            .that(
                dataVolumeGiB >= 10 && dataVolumeGiB <= 16384,
                "dataVolumeGiB",
                dataVolumeGiB + " is not from 10 to 16384")
            .that(
                metadataHopLimit >= 1 && metadataHopLimit <= 64,
                "metadataHopLimit",
                metadataHopLimit + " is not from 1 to 64");
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
    for (int i = 0; i < sshFrom.size(); i++) {
      check.none(unfit(sshFrom.get(i)), "sshFrom[" + i + "]");
    }
    check.orThrow();
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
