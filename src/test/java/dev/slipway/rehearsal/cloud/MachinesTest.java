package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MachinesTest {

  private final Machines machines =
      new Machines("test", MachineNetwork.FIRST, Path.of("unused"), "us-east-1");

  private Machine machine(String id, String zone) {
    return Samples.machine(machines, id, zone, "host");
  }

  private Volume volume(String zone) {
    return new Volume(machines, "vol-1", zone, 40, Path.of("unused"), "/dev/unused");
  }

  private static void refuses(String code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aVolumeIsAttachedToOneMachine() {
    Volume volume = volume("us-east-1a");
    Machine first = machine("i-1", "us-east-1a");
    volume.attached(first, "/dev/sdf");

    refuses("VolumeInUse", () -> machines.attach(volume, machine("i-2", "us-east-1a"), "/dev/sdf"));
    assertThat(volume.machine()).isSameAs(first);
  }

  @Test
  void aVolumeStaysInItsZone() {
    refuses(
        "InvalidVolume.ZoneMismatch",
        () -> machines.attach(volume("us-east-1a"), machine("i-1", "us-east-1b"), "/dev/sdf"));
  }

  @Test
  void aMachineThatIsGoneTakesNoVolume() {
    Machine gone = machine("i-1", "us-east-1a");
    gone.state(Machine.State.TERMINATED);

    refuses("IncorrectState", () -> machines.attach(volume("us-east-1a"), gone, "/dev/sdf"));
  }

  @Test
  void whatIsNotAttachedIsNotDetached() {
    refuses("IncorrectState", () -> machines.detach(volume("us-east-1a"), false));
  }

  @Test
  void aVolumeInUseIsNotDeleted() {
    Volume volume = volume("us-east-1a");
    volume.attached(machine("i-1", "us-east-1a"), "/dev/sdf");

    refuses("VolumeInUse", () -> machines.deleteVolume(volume));
  }

  @Test
  void aVolumeGrowsOnly() {
    refuses("InvalidParameterValue", () -> machines.grow(volume("us-east-1a"), 39));
  }

  @Test
  void whatIsNotThereIsNotFound() {
    refuses("InvalidInstanceID.NotFound", () -> machines.find("i-1"));
    refuses("InvalidVolume.NotFound", () -> machines.findVolume("vol-1"));
  }

  @Test
  void addressesRunOut() {
    assertThat(IntStream.range(10, 200).mapToObj(n -> machines.allocateAddress()))
        .doesNotHaveDuplicates()
        .hasSize(190);
    refuses("AddressLimitExceeded", machines::allocateAddress);
    machines.releaseAddress("172.30.77.20");
    assertThat(machines.allocateAddress()).isEqualTo("172.30.77.20");
  }
}
