package dev.slipway.plan.cost;

import dev.slipway.aws.Catalog;
import dev.slipway.aws.Charge;
import dev.slipway.aws.Charge.Billing;
import dev.slipway.aws.Prices.Price;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.GraphResource;
import dev.slipway.plan.graph.Resource;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a stack costs in a month of 730 hours, at list prices. What depends on use stands beside the
 * sum with its unit price, and what the table has no price for is named, so that nothing is
 * silently free.
 *
 * @param items what costs the same every month
 * @param usageBased what depends on use
 * @param notPriced what has no price in the table
 */
public record Cost(List<Item> items, List<UnitPrice> usageBased, List<String> notPriced) {

  /**
   * One line of the bill.
   *
   * @param resource the resource's name
   * @param what what is paid for
   * @param quantity how much of it
   * @param unit of what
   * @param unitPrice US dollars for one
   * @param month US dollars for a month
   * @param source where AWS publishes the price
   * @param asOf the day as of which it was right
   */
  public record Item(
      String resource,
      String what,
      BigDecimal quantity,
      String unit,
      BigDecimal unitPrice,
      BigDecimal month,
      String source,
      String asOf) {}

  /** A price of something that depends on use. */
  public record UnitPrice(
      String resource,
      String what,
      BigDecimal unitPrice,
      String unit,
      String source,
      String asOf) {}

  /** The sum in US dollars. */
  public BigDecimal total() {
    return items.stream()
        .map(Item::month)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .setScale(2, RoundingMode.HALF_UP);
  }

  /** The bill for a graph. */
  public static Cost of(Graph graph) {
    var bill = new Bill(graph);
    graph.resources().stream()
        .filter(resource -> resource.custom() && !resource.external())
        .forEach(bill::add);
    bill.addWhatIsOfTheStack();
    return new Cost(
        List.copyOf(bill.items), List.copyOf(bill.usageBased), List.copyOf(bill.notPriced));
  }

  /** Adds up. */
  private static final class Bill {
    private final Graph graph;
    private final List<Item> items = new ArrayList<>();
    private final List<UnitPrice> usageBased = new ArrayList<>();
    private final List<String> notPriced = new ArrayList<>();
    private final Set<Charge> ofStack = new LinkedHashSet<>();

    Bill(Graph graph) {
      this.graph = graph;
    }

    void add(Resource resource) {
      var name = graph.label(resource);
      Catalog.type(resource.type())
          .flatMap(type -> type.charges(new GraphResource(graph, resource)))
          .ifPresentOrElse(
              charges -> charges.forEach(charge -> add(name, charge)),
              () -> {
                // Providers and commands are no resources of AWS's.
                if (resource.type().startsWith("aws:")) {
                  missing(name, resource.type());
                }
              });
    }

    private void add(String name, Charge charge) {
      if (charge.billing() == Billing.USAGE_BASED_OF_STACK) {
        ofStack.add(charge);
      } else {
        line(name, charge);
      }
    }

    /** What belongs to no resource comes last. */
    void addWhatIsOfTheStack() {
      ofStack.forEach(charge -> line("", charge));
    }

    private void line(String name, Charge charge) {
      if (charge.billing() == Billing.UNKNOWN) {
        missing(name, charge.unpriced());
        return;
      }
      charge
          .prices()
          .of(charge.item(), graph.names().region())
          .ifPresentOrElse(
              price -> line(name, charge, price), () -> missing(name, charge.unpriced()));
    }

    private void line(String name, Charge charge, Price price) {
      if (charge.billing() == Billing.EVERY_MONTH) {
        items.add(
            new Item(
                name,
                charge.what(),
                charge.quantity(),
                price.unit(),
                price.usd(),
                price.usd().multiply(charge.quantity()).setScale(2, RoundingMode.HALF_UP),
                price.source(),
                price.asOf()));
      } else {
        usageBased.add(
            new UnitPrice(
                name, charge.what(), price.usd(), price.unit(), price.source(), price.asOf()));
      }
    }

    private void missing(String name, String what) {
      notPriced.add((name.isEmpty() ? "" : name + ": ") + what + " in " + graph.names().region());
    }
  }

  /** The bill as plain values. */
  public Map<String, Object> json(String region) {
    var result = new LinkedHashMap<String, Object>();
    result.put("currency", "USD");
    result.put("region", region);
    result.put("hoursPerMonth", Charge.HOURS);
    result.put("total", total());
    result.put("items", items);
    result.put("byUse", usageBased);
    result.put("notPriced", notPriced);
    return result;
  }
}
