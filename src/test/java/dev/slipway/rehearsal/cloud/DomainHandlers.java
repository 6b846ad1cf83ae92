package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Zones and records of Route 53, and ACM's certificates, which the rehearsal's authority signs.
 *
 * <p>Nobody asks a name server here: a certificate is validated where its records are in a zone of
 * the account.
 */
final class DomainHandlers implements BalancerHandlers.Certificates {
  private static final String ZONES = "/2013-04-01/hostedzone";

  /** One in 36 begins with the right letter. */
  private static final int MOST_TRIES = 1000;

  private final AwsClient aws;
  private final AwsClient.Json acm;
  private final Authority authority;
  private final AtomicInteger serial = new AtomicInteger();

  /** The names of each certificate, by its ARN. */
  private final Map<String, List<String>> names = new TreeMap<>();

  private final Map<String, Authority.Issued> issued = new ConcurrentHashMap<>();

  DomainHandlers(AwsClient aws, Authority authority) {
    this.aws = aws;
    acm = new AwsClient.Json(aws, "acm", "CertificateManager");
    this.authority = authority;
  }

  List<Handler> all() {
    return List.of(zone(), record(), certificate(), validation());
  }

  // --- Route 53
  // ------------------------------------------------------------------------------------------------------

  private Xml route53(String method, String path, String body) {
    byte[] answer =
        aws.rest(
                "route53",
                method,
                path,
                Map.of("Content-Type", "application/xml"),
                body.getBytes(StandardCharsets.UTF_8))
            .body();
    return Xml.parse(answer);
  }

  private Handler zone() {
    return Handler.of("aws:route53/zone:Zone")
        .create(
            request -> {
              Xml made = createZone(request.text("name"));
              String id = id(made);
              return Handler.Made.of(
                  id,
                  "zoneId",
                  id,
                  "arn",
                  "arn:aws:route53:::hostedzone/" + id,
                  "nameServers",
                  made.anywhere("NameServers")
                      .map(list -> list.children("NameServer").stream().map(Xml::text).toList())
                      .orElse(List.of()));
            })
        .delete(
            request -> {
              if (request.oldFlag("forceDestroy")) {
                records(request.id()).forEach(record -> remove(request.id(), record));
              }
              route53("DELETE", ZONES + "/" + request.id(), "");
            })
        .exists(request -> hasZone(request.id()));
  }

  /** Route 53's ids begin with a Z and moto's with anything: it is asked again until one does. */
  private Xml createZone(String name) {
    for (int i = 0; i < MOST_TRIES; i++) {
      Xml made = requestZone(name);
      if (id(made).startsWith("Z")) {
        return made;
      }
      route53("DELETE", ZONES + "/" + id(made), "");
    }
    throw new IllegalStateException(
        "moto made " + MOST_TRIES + " hosted zones, and the id of none begins with a Z");
  }

  private static String id(Xml made) {
    return made.need("Id").replaceFirst(".*/", "");
  }

  private Xml requestZone(String name) {
    return route53(
        "POST",
        ZONES,
        "<CreateHostedZoneRequest><Name>"
            + name
            + "</Name><CallerReference>rehearsal-"
            + serial.incrementAndGet()
            + "</CallerReference></CreateHostedZoneRequest>");
  }

  /** A zone that was there before anybody looked, and its id. */
  String zone(String name) {
    return id(createZone(name));
  }

