package dev.slipway.network;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * A block of IPv4 or IPv6 addresses, {@code 10.20.0.0/16}.
 *
 * @param first the first address, as a number
 * @param prefix how many leading bits all addresses share
 * @param bits 32 or 128
 */
public record Cidr(BigInteger first, int prefix, int bits) {

  /**
   * @throws IllegalArgumentException saying what is wrong with the text
   */
  public static Cidr parse(String text) {
    var parts = text.split("/", -1);
    boolean six = parts[0].contains(":");
    // Only what is an address already reaches getByName, which would look names up.
    boolean address =
        six
            ? parts[0].matches("[0-9A-Fa-f:]+")
            : parts[0].matches("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    if (parts.length != 2 || !address || !parts[1].matches("0|[1-9][0-9]{0,2}")) {
      throw new IllegalArgumentException("is not a block of addresses such as 10.20.0.0/16");
    }
    int bits = six ? 128 : 32;
    int prefix = Integer.parseInt(parts[1]);
    BigInteger first;
    try {
      first = new BigInteger(1, InetAddress.getByName(parts[0]).getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("is not a block of addresses such as 10.20.0.0/16", e);
    }
    if (prefix > bits) {
      throw new IllegalArgumentException("has a prefix longer than /" + bits);
    }
    var cidr = new Cidr(first, prefix, bits);
    if (!first.mod(cidr.size()).equals(BigInteger.ZERO)) {
      var start = new Cidr(first.subtract(first.mod(cidr.size())), prefix, bits);
      throw new IllegalArgumentException(
          "doesn't start where a /" + prefix + " does; use " + start);
    }
    return cidr;
  }

  /** What is wrong with the text, as a sentence about it, if anything is. */
  public static Optional<String> problem(String text) {
    try {
      parse(text);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("\"" + text + "\" " + e.getMessage());
    }
  }

  public boolean isIpv6() {
    return bits == 128;
  }

  /** How many addresses there are in it. */
  public BigInteger size() {
    return BigInteger.ONE.shiftLeft(bits - prefix);
  }

  /** Whether the two have an address in common. */
  public boolean overlaps(Cidr other) {
    return bits == other.bits
        && first.compareTo(other.first.add(other.size())) < 0
        && other.first.compareTo(first.add(size())) < 0;
  }

  /** Whether every address of the other is in this one. */
  public boolean contains(Cidr other) {
    return overlaps(other) && prefix <= other.prefix;
  }

  /** The part of it that has a longer prefix and the given number, counted from 0. */
  public Cidr part(int longerPrefix, int number) {
    var part = new Cidr(first, longerPrefix, bits);
    var start = first.add(part.size().multiply(BigInteger.valueOf(number)));
    var result = new Cidr(start, longerPrefix, bits);
    if (longerPrefix < prefix || longerPrefix > bits || !contains(result)) {
      throw new IllegalArgumentException(this + " has no /" + longerPrefix + " number " + number);
    }
    return result;
  }

  @Override
  public String toString() {
    var bytes = new byte[bits / 8];
    var number = first.toByteArray();
    int length = Math.min(number.length, bytes.length);
    System.arraycopy(number, number.length - length, bytes, bytes.length - length, length);
    if (!isIpv6()) {
      return "%d.%d.%d.%d/%d"
          .formatted(bytes[0] & 255, bytes[1] & 255, bytes[2] & 255, bytes[3] & 255, prefix);
    }
    var groups = new StringBuilder();
    for (int i = 0; i < 16; i += 2) {
      groups.append(i == 0 ? "" : ":");
      groups.append(Integer.toHexString((bytes[i] & 255) << 8 | bytes[i + 1] & 255));
    }
    var text = groups.toString().replaceFirst("(^|:)(0(:|$)){2,}", "::");
    return text + "/" + prefix;
  }
}
