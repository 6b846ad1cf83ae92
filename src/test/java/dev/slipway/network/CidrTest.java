package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.20.0.0/16",
        "0.0.0.0/0",
        "192.0.2.7/32",
        "::/0",
        "2001:db8::/32",
        "2600:1f18:1:100::/56",
        "::1/128"
      })
  void printsWhatItReads(String text) {
    assertThat(Cidr.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0",
        "10.0.0/8",
        "10.0.0.0/x",
        "example.com/8",
        "256.0.0.0/8",
        "010.0.0.0/8",
        "10.0.0.0/8/8",
        "fe80::g/64",
        "10.0.0.0/-1",
        "1:2:3/16",
        "10.0.0.0/08"
      })
  void refusesWhatIsNoBlock(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Cidr.problem(text)).isPresent();
  }

  @Test
  void saysWhereABlockWouldStart() {
    assertThat(Cidr.problem("10.20.30.40/16"))
        .contains("\"10.20.30.40/16\" doesn't start where a /16 does; use 10.20.0.0/16");
    assertThat(Cidr.problem("10.0.0.0/33"))
        .contains("\"10.0.0.0/33\" has a prefix longer than /32");
  }

  @ParameterizedTest
  @CsvSource({
    "10.20.0.0/16, 24, 0, 10.20.0.0/24",
    "10.20.0.0/16, 24, 255, 10.20.255.0/24",
    "10.20.0.0/24, 24, 0, 10.20.0.0/24",
    "2600:1f18:1:100::/56, 64, 0, 2600:1f18:1:100::/64",
    "2600:1f18:1:100::/56, 64, 255, 2600:1f18:1:1ff::/64"
  })
  void isDividedIntoParts(String whole, int prefix, int number, String part) {
    assertThat(Cidr.parse(whole).part(prefix, number)).hasToString(part);
  }

  @Test
  void hasNoPartBeyondItsEnd() {
    assertThatThrownBy(() -> Cidr.parse("10.20.0.0/16").part(24, 256))
        .hasMessage("10.20.0.0/16 has no /24 number 256");
    assertThatThrownBy(() -> Cidr.parse("10.20.0.0/16").part(8, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void knowsWhatItSharesWithAnother() {
    var ten = Cidr.parse("10.0.0.0/8");

    assertThat(ten.contains(Cidr.parse("10.20.0.0/16"))).isTrue();
    assertThat(Cidr.parse("10.20.0.0/16").contains(ten)).isFalse();
    assertThat(Cidr.parse("10.20.0.0/16").overlaps(ten)).isTrue();
    assertThat(ten.overlaps(Cidr.parse("11.0.0.0/8"))).isFalse();
    assertThat(ten.overlaps(Cidr.parse("::/0"))).isFalse();
  }
}
