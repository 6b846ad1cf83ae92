package dev.slipway.aws;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is known of a type of resource: what may be done with it, what AWS computes of it, which
 * inputs replace it, whether it keeps anything, what it costs, and what its names may be.
 */
public final class AwsType {
  private final String token;
  private final List<Right> deploy = new ArrayList<>();
  private final List<Right> preview = new ArrayList<>();
  private final List<Right> refresh = new ArrayList<>();
  private final List<Right> refreshEach = new ArrayList<>();
  private final List<Right> boundary = new ArrayList<>();
  private final Map<String, String> computed = new LinkedHashMap<>();
  private Function<NewResource, Map<String, Object>> structured = resource -> Map.of();
  private final Set<String> replacing = new LinkedHashSet<>();
  private final Map<String, BiPredicate<Map<String, Object>, Map<String, Object>>> replacingWhen =
      new LinkedHashMap<>();
  private final Map<String, Standing> standing = new LinkedHashMap<>();
  private final Map<String, NameLimit> names = new LinkedHashMap<>();
  private final Map<String, Function<PlannedResource, String>> objections = new LinkedHashMap<>();

  private Drawing drawing;
  private Leftover leftover;
  private String policy;
  private String kept;
  private boolean setting;
  private boolean part;
  private boolean heldWhileUsed;
  private String autoNamed = "name";
  private String contents;
  private Function<PlannedResource, List<Charge>> charges;
  private Function<PlannedResource, String> summary = resource -> "";

  private AwsType(String token) {
    this.token = token;
  }

  static AwsType of(String token) {
    return new AwsType(token);
  }

  AwsType toDeploy(Right... rights) {
    Collections.addAll(deploy, rights);
    return this;
  }

  /** To deploy and to look alike, where one scope is good for both. */
  AwsType toRead(Right... rights) {
    return toDeploy(rights).toRefresh(rights);
  }

  AwsType toPreview(Right... rights) {
    Collections.addAll(preview, rights);
    return this;
  }

  AwsType toRefresh(Right... rights) {
    Collections.addAll(refresh, rights);
    return this;
  }

  AwsType toRefreshEach(Right... rights) {
    Collections.addAll(refreshEach, rights);
    return this;
  }

  AwsType within(Right... rights) {
    Collections.addAll(boundary, rights);
    return this;
  }

  /**
   * An output, unless it is given as an input. In braces:
   *
   * <ul>
   *   <li>{@code hexN}, {@code lettersN}: N hexadecimal digits, in small or capital letters
   *   <li>{@code number A B}: a number from A to B
   *   <li>{@code region}, {@code account}, {@code logical} (its name in the program), {@code name}
   *       (that in AWS), {@code path} (of a role or policy, / by default)
   *   <li>{@code a|b}: the first of these values and inputs that is there
   *   <li>{@code dashed A}: the same with dashes for dots; {@code host A}: what an URL names
   * </ul>
   *
   * Addresses are from the ranges that RFC 5737 and RFC 3849 keep for documentation.
   */
  AwsType computes(String output, String pattern) {
    computed.put(output, pattern);
    return this;
  }

  /** Outputs that are more than text. */
  AwsType computes(Function<NewResource, Map<String, Object>> outputs) {
    structured = outputs;
    return this;
  }

  /**
   * Inputs that AWS can't change in place, so that the provider makes a new resource and deletes
   * the old one. What isn't here may still replace: Pulumi's own preview knows.
   *
   * <p>From the source of the Terraform provider that Pulumi's aws provider 6.x is built on: what
   * hashicorp/terraform-provider-aws v5.14 marks as {@code ForceNew}, in an attribute's schema or
   * in {@code CustomizeDiff}, or gives {@code RequiresReplace}; and where a later version is known
   * to differ, as that has it (the log group's class; the OpenID provider's client IDs, which it
   * adds and removes in place, #37612). Only an input that is replaced as a whole is here: a
   * machine's root disk, say, replaces for its encryption and not for its size.
   */
  AwsType replacedBy(String... inputs) {
    Collections.addAll(replacing, inputs);
    return this;
  }

  /** An input that replaces only by what it, or another, changes from or to. */
  AwsType replacedWhen(
      String input, BiPredicate<Map<String, Object>, Map<String, Object>> beforeAndAfter) {
    replacingWhen.put(input, beforeAndAfter);
    return this;
  }

  /** Inputs that can't become others where one is there: a new one would begin empty. */
  AwsType neverChanges(String... inputs) {
    List.of(inputs).forEach(input -> standing.put(input, Standing.FIXED));
    return this;
  }

  AwsType onlyGrows(String input) {
    standing.put(input, Standing.GROWS);
    return this;
  }

  AwsType onlyNewer(String input) {
    standing.put(input, Standing.NEWER);
    return this;
  }

  /** What is paid for. */
  AwsType costs(Function<PlannedResource, List<Charge>> charges) {
    this.charges = charges;
    return this;
  }

  /** What one would ask about it first; without this its name says enough. */
  AwsType inWords(Function<PlannedResource, String> summary) {
    this.summary = summary;
    return this;
  }

  /** Those of these words that there are, as one text. */
  static String words(String... words) {
    return Stream.of(words).filter(word -> !word.isEmpty()).collect(Collectors.joining(" "));
  }

  /** AWS refuses to delete it while something else refers to it. */
  AwsType heldWhileUsed() {
    heldWhileUsed = true;
    return this;
  }

  /**
   * The input for which the provider makes up a value where the program gives none; {@code name}
   * without this.
   */
  AwsType autoNamed(String input) {
    autoNamed = input;
    return this;
  }

