package dev.slipway.rehearsal.cloud;

import dev.slipway.rehearsal.cloud.Machine.State;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The emulated EC2's hardware: machines as containers on one Docker network, volumes as loop
 * devices, and the public addresses of that network.
 */
final class Machines implements AutoCloseable {

  static final String IMAGE = "slipway/machine";

  /** Hears of what happened to the hardware by itself. */
  interface Listener {
    void terminated(Machine machine);

    void lost(Volume volume);
  }

  /**
   * Where a machine finds the account's registry of images; the machine's own files know it too.
   */
  private static final String IMAGES = "169.254.170.99";

  private final String run;
  private final MachineNetwork network;
  private final Path directory;
  private final String region;
  private final Map<String, Machine> machines = new ConcurrentHashMap<>();
  private final Map<String, Volume> volumes = new ConcurrentHashMap<>();
  private final Set<String> addresses = new TreeSet<>();
  private final Set<String> names = new TreeSet<>();
  private String endpoint;
  private String metadata;
  private String images;
  private String mirror;
  private Supplier<Path> trusted;
  private Listener listener;
  private volatile boolean closed;

  Machines(String run, MachineNetwork network, Path directory, String region) {
    this.run = run;
    this.network = network;
    this.directory = directory;
    this.region = region;
  }

  /** Removes what a killed rehearsal left in this network. */
  void removeOthers() {
    removeLeftovers("label=" + network.label(), network.filePrefix());
  }

  /** Lays the network. */
  void prepare() throws IOException {
    Files.createDirectories(directory);
    Programs.docker(
        "network",
        "create",
        "--subnet",
        network.subnet(),
        "--gateway",
        network.gateway(),
        "--ip-range",
        network.dynamic(),
        "--label",
        network.label() + "=" + run,
        "--opt",
        "com.docker.network.bridge.name=" + network.bridge(),
        network.name());
  }

  /**
   * Tells the machines where their cloud is.
   *
   * @param endpoint the URL of AWS
   * @param metadata host and port behind the metadata address
   * @param images host and port behind the address of the account's registry
   * @param mirror host and port behind the address of the mirror of Docker Hub
   * @param trusted a certificate authority that the machines get as a file
   */
  void serveFrom(
      String endpoint, String metadata, String images, String mirror, Supplier<Path> trusted) {
    this.endpoint = endpoint;
    this.metadata = metadata;
    this.images = images;
    this.mirror = mirror;
    this.trusted = trusted;
  }

  void listener(Listener hears) {
    listener = hears;
  }

  /** A name that leads to every machine that is launched from now on. */
  void serveName(String name) {
    names.add(name);
  }

  // --- public addresses
  // ----------------------------------------------------------------------------------------------

  synchronized String allocateAddress() {
    for (int last = 10; last < 200; last++) {
      String address = network.address(last);
      if (addresses.add(address)) {
        return address;
      }
    }
    throw new AwsError(
        400, "AddressLimitExceeded", "The maximum number of addresses has been reached.");
  }

  synchronized void releaseAddress(String address) {
    addresses.remove(address);
  }

  // --- machines
  // ------------------------------------------------------------------------------------------------------

  Collection<Machine> all() {
    return machines.values();
  }

  List<Machine> running() {
    return machines.values().stream().filter(Machine::isRunning).toList();
  }

  Machine find(String id) {
    Machine machine = machines.get(id);
    if (machine == null) {
      throw new AwsError(
          400, "InvalidInstanceID.NotFound", "The instance ID '" + id + "' does not exist");
    }
    return machine;
  }

  Machine byAddress(String address) {
    return running().stream().filter(m -> address.equals(m.publicIp())).findFirst().orElse(null);
  }

  Machine launch(Machine.Launch launch) {
    String container = "slipway-" + launch.id();
    if (byAddress(launch.publicIp()) != null) {
      throw new AwsError(
          400,
          "InvalidNetworkInterface.InUse",
          "The address "
              + launch.publicIp()
              + " is in use by "
              + byAddress(launch.publicIp()).id());
    }
    try {
      refuseWhenClosed();
      create(container, launch);
      copy(container, "/etc/slipway-machine.env", environment(launch));
      copy(
          container,
          "/etc/environment",
          "AWS_ENDPOINT_URL=" + endpoint + "\nAWS_REGION=" + region + "\n");
      copy(container, "/etc/ssl/certs/rehearsal-acme.pem", Files.readString(trusted.get()));
      Programs.docker("start", container);
      refuseWhenClosed();
    } catch (IOException | RuntimeException e) {
      Programs.tryDocker("rm", "--force", "--volumes", container);
      throw new IllegalStateException("machine " + launch.id() + ": " + e.getMessage(), e);
    }
    var machine = new Machine(this, container, launch);
    machine.aliases().addAll(names);
    machines.put(launch.id(), machine);
    var watch = new Thread(() -> restartWhenItReboots(machine), "machine-" + launch.id());
    watch.setDaemon(true);
    watch.start();
    return machine;
  }

