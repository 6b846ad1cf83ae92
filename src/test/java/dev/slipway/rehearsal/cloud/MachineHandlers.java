package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Instances, volumes, network interfaces and public addresses: real machines, with moto's records
 * of the same ids.
 */
final class MachineHandlers implements Machines.Listener {
  private final NetworkHandlers network;
  private final Machines machines;
  private final List<Lookups.Image> images;

  /** The public address of a network interface, by the interface's id. */
  private final Map<String, String> addressOf = new ConcurrentHashMap<>();

  /** The machine that has a network interface, by the interface's id. */
  private final Map<String, String> machineOf = new ConcurrentHashMap<>();

  /** Addresses that EC2 lent to an instance without an Elastic IP. */
  private final Map<String, String> lent = new ConcurrentHashMap<>();

  private final List<Consumer<Machine>> whenTerminated = new CopyOnWriteArrayList<>();

  MachineHandlers(NetworkHandlers network, Machines machines, List<Lookups.Image> images) {
    this.network = network;
    this.machines = machines;
    this.images = images;
  }

  /** Who else hears of the end of a machine, before EC2's own record of it goes. */
  void whenTerminated(Consumer<Machine> heard) {
    whenTerminated.add(heard);
  }

  List<Handler> all() {
    return List.of(
        networkInterface(), address(), association(), instance(), volume(), attachment());
  }

  // --- network interfaces and addresses
  // --------------------------------------------------------------------------------

