package dev.slipway.plan.cost;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.core.Cron;
import dev.slipway.core.Json;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.Resource;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a stack costs in a month of 730 hours, at list prices. What depends on use stands beside the
 * sum with its unit price, and what the table has no price for is named, so that nothing is
 * silently free.
 *
 * @param items what costs the same every month
 * @param byUse what depends on use
 * @param notPriced what has no price in the table
 */
public record Cost(List<Item> items, List<UnitPrice> byUse, List<String> notPriced) {

  /** Hours of a month, as AWS's own calculator counts them. */
  public static final BigDecimal HOURS = new BigDecimal(730);

  /**
   * One line of the bill.
   *
   * @param resource the resource's name
   * @param what what is paid for
   * @param quantity how much of it
   * @param unit of what
   * @param unitPrice US dollars for one
   * @param month US dollars for a month
   * @param source where AWS publishes the price
   * @param asOf the day as of which it was right
   */
  public record Item(
      String resource,
      String what,
      BigDecimal quantity,
      String unit,
      BigDecimal unitPrice,
      BigDecimal month,
      String source,
      String asOf) {}

  /** A price of something that depends on use. */
  public record UnitPrice(
      String resource,
      String what,
      BigDecimal unitPrice,
      String unit,
      String source,
      String asOf) {}

  /** The sum in US dollars. */
  public BigDecimal total() {
    return items.stream()
        .map(Item::month)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .setScale(2, RoundingMode.HALF_UP);
  }

  /** The bill for a graph. */
  public static Cost of(Graph graph) {
    var bill = new Bill(graph);
    graph.resources().stream()
        .filter(resource -> resource.custom() && !resource.external())
        .forEach(bill::add);
    bill.traffic();
    return new Cost(List.copyOf(bill.items), List.copyOf(bill.byUse), List.copyOf(bill.notPriced));
  }

  /** Adds up. */
  private static final class Bill {
    private static final Pattern EVENT_BRIDGE =
        Pattern.compile("cron\\((\\S+) (\\S+) (\\S+) (\\S+) (\\S+) \\*\\)");

    private final Graph graph;
    private final List<Item> items = new ArrayList<>();
    private final List<UnitPrice> byUse = new ArrayList<>();
    private final List<String> notPriced = new ArrayList<>();

    Bill(Graph graph) {
      this.graph = graph;
    }

