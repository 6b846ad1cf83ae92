package dev.slipway.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TieredNetworkTest {
  private static final String ROUTE = "aws:ec2/route:Route";
  private static final String ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";

  private final FakeStack open = Trial.of(trial -> trial.network(Trial.tiers(Nat.none)));
  private final FakeStack hidden = Trial.of(trial -> trial.network(Trial.tiers(Nat.one)));

  private static Map<String, String> blocks(FakeStack stack) {
    var blocks = new TreeMap<String, String>();
    stack
        .all("aws:ec2/subnet:Subnet")
        .forEach(
            subnet ->
                blocks.put(
                    subnet.name().substring("web-network-".length()), subnet.text("cidrBlock")));
    return blocks;
  }

  @Test
  void hasPublicAndDataSubnets() {
    assertThat(blocks(open))
        .isEqualTo(
            Map.of(
                "public-a", "10.40.8.0/24",
                "public-b", "10.40.9.0/24",
                "data-a", "10.40.4.0/24",
                "data-b", "10.40.5.0/24"));
  }

  @Test
  void hasPrivateSubnetsWithNatAndMovesNoOtherOne() {
    assertThat(blocks(hidden)).containsAllEntriesOf(blocks(open));
    assertThat(blocks(hidden))
        .containsEntry("private-a", "10.40.0.0/24")
        .containsEntry("private-b", "10.40.1.0/24")
        .hasSize(6);
  }

  @Test
  void leavesDataWithoutAWayOut() {
    for (var stack : List.of(open, hidden)) {
      var table = stack.only("aws:ec2/routeTable:RouteTable", "data-routes").output("id");

      assertThat(stack.all(ASSOCIATION))
          .filteredOn(each -> table.equals(each.input("routeTableId")))
          .hasSize(2);
      assertThat(stack.all(ROUTE))
          .extracting(route -> route.input("routeTableId"))
          .doesNotContain(table);
    }
  }
}
