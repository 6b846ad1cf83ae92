package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Instances, volumes, network interfaces and public addresses: real machines, with moto's records
 * of the same ids.
 */
final class MachineKinds implements Machines.Listener {
  private final NetworkKinds network;
  private final Machines machines;
  private final List<Lookups.Image> images;

  /** The public address of a network interface, by the interface's id. */
  private final Map<String, String> addressOf = new ConcurrentHashMap<>();

  /** The machine that has a network interface, by the interface's id. */
  private final Map<String, String> machineOf = new ConcurrentHashMap<>();

  /** Addresses that EC2 lent to an instance without an Elastic IP. */
  private final Map<String, String> lent = new ConcurrentHashMap<>();

  MachineKinds(NetworkKinds network, Machines machines, List<Lookups.Image> images) {
    this.network = network;
    this.machines = machines;
    this.images = images;
  }

  List<Kind> all() {
    return List.of(
        networkInterface(), address(), association(), instance(), volume(), attachment());
  }

  private Xml ec2(String action, Object... parameters) {
    return network.ec2(action, parameters);
  }

  // --- network interfaces and addresses
  // --------------------------------------------------------------------------------

  private Kind networkInterface() {
    return Kind.of("aws:ec2/networkInterface:NetworkInterface")
        .create(
            request -> {
              List<String> privateIps = Values.strings(request.inputs().get("privateIps"));
              var query =
                  new LinkedHashMap<>(
                      Kind.query(
                          "SubnetId",
                          request.text("subnetId"),
                          "Description",
                          request.text("description"),
                          "PrivateIpAddress",
                          privateIps.isEmpty() ? null : privateIps.get(0),
                          "SecurityGroupId",
                          Values.list(request.inputs().get("securityGroups")),
                          "Ipv6AddressCount",
                          request.text("ipv6AddressCount")));
              Xml made =
                  network.ec2(
                      "CreateNetworkInterface",
                      NetworkKinds.tagged("network-interface", request, query));
              String id = made.need("networkInterfaceId");
              String address = made.need("privateIpAddress");
              return Kind.Made.of(
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
        .update(
            request -> {
              if (request.changed("securityGroups")) {
                network.ec2(
                    "ModifyNetworkInterfaceAttribute",
                    Kind.query(
                        "NetworkInterfaceId",
                        request.id(),
                        "SecurityGroupId",
                        Values.list(request.inputs().get("securityGroups"))));
              }
              return network.retag(request);
            })
        .delete(
            request -> {
              if (machineOf.containsKey(request.id())) {
                throw new AwsError(
                    400,
                    "InvalidParameterValue",
                    "Network interface '" + request.id() + "' is currently in use.");
              }
              ec2("DeleteNetworkInterface", "NetworkInterfaceId", request.id());
            })
        .exists(
            request ->
                network.isThere("DescribeNetworkInterfaces", "NetworkInterfaceId.1", request.id()));
  }

  private Kind address() {
    return Kind.of("aws:ec2/eip:Eip")
        .create(
            request -> {
              String address = machines.allocateAddress();
              Xml made =
                  network.ec2(
                      "AllocateAddress",
                      NetworkKinds.tagged(
                          "elastic-ip", request, Kind.query("Domain", "vpc", "Address", address)));
              String id = made.need("allocationId");
              if (request.has("networkInterface")) {
                associate(id, request.text("networkInterface"), address);
              } else if (request.has("instance")) {
                associate(id, interfaceOf(request.text("instance")), address);
              }
              return Kind.Made.of(
                  id,
                  "allocationId",
                  id,
                  "publicIp",
                  made.need("publicIp"),
                  "publicDns",
                  "ec2-" + address.replace('.', '-') + ".compute-1.amazonaws.com");
            })
        .update(
            request -> {
              String nic = request.text("networkInterface");
              if (nic != null && request.changed("networkInterface")) {
                addressOf.values().remove(request.oldText("publicIp"));
                associate(request.id(), nic, request.oldText("publicIp"));
              }
              return network.retag(request);
            })
        .delete(
            request -> {
              String address = request.oldText("publicIp");
              if (addressOf.containsValue(address) && !request.has("networkInterface")) {
                throw new AwsError(
                    400, "InvalidIPAddress.InUse", "Address " + request.id() + " is in use.");
              }
              addressOf.values().remove(address);
              ec2("ReleaseAddress", "AllocationId", request.id());
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
            () -> new AwsError(400, "InvalidInstanceID.NotFound", instance + " does not exist"));
  }

  private Kind association() {
    return Kind.of("aws:ec2/eipAssociation:EipAssociation")
        .create(
            request -> {
              String allocation = request.text("allocationId");
              String address =
                  ec2("DescribeAddresses", "AllocationId.1", allocation).need("publicIp");
              String nic =
                  request.has("networkInterfaceId")
                      ? request.text("networkInterfaceId")
                      : interfaceOf(request.text("instanceId"));
              return Kind.Made.of(
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
              ec2("DisassociateAddress", "AssociationId", request.id());
            })
        .exists(request -> addressOf.containsValue(request.oldText("publicIp")));
  }

  private String associate(String allocation, String nic, String address) {
    if (addressOf.containsValue(address)) {
      throw new AwsError(
          400,
          "Resource.AlreadyAssociated",
          "resource " + allocation + " is already associated with another network interface");
    }
    String id =
        ec2("AssociateAddress", "AllocationId", allocation, "NetworkInterfaceId", nic)
            .need("associationId");
    addressOf.put(nic, address);
    if (machineOf.containsKey(nic)) {
      machines.readdress(machines.find(machineOf.get(nic)), address);
    }
    return id;
  }

  // --- instances
  // -----------------------------------------------------------------------------------------------------

  private Kind instance() {
    return Kind.of("aws:ec2/instance:Instance")
        .create(this::launch)
        .update(this::change)
        .delete(
            request -> {
              Machine machine = machines.find(request.id());
              if (Boolean.TRUE.equals(request.old().get("disableApiTermination"))) {
                throw new AwsError(
                    400,
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

  private Kind.Made launch(Kind.Request request) {
    String ami = request.text("ami");
    if (images.stream().noneMatch(image -> image.id().equals(ami))) {
      throw new AwsError(
          400, "InvalidAMIID.NotFound", "The image id '[" + ami + "]' does not exist");
    }
    List<Map<String, Object>> interfaces = Values.maps(request.inputs().get("networkInterfaces"));
    String nic =
        interfaces.isEmpty() ? null : Values.text(interfaces.get(0).get("networkInterfaceId"));
    if (nic != null && machineOf.containsKey(nic)) {
      throw new AwsError(
          400,
          "InvalidNetworkInterface.InUse",
          "Interface: [" + nic + "] in use by " + machineOf.get(nic) + ".");
    }
    var query =
        new LinkedHashMap<>(
            Kind.query(
                "ImageId",
                ami,
                "InstanceType",
                request.text("instanceType"),
                "MinCount",
                1,
                "MaxCount",
                1,
                "UserData",
                Base64.getEncoder().encodeToString(userData(request)),
                "IamInstanceProfile.Name",
                request.text("iamInstanceProfile"),
                "Placement.AvailabilityZone",
                request.text("availabilityZone")));
    if (nic != null) {
      query.put("NetworkInterface.1.NetworkInterfaceId", nic);
      query.put("NetworkInterface.1.DeviceIndex", "0");
    } else {
      query.putAll(
          Kind.query(
              "SubnetId",
              request.text("subnetId"),
              "SecurityGroupId",
              Values.list(request.inputs().get("vpcSecurityGroupIds"))));
    }
    Xml made = network.ec2("RunInstances", NetworkKinds.tagged("instance", request, query));
    Xml item = made.at("instancesSet/item").orElseThrow();
    String id = item.text("instanceId");
    String primary =
        nic != null
            ? nic
            : item.at("networkInterfaceSet/item/networkInterfaceId").map(Xml::text).orElse(id);
    String zone = item.text("placement/availabilityZone");
    if (nic != null) {
      zone = ec2("DescribeNetworkInterfaces", "NetworkInterfaceId.1", nic).need("availabilityZone");
    }
    String address = addressOf.get(primary);
    if (address == null) {
      address = machines.allocateAddress();
      lent.put(id, address);
    }
    Map<String, Object> metadata = Values.map(request.inputs().get("metadataOptions"));
    try {
      machines.launch(
          new Machine.Launch(
              id,
              request.text("instanceType"),
              ami,
              zone,
              address,
              request.text("iamInstanceProfile"),
              userData(request),
              hopLimit(metadata),
              "required".equals(metadata.get("httpTokens")),
              "enabled".equals(metadata.get("instanceMetadataTags")),
              request.tags()));
    } catch (RuntimeException e) {
      ec2("TerminateInstances", "InstanceId.1", id);
      throw e;
    }
    machineOf.put(primary, id);
    return Kind.Made.of(
        id,
        "arn",
        "arn:aws:ec2:" + region() + ":" + EmulatedCloud.ACCOUNT + ":instance/" + id,
        "instanceState",
        "running",
        "availabilityZone",
        zone,
        "publicIp",
        address,
        "publicDns",
        "ec2-" + address.replace('.', '-') + ".compute-1.amazonaws.com",
        "privateIp",
        item.text("privateIpAddress"),
        "primaryNetworkInterfaceId",
        primary);
  }

  private String region() {
    return network.region();
  }

  private static int hopLimit(Map<String, Object> metadata) {
    return metadata.get("httpPutResponseHopLimit") instanceof Number limit ? limit.intValue() : 1;
  }

  private static byte[] userData(Kind.Request request) {
    if (request.has("userDataBase64")) {
      return Base64.getDecoder().decode(request.text("userDataBase64"));
    }
    byte[] script = request.text("userData", "").getBytes(StandardCharsets.UTF_8);
    if (script.length > 16_384) {
      throw new AwsError(
          400,
          "InvalidParameterValue",
          "User data is limited to 16384 bytes, given: " + script.length);
    }
    return script;
  }

  private Map<String, Object> change(Kind.Request request) {
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
    String address = lent.remove(id);
    if (address != null) {
      machines.releaseAddress(address);
    }
    for (Volume volume : machines.volumes()) {
      if (volume.machine() == null) {
        detachInMoto(volume.id());
      }
    }
    ec2("TerminateInstances", "InstanceId.1", id);
  }

  @Override
  public void lost(Volume volume) {
    detachInMoto(volume.id());
    ec2("DeleteVolume", "VolumeId", volume.id());
  }

  private void detachInMoto(String volume) {
    String instance =
        ec2("DescribeVolumes", "VolumeId.1", volume)
            .anywhere("attachmentSet")
            .flatMap(set -> set.anywhere("instanceId"))
            .map(Xml::text)
            .orElse("");
    if (!instance.isEmpty()) {
      ec2("DetachVolume", "VolumeId", volume, "InstanceId", instance);
    }
  }

  // --- volumes
  // -------------------------------------------------------------------------------------------------------

  private Kind volume() {
    return Kind.of("aws:ebs/volume:Volume")
        .create(
            request -> {
              Xml made =
                  network.ec2(
                      "CreateVolume",
                      NetworkKinds.tagged(
                          "volume",
                          request,
                          Kind.query(
                              "Size",
                              request.text("size"),
                              "AvailabilityZone",
                              request.text("availabilityZone"),
                              "VolumeType",
                              request.text("type", "gp2"),
                              "Encrypted",
                              request.flag("encrypted"),
                              "KmsKeyId",
                              request.text("kmsKeyId"),
                              "SnapshotId",
                              request.text("snapshotId"))));
              String id = made.need("volumeId");
              machines.createVolume(
                  id, request.text("availabilityZone"), request.number("size", 1));
              return Kind.Made.of(
                  id,
                  "arn",
                  "arn:aws:ec2:" + region() + ":" + EmulatedCloud.ACCOUNT + ":volume/" + id);
            })
        .update(
            request -> {
              if (request.changed("size")) {
                machines.grow(machines.findVolume(request.id()), request.number("size", 1));
                ec2("ModifyVolume", "VolumeId", request.id(), "Size", request.text("size"));
              }
              return network.retag(request);
            })
        .delete(
            request -> {
              machines.deleteVolume(machines.findVolume(request.id()));
              ec2("DeleteVolume", "VolumeId", request.id());
            })
        .exists(
            request ->
                machines.volumes().stream().anyMatch(volume -> volume.id().equals(request.id())));
  }

  private Kind attachment() {
    return Kind.of("aws:ec2/volumeAttachment:VolumeAttachment")
        .create(
            request -> {
              Volume volume = machines.findVolume(request.text("volumeId"));
              Machine machine = machines.find(request.text("instanceId"));
              machines.attach(volume, machine, request.text("deviceName"));
              ec2(
                  "AttachVolume",
                  "VolumeId",
                  volume.id(),
                  "InstanceId",
                  machine.id(),
                  "Device",
                  request.text("deviceName"));
              return Kind.Made.of(
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
              if (Boolean.TRUE.equals(request.old().get("skipDestroy"))) {
                return;
              }
              if (Boolean.TRUE.equals(request.old().get("stopInstanceBeforeDetaching"))) {
                machines.stop(machine);
                ec2("StopInstances", "InstanceId.1", machine.id());
              }
              machines.detach(volume, Boolean.TRUE.equals(request.old().get("forceDetach")));
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
