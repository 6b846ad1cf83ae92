package dev.slipway.host;

import com.pulumi.aws.ebs.Volume;
import com.pulumi.aws.ebs.VolumeArgs;
import com.pulumi.aws.ec2.Eip;
import com.pulumi.aws.ec2.EipArgs;
import com.pulumi.aws.ec2.Instance;
import com.pulumi.aws.ec2.InstanceArgs;
import com.pulumi.aws.ec2.NetworkInterface;
import com.pulumi.aws.ec2.NetworkInterfaceArgs;
import com.pulumi.aws.ec2.VolumeAttachment;
import com.pulumi.aws.ec2.VolumeAttachmentArgs;
import com.pulumi.aws.ec2.inputs.InstanceMetadataOptionsArgs;
import com.pulumi.aws.ec2.inputs.InstanceNetworkInterfaceArgs;
import com.pulumi.aws.ec2.inputs.InstanceRootBlockDeviceArgs;
import com.pulumi.aws.lb.TargetGroupAttachment;
import com.pulumi.aws.lb.TargetGroupAttachmentArgs;
import com.pulumi.aws.ssm.Parameter;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Linkable;
import dev.slipway.core.Stack;
import dev.slipway.identity.ServiceRole;
import dev.slipway.monitoring.Alarm;
import dev.slipway.monitoring.Monitored;
import dev.slipway.network.Cidr;
import dev.slipway.network.Connectable;
import dev.slipway.network.Network;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One machine that serves the internet, with an address and a data volume that outlive it, unless
 * its settings do without them; or one in a private subnet, behind a load balancer, without an
 * address.
 *
 * <p>Creates an EC2 instance, its network interface, security group and rules, an Elastic IP, an
 * encrypted gp3 data volume with its attachment, and the parameter that tells the machine what to
 * run. Costs, at the defaults in us-east-1, about 30 dollars a month for a t3.medium, 3.65 for the
 * address and 5 for 60 GiB of disks.
 *
 * <pre>{@code
 * var host = new Host(named("host"), network, role, bundle, List.of(backups), settings, childOptions());
 * host.allowWeb();
 * }</pre>
 *
 * <p>Network interface and address are there before the machine boots, and so are its role's grants
 * and the way out, because user data runs at once. The rules for metadata are those of the <a
 * href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html">EC2
 * user guide</a>.
 */
public final class Host extends Connectable implements Hosts, Monitored {
  static final String TYPE = "slipway:host:Host";

  private final HostSettings settings;
  private final Network network;
  private final ServiceRole role;

  /** The way to the machine, where it has an address that outlives it. */
  private final Optional<NetworkInterface> networkInterface;

  private final Optional<Eip> address;
  private final Optional<Volume> data;
  private final Instance instance;
  private final HostBundle bundle;

  /** What the machine is told: where its database is, say. */
  private final Output<String> links;

  private final List<Resource> ready = new ArrayList<>();