  /**
   * What has to be taken out of it before it can be deleted, as {@code ./slipway purge} knows how
   * to: {@code objects} or {@code images}.
   */
  AwsType holds(String contents) {
    this.contents = contents;
    return this;
  }

  /** How it is drawn; without this it is left out. */
  AwsType drawn(Drawing drawing) {
    this.drawing = drawing;
    return this;
  }

  /** What stays of it when it is destroyed. */
  AwsType leaves(Leftover leftover) {
    this.leftover = leftover;
    return this;
  }

  /** It costs nothing by itself. */
  AwsType free() {
    return costs(resource -> List.of());
  }

  /** What it keeps that the program can't make again, in a word. */
  AwsType keeps(String what) {
    kept = what;
    return this;
  }

  /** Its id is that of what it belongs to: the policy of a bucket, say. */
  AwsType isPart() {
    part = true;
    return this;
  }

  /** It isn't a thing but how the account is set, and guards what other stacks made too. */
  AwsType isSetting() {
    setting = true;
    return this;
  }

  /**
   * What a house rule objects to in one of this type, and what to do; empty where it is in order.
   */
  AwsType breaks(String rule, Function<PlannedResource, String> objection) {
    objections.put(rule, objection);
    return this;
  }

  /** The same for an input that has to be true. */
  AwsType breaksUnless(String rule, String input, String objection) {
    return breaks(rule, resource -> resource.is(input) ? "" : objection);
  }

  /** An input that is a policy of the resource's own, which says who may use it. */
  AwsType guardedBy(String policy) {
    this.policy = policy;
    return this;
  }

  /** What an input that names it may be. */
  AwsType named(String input, int least, int most, String form) {
    names.put(input, NameLimit.of(least, most, form));
    return this;
  }

  /** The same, where the input may be the beginning of the name, too. */
  AwsType namedOrPrefixed(String input, int least, int most, String form, String prefixForm) {
    return named(input, least, most, form)
        .named(input + "Prefix", 1, most - NameLimit.APPENDED, prefixForm);
  }

  /** Pulumi's name for it: {@code aws:sns/topic:Topic}. */
  public String token() {
    return token;
  }

  /** What a role needs to create, read, change and delete those of one stack. */
  List<Right> deploy() {
    return deploy;
  }

  /** What a preview asks, of each stack. */
  List<Right> preview() {
    return preview;
  }

  /** What a refresh reads, of all stacks at once. */
  List<Right> refresh() {
    return refresh;
  }

  /** What a refresh reads that is more than setup, of each stack by its name. */
  List<Right> refreshEach() {
    return refreshEach;
  }

  /** The most that roles of a stack which has some can do with them. */
  List<Right> boundary() {
    return boundary;
  }

  /** Patterns of outputs, in the order in which they are computed. */
  public Map<String, String> computed() {
    return Collections.unmodifiableMap(computed);
  }

  /** Outputs that are more than text. */
  public Map<String, Object> computed(NewResource resource) {
    return structured.apply(resource);
  }

  /** Inputs that replace it whatever they change to. */
  public Set<String> replacing() {
    return Collections.unmodifiableSet(replacing);
  }

  /**
   * Whether a change of an input replaces it.
   *
   * @param before all inputs as they are
   * @param after all inputs as they would be
   */
  public boolean isReplaced(String input, Map<String, Object> before, Map<String, Object> after) {
    return replacing.contains(input)
        || (replacingWhen.containsKey(input) && replacingWhen.get(input).test(before, after));
  }

  /** Inputs that can't become anything else where one is there, and how they can change. */
  public Map<String, Standing> standing() {
    return Collections.unmodifiableMap(standing);
  }

  /** What is paid for of one; nothing of what is free, and empty where nobody knows. */
  public Optional<List<Charge>> charges(PlannedResource resource) {
    return Optional.ofNullable(charges).map(charged -> charged.apply(resource));
  }

  /** What one would ask about it first, in words; empty where its name says enough. */
  public String summary(PlannedResource resource) {
    return summary.apply(resource);
  }

  /** How it is drawn; empty where it is left out. */
  public Optional<Drawing> drawing() {
    return Optional.ofNullable(drawing);
  }

  /** What it keeps that the program can't make again, in a word: a disk, say. */
  public Optional<String> kept() {
    return Optional.ofNullable(kept);
  }

  /** What stays of it when it is destroyed. */
  Optional<Leftover> leftover() {
    return Optional.ofNullable(leftover);
  }

  /** The input that is a policy of the resource's own, which says who may use it. */
  public Optional<String> policy() {
    return Optional.ofNullable(policy);
  }

  /** Whether AWS refuses to delete it while something else refers to it. */
  public boolean isHeldWhileUsed() {
    return heldWhileUsed;
  }

  /** The input for which the provider makes up a value where the program gives none. */
  public String autoNamed() {
    return autoNamed;
  }

  /** What has to be taken out of it before it can be deleted. */
  Optional<String> contents() {
    return Optional.ofNullable(contents);
  }

  /** Whether its id is that of what it belongs to. */
  public boolean part() {
    return part;
  }

  /** Whether it is a setting of the account and not a thing. */
  public boolean setting() {
    return setting;
  }

  /** What a house rule objects to in one; empty where it is in order. */
  public Optional<String> objection(String rule, PlannedResource resource) {
    return Optional.ofNullable(objections.get(rule))
        .map(objection -> objection.apply(resource))
        .filter(objection -> !objection.isEmpty());
  }

  /** The house rules that look at this type. */
  public Set<String> rules() {
    return Collections.unmodifiableSet(objections.keySet());
  }

  /** What its names may be, by input. */
  public Map<String, NameLimit> names() {
    return Collections.unmodifiableMap(names);
  }
}
