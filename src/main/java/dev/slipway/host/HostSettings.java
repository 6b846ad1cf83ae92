package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Optional;

/** The machine. */
public record HostSettings(
    @Setting(
            value = "The EC2 instance type; its architecture must be the image's.",
            or = "\"t3.medium\"")
        String instanceType,
    @Setting("The machine image: Ubuntu 24.04.") @ForHosts Ami ami,
    @Setting(value = "The size of the encrypted root volume.", or = "20") int rootVolumeGiB,
    @Setting(
            value =
                "The size of the encrypted data volume, which outlives the machine; it can grow and"
                    + " never shrink.",
            or = "40")
        int dataVolumeGiB,
    @Setting(
            value =
                "Keep data on that volume. Without it what is kept on the machine goes with the"
                    + " machine; a system that has its data on it takes true alone.",
            or = "true")
        boolean dataVolume,
    @Setting(
            value =
                "Give the machine an Elastic IP, which outlives it. Without one it has another"
                    + " address after each stop; a system whose names point at it takes true"
                    + " alone.",
            or = "true")
        boolean elasticIp,
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
    var check = new Check();
    MachineChecks.type(check, instanceType, ami);
    MachineChecks.rootVolume(check, rootVolumeGiB);
    check.that(
        dataVolumeGiB >= 10 && dataVolumeGiB <= 16384,
        "dataVolumeGiB",
        dataVolumeGiB + " is not from 10 to 16384");
    MachineChecks.metadataHopLimit(check, metadataHopLimit);
    MachineChecks.sshFrom(check, sshFrom);
    check.orThrow();
  }
}
