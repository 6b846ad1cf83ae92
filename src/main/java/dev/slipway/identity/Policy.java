package dev.slipway.identity;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Arrays;
import java.util.List;

/** Renders IAM policy documents. */
public final class Policy {
  private Policy() {}

  /** The JSON of a policy with these statements. */
  public static String of(Statement... statements) {
    return of(Arrays.asList(statements));
  }

  /** The JSON of a policy with these statements. */
  public static String of(List<Statement> statements) {
    var array = new JsonArray();
    statements.forEach(statement -> array.add(statement.json()));
    var json = new JsonObject();
    json.addProperty("Version", "2012-10-17");
    json.add("Statement", array);
    return new GsonBuilder().disableHtmlEscaping().create().toJson(json);
  }
}
