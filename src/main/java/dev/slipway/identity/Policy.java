package dev.slipway.identity;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Renders IAM policy documents. */
public final class Policy {
  private Policy() {}

  /** The JSON of a policy with these statements. */
  public static String of(Statement... statements) {
    return of(Arrays.asList(statements));
  }

  /**
   * The same policy in fewer characters: what is said of the same things is said at once, and
   * nothing has a name.
   */
  public static String tight(List<Statement> statements) {
    var actions = new LinkedHashMap<JsonObject, Set<String>>();
    for (var statement : statements) {
      var rest = statement.json();
      rest.remove("Sid");
      var said = rest.remove("Action").getAsJsonArray();
      said.forEach(
          action ->
              actions.computeIfAbsent(rest, none -> new TreeSet<>()).add(action.getAsString()));
    }
    var array = new JsonArray();
    actions.forEach(
        (rest, all) -> {
          var list = new JsonArray();
          all.forEach(list::add);
          rest = rest.deepCopy();
          rest.add("Action", list);
          array.add(rest);
        });
    return written(array);
  }

  /** The JSON of a policy with these statements. */
  public static String of(List<Statement> statements) {
    var array = new JsonArray();
    statements.forEach(statement -> array.add(statement.json()));
    return written(array);
  }

  private static String written(JsonArray array) {
    var json = new JsonObject();
    json.addProperty("Version", "2012-10-17");
    json.add("Statement", array);
    return new GsonBuilder().disableHtmlEscaping().create().toJson(json);
  }
}
