package dev.slipway.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsRecordsTest {
  private static final String RECORD = "aws:route53/record:Record";

  private static StackConfig zoned() {
    return Staging.config().with("slipway:dns.zoneId", "Z0123456789ABCDEFGHIJ");
  }

  private static Object address(FakeStack stack) {
    return stack.only("aws:ec2/eip:Eip").output("publicIp");
  }

  @Test
  void areNotMadeUnlessAZoneIsNamed() {
    assertThat(Staging.stack().all(RECORD)).isEmpty();
  }

  @Test
  void pointEachSiteAtTheHost() {
    var stack = Staging.stack(zoned());
    var record = stack.only(RECORD, "erp.example.com");

    assertThat(record.input("zoneId")).isEqualTo("Z0123456789ABCDEFGHIJ");
    assertThat(record.input("name")).isEqualTo("erp.example.com");
    assertThat(record.input("type")).isEqualTo("A");
    assertThat(record.input("records")).isEqualTo(List.of(address(stack)));
    assertThat(stack.only(RECORD, "erp.example.com-ipv6").input("type")).isEqualTo("AAAA");
  }

  @Test
  void areForIpv4AloneWhereThereIsNoIpv6() {
    var stack = Staging.stack(zoned().with("slipway:network.ipv6", false));

    assertThat(stack.all(RECORD)).hasSize(1);
  }

  @Test
  void areToldToWhomeverKeepsTheZoneElsewhere() {
    var stack = Staging.stack(Staging.config().with("slipway:network.ipv6", false));

    assertThat(stack.outputs()).containsEntry("dnsRecord", "erp.example.com A " + address(stack));
  }
}
