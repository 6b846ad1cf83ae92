package dev.slipway.plan.diagram;

import dev.slipway.core.Json;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Machines;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Policies.Statement;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.Roles;
import dev.slipway.plan.rules.StorageRules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a diagram of a plan shows: the few things that one would draw on a whiteboard, and who talks
 * to whom. How it looks is for {@link Svg} and {@link Mermaid}.
 *
 * @param title the first line
 * @param frames boxes around cards, outermost first
 * @param cards the things
 * @param arrows who talks to whom
 */
public record Picture(
    String title, String footer, List<Frame> frames, List<Card> cards, List<Arrow> arrows) {

  /** The frame of what is not on AWS. */
  static final String OUTSIDE = "outside";

  /** The frame of the region. */
  static final String REGION = "region";

  /** What a card is drawn as. */
  enum Kind {
    WORLD,
    PERSON,
    MACHINE,
    DISK,
    BUCKET,
    DATABASE,
    BALANCER,
    GATEWAY,
    PARAMETER,
    KEY,
    MONITOR,
    BELL,
    CLOCK,
    NAME,
    IMAGE
  }

  /**
   * A box around cards.
   *
   * @param parent the frame that it is in, empty for none
   */
  record Frame(String id, String parent, String label) {}

  /**
   * One thing.
   *
   * @param frame the frame that it is in
   * @param details at most three short lines
   */
  record Card(
      String id, String frame, Kind kind, String label, List<String> details, boolean kept) {}

  /**
   * One card talks to another.
   *
   * @param quiet whether it is of minor interest
   */
  record Arrow(String from, String to, String label, boolean quiet) {}

  public static Picture of(Plan plan) {
    return new Builder(plan).build();
  }

  private static final class Builder {
    private final Plan plan;
    private final Graph graph;
    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, Card> cards = new LinkedHashMap<>();
    private final Map<List<String>, Set<String>> arrows = new LinkedHashMap<>();
    private final Set<List<String>> quiet = new LinkedHashSet<>();

    /** The card that stands for a resource. */
    private final Map<Resource, String> cardOf = new LinkedHashMap<>();

    Builder(Plan plan) {
      this.plan = plan;
      this.graph = plan.graph();
    }

    Picture build() {
      frames.add(new Frame(OUTSIDE, "", ""));
      frames.add(new Frame(REGION, "", "AWS " + graph.names().region()));
      networks();
      machines();
      balancersAndDatabases();
      services();
      reach();
      people();
      workflows();
      grants();
      var used = cards.values().stream().map(Card::frame).collect(Collectors.toSet());
      var kept =
          frames.stream()
              .filter(
                  frame ->
                      used.contains(frame.id())
                          || frames.stream().anyMatch(inner -> inner.parent().equals(frame.id())))
              .toList();
      long count =
          graph.resources().stream()
              .filter(resource -> resource.custom() && !resource.type().startsWith("pulumi:"))
              .count();
      return new Picture(
          plan.stack(),
          "%d resources, about %s US dollars a month. %s are not drawn."
              .formatted(
                  count,
                  plan.cost().total(),
                  graph.of("aws:iam/role:Role").stream().anyMatch(cardOf::containsKey)
                          && graph.of("aws:ec2/vpc:Vpc").isEmpty()
                      ? "Policies"
                      : "Roles, routes and policies"),
          kept,
          List.copyOf(cards.values()),
          arrows.entrySet().stream()
              .map(
                  entry ->
                      new Arrow(
                          entry.getKey().get(0),
                          entry.getKey().get(1),
                          String.join(", ", entry.getValue()),
                          quiet.contains(entry.getKey())))
              .toList());
    }

    private void networks() {
      for (var vpc : graph.of("aws:ec2/vpc:Vpc")) {
        frames.add(
            new Frame(
                vpc.id(),
                REGION,
                graph.label(vpc)
                    + "  "
                    + vpc.text("cidrBlock")
                    + (vpc.is("assignGeneratedIpv6CidrBlock") ? " and IPv6" : "")));
        for (var subnet : graph.pointingAt(vpc, "aws:ec2/subnet:Subnet", "vpcId")) {
          frames.add(
              new Frame(
                  subnet.id(),
                  vpc.id(),
                  graph.label(subnet)
                      + "  "
                      + subnet.text("cidrBlock")
                      + " in "
                      + subnet.text("availabilityZone")));
        }
      }
      for (var gateway : graph.of("aws:ec2/natGateway:NatGateway")) {
        card(
            gateway,
            frameOf(graph.follow(gateway, "subnetId").stream().toList()),
            Kind.GATEWAY,
            List.of("NAT gateway"));
      }
    }

    /** The subnet when there is one, the network when there are several. */
    private String frameOf(List<Resource> subnets) {
      if (subnets.size() == 1) {
        return subnets.get(0).id();
      }
      return subnets.stream()
          .flatMap(subnet -> graph.follow(subnet, "vpcId").stream())
          .map(Resource::id)
          .findFirst()
          .orElse(REGION);
    }

    /** The same by a group of subnets, which databases and caches are placed by. */
    private String frameOf(Resource resource, String group) {
      return frameOf(
          graph
              .follow(resource, group)
              .map(found -> graph.followAll(found, "subnetIds"))
              .orElse(List.of()));
    }

    private void machines() {
      for (var instance : graph.of(Machines.INSTANCE)) {
        var details = new ArrayList<String>();
        details.add(instance.text("instanceType"));
        address(instance)
            .ifPresent(
                address ->
                    details.add(
                        "at " + address.text("publicIp") + (address.protect() ? ", kept" : "")));
        card(
            instance,
            frameOf(List.copyOf(Machines.subnets(graph, instance))),
            Kind.MACHINE,
            details);
        address(instance).ifPresent(address -> cardOf.put(address, instance.id()));
        Machines.interfaces(graph, instance)
            .forEach(networkInterface -> cardOf.put(networkInterface, instance.id()));
        graph
            .follow(instance, "iamInstanceProfile")
            .ifPresent(profile -> roleOf(profile, instance.id()));
      }
      for (var attachment : graph.of("aws:ec2/volumeAttachment:VolumeAttachment")) {
        var volume = graph.follow(attachment, "volumeId");
        var instance = graph.follow(attachment, "instanceId").map(cardOf::get);
        if (volume.isPresent() && instance.isPresent()) {
          var frame = cards.get(instance.get()).frame();
          card(
              volume.get(),
              frame,
              Kind.DISK,
              List.of(
                  volume.get().text("size") + " GiB " + volume.get().text("type"),
                  volume.get().is("encrypted") ? "encrypted" : "not encrypted"));
          arrow(instance.get(), volume.get().id(), "attached", false);
        }
      }
      for (var group : graph.of("aws:autoscaling/group:Group")) {
        card(
            group,
            frameOf(graph.followAll(group, "vpcZoneIdentifiers")),
            Kind.MACHINE,
            List.of(
                group.text("minSize").equals(group.text("maxSize"))
                    ? group.text("minSize") + " machines"
                    : group.text("minSize") + " to " + group.text("maxSize") + " machines"));
        graph
            .follow(group, "launchTemplate.id")
            .ifPresent(
                template -> {
                  cardOf.put(template, group.id());
                  graph
                      .follow(template, "iamInstanceProfile.arn")
                      .or(() -> graph.follow(template, "iamInstanceProfile.name"))
                      .ifPresent(profile -> roleOf(profile, group.id()));
                });
      }
    }

    private void roleOf(Resource profile, String card) {
      graph.follow(profile, "role").ifPresent(role -> cardOf.put(role, card));
    }

    private Optional<Resource> address(Resource instance) {
      var holders = new ArrayList<>(Machines.interfaces(graph, instance));
      return graph.of("aws:ec2/eip:Eip").stream()
          .filter(
              address ->
                  address.text("instance").equals(instance.id())
                      || holders.stream()
                          .anyMatch(holder -> holder.id().equals(address.text("networkInterface"))))
          .findFirst()
          .or(
              () ->
                  graph
                      .pointingAt(instance, "aws:ec2/eipAssociation:EipAssociation", "instanceId")
                      .stream()
                      .flatMap(association -> graph.follow(association, "allocationId").stream())
                      .findFirst());
    }

    private void balancersAndDatabases() {
      for (var balancer : graph.of("aws:lb/loadBalancer:LoadBalancer")) {
        card(
            balancer,
            frameOf(graph.followAll(balancer, "subnets")),
            Kind.BALANCER,
            List.of("load balancer"));
      }
      for (var database : graph.of("aws:rds/instance:Instance")) {
        card(
            database,
            frameOf(database, "dbSubnetGroupName"),
            Kind.DATABASE,
            List.of(
                database.text("engine") + " " + database.text("engineVersion"),
                database.text("instanceClass") + (database.is("multiAz") ? ", two zones" : "")));
      }
      for (var cache : graph.of("aws:elasticache/replicationGroup:ReplicationGroup")) {
        card(
            cache,
            frameOf(cache, "subnetGroupName"),
            Kind.DATABASE,
            List.of(cache.text("engine"), cache.text("nodeType")));
      }
      for (var cache : graph.of("aws:memorydb/cluster:Cluster")) {
        card(
            cache,
            frameOf(cache, "subnetGroupName"),
            Kind.DATABASE,
            List.of("MemoryDB", cache.text("nodeType")));
      }
    }

    private void services() {
      for (var bucket : graph.of(StorageRules.BUCKET)) {
        var details = new ArrayList<String>();
        details.add("bucket, private, TLS only");
        lifecycle(bucket).ifPresent(details::add);
        card(bucket, REGION, Kind.BUCKET, details);
      }
      graph
          .of("aws:ecr/repository:Repository")
          .forEach(repository -> card(repository, REGION, Kind.IMAGE, List.of("container images")));
      parameters();
      together("aws:secretsmanager/secret:Secret", "secrets", Kind.KEY, "secret", "secrets");
      together("aws:kms/key:Key", "keys", Kind.KEY, "encryption key", "encryption keys");
      together("aws:cloudwatch/logGroup:LogGroup", "logs", Kind.MONITOR, "log group", "log groups");
      together("aws:cloudwatch/metricAlarm:MetricAlarm", "alarms", Kind.BELL, "alarm", "alarms");
      together("aws:scheduler/schedule:Schedule", "schedules", Kind.CLOCK, "schedule", "schedules");
      names();
      for (var topic : graph.of("aws:sns/topic:Topic")) {
        var mails =
            graph.pointingAt(topic, "aws:sns/topicSubscription:TopicSubscription", "topic").stream()
                .map(subscription -> subscription.text("endpoint"))
                .toList();
        card(
            topic,
            REGION,
            Kind.BELL,
            mails.isEmpty() ? List.of("topic") : List.of("mails " + mails.get(0)));
        if (cards.containsKey("alarms")) {
          arrow("alarms", topic.id(), "publish", true);
        }
      }
      for (var schedule : graph.of("aws:scheduler/schedule:Schedule")) {
        for (var machine : graph.of(Machines.INSTANCE)) {
          if (schedule.text("target.input").contains(machine.id())) {
            arrow(
                "schedules",
                machine.id(),
                schedule.text("target.arn").endsWith(":startInstances") ? "start" : "stop",
                true);
          }
        }
      }
    }

    /** Names in Route 53, one card for the records of a name. */
    private void names() {
      for (var record : graph.of("aws:route53/record:Record")) {
        var name = record.text("name");
        var types =
            graph.of("aws:route53/record:Record").stream()
                .filter(other -> other.text("name").equals(name))
                .map(other -> other.text("type"))
                .sorted()
                .toList();
        cards.put(
            name,
            new Card(
                name,
                OUTSIDE,
                Kind.NAME,
                name,
                List.of("Route 53, " + String.join(" and ", types)),
                false));
        cardOf.entrySet().stream()
            .filter(
                entry ->
                    entry.getKey().isA("aws:ec2/eip:Eip")
                        && record.list("records").contains(entry.getKey().text("publicIp")))
            .map(Map.Entry::getValue)
            .findFirst()
            .ifPresent(card -> arrow(name, card, "points at", true));
      }
    }

    /** Hosts keep more there than the program puts in, under the same path. */
    private void parameters() {
      var all = graph.of("aws:ssm/parameter:Parameter");
      if (!all.isEmpty()) {
        var names = all.stream().map(parameter -> parameter.text("name")).toList();
        cards.put(
            "parameters",
            new Card("parameters", REGION, Kind.PARAMETER, "Parameter Store", lines(names), false));
        all.forEach(parameter -> cardOf.put(parameter, "parameters"));
      }
    }

    private Optional<String> lifecycle(Resource bucket) {
      return graph
          .of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
          .stream()
          .filter(part -> part.text("bucket").equals(bucket.id()))
          .flatMap(part -> part.list("rules").stream())
          .flatMap(
              rule ->
                  rule instanceof Map<?, ?> map
                      ? Json.list(map.get("transitions")).stream()
                      : Stream.empty())
          .filter(transition -> transition instanceof Map<?, ?>)
          .map(transition -> (Map<?, ?>) transition)
          .map(
              transition ->
                  storageClass(String.valueOf(transition.get("storageClass")))
                      + " after "
                      + transition.get("days")
                      + " days")
          .findFirst();
    }

    private static String storageClass(String name) {
      return switch (name) {
        case "GLACIER_IR" -> "Glacier IR";
        case "GLACIER" -> "Glacier";
        case "DEEP_ARCHIVE" -> "Deep Archive";
        case "STANDARD_IA" -> "infrequent access";
        default -> name;
      };
    }

    /** Many of a kind share a card. */
    private void together(String token, String id, Kind kind, String one, String many) {
      var all = graph.of(token);
      if (all.isEmpty()) {
        return;
      }
      var names = all.stream().map(graph::shortName).toList();
      var only = all.size() == 1 ? all.get(0) : null;
      var label =
          only == null
              ? all.size() + " " + many
              : only.text("name").isEmpty() ? graph.label(only) : only.text("name");
      cards.put(
          id,
          new Card(
              id,
              REGION,
              kind,
              label,
              only == null ? lines(names) : List.of(one),
              all.stream().anyMatch(Resource::protect)));
      all.forEach(resource -> cardOf.put(resource, id));
    }

    /** Names in at most two lines that fit a card. */
    private static List<String> lines(List<String> names) {
      var result = new ArrayList<String>();
      var current = new StringBuilder();
      for (var name : names) {
        if (current.length() + name.length() > 26 && !current.isEmpty()) {
          result.add(current + ",");
          current.setLength(0);
        }
        current.append(current.isEmpty() ? "" : ", ").append(name);
      }
      result.add(current.toString());
      return result.size() > 2
          ? List.of(result.get(0), result.get(1).replaceAll(",$", "") + " …")
          : result;
    }

    private void reach() {
      var holders = new TreeMap<String, String>();
      cardOf.forEach((resource, card) -> holders.putIfAbsent(Reach.holder(graph, resource), card));
      var pairs = new LinkedHashMap<List<String>, List<Reach>>();
      for (var reach : Reach.in(graph)) {
        if (!reach.inbound() || !holders.containsKey(reach.to())) {
          continue;
        }
        String from = holders.get(reach.from());
        if (from == null) {
          from = reach.world() ? "internet" : "addresses";
          cards.putIfAbsent(
              from,
              new Card(
                  from,
                  OUTSIDE,
                  Kind.WORLD,
                  reach.world() ? "The internet" : "Named addresses",
                  List.of(reach.world() ? "browsers, IPv4 and IPv6" : reach.from()),
                  false));
        }
        pairs
            .computeIfAbsent(List.of(from, holders.get(reach.to())), key -> new ArrayList<>())
            .add(reach);
      }
      pairs.forEach((pair, all) -> arrow(pair.get(0), pair.get(1), Reach.ports(all), false));
    }

    /** Operators and workflows come in through Systems Manager. */
    private void people() {
      var documents = graph.of("aws:ssm/document:Document");
      var machines = cards.values().stream().filter(card -> card.kind() == Kind.MACHINE).toList();
      if (documents.isEmpty() || machines.isEmpty()) {
        return;
      }
      cards.put(
          "operator",
          new Card(
              "operator",
              OUTSIDE,
              Kind.PERSON,
              "People and workflows",
              lines(documents.stream().map(graph::shortName).toList()),
              false));
      machines.forEach(machine -> arrow("operator", machine.id(), "Systems Manager", false));
    }

    /** Whose jobs take which role. */
    private void workflows() {
      for (var role : graph.of("aws:iam/role:Role")) {
        for (var subject : Roles.subjects(role)) {
          // repo:OWNER/REPO:environment:NAME; with the numbers in it, it is the same jobs again.
          var parts = subject.replaceAll("@[0-9]+", "").split(":", 3);
          if (parts.length < 3) {
            continue;
          }
          var job = "jobs of " + parts[1] + " " + parts[2];
          cards.putIfAbsent(
              job,
              new Card(
                  job,
                  OUTSIDE,
                  Kind.PERSON,
                  parts[1],
                  List.of("jobs on GitHub", parts[2].replace(":", " ")),
                  false));
          cards.putIfAbsent(
              role.id(),
              new Card(role.id(), REGION, Kind.KEY, role.text("name"), List.of("role"), false));
          cardOf.put(role, role.id());
          arrow(job, role.id(), "take", false);
        }
      }
    }

    /** What roles may do with what is drawn. */
    private void grants() {
      graph.of("aws:iam/role:Role").stream()
          .filter(cardOf::containsKey)
          .forEach(
              role ->
                  Policies.statementsOf(graph, role)
                      .filter(Statement::allow)
                      .forEach(
                          statement ->
                              statement.resources().stream()
                                  .flatMap(resource -> target(resource).stream())
                                  .distinct()
                                  .forEach(
                                      card ->
                                          verbs(statement.actions())
                                              .forEach(
                                                  verb ->
                                                      arrow(cardOf.get(role), card, verb, true)))));
      if (cards.containsKey("alarms")
          && graph.of("aws:iam/role:Role").stream()
              .anyMatch(
                  role ->
                      Policies.statementsOf(graph, role)
                          .anyMatch(
                              statement ->
                                  statement.actions().contains("cloudwatch:PutMetricData")))) {
        cardOf.entrySet().stream()
            .filter(entry -> entry.getKey().isA("aws:iam/role:Role"))
            .map(Map.Entry::getValue)
            .distinct()
            .forEach(card -> arrow(card, "alarms", "metrics", true));
      }
    }

    /** The card that an ARN, or a pattern of ARNs, is about. */
    private Optional<String> target(String resource) {
      return cardOf.entrySet().stream()
          .filter(
              entry ->
                  !entry.getKey().text("arn").isEmpty()
                      && resource.startsWith(entry.getKey().text("arn")))
          .max(Comparator.comparingInt(entry -> entry.getKey().text("arn").length()))
          .map(Map.Entry::getValue)
          .or(
              () ->
                  resource.contains(":parameter/slipway/") && cards.containsKey("parameters")
                      ? Optional.of("parameters")
                      : Optional.empty());
    }

    private static Set<String> verbs(List<String> actions) {
      var result = new TreeSet<String>();
      for (var action : actions) {
        var name = action.substring(action.indexOf(':') + 1);
        if (name.startsWith("Get")
            || name.startsWith("List")
            || name.startsWith("Describe")
            || name.startsWith("BatchGet")) {
          result.add("reads");
        } else if (name.startsWith("Put")
            || name.startsWith("Create")
            || name.startsWith("Update")) {
          result.add("writes");
        } else if (name.startsWith("Delete")) {
          result.add("deletes");
        } else if (name.startsWith("Decrypt") || name.startsWith("GenerateDataKey")) {
          result.add("uses");
        }
      }
      return result;
    }

    private void card(Resource resource, String frame, Kind kind, List<String> details) {
      cards.put(
          resource.id(),
          new Card(
              resource.id(),
              frame,
              kind,
              graph.label(resource),
              List.copyOf(details),
              resource.protect()));
      cardOf.put(resource, resource.id());
    }

    private void arrow(String from, String to, String label, boolean minor) {
      if (from.equals(to) || !cards.containsKey(from) || !cards.containsKey(to)) {
        return;
      }
      var ends = List.of(from, to);
      arrows.computeIfAbsent(ends, key -> new TreeSet<>()).add(label);
      if (minor) {
        quiet.add(ends);
      }
    }
  }
}