  private Handler networkInterface() {
    return Handler.of("aws:ec2/networkInterface:NetworkInterface")
        .create(
            request -> {
              List<String> privateIps = request.strings("privateIps");
              var query =
                  request
                      .fields(
                          "SubnetId",
                          "Description",
                          "SecurityGroupId=securityGroups",
                          "Ipv6AddressCount")
                      .and("PrivateIpAddress", privateIps.isEmpty() ? null : privateIps.get(0));
              Xml made =
                  network.ec2(
                      "CreateNetworkInterface",
                      NetworkHandlers.tagged("network-interface", request.tags(), query));
              String id = made.need("networkInterfaceId");
              String address = made.need("privateIpAddress");
              return Handler.Made.of(
                  id,
                  "privateIp",
                  address,
                  "privateIps",
                  List.of(address),
                  "ipv6Addresses",
                  made.at("networkInterface/ipv6AddressesSet")
                      .map(set -> set.children("item").stream().map(Xml::text).toList())
                      .orElse(List.of()),
                  "macAddress",
                  made.anywhere("macAddress").map(Xml::text).orElse(""),
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .change(
            request -> {
              if (request.changed("securityGroups")) {
                network.ec2(
                    "ModifyNetworkInterfaceAttribute",
                    request.fields("NetworkInterfaceId=#", "SecurityGroupId=securityGroups"));
              }
            })
        .retag(network::retag)
        .delete(
            request -> {
              if (machineOf.containsKey(request.id())) {
                throw new AwsError(
                    "InvalidParameterValue",
                    "Network interface '" + request.id() + "' is currently in use.");
              }
              network.ec2("DeleteNetworkInterface", "NetworkInterfaceId", request.id());
            })
        .exists(
            request ->
                network.isThere("DescribeNetworkInterfaces", "NetworkInterfaceId.1", request.id()));
  }

  private Handler address() {
    return Handler.of("aws:ec2/eip:Eip")
        .create(
            request -> {
              String address = machines.allocateAddress();
              Xml made =
                  network.ec2(
                      "AllocateAddress",
                      NetworkHandlers.tagged(
                          "elastic-ip",
                          request.tags(),
                          Fields.of("Domain", "vpc", "Address", address)));
              String id = made.need("allocationId");
              if (request.has("networkInterface")) {
                associate(id, request.text("networkInterface"), address);
              } else if (request.has("instance")) {
                associate(id, interfaceOf(request.text("instance")), address);
              }
              return Handler.Made.of(
                  id,
                  "allocationId",
                  id,
                  "publicIp",
                  made.need("publicIp"),
                  "publicDns",
                  "ec2-" + address.replace('.', '-') + ".compute-1.amazonaws.com");
            })
        .change(
            request -> {
              String nic = request.text("networkInterface");
              if (nic != null && request.changed("networkInterface")) {
                addressOf.values().remove(request.oldText("publicIp"));
                associate(request.id(), nic, request.oldText("publicIp"));
              }
            })
        .retag(network::retag)
        .delete(
            request -> {
              String address = request.oldText("publicIp");
              if (addressOf.containsValue(address) && !request.has("networkInterface")) {
                throw new AwsError(
                    "InvalidIPAddress.InUse", "Address " + request.id() + " is in use.");
              }
              addressOf.values().remove(address);
              network.ec2("ReleaseAddress", "AllocationId", request.id());
              machines.releaseAddress(address);
            })
        .exists(request -> network.isThere("DescribeAddresses", "AllocationId.1", request.id()));
  }

  private String interfaceOf(String instance) {
    return machineOf.entrySet().stream()
        .filter(entry -> entry.getValue().equals(instance))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow(
            () -> new AwsError("InvalidInstanceID.NotFound", instance + " does not exist"));
  }

  private Handler association() {
    return Handler.of("aws:ec2/eipAssociation:EipAssociation")
        .create(
            request -> {
              String allocation = request.text("allocationId");
              String address =
                  network.ec2("DescribeAddresses", "AllocationId.1", allocation).need("publicIp");
              String nic =
                  request.has("networkInterfaceId")
                      ? request.text("networkInterfaceId")
                      : interfaceOf(request.text("instanceId"));
              return Handler.Made.of(
                  associate(allocation, nic, address),
                  "publicIp",
                  address,
                  "networkInterfaceId",
                  nic,
                  "instanceId",
                  machineOf.getOrDefault(nic, ""));
            })
        .delete(
            request -> {
              addressOf.values().remove(request.oldText("publicIp"));
              network.ec2("DisassociateAddress", "AssociationId", request.id());
            })
        .exists(request -> addressOf.containsValue(request.oldText("publicIp")));
  }

  private String associate(String allocation, String nic, String address) {
    if (addressOf.containsValue(address)) {
      throw new AwsError(
          "Resource.AlreadyAssociated",
          "resource " + allocation + " is already associated with another network interface");
    }
    String id =
        network
            .ec2("AssociateAddress", "AllocationId", allocation, "NetworkInterfaceId", nic)
            .need("associationId");
    addressOf.put(nic, address);
    if (machineOf.containsKey(nic)) {
      machines.readdress(machines.find(machineOf.get(nic)), address);
    }
    return id;
  }

  // --- instances
  // -----------------------------------------------------------------------------------------------------

  private Handler instance() {
    return Handler.of("aws:ec2/instance:Instance")
        .create(this::launch)
        .update(this::change)
        .delete(
            request -> {
              Machine machine = machines.find(request.id());
              if (request.oldFlag("disableApiTermination")) {
                throw new AwsError(
                    "OperationNotPermitted",
                    "The instance '"
                        + request.id()
                        + "' may not be terminated. Modify its"
                        + " 'disableApiTermination' instance attribute and try again.");
              }
              machines.terminate(machine);
            })
        .exists(
            request ->
                machines.all().stream()
                    .anyMatch(
                        machine ->
                            machine.id().equals(request.id())
                                && machine.state() != Machine.State.TERMINATED));
  }

  /** What a machine is launched with, by whoever wants it. */
  private record Wanted(
      String ami,
      String type,
      byte[] userData,
      String profile,
      Map<String, Object> metadata,
      boolean isPublic,
      boolean inGroup,
      Map<String, String> tags) {}

  /** What came of it. */
  private record Started(
      String id, String networkInterface, String zone, String address, String privateIp) {}

  private Handler.Made launch(Handler.Request request) {
    List<Map<String, Object>> interfaces = request.maps("networkInterfaces");
    String nic =
        interfaces.isEmpty() ? null : Values.text(interfaces.get(0).get("networkInterfaceId"));
    if (nic != null && machineOf.containsKey(nic)) {
      throw new AwsError(
          "InvalidNetworkInterface.InUse",
          "Interface: [" + nic + "] in use by " + machineOf.get(nic) + ".");
    }
    Fields place =
        nic != null
            ? request
                .fields("Placement.AvailabilityZone=availabilityZone")
                .and(
                    "NetworkInterface.1.NetworkInterfaceId",
                    nic,
                    "NetworkInterface.1.DeviceIndex",
                    "0")
            : request.fields(
                "SubnetId",
                "SecurityGroupId=vpcSecurityGroupIds",
                "Placement.AvailabilityZone=availabilityZone");
    Started started =
        start(
            new Wanted(
                request.text("ami"),
                request.text("instanceType"),
                userData(request),
                request.text("iamInstanceProfile"),
                Values.map(request.inputs().get("metadataOptions")),
                nic != null || request.flag("associatePublicIpAddress"),
                false,
                request.tags()),
            place,
            nic);
    String id = started.id();
    String address = started.address();
    return Handler.Made.of(
        id,
        "arn",
        network.arn("instance", id),
        "instanceState",
        "running",
        "availabilityZone",
        started.zone(),
        "publicIp",
        address,
        "publicDns",
        "ec2-" + address.replace('.', '-') + ".compute-1.amazonaws.com",
        "privateIp",
        started.privateIp(),
        "primaryNetworkInterfaceId",
        started.networkInterface());
  }

  /**
   * Launches what a launch template says, as an autoscaling group does.
   *
   * @param template the inputs of the template's version
   * @param tags what the group adds to the template's own tags
   * @return the instance's id
   */
  String launch(Map<String, Object> template, String subnet, Map<String, String> tags) {
    List<Map<String, Object>> interfaces = Values.maps(template.get("networkInterfaces"));
    Map<String, Object> first = interfaces.isEmpty() ? Map.of() : interfaces.get(0);
    List<Object> groups =
        Values.list(
            interfaces.isEmpty()
                ? template.get("vpcSecurityGroupIds")
                : first.get("securityGroups"));
    Map<String, Object> profile = Values.map(template.get("iamInstanceProfile"));
    String named = Values.text(profile.getOrDefault("name", profile.get("arn")));
    var all = new LinkedHashMap<>(templateTags(template, "instance"));
    all.putAll(tags);
    Started started =
        start(
            new Wanted(
                Values.text(template.get("imageId")),
                Values.text(template.get("instanceType")),
                Base64.getDecoder().decode(String.valueOf(template.getOrDefault("userData", ""))),
                named == null ? null : named.substring(named.lastIndexOf('/') + 1),
                Values.map(template.get("metadataOptions")),
                isPublic(subnet, first.get("associatePublicIpAddress")),
                true,
                all),
            Fields.of("SubnetId", subnet, "SecurityGroupId", groups),
            null);
    tag(started.networkInterface(), templateTags(template, "network-interface"));
    Xml volumes =
        network.ec2(
            "DescribeVolumes",
            "Filter.1.Name",
            "attachment.instance-id",
            "Filter.1.Value.1",
            started.id());
    for (Xml volume : volumes.at("volumeSet").map(set -> set.children("item")).orElse(List.of())) {
      tag(volume.text("volumeId"), templateTags(template, "volume"));
    }
    return started.id();
  }

  private void tag(String id, Map<String, String> tags) {
    int n = 0;
    var query = new LinkedHashMap<String, String>(Map.of("ResourceId.1", id));
    for (var tag : tags.entrySet()) {
      n++;
      query.put("Tag." + n + ".Key", tag.getKey());
      query.put("Tag." + n + ".Value", tag.getValue());
    }
    if (n > 0) {
      network.ec2("CreateTags", query);
    }
  }

  static Map<String, String> templateTags(Map<String, Object> template, String type) {
    return Values.maps(template.get("tagSpecifications")).stream()
        .filter(specification -> type.equals(specification.get("resourceType")))
        .findFirst()
        .map(specification -> Values.stringMap(specification.get("tags")))
        .orElse(Map.of());
  }

  private boolean isPublic(String subnet, Object asked) {
    String wanted =
        asked != null
            ? String.valueOf(asked)
            : network.ec2("DescribeSubnets", "SubnetId.1", subnet).need("mapPublicIpOnLaunch");
    return wanted.equals("true");
  }

  /**
   * Makes moto's record of an instance and the machine of the same id.
   *
   * @param place the parameters that say where it is
   * @param nic the network interface that it is to have, or null
   */
  private Started start(Wanted wanted, Fields place, String nic) {
    if (images.stream().noneMatch(image -> image.id().equals(wanted.ami()))) {
      throw new AwsError(
          "InvalidAMIID.NotFound", "The image id '[" + wanted.ami() + "]' does not exist");
    }
    var query =
        Fields.of(
            "ImageId",
            wanted.ami(),
            "InstanceType",
            wanted.type(),
            "MinCount",
            1,
            "MaxCount",
            1,
            "UserData",
            Base64.getEncoder().encodeToString(wanted.userData()),
            "IamInstanceProfile.Name",
            wanted.profile());
    query.putAll(place);
    Xml made =
        network.ec2("RunInstances", NetworkHandlers.tagged("instance", wanted.tags(), query));
    Xml item = made.at("instancesSet/item").orElseThrow();
    String id = item.text("instanceId");
    String primary =
        nic != null
            ? nic
            : item.at("networkInterfaceSet/item/networkInterfaceId").map(Xml::text).orElse(id);
    String zone = item.text("placement/availabilityZone");
    if (nic != null) {
      zone =
          network
              .ec2("DescribeNetworkInterfaces", "NetworkInterfaceId.1", nic)
              .need("availabilityZone");
    }
    String address = addressOf.get(primary);
    if (address == null) {
      address = machines.allocateAddress();
      lent.put(id, address);
    }
    try {
      machines.launch(
          new Machine.Launch(
              id,
              wanted.type(),
              wanted.ami(),
              zone,
              address,
              wanted.isPublic(),
              wanted.profile(),
              wanted.userData(),
              hopLimit(wanted.metadata()),
              "required".equals(wanted.metadata().get("httpTokens")),
              "enabled".equals(wanted.metadata().get("instanceMetadataTags")),
              wanted.inGroup(),
              wanted.tags()));
    } catch (RuntimeException e) {
      network.ec2("TerminateInstances", "InstanceId.1", id);
      giveBack(id);
      throw e;
    }
    machineOf.put(primary, id);
    return new Started(id, primary, zone, address, item.text("privateIpAddress"));
  }

  private static int hopLimit(Map<String, Object> metadata) {
    return metadata.get("httpPutResponseHopLimit") instanceof Number limit ? limit.intValue() : 1;
  }

  private static byte[] userData(Handler.Request request) {
    if (request.has("userDataBase64")) {
      return Base64.getDecoder().decode(request.text("userDataBase64"));
    }
    byte[] script = request.text("userData", "").getBytes(StandardCharsets.UTF_8);
    if (script.length > 16_384) {
      throw new AwsError(
          "InvalidParameterValue", "User data is limited to 16384 bytes, given: " + script.length);
    }
    return script;
  }

  private Map<String, Object> change(Handler.Request request) {
    Machine machine = machines.find(request.id());
    network.retag(request);
    machine.tags(request.tags());
    machine.profile(request.text("iamInstanceProfile"));
    Map<String, Object> metadata = Values.map(request.inputs().get("metadataOptions"));
    machine.tokensRequired("required".equals(metadata.get("httpTokens")));
    machine.metadataTags("enabled".equals(metadata.get("instanceMetadataTags")));
    if (hopLimit(metadata) != machine.hopLimit()) {
      machines.hopLimit(machine, hopLimit(metadata));
    }
    boolean restarts =
        Set.of("userData", "userDataBase64", "instanceType").stream().anyMatch(request::changed);
    if (restarts) {
      // EC2 changes these on a stopped instance only, and the provider stops it.
      machines.stop(machine);
      machine.userData(userData(request));
      machines.start(machine);
    }
    return Map.of();
  }

  /** What follows from the end of a machine, wherever it came from. */
  @Override
  public void terminated(Machine machine) {
    String id = machine.id();
    machineOf.values().remove(id);
    giveBack(id);
    for (Volume volume : machines.volumes()) {
      if (volume.machine() == null) {
        detachInMoto(volume.id());
      }
    }
    whenTerminated.forEach(heard -> heard.accept(machine));
    network.ec2("TerminateInstances", "InstanceId.1", id);
  }

  /** The address that was EC2's own, and not the account's. */
  private void giveBack(String id) {
    String address = lent.remove(id);
    if (address != null) {
      machines.releaseAddress(address);
    }
  }

  @Override
  public void lost(Volume volume) {
    detachInMoto(volume.id());
    network.ec2("DeleteVolume", "VolumeId", volume.id());
  }

  private void detachInMoto(String volume) {
    String instance =
        network
            .ec2("DescribeVolumes", "VolumeId.1", volume)
            .anywhere("attachmentSet")
            .flatMap(set -> set.anywhere("instanceId"))
            .map(Xml::text)
            .orElse("");
    if (!instance.isEmpty()) {
      network.ec2("DetachVolume", "VolumeId", volume, "InstanceId", instance);
    }
  }

  // --- volumes
  // -------------------------------------------------------------------------------------------------------

  private Handler volume() {
    return Handler.of("aws:ebs/volume:Volume")
        .create(
            request -> {
              Xml made =
                  network.ec2(
                      "CreateVolume",
                      NetworkHandlers.tagged(
                          "volume",
                          request.tags(),
                          request
                              .fields(
                                  "Size",
                                  "AvailabilityZone",
                                  "VolumeType=type:gp2",
                                  "KmsKeyId",
                                  "SnapshotId")
                              .and("Encrypted", request.flag("encrypted"))));
              String id = made.need("volumeId");
              machines.createVolume(
                  id, request.text("availabilityZone"), request.number("size", 1));
              return Handler.Made.of(id, "arn", network.arn("volume", id));
            })
        .change(
            request -> {
              if (request.changed("size")) {
                machines.grow(machines.findVolume(request.id()), request.number("size", 1));
                network.ec2("ModifyVolume", request.fields("VolumeId=#", "Size"));
              }
            })
        .retag(network::retag)
        .delete(
            request -> {
              machines.deleteVolume(machines.findVolume(request.id()));
              network.ec2("DeleteVolume", "VolumeId", request.id());
            })
        .exists(
            request ->
                machines.volumes().stream().anyMatch(volume -> volume.id().equals(request.id())));
  }

  private Handler attachment() {
    return Handler.of("aws:ec2/volumeAttachment:VolumeAttachment")
        .create(
            request -> {
              Volume volume = machines.findVolume(request.text("volumeId"));
              Machine machine = machines.find(request.text("instanceId"));
              machines.attach(volume, machine, request.text("deviceName"));
              network.ec2(
                  "AttachVolume",
                  request
                      .fields("Device=deviceName")
                      .and("VolumeId", volume.id(), "InstanceId", machine.id()));
              return Handler.Made.of(
                  "vai-"
                      + Math.abs(
                          (request.text("deviceName") + machine.id() + volume.id()).hashCode()));
            })
        .delete(
            request -> {
              Volume volume = machines.findVolume(request.oldText("volumeId"));
              Machine machine = volume.machine();
              if (machine == null || !machine.id().equals(request.oldText("instanceId"))) {
                return;
              }
              if (request.oldFlag("skipDestroy")) {
                return;
              }
              if (request.oldFlag("stopInstanceBeforeDetaching")) {
                machines.stop(machine);
                network.ec2("StopInstances", "InstanceId.1", machine.id());
              }
              machines.detach(volume, request.oldFlag("forceDetach"));
              detachInMoto(volume.id());
            })
        .exists(
            request ->
                machines.volumes().stream()
                    .anyMatch(
                        volume ->
                            volume.id().equals(request.oldText("volumeId"))
                                && volume.machine() != null
                                && volume.machine().id().equals(request.oldText("instanceId"))));
  }
}
