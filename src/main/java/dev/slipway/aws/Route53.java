package dev.slipway.aws;

import static dev.slipway.aws.AwsType.words;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Route 53: names. AWS knows who may change a zone, not which of its names. */
final class Route53 {
  private static final Prices PRICES =
      Prices.of(
          "route53",
          "https://aws.amazon.com/route53/pricing/",
          "2025-06-30",
          """
          zone     *  0.50       zone-month
          queries  *  0.0000004  query
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:route53/record:Record")
              .free()
              // One card for the records of a name.
              .drawn(
                  Drawing.card(Icon.NAME)
                      .outside()
                      .on(record -> record.text("name"))
                      .label(all -> all.get(0).text("name"))
                      .detailsOfAll(
                          all ->
                              List.of(
                                  "Route 53, "
                                      + all.stream()
                                          .map(record -> record.text("type"))
                                          .sorted()
                                          .collect(Collectors.joining(" and "))))
                      .links(
                          record ->
                              record.followAll("records").stream()
                                  .map(target -> new Link(record, target, "points at", true))
                                  .toList()))
              .inWords(Route53::record)
              .replacedBy("name", "zoneId")
              .computes("id", "{zoneId}_{name}_{type}")
              .computes("fqdn", "{name}")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepNames")
                          .actions(
                              "route53:ChangeResourceRecordSets",
                              "route53:GetHostedZone",
                              "route53:ListResourceRecordSets")
                          .resources(
                              stack.hostedZones().stream()
                                  .map(zone -> of(stack, "hostedzone/" + zone))
                                  .toArray(String[]::new)),
                  stack ->
                      Statement.allow("FollowChange")
                          .actions("route53:GetChange")
                          .resources(
                              stack.hostedZones().isEmpty()
                                  ? new String[0]
                                  : new String[] {of(stack, "change/*")}))
              .toRefresh(see()),
          AwsType.of("aws:route53/zone:Zone")
              .keeps("hosted zone")
              .inWords(zone -> zone.text("name"))
              .costs(
                  zone ->
                      List.of(
                          Charge.monthly(PRICES, "zone", "hosted zone"),
                          Charge.usageBased(PRICES, "queries", "queries")))
              .replacedBy("delegationSetId", "name")
              .computes(Route53::servers)
              .computes("zoneId", "Z{letters20}")
              .computes("id", "{zoneId}")
              .computes("arn", "arn:aws:route53:::hostedzone/{zoneId}")
              .toRefresh(see()));

  private Route53() {}

  /** Four, each under another top-level domain. */
  private static Map<String, Object> servers(NewResource zone) {
    var servers =
        Stream.of("com", "net", "org", "co.uk")
            .map(
                domain ->
                    "ns-%d.awsdns-%s.%s"
                        .formatted(
                            Integer.parseInt(zone.hex(domain, 3), 16),
                            zone.hex("n" + domain, 2),
                            domain))
            .toList();
    return Map.of("nameServers", servers, "primaryNameServer", servers.get(0));
  }

  private static String record(PlannedResource record) {
    var ttl =
        !record.list("aliases").isEmpty()
            ? "alias without a TTL of its own, that of its target holds"
            : record.text("ttl").isEmpty() ? "" : record.text("ttl") + " s";
    return words(record.text("name") + " " + record.text("type"), ttl);
  }

  private static Right see() {
    return any ->
        Statement.allow("SeeNames")
            .actions(
                "route53:GetHostedZone",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResource")
            .resources(of(any, "hostedzone/*"));
  }

  private static String of(Target target, String resource) {
    return "arn:" + target.stack().partition() + ":route53:::" + resource;
  }
}
