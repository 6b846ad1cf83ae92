package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.network.Cidr;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MachineNetworkTest {

  @Test
  void networksShareNothing() {
    differ(MachineNetwork::name);
    differ(MachineNetwork::label);
    differ(MachineNetwork::filePrefix);
    differ(MachineNetwork::suffix);
    differ(MachineNetwork::bridge);
    differ(MachineNetwork::loopback);
    differ(MachineNetwork::subnet);
  }

  private static void differ(Function<MachineNetwork, String> what) {
    assertThat(IntStream.range(0, MachineNetwork.COUNT).mapToObj(MachineNetwork::new).map(what))
        .doesNotHaveDuplicates();
  }

  @Test
  void whatDockerHandsOutIsPartOfIt() {
    for (int number = 0; number < MachineNetwork.COUNT; number++) {
      var network = new MachineNetwork(number);

      assertThat(Cidr.parse(network.subnet()).contains(Cidr.parse(network.dynamic()))).isTrue();
      assertThat(Cidr.parse(network.subnet()).contains(Cidr.parse(network.gateway() + "/32")))
          .isTrue();
    }
  }

  @Test
  void thereAreNoOthers() {
    assertThatThrownBy(() -> new MachineNetwork(MachineNetwork.COUNT))
        .hasMessage("4 is not from 0 to 3");
  }
}
