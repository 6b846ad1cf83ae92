package dev.slipway.network;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a network is made of, as settings say it.
 *
 * @param block all addresses
 * @param ipv6 whether it has IPv6 addresses too
 * @param flowLogs whether it records every connection
 * @param zoned whether its parts are named by their zones
 * @param zones the letters of the zones, in the order of the settings
 * @param subnets the addresses of each placement, by zone
 * @param nat how closed subnets reach the internet
 * @param endpoints what is reached without the internet
 */
record Layout(
    Cidr block,
    boolean ipv6,
    boolean flowLogs,
    boolean zoned,
    List<String> zones,
    Map<Placement, Map<String, Cidr>> subnets,
    Nat nat,
    List<GatewayEndpoint> endpoints) {

  Layout {
    zones = List.copyOf(zones);
    subnets = Map.copyOf(subnets);
    endpoints = List.copyOf(endpoints);
  }

  /** One open subnet in one zone. */
  static Layout single(NetworkSettings settings) {
    return new Layout(
        settings.block(),
        settings.ipv6(),
        settings.flowLogs(),
        false,
        List.of(settings.zone()),
        Map.of(Placement.open, Map.of(settings.zone(), settings.subnet())),
        Nat.none,
        List.of());
  }

  /** An open and a closed subnet in each zone, and one for data where the settings say so. */
  static Layout zoned(ZonedNetworkSettings settings) {
    return inZones(
        settings.block(),
        settings.flowLogs(),
        settings.zones(),
        true,
        settings.dataSubnets(),
        settings.nat(),
        settings.gatewayEndpoints());
  }

  /** An open subnet and one for data in each zone, and a closed one where hosts stand in these. */
  static Layout tiered(TieredNetworkSettings settings) {
    return inZones(
        settings.block(),
        settings.flowLogs(),
        settings.zones(),
        settings.hidesHosts(),
        true,
        settings.nat(),
        settings.gatewayEndpoints());
  }

  private static Layout inZones(
      Cidr block,
      boolean flowLogs,
      List<String> zones,
      boolean withClosed,
      boolean withData,
      Nat nat,
      List<GatewayEndpoint> endpoints) {
    var cut = new Subnets(block);
    var open = new TreeMap<String, Cidr>();
    var closed = new TreeMap<String, Cidr>();
    var data = new TreeMap<String, Cidr>();
    for (var zone : zones) {
      open.put(zone, cut.publicIn(zone));
      if (withClosed) {
        closed.put(zone, cut.privateIn(zone));
      }
      if (withData) {
        data.put(zone, cut.dataIn(zone));
      }
    }
    return new Layout(
        block,
        false,
        flowLogs,
        true,
        zones,
        Map.of(Placement.open, open, Placement.closed, closed, Placement.data, data),
        nat,
        endpoints);
  }

  /** The subnets of a placement, by zone. */
  Map<String, Cidr> in(Placement placement) {
    return subnets.getOrDefault(placement, Map.of());
  }

  /** What the name of a zone's part ends in. */
  String suffix(String zone) {
    return zoned ? "-" + zone : "";
  }
}
