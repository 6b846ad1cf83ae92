package dev.slipway.rehearsal.cloud;

import java.nio.file.Path;

/** An EBS volume: a sparse file behind a loop device, which a machine sees as an NVMe disk. */
public final class Volume {
  private final Machines machines;
  private final String id;
  private final String zone;
  private final Path file;
  private final String loop;
  private long gibibytes;
  private Machine machine;
  private String device;

  Volume(Machines machines, String id, String zone, long gibibytes, Path file, String loop) {
    this.machines = machines;
    this.id = id;
    this.zone = zone;
    this.gibibytes = gibibytes;
    this.file = file;
    this.loop = loop;
  }

  public String id() {
    return id;
  }

  public String zone() {
    return zone;
  }

  public long gibibytes() {
    return gibibytes;
  }

  /** The volume is gone for good, with all that was on it, whatever was still using it. */
  public void lose() {
    machines.lose(this);
  }

  Path file() {
    return file;
  }

  String loop() {
    return loop;
  }

  Machine machine() {
    return machine;
  }

  /** The name that the attachment asked for; the machine itself sees an NVMe disk. */
  String device() {
    return device;
  }

  void attached(Machine to, String as) {
    machine = to;
    device = as;
  }

  void grown(long to) {
    gibibytes = to;
  }
}
