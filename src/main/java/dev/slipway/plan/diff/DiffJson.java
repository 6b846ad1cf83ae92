package dev.slipway.plan.diff;

import dev.slipway.core.Json;
import dev.slipway.plan.diff.PlanDiff.Entry;
import dev.slipway.plan.diff.PlanDiff.Sign;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What changes, as one JSON object. */
public final class DiffJson {

  private final PlanDiff diff;

  public DiffJson(PlanDiff diff) {
    this.diff = diff;
  }

  public String text() {
    var result = new LinkedHashMap<String, Object>();
    result.put("before", diff.before());
    result.put("after", diff.after());
    result.put("same", diff.isEmpty());
    result.put("summary", diff.summary());
    result.put("refused", diff.refusals());
    result.put("resources", diff.resources().stream().map(DiffJson::resource).toList());
    result.put("cost", cost());
    result.put("reach", entries(diff.reach()));
    result.put("roles", diff.roles().stream().map(DiffJson::role).toList());
    result.put("files", diff.files().stream().map(DiffJson::file).toList());
    result.put("outputs", diff.outputs());
    result.put("findings", entries(diff.findings()));
    return Json.pretty(result);
  }

  private static Map<String, Object> resource(PlanDiff.ResourceChange change) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("change", word(change.sign()));
    entry.put("type", change.type());
    entry.put("name", change.name());
    entry.put("stateful", change.stateful());
    entry.put("unprotected", change.unprotected());
    entry.put("replacedBy", change.replacedBy());
    entry.put("after", change.after());
    entry.put("inputs", change.inputs());
    return entry;
  }

  private Map<String, Object> cost() {
    var cost = diff.cost();
    var entry = new LinkedHashMap<String, Object>();
    entry.put("before", cost.before());
    entry.put("after", cost.after());
    entry.put("difference", cost.difference());
    entry.put("items", cost.items());
    entry.put("unitPrices", entries(cost.unitPrices()));
    return entry;
  }

  private static Map<String, Object> role(PlanDiff.RoleChange role) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("change", word(role.sign()));
    entry.put("name", role.name());
    entry.put("statements", entries(role.lines()));
    return entry;
  }

  private static Map<String, Object> file(PlanDiff.FileChange file) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("change", word(file.sign()));
    entry.put("path", file.path());
    entry.put("added", file.added());
    entry.put("removed", file.removed());
    entry.put("diff", file.lines());
    return entry;
  }

  private static List<Map<String, Object>> entries(List<Entry> entries) {
    return entries.stream()
        .map(
            given -> {
              Map<String, Object> entry = new LinkedHashMap<>();
              entry.put("change", word(given.sign()));
              entry.put("text", given.text());
              return entry;
            })
        .toList();
  }

  private static String word(Sign sign) {
    return sign.name().toLowerCase(Locale.ROOT);
  }
}
