package dev.slipway.plan.diagram;

import dev.slipway.aws.AwsType;
import dev.slipway.aws.Catalog;
import dev.slipway.aws.Drawing;
import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.PlannedResource;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.GraphResource;
import dev.slipway.plan.graph.Policies;
import dev.slipway.plan.graph.Policies.Statement;
import dev.slipway.plan.graph.Reach;
import dev.slipway.plan.graph.Resource;
import dev.slipway.plan.graph.Roles;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a diagram of a plan shows: the few things that one would draw on a whiteboard, and who talks
 * to whom. How it looks is for {@link Svg} and {@link Mermaid}.
 *
 * @param title the first line
 * @param frames boxes around cards, outermost first
 * @param cards the things
 * @param arrows who talks to whom
 */
public record Diagram(
    String title, String footer, List<Frame> frames, List<Card> cards, List<Arrow> arrows) {

  /** The frame of what is not on AWS. */
  static final String OUTSIDE = "outside";

  /** The frame of the region. */
  static final String REGION = "region";

  /**
   * A box around cards.
   *
   * @param parent the frame that it is in, empty for none
   */
  record Frame(String id, String parent, String label) {}

  /**
   * One thing.
   *
   * @param frame the frame that it is in
   * @param details at most three short lines
   */
  record Card(
      String id, String frame, Icon icon, String label, List<String> details, boolean kept) {}

  /**
   * One card talks to another.
   *
   * @param quiet whether it is of minor interest
   */
  record Arrow(String from, String to, String label, boolean quiet) {}

  public static Diagram of(Plan plan) {
    return new Builder(plan).build();
  }

  private static final class Builder {
    private final Plan plan;
    private final Graph graph;
    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, Card> cards = new LinkedHashMap<>();
    private final Map<List<String>, Set<String>> arrows = new LinkedHashMap<>();
    private final Set<List<String>> quiet = new LinkedHashSet<>();

    /** The card that stands for a resource. */
    private final Map<Resource, String> cardOf = new LinkedHashMap<>();

    Builder(Plan plan) {
      this.plan = plan;
      this.graph = plan.graph();
    }

    Diagram build() {
      frames.add(new Frame(OUTSIDE, "", ""));
      frames.add(new Frame(REGION, "", "AWS " + graph.names().region()));
      frames();
      var drawn = cards();
      drawn.forEach(this::links);
      reach();
      people();
      workflows();
      grants();
      var used = cards.values().stream().map(Card::frame).collect(Collectors.toSet());
      var kept =
          frames.stream()
              .filter(
                  frame ->
                      used.contains(frame.id())
                          || frames.stream().anyMatch(inner -> inner.parent().equals(frame.id())))
              .toList();
      long count =
          graph.resources().stream()
              .filter(resource -> resource.custom() && !resource.type().startsWith("pulumi:"))
              .count();
      return new Diagram(
          plan.stack(),
          "%d resources, about %s US dollars a month. %s are not drawn."
              .formatted(
                  count,
                  plan.cost().total(),
                  graph.of("aws:iam/role:Role").stream().anyMatch(cardOf::containsKey)
                          && graph.of("aws:ec2/vpc:Vpc").isEmpty()
                      ? "Policies"
                      : "Roles, routes and policies"),
          kept,
          List.copyOf(cards.values()),
          arrows.entrySet().stream()
              .map(
                  entry ->
                      new Arrow(
                          entry.getKey().get(0),
                          entry.getKey().get(1),
                          String.join(", ", entry.getValue()),
                          quiet.contains(entry.getKey())))
              .toList());
    }

    /** What frames and cards the catalog has for the types that are in the stack. */
    private static Stream<AwsType> drawnTypes(boolean frames) {
      return Catalog.types().stream()
          .filter(type -> type.drawing().filter(found -> found.isFrame() == frames).isPresent());
    }

    private Stream<PlannedResource> all(AwsType type) {
      return graph.of(type.token()).stream().map(found -> new GraphResource(graph, found));
    }

    private void frames() {
      drawnTypes(true)
          .forEach(
              type ->
                  all(type)
                      .forEach(
                          resource ->
                              frames.add(
                                  new Frame(
                                      resource.id(),
                                      frameOf(type.drawing().get(), resource),
                                      type.drawing().get().labelOf(List.of(resource))))));
    }

    /** The frame when it stands in one, the one around them when there are several. */
    private String frameOf(Drawing drawing, PlannedResource resource) {
      if (drawing.isOutside()) {
        return OUTSIDE;
      }
      var in = drawing.framesOf(resource).stream().map(PlannedResource::id).distinct().toList();
      return frames.stream()
          .filter(frame -> in.contains(frame.id()))
          .map(frame -> in.size() == 1 ? frame.id() : frame.parent())
          .findFirst()
          .orElse(REGION);
    }

    /** Makes the cards, and returns what is on them. */
    private List<Drawn> cards() {
      var result = new ArrayList<Drawn>();
      drawnTypes(false)
          .sorted(Comparator.comparing(type -> type.drawing().get().icon()))
          .forEach(
              type -> {
                var drawing = type.drawing().get();
                var byCard = new LinkedHashMap<String, List<PlannedResource>>();
                all(type)
                    .forEach(
                        resource ->
                            byCard
                                .computeIfAbsent(drawing.cardOf(resource), key -> new ArrayList<>())
                                .add(resource));
                byCard.forEach((id, on) -> card(id, drawing, on));
                byCard.forEach((id, on) -> result.add(new Drawn(drawing, on)));
              });
      return result;
    }

    /** What is on one card. */
    private record Drawn(Drawing drawing, List<PlannedResource> on) {}

    private void card(String id, Drawing drawing, List<PlannedResource> on) {
      cards.put(
          id,
          new Card(
              id,
              frameOf(drawing, on.get(0)),
              drawing.icon(),
              drawing.labelOf(on),
              drawing.detailsOf(on),
              on.stream().anyMatch(PlannedResource::isProtected)));
      for (var resource : on) {
        stands(resource, id);
        drawing.partsOf(resource).forEach(part -> stands(part, id));
      }
    }

    private void stands(PlannedResource resource, String card) {
      cardOf.put(((GraphResource) resource).resource(), card);
    }

    private String card(PlannedResource resource) {
      return cardOf.getOrDefault(((GraphResource) resource).resource(), "");
    }

    private void links(Drawn drawn) {
      drawn.on().stream()
          .flatMap(resource -> drawn.drawing().linksOf(resource).stream())
          .forEach(link -> arrow(card(link.from()), card(link.to()), link.label(), link.quiet()));
    }

    private void reach() {
      var holders = new TreeMap<String, String>();
      cardOf.forEach((resource, card) -> holders.putIfAbsent(Reach.holder(graph, resource), card));
      var pairs = new LinkedHashMap<List<String>, List<Reach>>();
      for (var reach : Reach.in(graph)) {
        if (!reach.inbound() || !holders.containsKey(reach.to())) {
          continue;
        }
        String from = holders.get(reach.from());
        if (from == null) {
          from = reach.world() ? "internet" : "addresses";
          cards.putIfAbsent(
              from,
              new Card(
                  from,
                  OUTSIDE,
                  Icon.WORLD,
                  reach.world() ? "The internet" : "Named addresses",
                  List.of(reach.world() ? "browsers, IPv4 and IPv6" : reach.from()),
                  false));
        }
        pairs
            .computeIfAbsent(List.of(from, holders.get(reach.to())), key -> new ArrayList<>())
            .add(reach);
      }
      pairs.forEach((pair, all) -> arrow(pair.get(0), pair.get(1), Reach.ports(all), false));
    }

    /** Operators and workflows come in through Systems Manager. */
    private void people() {
      var documents = graph.of("aws:ssm/document:Document");
      var machines = cards.values().stream().filter(card -> card.icon() == Icon.MACHINE).toList();
      if (documents.isEmpty() || machines.isEmpty()) {
        return;
      }
      cards.put(
          "operator",
          new Card(
              "operator",
              OUTSIDE,
              Icon.PERSON,
              "People and workflows",
              Drawing.lines(documents.stream().map(graph::shortName).toList()),
              false));
      machines.forEach(machine -> arrow("operator", machine.id(), "Systems Manager", false));
    }

    /** Whose jobs take which role. */
    private void workflows() {
      for (var role : graph.of("aws:iam/role:Role")) {
        for (var subject : Roles.subjects(role)) {
          // repo:OWNER/REPO:environment:NAME; with the numbers in it, it is the same jobs again.
          var parts = subject.replaceAll("@[0-9]+", "").split(":", 3);
          if (parts.length < 3) {
            continue;
          }
          var job = "jobs of " + parts[1] + " " + parts[2];
          cards.putIfAbsent(
              job,
              new Card(
                  job,
                  OUTSIDE,
                  Icon.PERSON,
                  parts[1],
                  List.of("jobs on GitHub", parts[2].replace(":", " ")),
                  false));
          cards.putIfAbsent(
              role.id(),
              new Card(role.id(), REGION, Icon.ROLE, role.text("name"), List.of("role"), false));
          cardOf.put(role, role.id());
          arrow(job, role.id(), "take", false);
        }
      }
    }

    /** What roles may do with what is drawn. */
    private void grants() {
      var roles = graph.of("aws:iam/role:Role").stream().filter(cardOf::containsKey).toList();
      roles.forEach(
          role ->
              Policies.statementsOf(graph, role)
                  .filter(Statement::allow)
                  .forEach(
                      statement ->
                          statement.resources().stream()
                              .flatMap(resource -> target(resource).stream())
                              .distinct()
                              .forEach(
                                  card ->
                                      verbs(statement.actions())
                                          .forEach(
                                              verb -> arrow(cardOf.get(role), card, verb, true)))));
      for (var role : roles) {
        Policies.statementsOf(graph, role)
            .filter(Statement::allow)
            .flatMap(statement -> statement.actions().stream())
            .forEach(
                action ->
                    meaning(drawing -> drawing.label(action))
                        .forEach((card, label) -> arrow(cardOf.get(role), card, label, true)));
      }
    }

    /** What is drawn and has this, by the cards that it is on. */
    private <T> Map<String, T> meaning(Function<Drawing, Optional<T>> asked) {
      var result = new LinkedHashMap<String, T>();
      cardOf.forEach(
          (resource, card) ->
              Catalog.type(resource.type())
                  .flatMap(AwsType::drawing)
                  .flatMap(asked)
                  .ifPresent(found -> result.put(card, found)));
      return result;
    }

    /** The card that an ARN, or a pattern of ARNs, is about. */
    private Optional<String> target(String resource) {
      return graph
          .meantBy(resource, cardOf::containsKey)
          .map(cardOf::get)
          .or(
              () ->
                  meaning(
                          drawing ->
                              Optional.of(drawing).filter(found -> found.isMeantBy(resource)))
                      .keySet()
                      .stream()
                      .findFirst());
    }

    private static Set<String> verbs(List<String> actions) {
      var result = new TreeSet<String>();
      for (var action : actions) {
        var name = action.substring(action.indexOf(':') + 1);
        if (name.startsWith("Get")
            || name.startsWith("List")
            || name.startsWith("Describe")
            || name.startsWith("BatchGet")) {
          result.add("reads");
        } else if (name.startsWith("Put")
            || name.startsWith("Create")
            || name.startsWith("Update")) {
          result.add("writes");
        } else if (name.startsWith("Delete")) {
          result.add("deletes");
        } else if (name.startsWith("Decrypt") || name.startsWith("GenerateDataKey")) {
          result.add("uses");
        }
      }
      return result;
    }

    private void arrow(String from, String to, String label, boolean minor) {
      if (from.equals(to) || !cards.containsKey(from) || !cards.containsKey(to)) {
        return;
      }
      var ends = List.of(from, to);
      arrows.computeIfAbsent(ends, key -> new TreeSet<>()).add(label);
      if (minor) {
        quiet.add(ends);
      }
    }
  }
}
