package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for the subnets of every block that a network can have. */
class SubnetsTest {
  private static final List<String> ZONES = List.of("a", "b", "c", "d", "e", "f", "g", "h");

  /** Every size that the settings take, at several places, always the same ones. */
  static Stream<Cidr> blocks() {
    var random = new Random(5);
    return IntStream.rangeClosed(16, 23)
        .boxed()
        .flatMap(
            prefix ->
                IntStream.range(0, 20)
                    .mapToObj(
                        i ->
                            Cidr.parse("10.0.0.0/8")
                                .part(prefix, random.nextInt(1 << prefix - 8))));
  }

  private static List<Cidr> all(Cidr block) {
    var subnets = new Subnets(block);
    var result = new ArrayList<Cidr>();
    ZONES.forEach(zone -> result.add(subnets.privateIn(zone)));
    ZONES.forEach(zone -> result.add(subnets.publicIn(zone)));
    return result;
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void neverOverlap(Cidr block) {
    var subnets = all(block);

    for (int i = 0; i < subnets.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertThat(subnets.get(i).overlaps(subnets.get(j)))
            .as(subnets.get(i) + " and " + subnets.get(j))
            .isFalse();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void fitIntoTheBlockAndTakeAllOfIt(Cidr block) {
    assertThat(all(block)).allSatisfy(subnet -> assertThat(block.contains(subnet)).isTrue());
    assertThat(all(block).stream().map(Cidr::size).reduce(java.math.BigInteger::add))
        .contains(block.size());
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void haveRoomForALoadBalancer(Cidr block) {
    assertThat(all(block))
        .allSatisfy(subnet -> assertThat(subnet.prefix()).isLessThanOrEqualTo(27));
  }

  @Test
  void areToldByTheLetterOfTheZoneAndByNothingElse() {
    var subnets = new Subnets(Cidr.parse("10.30.0.0/16"));

    assertThat(subnets.privateIn("a")).hasToString("10.30.0.0/20");
    assertThat(subnets.privateIn("b")).hasToString("10.30.16.0/20");
    assertThat(subnets.publicIn("a")).hasToString("10.30.128.0/20");
    assertThat(subnets.publicIn("h")).hasToString("10.30.240.0/20");
  }

  @Test
  void areThereForEightZones() {
    assertThatThrownBy(() -> new Subnets(Cidr.parse("10.30.0.0/16")).publicIn("i"))
        .hasMessageContaining("from a to h");
  }
}