  /**
   * @param role what the machine may do; takes no grant afterwards
   * @param bundle what it runs
   * @param givers what it must know of besides
   */
  public Host(
      String name,
      Network network,
      ServiceRole role,
      Artifacts.Published bundle,
      List<? extends Linkable> givers,
      HostSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, network.vpcId(), "the host", "the host", options);
    this.settings = settings;
    this.role = role;
    this.network = network;
    this.bundle = bundle.bundle();
    reachAnywhere(network.ipv6());
    networkInterface =
        settings.elasticIp() && network.hostsArePublic()
            ? Optional.of(networkInterface())
            : Optional.empty();
    address = networkInterface.map(this::address);
    data = settings.dataVolume() ? Optional.of(data()) : Optional.empty();
    links = links(bundle, givers);
    var pointer = pointer(bundle, givers);
    instance = instance(pointer);
    ready.add(pointer);
    data.ifPresent(volume -> ready.add(attachment(volume)));
    ready.addAll(role.grants());
    givers.forEach(giver -> ready.addAll(giver.ready()));
    var outputs = new HashMap<String, Output<?>>();
    outputs.put("instanceId", instance.id());
    if (network.hostsArePublic()) {
      outputs.put("publicIp", publicIp());
    }
    data.ifPresent(volume -> outputs.put("dataVolumeId", volume.id()));
    registerOutputs(outputs);
  }

  private NetworkInterface networkInterface() {
    var args =
        NetworkInterfaceArgs.builder()
            .subnetId(network.hostSubnetId())
            .securityGroups(groupId().applyValue(List::of))
            .description("Slipway " + stack().name() + ": the way to the host")
            .tags(nameTag("interface"));
    if (network.ipv6()) {
      args.ipv6AddressCount(1);
    }
    return new NetworkInterface(named("interface"), args.build(), leaf().build());
  }

  private Eip address(NetworkInterface at) {
    return new Eip(
        named("address"),
        EipArgs.builder().domain("vpc").networkInterface(at.id()).tags(nameTag("address")).build(),
        leaf().protect(stack().protects(settings.protect())).dependsOn(network.wayOut()).build());
  }

  private Volume data() {
    return new Volume(
        named("data"),
        VolumeArgs.builder()
            .availabilityZone(network.zone())
            .type("gp3")
            .size(settings.dataVolumeGiB())
            .encrypted(true)
            .tags(nameTag("data", Map.of(Stack.STACK_TAG, stack().name())))
            .build(),
        leaf().protect(stack().protects(settings.protect())).build());
  }

  private Output<String> links(Artifacts.Published published, List<? extends Linkable> givers) {
    var own = new HashMap<String, Output<String>>();
    data.ifPresent(volume -> own.put("dataVolume", volume.id()));
    address.ifPresent(fixed -> own.put("publicIp", fixed.publicIp()));
    return Pointer.text(stack(), published, own, givers);
  }

  private Parameter pointer(Artifacts.Published published, List<? extends Linkable> givers) {
    return new Parameter(
        named("pointer"),
        Pointer.args(stack(), links, givers, nameTag("pointer")),
        leaf().dependsOn(published.object()).build());
  }

  private Instance instance(Parameter pointer) {
    var before = new ArrayList<Resource>();
    before.add(pointer);
    address.ifPresent(before::add);
    before.addAll(role.grants());
    before.addAll(network.wayOut());
    before.addAll(rules());
    var args =
        InstanceArgs.builder()
            .ami(VerifiedImage.of(settings.ami(), "host", stack(), this))
            .instanceType(settings.instanceType())
            .iamInstanceProfile(role.instanceProfile().name())
            .metadataOptions(
                InstanceMetadataOptionsArgs.builder()
                    .httpEndpoint("enabled")
                    .httpTokens("required")
                    .httpPutResponseHopLimit(settings.metadataHopLimit())
                    .build())
            .rootBlockDevice(
                InstanceRootBlockDeviceArgs.builder()
                    .encrypted(true)
                    .volumeType("gp3")
                    .volumeSize(settings.rootVolumeGiB())
                    .deleteOnTermination(true)
                    .tags(nameTag("root"))
                    .build())
            .instanceInitiatedShutdownBehavior("stop")
            .userData(UserData.of(stack()))
            .userDataReplaceOnChange(false)
            .tags(nameTag("machine", Map.of(Stack.STACK_TAG, stack().name())));
    if (networkInterface.isPresent()) {
      args.networkInterfaces(
          InstanceNetworkInterfaceArgs.builder()
              .deviceIndex(0)
              .networkInterfaceId(networkInterface.get().id())
              .deleteOnTermination(false)
              .build());
    } else {
      args.subnetId(network.hostSubnetId())
          .vpcSecurityGroupIds(groupId().applyValue(List::of))
          .associatePublicIpAddress(network.hostsArePublic());
      if (network.ipv6()) {
        args.ipv6AddressCount(1);
      }
    }
    return new Instance(
        named("machine"),
        args.build(),
        // The interface can be in one machine at a time, and so can the volume.
        leaf().deleteBeforeReplace(true).dependsOn(before).build());
  }

  private VolumeAttachment attachment(Volume data) {
    return new VolumeAttachment(
        named("attachment"),
        VolumeAttachmentArgs.builder()
            .instanceId(instance.id())
            .volumeId(data.id())
            // Instances on Nitro name devices themselves: hosts find the volume by its id.
            .deviceName("/dev/sdf")
            .stopInstanceBeforeDetaching(true)
            .build(),
        leaf().deleteBeforeReplace(true).build());
  }

  /** Opens HTTP and HTTPS to the world. */
  public List<Resource> allowWeb() {
    var opened = new ArrayList<Resource>();
    for (int port : new int[] {80, 443}) {
      var scheme = port == 80 ? "http" : "https";
      opened.add(allowFrom(Cidr.parse("0.0.0.0/0"), scheme, port, "0.0.0.0/0"));
      if (network.ipv6()) {
        opened.add(allowFrom(Cidr.parse("::/0"), scheme + "-ipv6", port, "::/0"));
      }
    }
    return opened;
  }

  /** Opens a port to these blocks of addresses, which may be all there are. */
  public List<Resource> openTo(List<String> blocks, int port) {
    return open("open-" + port, port, blocks);
  }

  /** Opens SSH to the blocks of the settings, of which there are none by default. */
  public List<Resource> allowSsh() {
    return allowSsh(settings.sshFrom());
  }

  @Override
  protected int port() {
    return 443;
  }

  /**
   * When it is ill, or its data volume full. What it tells every hour is not well when it is
   * missing: whatever keeps it from telling may be what is wrong.
   */
  @Override
  public List<Alarm> alarms() {
    return List.of(
        Alarm.above("status-check", "the machine fails its status checks, or is stopped", 0.0)
            .on(
                "AWS/EC2",
                "StatusCheckFailed",
                "Maximum",
                instance.id().applyValue(id -> Map.of("InstanceId", id)))
            .silenceIs(silence()),
        Alarm.above(
                "disk",
                "the "
                    + (data.isPresent() ? "data volume" : "disk")
                    + " is more than %.0f percent full",
                85.0)
            .onHosts("DataVolumeUsedPercent", "Maximum")
            .silenceIs(silence()));
  }

  /** When a certificate that the host itself serves with is about to expire. */
  public Monitored certificates() {
    return () ->
        List.of(
            Alarm.below(
                    "certificate",
                    "a site's certificate expires in less than %.0f days, or it has none",
                    14.0)
                .onHosts("CertificateDaysLeft", "Minimum")
                .silenceIs(silence()));
  }

  /** What it means that the host tells nothing: what is stopped on purpose tells nothing. */
  public String silence() {
    return settings.schedule().isPresent() ? "notBreaching" : "breaching";
  }

  /** How long the host is stopped on purpose at most, in hours. */
  public int longestStopHours() {
    return settings.schedule().map(OfficeHours::longestStopHours).orElse(0);
  }

  /** The instance's id. */
  public Output<String> instanceId() {
    return instance.id();
  }

  /** What to type for a shell on the host, without a key and without a port. */
  public Output<String> sessionCommand() {
    return instance
        .id()
        .applyValue(id -> "aws ssm start-session --region " + stack().region() + " --target " + id);
  }

  /**
   * The address that names point at: an Elastic IP's stays, another goes with each stop. A host in
   * a private subnet has none.
   */
  public Output<String> publicIp() {
    return address.map(Eip::publicIp).orElse(instance.publicIp());
  }

  /** Whether the host has IPv6 addresses. */
  public boolean hasIpv6() {
    return network.ipv6();
  }

  /** The IPv6 addresses, none unless the network has them. */
  public Output<List<String>> ipv6Addresses() {
    if (!network.ipv6()) {
      return Output.of(List.of());
    }
    return networkInterface.map(NetworkInterface::ipv6Addresses).orElse(instance.ipv6Addresses());
  }

  @Override
  public void attach(String name, TargetGroup group, CustomResourceOptions options) {
    new TargetGroupAttachment(
        name,
        TargetGroupAttachmentArgs.builder()
            .targetGroupArn(group.arn())
            .targetId(instance.id())
            .port(group.port())
            .build(),
        options);
  }

  @Override
  public ServiceRole role() {
    return role;
  }

  @Override
  public HostBundle bundle() {
    return bundle;
  }

  @Override
  public Output<List<String>> target() {
    return instance.id().applyValue(id -> List.of("--instance", id));
  }

  @Override
  public Output<Map<String, String>> marks() {
    // Another machine has another id, which is in the command already.
    return links.applyValue(told -> Map.of("SLIPWAY_FACTS", told));
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<Resource>(ready);
    all.addAll(rules());
    all.add(instance);
    return all;
  }
}
