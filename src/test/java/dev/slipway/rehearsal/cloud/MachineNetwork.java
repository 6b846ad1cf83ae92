package dev.slipway.rehearsal.cloud;

/**
 * The Docker network of a rehearsal's machines. There are a few, each with names and addresses of
 * its own, so that rehearsals can go on beside each other.
 *
 * @param number which one, from 0
 */
record MachineNetwork(int number) {

  /** How many there are. */
  static final int COUNT = 4;

  /** The one that is taken where no other has been taken. */
  static final MachineNetwork FIRST = new MachineNetwork(0);

  MachineNetwork {
    if (number < 0 || number >= COUNT) {
      throw new IllegalArgumentException(number + " is not from 0 to " + (COUNT - 1));
    }
  }

  String name() {
    return "slipway-rehearsal" + suffix();
  }

  /** The key of the label that all of Docker's things of it have. */
  String label() {
    return "dev.slipway.rehearsal" + suffix();
  }

  /** What the files of its volumes are called, which their loop devices tell. */
  String filePrefix() {
    return "slipway-rehearsal-" + number + "-";
  }

  /** What the lock of who works in it, and the folder of its files, end in. */
  String suffix() {
    return number == 0 ? "" : "-" + number;
  }

  String bridge() {
    return "slipway" + number;
  }

  String subnet() {
    return address(0) + "/24";
  }

  /** This machine, as the machines see it. */
  String gateway() {
    return address(1);
  }

  /** What Docker hands out by itself; the addresses below are the emulated EC2's to allocate. */
  String dynamic() {
    return address(224) + "/27";
  }

  String address(int last) {
    return "172.30." + (77 + number) + "." + last;
  }

  /** Where this machine reaches what is served to the machines; Docker asks there without TLS. */
  String loopback() {
    return "127.0.0." + (1 + number);
  }
}
