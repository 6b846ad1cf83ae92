package dev.slipway.plan;

import static dev.slipway.plan.SavedPlan.maps;
import static dev.slipway.plan.SavedPlan.text;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

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
 */
record PlanDiff(
    String before,
    String after,
    List<ResourceChange> resources,
    CostChange cost,
    List<Entry> reach,
    List<RoleChange> roles,
    List<FileChange> files,
    List<Entry> findings,
    List<Value> outputs) {

  /** What happens to something. */
  enum Sign {
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
   * @param replacedBy the changed inputs that force a replacement, as far as known
   */
  record ResourceChange(
      Sign sign,
      String type,
      String name,
      String stateful,
      boolean unprotected,
      List<String> replacedBy,
      List<Value> inputs) {

    /** Whether what it keeps goes with it. */
    boolean losesState() {
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

  private static final int LONG = 160;

  /** Compares two plans. */
  static PlanDiff between(SavedPlan before, SavedPlan after) {
    var old = new Side(before, after.stack());
    var now = new Side(after, after.stack());
    return new PlanDiff(
        before.source(),
        after.source(),
        resources(old, now),
        cost(old, now),
        entries(old, old.reach(), now.reach()),
        roles(old, now),
        files(old, now),
        entries(old, old.findings(), now.findings()),
        values(
            old,
            old.flat(old.plan.json().get("outputs")),
            now.flat(now.plan.json().get("outputs"))));
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
  String summary() {
    if (isEmpty()) {
      return "nothing changes";
    }
    var words = new ArrayList<String>();
    for (var sign : Sign.values()) {
      long count = resources.stream().filter(change -> change.sign() == sign).count();
      if (count > 0) {
        words.add(count(count, "resource") + " " + sign.name().toLowerCase(Locale.ROOT));
      }
    }
    if (cost.difference().signum() != 0) {
      words.add(money());
    }
    if (!reach.isEmpty()) {
      words.add(count(reach.size(), "rule") + " of reach");
    }
    if (!roles.isEmpty()) {
      words.add(count(roles.size(), "role"));
    }
    if (!files.isEmpty()) {
      words.add(count(files.size(), "file") + " of hosts");
    }
    long worse = findings.stream().filter(entry -> entry.sign() == Sign.ADDED).count();
    if (worse > 0) {
      words.add(count(worse, "new finding"));
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

  static String count(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }

  // --- the parts -------------------------------------------------------------------------------

  private static List<ResourceChange> resources(Side old, Side now) {
    var after = now.resources();
    var before = old.fitted(old.resources(), after);
    var result = new ArrayList<ResourceChange>();
    for (var key : union(before, after)) {
      var was = before.get(key);
      var is = after.get(key);
      var either = is == null ? was : is;
      var inputs =
          values(
              old,
              was == null ? Map.of() : old.flat(was.get("inputs")),
              is == null ? Map.of() : now.flat(is.get("inputs")));
      boolean unprotected =
          was != null
              && is != null
              && Boolean.TRUE.equals(was.get("protect"))
              && !Boolean.TRUE.equals(is.get("protect"));
      if (was != null && is != null && inputs.isEmpty() && !unprotected) {
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
              sign != Sign.CHANGED
                  ? List.of()
                  : Replacing.among(
                      text(either, "type"),
                      inputs.stream().map(value -> value.name().split("[.\\[]")[0]).toList(),
                      is.get("inputs") instanceof Map<?, ?> map ? Json.strings(map) : Map.of()),
              sign == Sign.CHANGED ? inputs : List.of()));
    }
    return result;
  }

  private static CostChange cost(Side old, Side now) {
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

  private static List<RoleChange> roles(Side old, Side now) {
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

  private static List<FileChange> files(Side old, Side now) {
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
      var lines = TextDiff.of(StorageRules.masked(oldText), StorageRules.masked(newText));
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
  private static List<Entry> entries(Side old, List<String> before, List<String> after) {
    var gone = new ArrayList<>(old.fitted(before, after));
    var fresh = new ArrayList<String>();
    for (var line : after) {
      if (!gone.remove(line)) {
        fresh.add(line);
      }
    }
    var result = new ArrayList<Entry>();
    gone.forEach(line -> result.add(new Entry(Sign.REMOVED, StorageRules.masked(line))));
    fresh.forEach(line -> result.add(new Entry(Sign.ADDED, StorageRules.masked(line))));
    return result;
  }

  private static List<Value> values(
      Side old, Map<String, String> given, Map<String, String> after) {
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
        : StorageRules.isSecretByName(key, value) ? StackFile.MASK : StorageRules.masked(value);
  }

  private static String shortened(String value) {
    return value == null || !isLong(value)
        ? value
        : "%d characters, SHA-256 %s"
            .formatted(
                value.length(),
                SavedPlan.sha256(value.getBytes(StandardCharsets.UTF_8)).substring(0, 12));
  }

  /** One of the two plans, its values made comparable. */
  private static final class Side {

    /** What is shorter is too likely to be something else too. */
    private static final int DISTINCT = 8;

    private final SavedPlan plan;
    private final String other;
    private final Map<String, String> references = new LinkedHashMap<>();

    /**
     * @param other the stack on the other side
     */
    Side(SavedPlan plan, String other) {
      this.plan = plan;
      this.other = other;
      var region = text(plan.json(), "region");
      var owners = new TreeMap<String, String>();
      for (var resource : plan.list("resources")) {
        if (!(resource.get("computed") instanceof Map<?, ?> computed)) {
          continue;
        }
        var given =
            resource.get("inputs") instanceof Map<?, ?> inputs ? inputs.values() : List.of();
        Json.strings(computed)
            .forEach(
                (key, value) -> {
                  var text = String.valueOf(value);
                  if (text.length() >= DISTINCT
                      && text.chars().anyMatch(Character::isDigit)
                      && !text.contains("\n")
                      && !text.startsWith(region)
                      && !given.contains(value)) {
                    owners.putIfAbsent(text, "${" + text(resource, "label") + "." + key + "}");
                  }
                });
      }
      // The longest first: an id is part of its ARN.
      owners.keySet().stream()
          .sorted(
              Comparator.comparingInt(String::length).reversed().thenComparing(Function.identity()))
          .forEach(value -> references.put(value, owners.get(value)));
    }

    /** The text with references by name. */
    String named(String text) {
      var result = text;
      for (var reference : references.entrySet()) {
        if (result.contains(reference.getKey())) {
          result = replaced(result, reference.getKey(), reference.getValue());
        }
      }
      return result;
    }

    /** The text with the other stack's name in place of this one's, unless it has its match. */
    String fitted(String text, boolean matched) {
      return matched || plan.stack().equals(other) ? text : replaced(text, plan.stack(), other);
    }

    List<String> fitted(List<String> texts, List<String> others) {
      var there = new HashSet<>(others);
      return texts.stream().map(text -> fitted(text, there.contains(text))).toList();
    }

    <V> Map<List<String>, V> fitted(Map<List<String>, V> things, Map<List<String>, ?> others) {
      var result = new LinkedHashMap<List<String>, V>();
      things.forEach(
          (key, thing) ->
              result.put(
                  others.containsKey(key)
                      ? key
                      : key.stream().map(word -> fitted(word, false)).toList(),
                  thing));
      return result;
    }

    /** Replaces whole words alone. */
    private static String replaced(String text, String word, String by) {
      var result = new StringBuilder();
      int done = 0;
      for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length())) {
        int end = at + word.length();
        if ((at == 0 || !Character.isLetterOrDigit(text.charAt(at - 1)))
            && (end == text.length() || !Character.isLetterOrDigit(text.charAt(end)))) {
          result.append(text, done, at).append(by);
          done = end;
        }
      }
      return result.append(text, done, text.length()).toString();
    }

    Map<List<String>, Map<String, Object>> resources() {
      var result = new LinkedHashMap<List<String>, Map<String, Object>>();
      for (var resource : plan.list("resources")) {
        if (Boolean.TRUE.equals(resource.get("custom"))
            && !text(resource, "type").startsWith("pulumi:")
            && !Boolean.TRUE.equals(resource.get("external"))) {
          result.put(List.of(text(resource, "type"), named(text(resource, "label"))), resource);
        }
      }
      return result;
    }

    /** Values by path, JSON in texts taken apart too. */
    Map<String, String> flat(Object value) {
      var result = new TreeMap<String, String>();
      flatten("", value, result);
      return result;
    }

    private void flatten(String path, Object value, Map<String, String> result) {
      if (value instanceof Map<?, ?> map && !map.isEmpty()) {
        map.forEach(
            (key, inner) -> flatten(path.isEmpty() ? "" + key : path + "." + key, inner, result));
      } else if (value instanceof List<?> list
          && list.stream().anyMatch(inner -> inner instanceof Map || inner instanceof List)) {
        for (int i = 0; i < list.size(); i++) {
          flatten(path + "[" + i + "]", list.get(i), result);
        }
      } else if (value instanceof String text && text.startsWith("{") && text.endsWith("}")) {
        var object = Json.object(text);
        if (object.isEmpty()) {
          result.put(path, named(text));
        } else {
          flatten(path, object, result);
        }
      } else if (!path.isEmpty()) {
        result.put(path, named(value instanceof String text ? text : Json.compact(value)));
      }
    }

    Map<List<String>, BigDecimal> bill() {
      var result = new LinkedHashMap<List<String>, BigDecimal>();
      for (var item : maps(costs().get("items"))) {
        result.merge(
            List.of(named(text(item, "resource")), text(item, "what")),
            amount(item.get("month")),
            BigDecimal::add);
      }
      return result;
    }

    BigDecimal total() {
      return amount(costs().get("total"));
    }

    List<String> unitPrices() {
      var result = new ArrayList<String>();
      for (var price : maps(costs().get("byUse"))) {
        result.add(
            "%s %s: %s a %s"
                .formatted(
                    named(text(price, "resource")),
                    text(price, "what"),
                    text(price, "unitPrice"),
                    text(price, "unit"))
                .strip());
      }
      Json.list(costs().get("notPriced")).forEach(what -> result.add("not priced: " + what));
      return result;
    }

    private Map<String, Object> costs() {
      return plan.json().get("cost") instanceof Map<?, ?> map ? Json.strings(map) : Map.of();
    }

    private static BigDecimal amount(Object value) {
      try {
        return new BigDecimal(String.valueOf(value)).setScale(2, RoundingMode.HALF_UP);
      } catch (NumberFormatException none) {
        return BigDecimal.ZERO.setScale(2);
      }
    }

    List<String> reach() {
      return plan.list("reach").stream()
          .map(
              reach ->
                  named(
                      "%s -> %s: %s (%s%s)"
                          .formatted(
                              text(reach, "from"),
                              text(reach, "to"),
                              text(reach, "ports"),
                              Boolean.TRUE.equals(reach.get("inbound")) ? "let in" : "let out",
                              text(reach, "description").isEmpty()
                                  ? ""
                                  : ", \"" + text(reach, "description") + "\"")))
          .toList();
    }

    Map<List<String>, List<String>> roles() {
      var result = new LinkedHashMap<List<String>, List<String>>();
      for (var role : plan.list("roles")) {
        var lines = new ArrayList<String>();
        lines.add("taken by " + text(role, "takenBy"));
        if (!text(role, "boundary").isEmpty()) {
          lines.add("within " + text(role, "boundary"));
        }
        for (var statement : maps(role.get("statements"))) {
          lines.add(
              text(statement, "verb")
                  + " "
                  + text(statement, "actions")
                  + (text(statement, "on").isEmpty() ? "" : " on " + text(statement, "on"))
                  + (text(statement, "note").isEmpty()
                      ? ""
                      : " (" + text(statement, "note") + ")"));
        }
        lines.replaceAll(this::named);
        result.put(List.of(named(text(role, "name"))), lines);
      }
      return result;
    }

    List<String> findings() {
      var result = new ArrayList<String>();
      Json.list(plan.json().get("problems")).forEach(text -> result.add("error: " + text));
      Json.list(plan.json().get("warnings")).forEach(text -> result.add("warning: " + text));
      for (var finding : plan.list("findings")) {
        result.add(
            "%s %s: %s%s"
                .formatted(
                    finding.get("accepted") == null
                        ? text(finding, "severity")
                        : "accepted (" + text(finding, "accepted") + ")",
                    text(finding, "rule"),
                    text(finding, "resource").isEmpty() ? "" : text(finding, "resource") + " ",
                    text(finding, "message")));
      }
      return result.stream().map(this::named).collect(Collectors.toList());
    }

    Map<List<String>, byte[]> files() {
      var result = new LinkedHashMap<List<String>, byte[]>();
      plan.files()
          .forEach(
              (path, content) ->
                  result.put(List.of(named(path.substring("host/".length()))), content));
      return result;
    }

    /** A file's text, null when it is none. */
    String content(byte[] content) {
      try {
        var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        return text.indexOf('\0') >= 0 ? null : named(text);
      } catch (CharacterCodingException binary) {
        return null;
      }
    }
  }
}