  private boolean hasZone(String id) {
    try {
      route53("GET", ZONES + "/" + id, "");
      return true;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  /** What is in a zone besides what it was born with. */
  private List<Xml> records(String zone) {
    return route53("GET", ZONES + "/" + zone + "/rrset", "")
        .anywhere("ResourceRecordSets")
        .map(list -> list.children("ResourceRecordSet"))
        .orElse(List.of())
        .stream()
        .filter(record -> !List.of("NS", "SOA").contains(record.text("Type")))
        .toList();
  }

  private void remove(String zone, Xml record) {
    Xml alias = record.at("AliasTarget").orElse(null);
    change(
        zone,
        "DELETE",
        set(
            record.text("Name"),
            record.text("Type"),
            record.text("TTL"),
            record
                .at("ResourceRecords")
                .map(list -> list.children("ResourceRecord"))
                .orElse(List.of())
                .stream()
                .map(value -> value.text("Value"))
                .toList(),
            alias == null
                ? null
                : Map.of(
                    "zoneId", alias.text("HostedZoneId"),
                    "name", alias.text("DNSName"),
                    "evaluateTargetHealth", alias.text("EvaluateTargetHealth"))));
  }

  private Handler record() {
    return Handler.of("aws:route53/record:Record")
        .create(
            request -> {
              String zone = request.text("zoneId");
              change(
                  zone,
                  request.flag("allowOverwrite") ? "UPSERT" : "CREATE",
                  set(request.inputs()));
              String name = request.text("name");
              return Handler.Made.of(
                  zone + "_" + name + "_" + request.text("type"),
                  "fqdn",
                  name.replaceFirst("\\.$", ""));
            })
        .change(request -> change(request.text("zoneId"), "UPSERT", set(request.inputs())))
        .delete(request -> change(request.oldText("zoneId"), "DELETE", set(request.old())))
        .exists(
            request ->
                hasZone(request.oldText("zoneId"))
                    && records(request.oldText("zoneId")).stream()
                        .anyMatch(
                            record ->
                                isNamed(record, request.oldText("name"))
                                    && record.text("Type").equals(request.oldText("type"))));
  }

  private static boolean isNamed(Xml record, String name) {
    // Route 53 writes an asterisk as a number, and a full stop at the end.
    return bare(record.text("Name").replace("\\052", "*")).equals(bare(name));
  }

  private static String bare(String name) {
    return name.replaceFirst("\\.$", "").toLowerCase();
  }

  private static String set(Map<String, Object> record) {
    List<Map<String, Object>> aliases = Values.maps(record.get("aliases"));
    return set(
        Values.text(record.get("name")),
        Values.text(record.get("type")),
        Values.text(record.get("ttl")),
        Values.strings(record.get("records")),
        aliases.isEmpty() ? null : aliases.get(0));
  }

  private static String set(
      String name, String type, String ttl, List<String> values, Map<String, ?> alias) {
    boolean plain = ttl != null && !ttl.isEmpty() && !values.isEmpty();
    if (plain == (alias != null)) {
      throw new AwsError(
          "InvalidInput",
          "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and"
              + " ResourceRecords], or TrafficPolicyInstanceId] for "
              + name);
    }
    String what =
        alias != null
            ? "<AliasTarget><HostedZoneId>"
                + alias.get("zoneId")
                + "</HostedZoneId><DNSName>"
                + alias.get("name")
                + "</DNSName><EvaluateTargetHealth>"
                + alias.get("evaluateTargetHealth")
                + "</EvaluateTargetHealth></AliasTarget>"
            : "<TTL>"
                + ttl
                + "</TTL><ResourceRecords>"
                + values.stream()
                    .map(
                        value ->
                            "<ResourceRecord><Value>"
                                + Xml.escape(value)
                                + "</Value></ResourceRecord>")
                    .collect(Collectors.joining())
                + "</ResourceRecords>";
    return "<ResourceRecordSet><Name>"
        + name
        + "</Name><Type>"
        + type
        + "</Type>"
        + what
        + "</ResourceRecordSet>";
  }

  private void change(String zone, String action, String set) {
    route53(
        "POST",
        ZONES + "/" + zone + "/rrset/",
        "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>"
            + action
            + "</Action>"
            + set
            + "</Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
  }

  // --- ACM
  // -----------------------------------------------------------------------------------------------------------

  private Handler certificate() {
    return Handler.of("aws:acm/certificate:Certificate")
        .create(
            request -> {
              if (!"DNS".equals(request.text("validationMethod"))) {
                throw new AwsError(
                    "ValidationException",
                    "this emulated ACM validates by DNS alone, given: "
                        + request.text("validationMethod"));
              }
              var all = new ArrayList<>(List.of(request.text("domainName")));
              all.addAll(request.strings("subjectAlternativeNames"));
              String arn = certificate(all.stream().distinct().toList());
              if (!request.tags().isEmpty()) {
                acm.call(
                    "AddTagsToCertificate",
                    "CertificateArn",
                    arn,
                    "Tags",
                    request.tagList("Key", "Value"));
              }
              return Handler.Made.of(arn, "arn", arn, "status", "PENDING_VALIDATION");
            })
        .delete(
            request -> {
              acm.call("DeleteCertificate", "CertificateArn", request.id());
              names.remove(request.id());
              issued.remove(request.id());
            })
        .exists(request -> names.containsKey(request.id()));
  }

  /** Requests a certificate, and gives its ARN. */
  synchronized String certificate(List<String> domains) {
    String arn =
        Values.text(
            acm.call(
                    "RequestCertificate",
                    "DomainName",
                    domains.get(0),
                    "SubjectAlternativeNames",
                    domains,
                    "ValidationMethod",
                    "DNS")
                .get("CertificateArn"));
    names.put(arn, domains);
    return arn;
  }

  @Override
  public Authority.Issued issued(String arn) {
    List<String> domains = names.get(arn);
    if (domains == null) {
      throw new AwsError("CertificateNotFound", "Certificate '" + arn + "' not found");
    }
    return issued.computeIfAbsent(arn, made -> authority.issue(domains));
  }

  private Handler validation() {
    return Handler.of("aws:acm/certificateValidation:CertificateValidation")
        .create(
            request -> {
              List<String> wanted = request.strings("validationRecordFqdns");
              for (String fqdn : wanted) {
                if (!isInAZone(fqdn)) {
                  throw new AwsError(
                      "ValidationException",
                      "timeout while waiting for state to become 'ISSUED' (last state:"
                          + " 'PENDING_VALIDATION'): no zone of this account has "
                          + fqdn);
                }
              }
              if (wanted.isEmpty()) {
                throw new AwsError(
                    "ValidationException",
                    "validationRecordFqdns: this emulated ACM validates by the records that are"
                        + " named here");
              }
              return Handler.Made.of("0001-01-01 00:00:00 +0000 UTC");
            });
  }

  private boolean isInAZone(String fqdn) {
    return route53("GET", ZONES, "")
        .anywhere("HostedZones")
        .map(list -> list.children("HostedZone"))
        .orElse(List.of())
        .stream()
        .map(zone -> zone.text("Id").replaceFirst(".*/", ""))
        .flatMap(zone -> records(zone).stream())
        .anyMatch(record -> record.text("Type").equals("CNAME") && isNamed(record, fqdn));
  }
}
