package dev.slipway.testing;

/**
 * Who may reach whom, as a security group says it: {@code tcp(443).from("0.0.0.0/0")}.
 *
 * @param protocol {@code tcp}, {@code udp}, or {@code all}
 * @param fromPort the first port; 0 where there are none
 * @param toPort the last port; 0 where there are none
 * @param peer a block of addresses, or the role of another group
 */
public record Rule(String protocol, int fromPort, int toPort, String peer) {

  /** One port of TCP. */
  public static Part tcp(int port) {
    return new Part("tcp", port, port);
  }

  /** One port of UDP. */
  public static Part udp(int port) {
    return new Part("udp", port, port);
  }

  /** Every protocol and port. */
  public static Part all() {
    return new Part("all", 0, 0);
  }

  /** A rule that doesn't say yet with whom. */
  public record Part(String protocol, int fromPort, int toPort) {
    public Rule from(String peer) {
      return new Rule(protocol, fromPort, toPort, peer);
    }

    public Rule to(String peer) {
      return from(peer);
    }
  }

  @Override
  public String toString() {
    var ports = fromPort == toPort ? "" + fromPort : fromPort + "-" + toPort;
    return protocol + (protocol.equals("all") ? "" : "(" + ports + ")") + " with " + peer;
  }
}
