package dev.slipway.host;

import dev.slipway.core.Check;
import dev.slipway.core.Setting;
import java.util.List;
import java.util.Optional;

/** The machines behind a load balancer. */
public record FleetSettings(
    @Setting(
            value =
                "How many hosts there always are, spread over the zones; one that dies is replaced."
                    + " With scaling it is how many there are at first.",
            or = "1")
        int count,
    @Setting("Have hosts come and go with their load.") Optional<ScalingSettings> scaling,
    @Setting(
            value = "The EC2 instance type; its architecture must be the image's.",
            or = "\"t3.small\"")
        String instanceType,
    @Setting("The machine image: Ubuntu 24.04.") Ami ami,
    @Setting(value = "The size of the encrypted root volume, which holds the images.", or = "30")
        int rootVolumeGiB,
    @Setting(
            value =
                "Blocks of addresses that reach port 22; none by default, and never the world."
                    + " Hosts in private subnets are reached from networks that are joined to the"
                    + " VPC alone.",
            or = "[]",
            example = "'[\"192.0.2.0/24\"]'")
        List<String> sshFrom,
    @Setting(
            value =
                "By what a host counts as dead: EC2 (the machine) or ELB (the balancer's health"
                    + " checks too). ELB begins with the first up after the first release, and is"
                    + " EC2 until then: hosts that serve nothing yet would be replaced for ever.",
            or = "\"ELB\"")
        HealthCheck healthCheck,
    @Setting(
            value =
                "How far the machine's credentials travel: 1 keeps containers from them, 2 lets"
                    + " containers take the role.",
            or = "1")
        int metadataHopLimit) {

  public FleetSettings {
    var check =
        new Check()
            .that(
                count >= 1 && count <= ScalingSettings.MOST,
                "count",
                count + " is not from 1 to " + ScalingSettings.MOST)
            .that(
                scaling.map(by -> count >= by.min() && count <= by.max()).orElse(true),
                "count",
                count + " is not from scaling.min to scaling.max");
    MachineChecks.type(check, instanceType, ami);
    MachineChecks.rootVolume(check, rootVolumeGiB);
    MachineChecks.metadataHopLimit(check, metadataHopLimit);
    MachineChecks.sshFrom(check, sshFrom);
    check.orThrow();
  }

  /** The fewest hosts that there are. */
  public int least() {
    return scaling.map(ScalingSettings::min).orElse(count);
  }

  /** The most hosts that there are. */
  public int most() {
    return scaling.map(ScalingSettings::max).orElse(count);
  }
}