  /** A machine that was stopped before anybody looked, and has no container. */
  Machine stranger(Map<String, String> tags) {
    String id = "i-%017x".formatted(0xf0000000L + machines.size());
    var machine =
        new Machine(
            this,
            "slipway-" + id,
            new Machine.Launch(
                id,
                "t3.medium",
                "",
                "",
                "",
                false,
                null,
                new byte[0],
                1,
                true,
                false,
                false,
                tags));
    machine.state(State.STOPPED);
    machines.put(id, machine);
    return machine;
  }

  /** What is made while all is taken away would be left behind. */
  private void refuseWhenClosed() {
    if (closed) {
      throw new IllegalStateException("the rehearsal is over");
    }
  }

  /**
   * A machine that reboots itself ends its container; what EC2's hardware does then is done here.
   */
  private void restartWhenItReboots(Machine machine) {
    while (!closed && machine.state() != State.TERMINATED) {
      Programs.run(Duration.ofDays(1), null, List.of("docker", "wait", machine.container()));
      if (closed) {
        return;
      }
      synchronized (machine) {
        boolean stands =
            machine.isRunning()
                && Programs.tryDocker(
                        "inspect", "--format", "{{.State.Running}}", machine.container())
                    .out()
                    .strip()
                    .equals("false");
        if (stands) {
          machine.registered(false);
          Programs.tryDocker("start", machine.container());
        } else if (machine.state() == State.STOPPED) {
          awaitStart(machine);
        }
      }
    }
  }

