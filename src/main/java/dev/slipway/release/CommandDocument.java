package dev.slipway.release;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Renders a Systems Manager document that runs a script on a host.
 *
 * <p>Parameters reach the script as environment variables, {@code $SSM_ref}, never as text in it,
 * and each must match a pattern. The form is schema 2.2 of the <a
 * href="https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html">Systems
 * Manager user guide</a>.
 */
public final class CommandDocument {
  /** What a document and its parameters may have at most. */
  private static final int LIMIT = 64 * 1024;

  private final String step;
  private final String description;
  private final String script;
  private final int timeoutSeconds;
  private final List<Parameter> parameters = new ArrayList<>();

  /**
   * @param pattern what a value must match; the empty default must match it too
   */
  private record Parameter(String name, String description, String pattern, String ifAbsent) {}

  /**
   * @param step what the step is called
   * @param timeoutSeconds how long the script may run
   */
  public CommandDocument(String step, String description, String script, int timeoutSeconds) {
    this.step = step;
    this.description = description;
    this.script = script;
    this.timeoutSeconds = timeoutSeconds;
  }

  /** Adds a parameter. */
  public CommandDocument parameter(
      String name, String description, String pattern, String ifAbsent) {
    if (!ifAbsent.matches(pattern)) {
      throw new IllegalArgumentException(name + ": its default doesn't match " + pattern);
    }
    parameters.add(new Parameter(name, description, pattern, ifAbsent));
    return this;
  }

  /** The document. */
  public String json() {
    var inputs = new JsonObject();
    inputs.addProperty("timeoutSeconds", Integer.toString(timeoutSeconds));
    var lines = new JsonArray();
    script.lines().forEach(lines::add);
    inputs.add("runCommand", lines);

    var only = new JsonArray();
    only.add("platformType");
    only.add("Linux");
    var precondition = new JsonObject();
    precondition.add("StringEquals", only);

    var mainStep = new JsonObject();
    mainStep.addProperty("action", "aws:runShellScript");
    mainStep.addProperty("name", step);
    mainStep.add("precondition", precondition);
    mainStep.add("inputs", inputs);
    var steps = new JsonArray();
    steps.add(mainStep);

    var json = new JsonObject();
    json.addProperty("schemaVersion", "2.2");
    json.addProperty("description", description);
    if (!parameters.isEmpty()) {
      var all = new JsonObject();
      parameters.forEach(parameter -> all.add(parameter.name, json(parameter)));
      json.add("parameters", all);
    }
    json.add("mainSteps", steps);
    var text = new GsonBuilder().disableHtmlEscaping().create().toJson(json);
    if (text.getBytes(StandardCharsets.UTF_8).length > LIMIT / 2) {
      throw new IllegalStateException(
          "the document "
              + step
              + " takes more than half of the 64 KB that it shares with its"
              + " parameters");
    }
    return text;
  }

  private static JsonObject json(Parameter parameter) {
    var json = new JsonObject();
    json.addProperty("type", "String");
    json.addProperty("description", parameter.description);
    json.addProperty("default", parameter.ifAbsent);
    json.addProperty("allowedPattern", parameter.pattern);
    json.addProperty("interpolationType", "ENV_VAR");
    return json;
  }
}
