package dev.slipway.network;

/**
 * Cuts a block of addresses into a private and a public subnet for each of eight zones.
 *
 * <p>The lower half is private and the upper one public; within its half a zone's place is told by
 * its letter alone, so that adding or removing a zone moves no other one.
 *
 * @param block all addresses
 */
record Subnets(Cidr block) {
  private static final int ZONES = 8;
  private static final int LONGER = 4;

  /** The addresses of what the internet doesn't reach. */
  Cidr privateIn(String zone) {
    return block.part(block.prefix() + LONGER, number(zone));
  }

  /** The addresses of what the internet reaches. */
  Cidr publicIn(String zone) {
    return block.part(block.prefix() + LONGER, ZONES + number(zone));
  }

  /** The addresses of data, which are those of private subnets in zones that have none then. */
  Cidr dataIn(String zone) {
    if (number(zone) >= ZONES / 2) {
      throw new IllegalArgumentException("\"" + zone + "\" is not a letter from a to d");
    }
    return block.part(block.prefix() + LONGER, ZONES / 2 + number(zone));
  }

  private static int number(String zone) {
    int number = zone.charAt(0) - 'a';
    if (zone.length() != 1 || number < 0 || number >= ZONES) {
      throw new IllegalArgumentException("\"" + zone + "\" is not a letter from a to h");
    }
    return number;
  }
}
