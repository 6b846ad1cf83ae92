package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A command document of Systems Manager: what it takes, and the scripts that it runs.
 *
 * <p>Source of the rules: AWS Systems Manager User Guide, "Data elements and parameters".
 */
final class SsmDocument {

  /** One script of a document. */
  record Step(String name, String script, String workingDirectory, int timeoutSeconds) {}

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{\\s*([A-Za-z0-9_.:/-]+)\\s*}}");
  private static final int LARGEST = 64 * 1024;

  private final String name;
  private final String content;
  private final Map<String, Object> document;

  private SsmDocument(String name, String content, Map<String, Object> document) {
    this.name = name;
    this.content = content;
    this.document = document;
  }

  static SsmDocument parse(String name, String content) {
    Object read;
    try {
      read = new Yaml(new SafeConstructor(new LoaderOptions())).load(content);
    } catch (RuntimeException e) {
      throw invalid(name + ": is neither JSON nor YAML: " + e.getMessage());
    }
    if (!(read instanceof Map<?, ?>)) {
      throw invalid(name + ": is no object");
    }
    var document = new SsmDocument(name, content, Values.map(read));
    document.check();
    return document;
  }

  /** The document that AWS itself provides for shell scripts. */
  static SsmDocument runShellScript() {
    return parse(
        "AWS-RunShellScript",
        """
        {"schemaVersion": "1.2", "description": "Run a shell script or specify the commands to run.",
         "parameters": {
           "commands": {"type": "StringList", "minItems": 1},
           "workingDirectory": {"type": "String", "default": "", "maxChars": 4096},
           "executionTimeout": {"type": "String", "default": "3600",
             "allowedPattern": "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)"}},
         "runtimeConfig": {"aws:runShellScript": {"properties": [
           {"id": "0.aws:runShellScript", "runCommand": "{{ commands }}",
            "workingDirectory": "{{ workingDirectory }}", "timeoutSeconds": "{{ executionTimeout }}"}]}}}
        """);
  }

  private static AwsError invalid(String message) {
    return new AwsError(400, "InvalidDocumentContent", message);
  }

  private void check() {
    String version = String.valueOf(document.get("schemaVersion"));
    if (version.equals("1.2")) {
      return;
    }
    if (!version.equals("2.2") && !version.equals("2.0")) {
      throw invalid(name + ": schemaVersion \"" + version + "\" is not 2.2");
    }
    parameters()
        .forEach(
            (parameter, description) -> {
              Object pattern = description.get("allowedPattern");
              if (pattern != null) {
                try {
                  Pattern.compile(pattern.toString());
                } catch (PatternSyntaxException e) {
                  throw invalid(name + ": allowedPattern of " + parameter + ": " + e.getMessage());
                }
              }
              Object type = description.get("interpolationType");
              if (type != null && !type.equals("ENV_VAR")) {
                throw invalid(name + ": interpolationType of " + parameter + ": " + type);
              }
            });
    List<Map<String, Object>> steps = Values.maps(document.get("mainSteps"));
    if (steps.isEmpty()) {
      throw invalid(name + ": has no mainSteps");
    }
    for (Map<String, Object> step : steps) {
      if (step.get("name") == null || step.get("action") == null) {
        throw invalid(name + ": a step without name or action");
      }
      placeholders(String.valueOf(step.get("inputs")));
    }
    if (content.length() > LARGEST) {
      throw new AwsError(400, "MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.");
    }
  }

  private void placeholders(String text) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    while (matcher.find()) {
      String parameter = matcher.group(1);
      if (!parameter.contains(":") && !parameters().containsKey(parameter)) {
        throw invalid(name + ": {{ " + parameter + " }} is not a parameter of the document");
      }
    }
  }

  private Map<String, Map<String, Object>> parameters() {
    var all = new LinkedHashMap<String, Map<String, Object>>();
    Values.map(document.get("parameters")).forEach((key, value) -> all.put(key, Values.map(value)));
    return all;
  }

  /** Checks what was given, and adds the defaults. */
  Map<String, List<String>> complete(Map<String, List<String>> given) {
    Map<String, Map<String, Object>> known = parameters();
    given.forEach(
        (key, values) -> {
          if (!known.containsKey(key)) {
            throw parameterError("Parameter \"" + key + "\" is not defined in document " + name);
          }
          check(key, known.get(key), values);
        });
    var all = new LinkedHashMap<String, List<String>>();
    known.forEach(
        (key, description) -> {
          if (given.containsKey(key)) {
            all.put(key, given.get(key));
          } else if (description.containsKey("default")) {
            Object value = description.get("default");
            all.put(
                key,
                value instanceof List<?> list
                    ? list.stream().map(String::valueOf).toList()
                    : List.of(String.valueOf(value)));
          } else {
            throw parameterError("Parameter \"" + key + "\" of document " + name + " is missing");
          }
        });
    int size = content.length() + all.toString().length();
    if (size > LARGEST) {
      throw new AwsError(
          400,
          "MaxDocumentSizeExceeded",
          "Document and parameters are " + size + " characters long.");
    }
    return all;
  }

  private static void check(String key, Map<String, Object> description, List<String> values) {
    String type = String.valueOf(description.getOrDefault("type", "String"));
    if (!type.equals("StringList") && values.size() != 1) {
      throw parameterError("Parameter \"" + key + "\" takes one value, given: " + values.size());
    }
    for (String value : values) {
      Object pattern = description.get("allowedPattern");
      // AWS doesn't say that the whole value has to match, so a pattern without ^ and $ is taken at
      // its word.
      if (pattern != null && !Pattern.compile(pattern.toString()).matcher(value).find()) {
        throw parameterError(
            "Parameter \"" + key + "\" does not match its allowed pattern " + pattern);
      }
      List<String> allowed = Values.strings(description.get("allowedValues"));
      if (!allowed.isEmpty() && !allowed.contains(value)) {
        throw parameterError("Parameter \"" + key + "\" is not one of " + allowed);
      }
      if (description.get("maxChars") instanceof Number most && value.length() > most.intValue()) {
        throw parameterError("Parameter \"" + key + "\" is longer than " + most + " characters");
      }
      if (type.equals("Boolean") && !List.of("true", "false").contains(value)) {
        throw parameterError("Parameter \"" + key + "\" is neither true nor false");
      }
      if (type.equals("Integer") && !value.matches("-?[0-9]+")) {
        throw parameterError("Parameter \"" + key + "\" is no whole number");
      }
    }
  }

  private static AwsError parameterError(String message) {
    return new AwsError(400, "InvalidParameters", message);
  }

  /** The variables by which scripts get the parameters that ask for it. */
  Map<String, String> variables(Map<String, List<String>> parameters) {
    var variables = new LinkedHashMap<String, String>();
    parameters()
        .forEach(
            (key, description) -> {
              if ("ENV_VAR".equals(description.get("interpolationType"))) {
                variables.put("SSM_" + key, String.join(",", parameters.get(key)));
              }
            });
    return variables;
  }

  /**
   * The scripts, with {@code {{ name }}} replaced as the agent does: as text, with no quoting at
   * all.
   */
  List<Step> steps(Map<String, List<String>> parameters) {
    var steps = new ArrayList<Step>();
    if (document.containsKey("mainSteps")) {
      for (Map<String, Object> step : Values.maps(document.get("mainSteps"))) {
        if (!step.get("action").equals("aws:runShellScript")) {
          throw new AwsError(
              400,
              "UnsupportedPlatformType",
              name
                  + ": this emulated agent runs aws:runShellScript only, not "
                  + step.get("action"));
        }
        steps.add(step((String) step.get("name"), Values.map(step.get("inputs")), parameters));
      }
      return steps;
    }
    Map<String, Object> runtime = Values.map(document.get("runtimeConfig"));
    for (Map<String, Object> inputs :
        Values.maps(Values.map(runtime.get("aws:runShellScript")).get("properties"))) {
      steps.add(step("aws:runShellScript", inputs, parameters));
    }
    return steps;
  }

  private Step step(
      String stepName, Map<String, Object> inputs, Map<String, List<String>> parameters) {
    Object commands = inputs.get("runCommand");
    var lines = new ArrayList<String>();
    for (Object line : commands instanceof List<?> list ? list : List.of(commands)) {
      lines.add(replaced(String.valueOf(line), parameters));
    }
    String timeout =
        replaced(String.valueOf(inputs.getOrDefault("timeoutSeconds", "3600")), parameters);
    String directory =
        replaced(String.valueOf(inputs.getOrDefault("workingDirectory", "")), parameters);
    return new Step(
        stepName, String.join("\n", lines) + "\n", directory, Integer.parseInt(timeout));
  }

  private String replaced(String text, Map<String, List<String>> parameters) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(
            match -> {
              String key = match.group(1);
              Map<String, Object> description = parameters().get(key);
              if (description == null) {
                return Matcher.quoteReplacement(match.group());
              }
              boolean variable = "ENV_VAR".equals(description.get("interpolationType"));
              return Matcher.quoteReplacement(
                  variable ? "${SSM_" + key + "}" : String.join("\n", parameters.get(key)));
            });
  }
}