  private static void awaitStart(Machine machine) {
    try {
      while (machine.state() == State.STOPPED) {
        machine.wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void create(String container, Machine.Launch launch) {
    var command = new ArrayList<>(List.of("create"));
    names.forEach(name -> command.addAll(List.of("--network-alias", name)));
    command.addAll(
        List.of(
            "--name",
            container,
            "--hostname",
            "ip-" + launch.publicIp().replace('.', '-'),
            "--label",
            network.label() + "=" + run,
            "--network",
            network.name(),
            "--ip",
            launch.publicIp(),
            "--add-host",
            ImageRegistryServer.name(region) + ":" + IMAGES,
            "--cap-add",
            "SYS_ADMIN",
            "--cap-add",
            "NET_ADMIN",
            "--cap-add",
            "SYS_PTRACE",
            "--security-opt",
            "seccomp=unconfined",
            "--security-opt",
            "apparmor=unconfined",
            "--device-cgroup-rule",
            "b 7:* rmw",
            "--volume",
            "/sys/fs/cgroup:/sys/fs/cgroup",
            "--tmpfs",
            "/run",
            "--tmpfs",
            "/run/lock"));
    if (launch.inGroup()) {
      // The root disk of a container is an overlay, on which Docker copies every layer as a whole;
      // that of a real machine isn't.
      command.addAll(List.of("--volume", "/srv/slipway/docker"));
    }
    command.add(IMAGE);
    Programs.docker(command.toArray(String[]::new));
  }

  private String environment(Machine.Launch launch) {
    return "IMDS_ENDPOINT="
        + metadata
        + "\nIMDS_HOP_LIMIT="
        + launch.hopLimit()
        + "\nIMAGES_ENDPOINT="
        + images
        + "\nMIRROR_ENDPOINT="
        + mirror
        + "\n";
  }

  private void copy(String container, String path, String text) throws IOException {
    Path file = Files.createTempFile(directory, "copy", "");
    try {
      Files.writeString(file, text);
      Programs.asRoot("chmod", "0644", file.toString());
      Programs.docker("cp", file.toString(), container + ":" + path);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  void stop(Machine machine) {
    synchronized (machine) {
      if (machine.isRunning()) {
        machine.state(State.STOPPED);
        Programs.docker("stop", "--time", "90", machine.container());
      }
    }
  }

  void start(Machine machine) {
    synchronized (machine) {
      if (machine.state() == State.STOPPED) {
        Programs.docker("start", machine.container());
        machine.state(State.RUNNING);
        machine.notifyAll();
      }
    }
  }

  void reboot(Machine machine) {
    synchronized (machine) {
      machine.registered(false);
      Programs.docker("restart", "--time", "90", machine.container());
    }
  }

  /** Terminates as EC2 does: volumes that are attached are left, and free. */
  void terminate(Machine machine) {
    synchronized (machine) {
      if (machine.state() == State.TERMINATED) {
        return;
      }
      machine.state(State.TERMINATED);
      machine.notifyAll();
      Programs.docker("rm", "--force", "--volumes", machine.container());
    }
    volumes.values().stream()
        .filter(volume -> volume.machine() == machine)
        .forEach(volume -> volume.attached(null, null));
    listener.terminated(machine);
  }

  void lose(Machine machine) {
    terminate(machine);
  }

  void alias(Machine machine, String name) {
    if (machine.aliases().add(name)) {
      reconnect(machine);
    }
  }

  /** Gives a machine another public address, at once. */
  void readdress(Machine machine, String address) {
    if (!address.equals(machine.publicIp())) {
      machine.publicIp(address);
      reconnect(machine);
    }
  }

  private void reconnect(Machine machine) {
    Programs.docker("network", "disconnect", network.name(), machine.container());
    var command = new ArrayList<>(List.of("network", "connect", "--ip", machine.publicIp()));
    machine.aliases().forEach(alias -> command.addAll(List.of("--alias", alias)));
    command.addAll(List.of(network.name(), machine.container()));
    Programs.docker(command.toArray(String[]::new));
  }

  void hopLimit(Machine machine, int limit) {
    machine.hopLimit(limit);
    if (machine.isRunning()) {
      Programs.docker(
          "exec", machine.container(), "slipway-machine", "hop-limit", String.valueOf(limit));
    }
  }

  // --- volumes
  // -------------------------------------------------------------------------------------------------------

  Collection<Volume> volumes() {
    return volumes.values();
  }

  Volume findVolume(String id) {
    Volume volume = volumes.get(id);
    if (volume == null) {
      throw new AwsError(400, "InvalidVolume.NotFound", "The volume '" + id + "' does not exist.");
    }
    return volume;
  }

  Volume createVolume(String id, String zone, long gibibytes) {
    Path file = directory.resolve(network.filePrefix() + run + "-" + id + ".img");
    Programs.need("truncate", "--size", gibibytes + "G", file.toString());
    String loop = loopDevice(file);
    var volume = new Volume(this, id, zone, gibibytes, file, loop);
    volumes.put(id, volume);
    return volume;
  }

  private synchronized String loopDevice(Path file) {
    refuseWhenClosed();
    return Programs.asRoot("losetup", "--find", "--show", file.toString());
  }

  void grow(Volume volume, long gibibytes) {
    if (gibibytes < volume.gibibytes()) {
      throw new AwsError(
          400,
          "InvalidParameterValue",
          "New size cannot be smaller than existing size " + volume.gibibytes() + " GiB");
    }
    Programs.need("truncate", "--size", gibibytes + "G", volume.file().toString());
    Programs.asRoot("losetup", "--set-capacity", volume.loop());
    volume.grown(gibibytes);
  }

  synchronized void attach(Volume volume, Machine machine, String device) {
    if (volume.machine() != null) {
      throw new AwsError(
          400,
          "VolumeInUse",
          volume.id() + " is already attached to an instance (" + volume.machine().id() + ")");
    }
    if (!volume.zone().equals(machine.zone())) {
      throw new AwsError(
          400,
          "InvalidVolume.ZoneMismatch",
          "The volume '"
              + volume.id()
              + "' is not in the same availability zone as instance '"
              + machine.id()
              + "'");
    }
    if (machine.state() == State.TERMINATED) {
      throw new AwsError(
          400, "IncorrectState", "Instance '" + machine.id() + "' is not 'running'.");
    }
    boolean taken =
        volumes.values().stream()
            .anyMatch(v -> v.machine() == machine && device.equals(v.device()));
    if (taken) {
      throw new AwsError(
          400,
          "InvalidParameterValue",
          "Invalid value '"
              + device
              + "' for unixDevice. Attachment point "
              + device
              + " is already in use");
    }
    long index = 1 + volumes.values().stream().filter(v -> v.machine() == machine).count();
    String number = Programs.need("stat", "--format", "%t:%T", volume.loop()); // in hexadecimal
    String[] parts = number.split(":");
    machineTool(
        machine,
        "attach",
        "/dev/nvme" + index + "n1",
        Integer.parseInt(parts[0], 16) + ":" + Integer.parseInt(parts[1], 16),
        volume.id());
    volume.attached(machine, device);
  }

  /**
   * Detaches as EC2 does: a file system that the machine still has mounted keeps the volume busy.
   *
   * @param force takes it away all the same
   */
  synchronized void detach(Volume volume, boolean force) {
    Machine machine = volume.machine();
    if (machine == null) {
      throw new AwsError(
          400, "IncorrectState", "Volume '" + volume.id() + "' is in the 'available' state.");
    }
    if (machine.isRunning() && !force && isMounted(machine, volume)) {
      throw new AwsError(
          400,
          "VolumeInUse",
          "volume "
              + volume.id()
              + " stays busy: "
              + machine.id()
              + " has it mounted; stop the instance first (stopInstanceBeforeDetaching)");
    }
    machineTool(machine, "detach", volume.id());
    volume.attached(null, null);
  }

  private boolean isMounted(Machine machine, Volume volume) {
    String name = "nvme-Amazon_Elastic_Block_Store_" + volume.id().replace("-", "");
    // By device number, since a mount may name the volume by any of its nodes.
    return machine
        .exec(
            "sh",
            "-c",
            "n=$(stat -L -c '%t:%T' \"$1\") && n=$((0x${n%:*})):$((0x${n#*:})) &&"
                + " grep -q \" $n \" /proc/1/mountinfo",
            "sh",
            "/dev/disk/by-id/" + name)
        .ok();
  }

  /**
   * A stopped machine keeps its list of volumes in a file, from which the next boot makes the
   * nodes.
   */
  private void machineTool(Machine machine, String verb, String... arguments) {
    if (machine.isRunning()) {
      var command = new ArrayList<>(List.of("exec", machine.container(), "slipway-machine", verb));
      command.addAll(List.of(arguments));
      Programs.docker(command.toArray(String[]::new));
      return;
    }
    try {
      Path file = Files.createTempFile(directory, "volumes", "");
      try {
        var lines = new ArrayList<String>();
        if (Programs.tryDocker(
                "cp", machine.container() + ":/etc/slipway-machine.volumes", file.toString())
            .ok()) {
          lines.addAll(Files.readAllLines(file));
        }
        String volume = arguments[arguments.length - 1];
        lines.removeIf(line -> line.endsWith(" " + volume));
        if (verb.equals("attach")) {
          lines.add(String.join(" ", arguments));
        }
        copy(
            machine.container(),
            "/etc/slipway-machine.volumes",
            lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new IllegalStateException("machine " + machine.id() + ": " + e.getMessage(), e);
    }
  }

  void deleteVolume(Volume volume) {
    if (volume.machine() != null) {
      throw new AwsError(
          400,
          "VolumeInUse",
          "Volume " + volume.id() + " is currently attached to " + volume.machine().id());
    }
    volumes.remove(volume.id());
    Programs.tryAsRoot("losetup", "--detach", volume.loop());
    deleteFile(volume.file());
  }

  void lose(Volume volume) {
    if (volume.machine() != null) {
      detach(volume, true);
    }
    deleteVolume(volume);
    listener.lost(volume);
  }

  private static void deleteFile(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new IllegalStateException(file + ": cannot be removed: " + e.getMessage(), e);
    }
  }

  // --- the end
  // -------------------------------------------------------------------------------------------------------

  /** From now on nothing is made any more. */
  synchronized void end() {
    closed = true;
  }

  @Override
  public void close() {
    end();
    machines.values().forEach(machine -> machine.state(State.TERMINATED));
    String label = "label=" + network.label() + "=" + run;
    String files = network.filePrefix() + run + "-";
    removeLeftovers(label, files);
    // Docker may have been making one more while these were listed.
    removeLeftovers(label, files);
    machines.clear();
    volumes.clear();
  }

  private static void removeLeftovers(String filter, String prefix) {
    remove(List.of("rm", "--force", "--volumes"), "ps", "--all", "--quiet", "--filter", filter);
    remove(List.of("network", "rm"), "network", "ls", "--quiet", "--filter", filter);
    remove(List.of("volume", "rm"), "volume", "ls", "--quiet", "--filter", filter);
    Result loops = Programs.run("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE");
    loops
        .out()
        .lines()
        .map(line -> line.strip().split("\\s+", 2))
        .filter(parts -> parts.length == 2)
        .forEach(
            parts -> {
              Path file = Path.of(parts[1].replace(" (deleted)", ""));
              if (file.getFileName().toString().startsWith(prefix)) {
                Programs.tryAsRoot("losetup", "--detach", parts[0]);
                deleteFile(file);
              }
            });
  }

  private static void remove(List<String> command, String... listing) {
    List<String> ids =
        Programs.tryDocker(listing).out().lines().filter(id -> !id.isBlank()).toList();
    if (!ids.isEmpty()) {
      var all = new ArrayList<>(command);
      all.addAll(ids);
      Programs.tryDocker(all.toArray(String[]::new));
    }
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