    void add(Resource resource) {
      switch (resource.type()) {
        case "aws:ec2/instance:Instance" -> {
          hourly(
              resource,
              "ec2",
              resource.text("instanceType"),
              resource.text("instanceType"),
              runningHours(resource));
          if (resource.value("rootBlockDevice.volumeSize") instanceof Number size) {
            disk(
                resource,
                "root disk",
                orElse(resource.text("rootBlockDevice.volumeType"), "gp2"),
                size,
                resource.value("rootBlockDevice.iops"),
                resource.value("rootBlockDevice.throughput"));
          } else {
            missing(resource, "root disk of the image's size");
          }
        }
        case "aws:autoscaling/group:Group" -> fleet(resource);
        case "aws:ebs/volume:Volume" ->
            disk(
                resource,
                "disk",
                orElse(resource.text("type"), "gp2"),
                resource.value("size"),
                resource.value("iops"),
                resource.value("throughput"));
        case "aws:ec2/eip:Eip" ->
            hourly(resource, "vpc", "public-ipv4", "public IPv4 address", HOURS);
        case "aws:ec2/natGateway:NatGateway" -> {
          hourly(resource, "vpc", "nat-gateway", "NAT gateway", HOURS);
          use(resource, "vpc", "nat-gateway-data", "traffic through it");
        }
        case "aws:ec2/vpcEndpoint:VpcEndpoint" -> {
          if (resource.text("vpcEndpointType").equals("Interface")) {
            hourly(
                resource,
                "vpc",
                "interface-endpoint",
                "interface endpoint",
                HOURS.multiply(BigDecimal.valueOf(Math.max(1, resource.list("subnetIds").size()))));
          }
        }
        case "aws:s3/bucketV2:BucketV2" -> {
          use(resource, "s3", "standard", "storage");
          boolean archives =
              graph
                  .of("aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2")
                  .stream()
                  .filter(part -> part.text("bucket").equals(resource.id()))
                  .anyMatch(part -> Json.compact(part.list("rules")).contains("GLACIER_IR"));
          if (archives) {
            use(resource, "s3", "glacier-ir", "storage of older objects");
          }
        }
        case "aws:cloudwatch/metricAlarm:MetricAlarm" -> {
          monthly(resource, "cloudwatch", "alarm", "alarm");
          if (!resource.text("namespace").startsWith("AWS/")) {
            monthly(resource, "cloudwatch", "metric", "metric of the stack's own");
          }
        }
        case "aws:cloudwatch/dashboard:Dashboard" ->
            monthly(resource, "cloudwatch", "dashboard", "dashboard");
        case "aws:cloudwatch/logGroup:LogGroup" -> {
          use(resource, "cloudwatch", "logs-in", "logs written");
          use(resource, "cloudwatch", "logs-kept", "logs kept");
        }
        case "aws:kms/key:Key" -> {
          monthly(resource, "kms", "key", "key");
          use(resource, "kms", "request", "requests");
        }
        case "aws:secretsmanager/secret:Secret" ->
            monthly(resource, "secretsmanager", "secret", "secret");
        case "aws:ssm/parameter:Parameter" -> {
          if (resource.text("tier").equals("Advanced")) {
            monthly(resource, "ssm", "advanced-parameter", "advanced parameter");
          }
        }
        case "aws:sns/topic:Topic" -> use(resource, "sns", "email", "mails");
        case "aws:route53/zone:Zone" -> {
          monthly(resource, "route53", "zone", "hosted zone");
          use(resource, "route53", "queries", "queries");
        }
        case "aws:lb/loadBalancer:LoadBalancer" -> {
          hourly(
              resource,
              "elb",
              orElse(resource.text("loadBalancerType"), "application"),
              "load balancer",
              HOURS);
          use(resource, "elb", "lcu", "capacity units");
          if (!resource.is("internal")) {
            addresses(resource, resource.list("subnets").size());
          }
        }
        case "aws:ecr/repository:Repository" -> use(resource, "ecr", "storage", "images");
        case "aws:rds/instance:Instance" -> {
          var zones = BigDecimal.valueOf(resource.is("multiAz") ? 2 : 1);
          hourly(
              resource,
              "rds",
              resource.text("engine") + "-" + resource.text("instanceClass"),
              resource.text("instanceClass"),
              HOURS.multiply(zones));
          if (resource.value("allocatedStorage") instanceof Number size) {
            line(
                resource,
                "rds",
                orElse(resource.text("storageType"), "gp2"),
                "storage",
                number(size).multiply(zones));
          }
          use(resource, "rds", "backup", "backups and snapshots");
        }
        case "aws:elasticache/replicationGroup:ReplicationGroup" ->
            hourly(
                resource,
                "elasticache",
                resource.text("nodeType"),
                resource.text("nodeType"),
                HOURS.multiply(
                    number(
                        resource.value("numCacheClusters") instanceof Number nodes ? nodes : 1)));
        case "aws:memorydb/cluster:Cluster" -> {
          var shards = resource.value("numShards") instanceof Number given ? given : 1;
          var copies = resource.value("numReplicasPerShard") instanceof Number given ? given : 1;
          hourly(
              resource,
              "memorydb",
              resource.text("nodeType"),
              resource.text("nodeType"),
              HOURS.multiply(number(shards)).multiply(number(copies).add(BigDecimal.ONE)));
        }
        default -> {
          // Providers and commands are no resources of AWS's.
          if (resource.type().startsWith("aws:")
              && !Catalog.type(resource.type()).map(AwsType::isFree).orElse(false)) {
            missing(resource, resource.type());
          }
        }
      }
    }

    /** The machines of a group, which AWS starts and Pulumi doesn't know. */
    private void fleet(Resource group) {
      var template = graph.follow(group, "launchTemplate.id");
      if (template.isEmpty() || !(group.value("minSize") instanceof Number machines)) {
        missing(group, "machines of an unknown kind");
        return;
      }
      var count = number(machines);
      var type = template.get().text("instanceType");
      hourly(group, "ec2", type, plain(count) + " x " + type, HOURS.multiply(count));
      for (var mapping : template.get().list("blockDeviceMappings")) {
        var ebs =
            mapping instanceof Map<?, ?> map && map.get("ebs") instanceof Map<?, ?> of
                ? of
                : Map.of();
        if (ebs.get("volumeSize") instanceof Number size) {
          var kind = ebs.get("volumeType") instanceof String given ? given : "gp2";
          line(
              group,
              "ebs",
              kind,
              plain(count) + " x root disk, " + kind,
              number(size).multiply(count));
        }
      }
      boolean ownAddresses =
          template.get().list("networkInterfaces").stream()
              .anyMatch(
                  card ->
                      card instanceof Map<?, ?> map
                          && "true".equals(map.get("associatePublicIpAddress")));
      if (ownAddresses) {
        addresses(group, count.intValue());
      }
    }

    private static String plain(BigDecimal number) {
      return number.stripTrailingZeros().toPlainString();
    }

    private void addresses(Resource resource, int count) {
      hourly(
          resource,
          "vpc",
          "public-ipv4",
          count + " public IPv4 addresses",
          HOURS.multiply(BigDecimal.valueOf(count)));
    }

