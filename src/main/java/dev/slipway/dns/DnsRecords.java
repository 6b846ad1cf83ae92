package dev.slipway.dns;

import com.pulumi.aws.route53.Record;
import com.pulumi.aws.route53.RecordArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The names by which a host is found, in a zone that Route 53 serves.
 *
 * <p>Creates an A record for each name, and an AAAA record where the host has IPv6. Costs nothing
 * beside the zone's 0.50 dollars a month.
 *
 * <pre>{@code
 * new DnsRecords(named("dns"), settings, childOptions()).point(List.of("erp.example.com"), host);
 * }</pre>
 */
public final class DnsRecords extends Component {
  static final String TYPE = "slipway:dns:DnsRecords";

  private final DnsSettings settings;

  public DnsRecords(String name, DnsSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    this.settings = settings;
    registerOutputs(Map.of());
  }

  /** Points names at a host: an A record each, and an AAAA record where the host has IPv6. */
  public List<Record> point(List<String> domains, Host host) {
    var records = new ArrayList<Record>();
    for (var domain : domains) {
      records.add(record(domain, domain, "A", host.publicIp().applyValue(List::of)));
      if (host.hasIpv6()) {
        records.add(record(domain + "-ipv6", domain, "AAAA", host.ipv6Addresses()));
      }
    }
    return records;
  }

  private Record record(String role, String domain, String type, Output<List<String>> to) {
    return new Record(
        named(role),
        RecordArgs.builder()
            .zoneId(settings.zoneId())
            .name(domain)
            .type(type)
            // Short, because the address is new at first and everybody waits for it.
            .ttl(300)
            .records(to)
            .build(),
        leaf().build());
  }

  /** What to write where another provider serves the zone: a line for each record. */
  public static Output<String> lines(List<String> domains, Host host) {
    return Output.tuple(host.publicIp(), host.ipv6Addresses())
        .applyValue(
            known -> {
              var lines = new ArrayList<String>();
              for (var domain : domains) {
                lines.add(domain + " A " + known.t1);
                known.t2.forEach(address -> lines.add(domain + " AAAA " + address));
              }
              return String.join("\n", lines);
            });
  }
}
