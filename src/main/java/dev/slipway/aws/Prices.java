package dev.slipway.aws;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * On-demand list prices of a service in US dollars, without tax, free tiers and discounts.
 *
 * <pre>{@code
 * Prices.of("vpc", "https://aws.amazon.com/vpc/pricing/", "2025-06-30", """
 *     public-ipv4  *                    0.005  hour
 *     nat-gateway  us-east-1,us-west-2  0.045  hour
 *     """);
 * }</pre>
 *
 * <p>A row is an item, regions ({@code *} for all), a price, and the unit that it is for. What a
 * region has no row for is shown as not priced.
 */
public final class Prices {

  /**
   * One price.
   *
   * @param usd US dollars for one unit
   * @param source where AWS publishes it
   * @param asOf the day as of which it was right
   */
  public record Price(BigDecimal usd, String unit, String source, String asOf) {}

  private final String service;
  private final Map<String, Price> rows = new HashMap<>();

  private Prices(String service) {
    this.service = service;
  }

  static Prices of(String service, String source, String asOf, String table) {
    return new Prices(service).and(source, asOf, table);
  }

  /** More prices, from another source or of another day. */
  Prices and(String source, String asOf, String table) {
    for (var line : table.lines().filter(row -> !row.isBlank()).toList()) {
      var fields = line.split(" +", 4);
      for (var region : fields[1].split(",")) {
        var price = new Price(new BigDecimal(fields[2]), fields[3], source, asOf);
        if (rows.put(fields[0] + " " + region, price) != null) {
          throw new IllegalStateException(
              "two prices for %s %s in %s".formatted(service, fields[0], region));
        }
      }
    }
    return this;
  }

  /** The service, as lines of a bill name it. */
  public String service() {
    return service;
  }

  /** The price of an item in a region, empty when there is no row for it. */
  public Optional<Price> of(String item, String region) {
    return Optional.ofNullable(rows.get(item + " " + region))
        .or(() -> Optional.ofNullable(rows.get(item + " *")));
  }
}