    /** Traffic to the internet is paid for wherever there is a way out. */
    void traffic() {
      if (!graph.of("aws:ec2/internetGateway:InternetGateway").isEmpty()) {
        Prices.of("transfer", "out", graph.names().region())
            .ifPresentOrElse(
                price ->
                    byUse.add(
                        new UnitPrice(
                            "",
                            "traffic to the internet",
                            price.usd(),
                            price.unit(),
                            price.source(),
                            price.asOf())),
                () -> notPriced.add("traffic to the internet in " + graph.names().region()));
      }
    }

    private void disk(
        Resource resource, String what, String type, Object size, Object iops, Object throughput) {
      if (!(size instanceof Number gigabytes)) {
        missing(resource, what + " of unknown size");
        return;
      }
      line(resource, "ebs", type, what + ", " + type, number(gigabytes));
      if (iops instanceof Number more && more.intValue() > 3000) {
        line(
            resource,
            "ebs",
            type + "-iops",
            "operations a second",
            number(more).subtract(new BigDecimal(3000)));
      }
      if (throughput instanceof Number more && more.intValue() > 125) {
        line(
            resource,
            "ebs",
            type + "-throughput",
            "throughput",
            number(more).subtract(new BigDecimal(125)));
      }
    }

    private void hourly(
        Resource resource, String service, String item, String what, BigDecimal hours) {
      line(resource, service, item, what, hours);
    }

    private void monthly(Resource resource, String service, String item, String what) {
      line(resource, service, item, what, BigDecimal.ONE);
    }

    private void line(
        Resource resource, String service, String item, String what, BigDecimal quantity) {
      Prices.of(service, item, graph.names().region())
          .ifPresentOrElse(
              price ->
                  items.add(
                      new Item(
                          graph.label(resource),
                          what,
                          quantity,
                          price.unit(),
                          price.usd(),
                          price.usd().multiply(quantity).setScale(2, RoundingMode.HALF_UP),
                          price.source(),
                          price.asOf())),
              () -> missing(resource, service + " " + item));
    }

    private void use(Resource resource, String service, String item, String what) {
      Prices.of(service, item, graph.names().region())
          .ifPresentOrElse(
              price ->
                  byUse.add(
                      new UnitPrice(
                          graph.label(resource),
                          what,
                          price.usd(),
                          price.unit(),
                          price.source(),
                          price.asOf())),
              () -> missing(resource, what + " (" + service + " " + item + ")"));
    }

    private void missing(Resource resource, String what) {
      notPriced.add(graph.label(resource) + ": " + what + " in " + graph.names().region());
    }

    private static String orElse(String text, String other) {
      return text.isEmpty() ? other : text;
    }

    private static BigDecimal number(Number number) {
      return new BigDecimal(String.valueOf(number));
    }

    /** Less than a month's hours where schedules stop and start the machine. */
    private BigDecimal runningHours(Resource instance) {
      var stop = schedule(instance, false);
      var start = schedule(instance, true);
      if (stop.isEmpty() || start.isEmpty()) {
        return HOURS;
      }
      // Four weeks from a Monday, minute by minute, after one to get into step.
      int week = 7 * 24 * 60;
      long running = 0;
      boolean on = true;
      var at = LocalDateTime.of(2026, 1, 5, 0, 0);
      for (int minute = 0; minute < 5 * week; minute++, at = at.plusMinutes(1)) {
        if (start.get().matches(at)) {
          on = true;
        } else if (stop.get().matches(at)) {
          on = false;
        }
        running += on && minute >= week ? 1 : 0;
      }
      return HOURS
          .multiply(BigDecimal.valueOf(running))
          .divide(BigDecimal.valueOf(4L * week), 0, RoundingMode.HALF_UP);
    }

    private Optional<Cron> schedule(Resource instance, boolean start) {
      return graph.of("aws:scheduler/schedule:Schedule").stream()
          .filter(schedule -> schedule.text("target.input").contains("\"" + instance.id() + "\""))
          .filter(schedule -> start == schedule.text("target.arn").endsWith(":startInstances"))
          .map(schedule -> EVENT_BRIDGE.matcher(schedule.text("scheduleExpression")))
          .filter(java.util.regex.Matcher::matches)
          .map(
              fields ->
                  String.join(
                          " ",
                          fields.group(1),
                          fields.group(2),
                          fields.group(3),
                          fields.group(4),
                          fields.group(5))
                      .replace("?", "*"))
          .filter(expression -> Cron.problem(expression).isEmpty())
          .map(Cron::parse)
          .findFirst();
    }
  }

  /** The bill as plain values. */
  public Map<String, Object> json(String region) {
    var result = new LinkedHashMap<String, Object>();
    result.put("currency", "USD");
    result.put("region", region);
    result.put("hoursPerMonth", HOURS);
    result.put("total", total());
    result.put("items", items);
    result.put("byUse", byUse);
    result.put("notPriced", notPriced);
    return result;
  }
}
