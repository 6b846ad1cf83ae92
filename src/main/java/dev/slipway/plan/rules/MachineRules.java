package dev.slipway.plan.rules;

import dev.slipway.aws.InstanceTypes;
import dev.slipway.core.Json;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.plan.graph.Machines;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.rules.Rules.Hit;
import dev.slipway.plan.rules.Rules.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** House rules about machines: what they give away, what they wait for, how they are replaced. */
final class MachineRules {

  static final String GROUP = "aws:autoscaling/group:Group";

  static final List<Rule> ALL =
      List.of(
          Rule.error(
              "metadata-v2",
              "IMDSv1 gives a role's credentials to whoever makes a server fetch a URL.",
              graph ->
                  machines(graph)
                      .filter(
                          machine ->
                              !"disabled".equals(machine.text("metadataOptions.httpEndpoint")))
                      .filter(
                          machine -> !"required".equals(machine.text("metadataOptions.httpTokens")))
                      .map(
                          machine ->
                              new Hit(
                                  machine,
                                  "answers metadata requests without a token; set"
                                      + " metadataOptions.httpTokens to \"required\""))),
          Rule.warning(
              "metadata-hop-limit",
              "With a hop limit of 1 containers cannot take the machine's role.",
              graph ->
                  machines(graph)
                      .filter(
                          machine ->
                              machine.value("metadataOptions.httpPutResponseHopLimit")
                                      instanceof Number limit
                                  ? limit.intValue() > 1
                                  : true)
                      .map(
                          machine ->
                              new Hit(
                                  machine,
                                  "lets containers take its role (metadata hop limit "
                                      + orUnset(
                                          machine.text("metadataOptions.httpPutResponseHopLimit"))
                                      + ")"))),
          Rule.error(
              "disk-encryption", "Disks are encrypted, root disks too.", MachineRules::disks),
          Rule.error(
              "boot-order",
              "A machine runs its user data at once: grants of its role and the way to the internet"
                  + " come first.",
              MachineRules::bootOrder),
          Rule.error(
              "replace-order",
              "A replacement is made before the old machine goes, and a disk or interface cannot be"
                  + " in two: these delete first.",
              MachineRules::replaceOrder),
          Rule.warning(
              "image-looked-up",
              "An image that is looked up by age replaces the machine on some later day.",
              graph ->
                  graph.of(Machines.INSTANCE).stream()
                      .filter(instance -> instance.text("ami").startsWith("resolve:ssm:"))
                      .map(
                          instance ->
                              new Hit(
                                  instance, "takes whatever image is newest; name one by its id"))),
          Rule.warning(
              "build-memory",
              "Images are built beside the running site; below 8 GB that ends in the kernel killing"
                  + " one of the two.",
              MachineRules::buildMemory));

  private MachineRules() {}

  private static Stream<Resource> machines(Graph graph) {
    return Stream.concat(graph.of(Machines.INSTANCE).stream(), graph.of(Machines.TEMPLATE).stream())
        .filter(machine -> !machine.external());
  }

  private static String orUnset(String text) {
    return text.isEmpty() ? "not set" : text;
  }

  private static Stream<Hit> disks(Graph graph) {
    var hits = new ArrayList<Hit>();
    for (var instance : graph.of(Machines.INSTANCE)) {
      if (!instance.is("rootBlockDevice.encrypted")) {
        hits.add(
            new Hit(
                instance, "has a root disk that is not encrypted; set rootBlockDevice.encrypted"));
      }
      if (unencrypted(instance.list("ebsBlockDevices"), "encrypted")) {
        hits.add(
            new Hit(instance, "has a disk that is not encrypted; set ebsBlockDevices[].encrypted"));
      }
    }
    for (var template : graph.of(Machines.TEMPLATE)) {
      var mappings = template.list("blockDeviceMappings");
      if (mappings.isEmpty() || unencrypted(mappings, "ebs.encrypted")) {
        hits.add(
            new Hit(
                template,
                "starts machines with disks that are not encrypted; set"
                    + " blockDeviceMappings[].ebs.encrypted"));
      }
    }
    return Stream.concat(hits.stream(), Rules.byType(graph, "disk-encryption"));
  }

  private static boolean unencrypted(List<?> devices, String path) {
    return devices.stream()
        .anyMatch(
            device -> {
              Object value = device;
              for (var key : path.split("\\.")) {
                value =
                    PropertyValues.special(value) instanceof Map<?, ?> map ? map.get(key) : null;
              }
              return !Boolean.TRUE.equals(value) && !"true".equals(value);
            });
  }

