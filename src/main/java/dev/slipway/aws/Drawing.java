package dev.slipway.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How resources of a type are drawn: on a card each, all on one, or as a frame around others. What
 * has no drawing is left out, or is a part of something that has one.
 */
public final class Drawing {

  /** What a card shows; cards are listed in this order. */
  public enum Icon {
    WORLD,
    PERSON,
    GATEWAY,
    MACHINE,
    DISK,
    BALANCER,
    DATABASE,
    BUCKET,
    IMAGE,
    PARAMETER,
    SECRET,
    KEY,
    LOGS,
    ALARM,
    CLOCK,
    WORKFLOW,
    NAME,
    TOPIC,
    ROLE
  }

  /**
   * One resource has to do with another.
   *
   * @param quiet whether it is of minor interest
   */
  public record Link(PlannedResource from, PlannedResource to, String label, boolean quiet) {}

  /** Letters that fit into a line of a card. */
  private static final int LINE = 26;

  private final Icon icon;
  private Function<PlannedResource, String> card = PlannedResource::id;
  private Function<List<PlannedResource>, String> label = all -> all.get(0).label();
  private Function<List<PlannedResource>, List<String>> details = all -> List.of();
  private Function<PlannedResource, List<PlannedResource>> frames = resource -> List.of();
  private Function<PlannedResource, List<PlannedResource>> parts = resource -> List.of();
  private Function<PlannedResource, List<Link>> links = resource -> List.of();
  private boolean outside;
  private Set<String> actions = Set.of();
  private String actionLabel = "";
  private String arns;

  private Drawing(Icon icon) {
    this.icon = icon;
  }

  /** A card for each. */
  static Drawing card(Icon icon) {
    return new Drawing(icon);
  }

  /** One card for all: {@code secrets}, "3 secrets" or the name of the only "secret". */
  static Drawing together(String card, Icon icon, String one) {
    return card(icon)
        .on(resource -> card)
        .label(
            all ->
                all.size() > 1
                    ? all.size() + " " + one + "s"
                    : Stream.of(all.get(0).text("name"), all.get(0).label())
                        .filter(name -> !name.isEmpty())
                        .findFirst()
                        .orElse(""))
        .detailsOfAll(
            all ->
                all.size() > 1
                    ? lines(all.stream().map(PlannedResource::shortName).toList())
                    : List.of(one));
  }

  /** A box around what stands in it. */
  static Drawing frame(Function<PlannedResource, String> label) {
    return new Drawing(null).label(all -> label.apply(all.get(0)));
  }

  /** Which card a resource is on, where that isn't one of its own. */
  Drawing on(Function<PlannedResource, String> card) {
    this.card = card;
    return this;
  }

  Drawing label(Function<List<PlannedResource>, String> label) {
    this.label = label;
    return this;
  }

  /** At most three short lines. */
  Drawing details(Function<PlannedResource, List<String>> details) {
    return detailsOfAll(all -> details.apply(all.get(0)));
  }

  Drawing detailsOfAll(Function<List<PlannedResource>, List<String>> details) {
    this.details = details;
    return this;
  }

  /** The frames that it stands in; of several, the one around them. The region's without this. */
  Drawing in(Function<PlannedResource, List<PlannedResource>> frames) {
    this.frames = frames;
    return this;
  }

  /** It isn't in the region. */
  Drawing outside() {
    outside = true;
    return this;
  }

  /** What isn't drawn by itself and stands for it: its address, or its role. */
  Drawing parts(Function<PlannedResource, List<PlannedResource>> parts) {
    this.parts = parts;
    return this;
  }

  Drawing links(Function<PlannedResource, List<Link>> links) {
    this.links = links;
    return this;
  }

  /** Roles that may do this have to do with it, whatever resource that names. */
  Drawing usedBy(String label, String... actions) {
    this.actions = Set.of(actions);
    this.actionLabel = label;
    return this;
  }

  /** ARNs with this in them are about it, whether or not a stack makes what they name. */
  Drawing knownBy(String partOfArn) {
    this.arns = partOfArn;
    return this;
  }

  /** Names in at most two lines that fit a card. */
  public static List<String> lines(List<String> names) {
    var result = new ArrayList<String>();
    var current = new StringBuilder();
    for (var name : names) {
      if (current.length() + name.length() > LINE && !current.isEmpty()) {
        result.add(current + ",");
        current.setLength(0);
      }
      current.append(current.isEmpty() ? "" : ", ").append(name);
    }
    result.add(current.toString());
    return result.size() > 2
        ? List.of(result.get(0), result.get(1).replaceAll(",$", "") + " …")
        : result;
  }

  /** Whether it is a frame, and no card. */
  public boolean isFrame() {
    return icon == null;
  }

  public Icon icon() {
    return icon;
  }

  public boolean isOutside() {
    return outside;
  }

  /** The id of the card that a resource is on. */
  public String cardOf(PlannedResource resource) {
    return card.apply(resource);
  }

  /** The first line of the card that these are on. */
  public String labelOf(List<PlannedResource> all) {
    return label.apply(all);
  }

  /** The lines below. */
  public List<String> detailsOf(List<PlannedResource> all) {
    return details.apply(all);
  }

  public List<PlannedResource> framesOf(PlannedResource resource) {
    return frames.apply(resource);
  }

  public List<PlannedResource> partsOf(PlannedResource resource) {
    return parts.apply(resource);
  }

  public List<Link> linksOf(PlannedResource resource) {
    return links.apply(resource);
  }

  /** What an action has to do with it whatever resource is named, in a word. */
  public Optional<String> label(String action) {
    return actions.contains(action) ? Optional.of(actionLabel) : Optional.empty();
  }

  /** Whether an ARN, or a pattern of them, is about it although no resource has that one. */
  public boolean isMeantBy(String arn) {
    return arns != null && arn.contains(arns);
  }
}
