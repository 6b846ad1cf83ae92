package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkSettingsTest {
  private static NetworkSettings settings(String cidr) {
    return new NetworkSettings(cidr, "a", false, false);
  }

  @ParameterizedTest
  @CsvSource({
    "172.31.0.0/16, overlaps the default VPC",
    "172.16.0.0/12, is not an IPv4 block from /16 to /28",
    "172.17.1.0/24, overlaps Docker's own network",
    "10.0.0.0/29, is not an IPv4 block from /16 to /28",
    "8.8.0.0/16, is not within 10.0.0.0/8",
    "2001:db8::/56, is not an IPv4 block from /16 to /28",
    "10.0.0.1/16, doesn't start where a /16 does",
    "ten, is not a block of addresses"
  })
  void refusesAddressesThatDoNotFit(String cidr, String problem) {
    assertThatThrownBy(() -> settings(cidr)).hasMessageContaining(cidr + "\" " + problem);
  }

  @Test
  void givesTheSubnetTheFirst256AddressesOrAll() {
    assertThat(settings("10.20.0.0/16").subnet()).hasToString("10.20.0.0/24");
    assertThat(settings("192.168.7.0/26").subnet()).hasToString("192.168.7.0/26");
  }

  @Test
  void takesAZoneByItsLetter() {
    assertThatThrownBy(() -> new NetworkSettings("10.20.0.0/16", "us-east-1a", false, false))
        .hasMessageContaining("is not a letter");
  }
}
