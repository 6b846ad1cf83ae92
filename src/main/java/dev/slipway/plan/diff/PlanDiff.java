package dev.slipway.plan.diff;

import static dev.slipway.plan.report.SavedPlan.text;

import dev.slipway.core.Json;
import dev.slipway.plan.graph.SecretText;
import dev.slipway.plan.report.Describe;
import dev.slipway.plan.report.SavedPlan;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What changes from one plan to another. Values that AWS would compute stand as {@code
 * ${resource.value}}, so that a reference is the same on both sides although the ids are not. Of
 * two stacks, what differs in the stacks' own names alone is the same: the first one's name is read
 * as the second one's. Secrets are masked before anything gets here, and once more by name and by
 * form.
 *
 * @param before where it starts from, for people
 * @param after where it goes
 * @param reach who may reach whom
 * @param files what hosts and Systems Manager get
 * @param refusals what a stack that is there can't take; none between two stacks
 */
public record PlanDiff(
    String before,
    String after,
    List<ResourceChange> resources,
    CostChange cost,
    List<Entry> reach,
    List<RoleChange> roles,
    List<FileChange> files,
    List<Entry> findings,
    List<Value> outputs,
    List<StandingStack.Refusal> refusals) {

  /** What happens to something. */
  public enum Sign {
    ADDED('+'),
    REMOVED('-'),
    CHANGED('~');

    final char mark;

    Sign(char mark) {
      this.mark = mark;
    }
  }

  /** A line that is new or gone. */
  record Entry(Sign sign, String text) {}

  /** A value that is new, gone or another; the side that isn't there is null. */
  record Value(String name, String before, String after) {}

  /**
   * A resource.
   *
   * @param stateful what it keeps that can't be made again, null for nothing
   * @param unprotected whether it was protected before and isn't any more
   * @param replacedBy the changed inputs that force a replacement, as far as known; those that
   *     refer to something which is replaced are among them
   * @param after what of that is replaced before it, by name
   */
  public record ResourceChange(
      Sign sign,
      String type,
      String name,
      String stateful,
      boolean unprotected,
      List<String> replacedBy,
      List<String> after,
      List<Value> inputs) {

    /** Why it is replaced, in words; empty when it isn't. */
    String reason() {
      return replacedBy.isEmpty()
          ? ""
          : "because of "
              + String.join(", ", replacedBy)
              + (after.isEmpty()
                  ? ""
                  : " ("
                      + String.join(", ", after)
                      + (after.size() == 1 ? " is" : " are")
                      + " replaced)");
    }

    /** Whether what it keeps goes with it. */
    public boolean losesState() {
      return stateful != null && (sign == Sign.REMOVED || !replacedBy.isEmpty());
    }
  }

  /** A month's cost in US dollars. */
  record CostChange(
      BigDecimal before, BigDecimal after, List<CostLine> items, List<Entry> unitPrices) {
    BigDecimal difference() {
      return after.subtract(before);
    }
  }

  /** One line of the bill; zero where it isn't there. */
  record CostLine(String resource, String what, BigDecimal before, BigDecimal after) {}

  /** What a role may do more or less. */
  record RoleChange(Sign sign, String name, List<Entry> lines) {}

  /**
   * A file.
   *
   * @param added how many lines are new
   * @param removed how many are gone
   * @param lines the unified diff without its head; empty for what is no text
   */
  record FileChange(Sign sign, String path, int added, int removed, List<String> lines) {}

  /** The type by which a site stands among resources. */
  public static final String SITE = "slipway:erpnext:Site";

  public static final String SITE_KIND = "site";

  private static final int LONG = 160;

  /** Compares two plans. */
  public static PlanDiff between(SavedPlan before, SavedPlan after) {
    var old = new PlanSide(before, after.stack());
    var now = new PlanSide(after, after.stack());
    return new PlanDiff(
        before.source(),
        after.source(),
        resources(before, after, old, now),
        cost(old, now),
        entries(old, old.reach(), now.reach()),
        roles(old, now),
        files(old, now),
        entries(old, old.findings(), now.findings()),
        values(old, old.flat(old.outputs()), now.flat(now.outputs())),
        before.stack().equals(after.stack()) ? refusals(before, after, old, now) : List.of());
  }

  private static List<StandingStack.Refusal> refusals(
      SavedPlan before, SavedPlan after, PlanSide old, PlanSide now) {
    var changes = new ArrayList<StandingStack.Change>();
    changes.add(
        new StandingStack.Change(
            "pulumi:providers:aws",
            "the provider",
            Map.of("region", text(before.json(), "region")),
            Map.of("region", text(after.json(), "region"))));
    var is = now.resources();
    old.resources()
        .forEach(
            (key, was) ->
                changes.add(
                    new StandingStack.Change(
                        key.get(0),
                        key.get(1),
                        inputs(was),
                        is.containsKey(key) ? inputs(is.get(key)) : Map.of())));
    return StandingStack.refusals(changes);
  }

  /** Whether both are the same. */
  boolean isEmpty() {
    return resources.isEmpty()
        && cost.items().isEmpty()
        && cost.unitPrices().isEmpty()
        && reach.isEmpty()
        && roles.isEmpty()
        && files.isEmpty()
        && findings.isEmpty()
        && outputs.isEmpty();
  }

  /** In one line. */
  public String summary() {
    if (isEmpty()) {
      return "nothing changes";
    }
    var words = new ArrayList<String>();
    for (var sign : Sign.values()) {
      long count = resources.stream().filter(change -> change.sign() == sign).count();
      if (count > 0) {
        words.add(Describe.count(count, "resource") + " " + sign.name().toLowerCase(Locale.ROOT));
      }
    }
    long replaced = resources.stream().filter(change -> !change.replacedBy().isEmpty()).count();
    if (replaced > 0) {
      words.add(replaced + " of them replaced");
    }
    if (cost.difference().signum() != 0) {
      words.add(money());
    }
    if (!reach.isEmpty()) {
      words.add(Describe.count(reach.size(), "rule") + " of reach");
    }
    if (!roles.isEmpty()) {
      words.add(Describe.count(roles.size(), "role"));
    }
    if (!files.isEmpty()) {
      words.add(Describe.count(files.size(), "file") + " of hosts");
    }
    long worse = findings.stream().filter(entry -> entry.sign() == Sign.ADDED).count();
    if (worse > 0) {
      words.add(Describe.count(worse, "new finding"));
    }
    if (words.isEmpty()) {
      words.add("details change");
    }
    return String.join(", ", words);
  }

  /** The month's cost on both sides. */
  String money() {
    return "%s -> %s US dollars a month (%s)"
        .formatted(cost.before(), cost.after(), signed(cost.difference()));
  }

  static String signed(BigDecimal amount) {
    return amount.signum() > 0 ? "+" + amount : amount.toString();
  }

  // --- the parts -------------------------------------------------------------------------------

  /**
   * Sites that hosts are no longer told of. They are no resources of the engine's, and yet what
   * they keep can't be made again: a host that is told of another name in their place would serve
   * that one empty.
   */
  private static List<ResourceChange> sites(SavedPlan before, SavedPlan after) {
    if (!before.stack().equals(after.stack())) {
      return List.of();
    }
    var kept = sites(after);
    return sites(before).stream()
        .filter(site -> !kept.contains(site))
        .map(
            site ->
                new ResourceChange(
                    Sign.REMOVED, SITE, site, SITE_KIND, false, List.of(), List.of(), List.of()))
        .toList();
  }

  private static List<String> sites(SavedPlan plan) {
    var result = new ArrayList<String>();
    plan.files()
        .forEach(
            (path, content) -> {
              if (path.endsWith("/settings.json")) {
                var settings = Json.object(new String(content, StandardCharsets.UTF_8));
                SavedPlan.maps(settings.get("sites"))
                    .forEach(site -> result.add(text(site, "name")));
              }
            });
    return result;
  }

  private static List<ResourceChange> resources(
      SavedPlan from, SavedPlan to, PlanSide old, PlanSide now) {
    var after = now.resources();
    var before = old.fitted(old.resources(), after);
    var changed = new LinkedHashMap<List<String>, List<Value>>();
    var itself = new LinkedHashMap<List<String>, List<String>>();
    for (var key : union(before, after)) {
      var was = before.get(key);
      var is = after.get(key);
      var inputs =
          values(
              old,
              was == null ? Map.of() : old.flat(was.get("inputs")),
              is == null ? Map.of() : now.flat(is.get("inputs")));
      changed.put(key, inputs);
      if (was != null && is != null) {
        itself.put(
            key,
            Replacing.among(
                key.get(0),
                inputs.stream().map(value -> value.name().split("[.\\[]")[0]).toList(),
                inputs(was),
                inputs(is)));
      }
    }
    var replacements =
        new Replacements(
            before,
            after,
            itself.keySet().stream().filter(key -> !itself.get(key).isEmpty()).toList());
    var result = new ArrayList<ResourceChange>(sites(from, to));
    for (var key : union(before, after)) {
      var was = before.get(key);
      var is = after.get(key);
      var either = is == null ? was : is;
      var through = replacements.through(key);
      var inputs = changed.get(key);
      boolean unprotected =
          was != null
              && is != null
              && Boolean.TRUE.equals(was.get("protect"))
              && !Boolean.TRUE.equals(is.get("protect"));
      if (was != null && is != null && inputs.isEmpty() && !unprotected && through.isEmpty()) {
        continue;
      }
      var sign = was == null ? Sign.ADDED : is == null ? Sign.REMOVED : Sign.CHANGED;
      // What a resource kept is said by what it was: a change can't take that back.
      var kept = (was == null ? is : was).get("stateful");
      result.add(
          new ResourceChange(
              sign,
              text(either, "type"),
              key.get(1),
              kept == null ? null : String.valueOf(kept),
              unprotected,
              Stream.concat(itself.getOrDefault(key, List.of()).stream(), through.keySet().stream())
                  .distinct()
                  .sorted()
                  .toList(),
              through.values().stream().flatMap(Set::stream).distinct().sorted().toList(),
              sign == Sign.CHANGED ? inputs : List.of()));
    }
    return result;
  }

  static Map<String, Object> inputs(Map<?, ?> resource) {
    return resource.get("inputs") instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
  }

  private static CostChange cost(PlanSide old, PlanSide now) {
    var after = now.bill();
    var before = old.fitted(old.bill(), after);
    var lines = new ArrayList<CostLine>();
    for (var key : union(before, after)) {
      var was = before.getOrDefault(key, BigDecimal.ZERO.setScale(2));
      var is = after.getOrDefault(key, BigDecimal.ZERO.setScale(2));
      if (was.compareTo(is) != 0) {
        lines.add(new CostLine(key.get(0), key.get(1), was, is));
      }
    }
    return new CostChange(
        old.total(), now.total(), lines, entries(old, old.unitPrices(), now.unitPrices()));
  }

  private static List<RoleChange> roles(PlanSide old, PlanSide now) {
    var after = now.roles();
    var before = old.fitted(old.roles(), after);
    var result = new ArrayList<RoleChange>();
    for (var key : union(before, after)) {
      var lines =
          entries(old, before.getOrDefault(key, List.of()), after.getOrDefault(key, List.of()));
      if (!lines.isEmpty()) {
        result.add(
            new RoleChange(
                !before.containsKey(key)
                    ? Sign.ADDED
                    : after.containsKey(key) ? Sign.CHANGED : Sign.REMOVED,
                key.get(0),
                lines));
      }
    }
    return result;
  }

  private static List<FileChange> files(PlanSide old, PlanSide now) {
    var after = now.files();
    var before = old.fitted(old.files(), after);
    var result = new ArrayList<FileChange>();
    for (var key : union(before, after)) {
      var path = key.get(0);
      var was = before.get(key);
      var is = after.get(key);
      var sign = was == null ? Sign.ADDED : is == null ? Sign.REMOVED : Sign.CHANGED;
      var oldText = was == null ? "" : old.content(was);
      var newText = is == null ? "" : now.content(is);
      if (oldText == null || newText == null) {
        if (!Arrays.equals(was, is)) {
          result.add(new FileChange(sign, path, 0, 0, List.of()));
        }
        continue;
      }
      if (sign == Sign.CHANGED) {
        oldText = String.join("\n", old.fitted(lines(oldText), lines(newText)));
      }
      if (sign == Sign.CHANGED && oldText.equals(newText)) {
        continue;
      }
      // Before they are compared: a key goes over several lines.
      var lines = TextDiff.of(SecretText.masked(oldText), SecretText.masked(newText));
      result.add(
          new FileChange(
              sign,
              path,
              (int) lines.stream().filter(line -> line.startsWith("+")).count(),
              (int) lines.stream().filter(line -> line.startsWith("-")).count(),
              lines));
    }
    return result;
  }

  private static List<String> lines(String text) {
    return List.of(text.split("\n", -1));
  }

  // --- comparing -------------------------------------------------------------------------------

  private static <K, V> List<K> union(Map<K, V> before, Map<K, V> after) {
    var keys = new ArrayList<>(before.keySet());
    after.keySet().stream().filter(key -> !before.containsKey(key)).forEach(keys::add);
    return keys;
  }

  /** What is in one list and not in the other, as often as it is. */
  private static List<Entry> entries(PlanSide old, List<String> before, List<String> after) {
    var gone = new ArrayList<>(old.fitted(before, after));
    var fresh = new ArrayList<String>();
    for (var line : after) {
      if (!gone.remove(line)) {
        fresh.add(line);
      }
    }
    var result = new ArrayList<Entry>();
    gone.forEach(line -> result.add(new Entry(Sign.REMOVED, SecretText.masked(line))));
    fresh.forEach(line -> result.add(new Entry(Sign.ADDED, SecretText.masked(line))));
    return result;
  }

  private static List<Value> values(
      PlanSide old, Map<String, String> given, Map<String, String> after) {
    var before = new TreeMap<>(given);
    before.replaceAll((name, value) -> old.fitted(value, Objects.equals(value, after.get(name))));
    var names = new TreeSet<>(before.keySet());
    names.addAll(after.keySet());
    return names.stream()
        .filter(name -> !Objects.equals(before.get(name), after.get(name)))
        .map(name -> value(name, before.get(name), after.get(name)))
        .toList();
  }

  /** A value as it may be shown: without secrets, and of long texts the place that differs. */
  private static Value value(String path, String before, String after) {
    var key = path.replaceAll("(\\[\\d+])+$", "");
    var was = masked(key.substring(key.lastIndexOf('.') + 1), before);
    var is = masked(key.substring(key.lastIndexOf('.') + 1), after);
    if (was == null || is == null || (!isLong(was) && !isLong(is))) {
      return new Value(path, shortened(was), shortened(is));
    }
    int head = 0;
    while (head < Math.min(was.length(), is.length()) && was.charAt(head) == is.charAt(head)) {
      head++;
    }
    int tail = 0;
    while (tail < Math.min(was.length(), is.length()) - head
        && was.charAt(was.length() - 1 - tail) == is.charAt(is.length() - 1 - tail)) {
      tail++;
    }
    var oldPart = was.substring(Math.max(0, head - 20), was.length() - tail);
    var newPart = is.substring(Math.max(0, head - 20), is.length() - tail);
    return (oldPart + newPart).contains(" ")
            && !isLong(oldPart)
            && !isLong(newPart)
            && !oldPart.equals(newPart)
        ? new Value(path, "…" + oldPart + "…", "…" + newPart + "…")
        : new Value(path, shortened(was), shortened(is));
  }

  private static boolean isLong(String value) {
    return value.length() > LONG || value.contains("\n");
  }

  private static String masked(String key, String value) {
    return value == null
        ? null
        : SecretText.isSecretByName(key, value) ? SecretText.MASK : SecretText.masked(value);
  }

  private static String shortened(String value) {
    return value == null || !isLong(value)
        ? value
        : "%d characters, SHA-256 %s"
            .formatted(
                value.length(),
                SavedPlan.sha256(value.getBytes(StandardCharsets.UTF_8)).substring(0, 12));
  }
}
