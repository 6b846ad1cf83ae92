package dev.slipway.plan.cost;

import dev.slipway.core.Resources;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** AWS's on-demand list prices, from {@code prices.txt}. */
final class Prices {

  /**
   * One price.
   *
   * @param usd US dollars for one unit
   * @param source where AWS publishes it
   * @param asOf the day as of which it was right
   */
  record Price(
      String service, String item, BigDecimal usd, String unit, String source, String asOf) {}

  private static final Map<String, Price> TABLE = new HashMap<>();

  static {
    var section = List.of("", "", "");
    for (var line : Resources.text(Prices.class, "prices.txt").lines().toList()) {
      if (line.startsWith("[")) {
        section = List.of(line.replaceAll("[\\[\\]]", "").split(" "));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        var fields = line.split(" +", 4);
        for (var region : fields[1].split(",")) {
          var price =
              new Price(
                  section.get(0),
                  fields[0],
                  new BigDecimal(fields[2]),
                  fields[3],
                  section.get(1),
                  section.get(2));
          if (TABLE.put(key(section.get(0), fields[0], region), price) != null) {
            throw new IllegalStateException(
                "prices.txt has two prices for "
                    + section.get(0)
                    + " "
                    + fields[0]
                    + " in "
                    + region);
          }
        }
      }
    }
  }

  private Prices() {}

  private static String key(String service, String item, String region) {
    return service + " " + item + " " + region;
  }

  /** A price in a region, empty when the table has none. */
  static Optional<Price> of(String service, String item, String region) {
    return Optional.ofNullable(TABLE.get(key(service, item, region)))
        .or(() -> Optional.ofNullable(TABLE.get(key(service, item, "*"))));
  }
}
