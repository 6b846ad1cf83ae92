package dev.slipway.aws;

import java.math.BigDecimal;

/**
 * Something that is paid for.
 *
 * @param prices where its price is, null when nobody knows one
 * @param item which of those prices
 * @param what what is paid for, in words
 * @param quantity how much of it in a month; one where that depends on use
 */
public record Charge(
    Billing billing, Prices prices, String item, String what, BigDecimal quantity) {

  /** Hours of a month, as AWS's own calculator counts them. */
  public static final BigDecimal HOURS = new BigDecimal(730);

  /** How it is paid for. */
  public enum Billing {
    /** The same every month. */
    EVERY_MONTH,
    /** By how much it is used. */
    USAGE_BASED,
    /** By how much all of the stack is used, however many of the type it has. */
    USAGE_BASED_OF_STACK,
    /** What it is isn't known before the update. */
    UNKNOWN
  }

  static Charge of(Prices prices, String item, String what, BigDecimal quantity) {
    return new Charge(Billing.EVERY_MONTH, prices, item, what, quantity);
  }

  static Charge monthly(Prices prices, String item, String what) {
    return of(prices, item, what, BigDecimal.ONE);
  }

  static Charge hourly(Prices prices, String item, String what) {
    return of(prices, item, what, HOURS);
  }

  /** So many of it, every hour. */
  static Charge hourly(Prices prices, String item, String what, int count) {
    return of(prices, item, what, HOURS.multiply(BigDecimal.valueOf(count)));
  }

  static Charge usageBased(Prices prices, String item, String what) {
    return new Charge(Billing.USAGE_BASED, prices, item, what, BigDecimal.ONE);
  }

  static Charge usageBasedOfStack(Prices prices, String item, String what) {
    return new Charge(Billing.USAGE_BASED_OF_STACK, prices, item, what, BigDecimal.ONE);
  }

  static Charge unknown(String what) {
    return new Charge(Billing.UNKNOWN, null, "", what, BigDecimal.ONE);
  }

  /** What a line says of it that has no price. */
  public String unpriced() {
    return switch (billing) {
      case EVERY_MONTH -> prices.service() + " " + item;
      case USAGE_BASED -> what + " (" + prices.service() + " " + item + ")";
      case USAGE_BASED_OF_STACK, UNKNOWN -> what;
    };
  }
}