  /** Grants of the role, and routes of the subnet, that a machine does not wait for. */
  private static Stream<Hit> bootOrder(Graph graph) {
    var hits = new ArrayList<Hit>();
    for (var instance : graph.of(Machines.INSTANCE)) {
      var needed = new ArrayList<Resource>();
      graph
          .follow(instance, "iamInstanceProfile")
          .flatMap(profile -> graph.follow(profile, "role"))
          .ifPresent(role -> needed.addAll(grants(graph, role)));
      Machines.subnets(graph, instance).forEach(subnet -> needed.addAll(wayOut(graph, subnet)));
      notBefore(graph, instance, needed, hits);
    }
    for (var group : graph.of(GROUP)) {
      var needed = new ArrayList<Resource>();
      graph
          .follow(group, "launchTemplate.id")
          .flatMap(
              template ->
                  graph
                      .follow(template, "iamInstanceProfile.arn")
                      .or(() -> graph.follow(template, "iamInstanceProfile.name")))
          .flatMap(profile -> graph.follow(profile, "role"))
          .ifPresent(role -> needed.addAll(grants(graph, role)));
      group.list("vpcZoneIdentifiers").stream()
          .flatMap(subnet -> graph.follow(group, "vpcZoneIdentifiers", subnet).stream())
          .forEach(subnet -> needed.addAll(wayOut(graph, subnet)));
      notBefore(graph, group, needed, hits);
    }
    return hits.stream();
  }

  private static void notBefore(
      Graph graph, Resource machine, List<Resource> needed, List<Hit> hits) {
    var before = graph.before(machine);
    needed.stream()
        .distinct()
        .filter(need -> !before.contains(need))
        .forEach(
            need ->
                hits.add(
                    new Hit(
                        machine,
                        "may boot before "
                            + graph.label(need)
                            + " is there; add it to dependsOn")));
  }

  /** The routes by which what is in a subnet reaches anything. */
  private static List<Resource> wayOut(Graph graph, Resource subnet) {
    var result = new ArrayList<Resource>();
    for (var association :
        graph.pointingAt(
            subnet, "aws:ec2/routeTableAssociation:RouteTableAssociation", "subnetId")) {
      result.add(association);
      graph
          .follow(association, "routeTableId")
          .ifPresent(
              table ->
                  result.addAll(graph.pointingAt(table, "aws:ec2/route:Route", "routeTableId")));
    }
    return result;
  }

  private static List<Resource> grants(Graph graph, Resource role) {
    var result = new ArrayList<Resource>();
    result.addAll(graph.pointingAt(role, "aws:iam/rolePolicy:RolePolicy", "role"));
    result.addAll(
        graph.pointingAt(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role"));
    return result;
  }

  private static Stream<Hit> replaceOrder(Graph graph) {
    var hits = new ArrayList<Hit>();
    var shared = new HashSet<Resource>();
    for (var attachment : graph.of("aws:ec2/volumeAttachment:VolumeAttachment")) {
      graph.follow(attachment, "instanceId").ifPresent(shared::add);
      if (!attachment.deleteBeforeReplace()) {
        hits.add(
            new Hit(
                attachment,
                "attaches the disk to the new machine while the old one has it; set"
                    + " deleteBeforeReplace"));
      }
    }
    for (var instance : graph.of(Machines.INSTANCE)) {
      if ((shared.contains(instance) || !Machines.interfaces(graph, instance).isEmpty())
          && !instance.deleteBeforeReplace()) {
        hits.add(
            new Hit(
                instance,
                "would be replaced while the old one still has its disk or interface; set"
                    + " deleteBeforeReplace"));
      }
    }
    return hits.stream();
  }

  private static Stream<Hit> buildMemory(Graph graph) {
    return HostFiles.bundles(graph).stream()
        .map(files -> Json.object(files.text("settings.json")))
        .filter(
            settings ->
                settings.get("compose") instanceof Map<?, ?> compose
                    && compose.get("image") instanceof Map<?, ?> image
                    && "build".equals(image.get("source")))
        .flatMap(
            settings ->
                graph.of(Machines.INSTANCE).stream()
                    .filter(
                        instance ->
                            InstanceTypes.memoryGiB(instance.text("instanceType")).orElse(8) < 8)
                    .map(
                        instance ->
                            new Hit(
                                instance,
                                "builds images with %s GiB of memory (%s); take a type with 8 GiB or more, or pull the image"
                                    .formatted(
                                        trim(
                                            InstanceTypes.memoryGiB(instance.text("instanceType"))
                                                .getAsDouble()),
                                        instance.text("instanceType")))));
  }

  private static String trim(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }
}
