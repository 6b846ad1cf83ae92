package dev.slipway.plan.graph;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells what is a secret by its form or by its name, and masks it in texts that people read. */
public final class SecretText {

  /** What stands in a secret's place. */
  public static final String MASK = "[secret]";

  /** Texts that are secrets by their form; the names are what findings say. */
  private static final Map<String, Pattern> SECRETS =
      Map.of(
          "a private key", Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----"),
          "an AWS access key", Pattern.compile("\\b(AKIA|ASIA)[A-Z0-9]{16}\\b"),
          "a GitHub token",
              Pattern.compile("\\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})"),
          "a Slack token", Pattern.compile("\\bxox[abprs]-[A-Za-z0-9-]{10,}"),
          "a Google key", Pattern.compile("\\b(AIza[0-9A-Za-z_-]{35}|GOCSPX-[0-9A-Za-z_-]{28})"),
          "a URL with a password", Pattern.compile("[a-z][a-z0-9+.-]*://[^/\\s:@]+:[^/\\s:@${]+@"));

  /**
   * A private key with what comes after its first line, as far as that can be one: whoever writes
   * such a line into a script must not hide the rest of the script by it.
   */
  private static final Pattern KEY_BLOCK =
      Pattern.compile(
          "-----BEGIN [A-Z ]*PRIVATE KEY-----"
              + "((\\\\n|[ \\t\\r\",]*\\n[ \\t\"]*)[A-Za-z0-9+/=]+(?=\\\\n|[ \\t\\r\",\\]]*(\\n|$)))*"
              + "((\\\\n|[ \\t\\r\",]*\\n[ \\t\"]*)-----END [A-Z ]*PRIVATE KEY-----)?");

  private static final Pattern JSON_FIELD =
      Pattern.compile("(\"([A-Za-z0-9_.-]+)\"\\s*:\\s*\")([^\"]*)\"");

  /** Inputs that are secrets by their name, unless they hold a name or an address of one. */
  private static final Pattern SECRET_NAME =
      Pattern.compile(
          "(?i).*(password|passwd|secretkey|privatekey|authtoken|accesstoken|secretstring).*");

  private static final Pattern REFERENCE_NAME =
      Pattern.compile(
          "(?i).*(arn|name|path|parameter|version|length|policy|rotation|manage\\w*|id|ids|wo|enabled)$");

  private SecretText() {}

  /** What the text holds by the form of it: a GitHub token, say. */
  public static List<String> forms(String text) {
    return SECRETS.entrySet().stream()
        .filter(form -> form.getValue().matcher(text).find())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The text without what is a secret by its form, or in JSON by its name. */
  public static String masked(String text) {
    var result = KEY_BLOCK.matcher(text).replaceAll(MASK);
    for (var pattern : SECRETS.values()) {
      result = pattern.matcher(result).replaceAll(MASK);
    }
    return JSON_FIELD
        .matcher(result)
        .replaceAll(
            field ->
                Matcher.quoteReplacement(
                    isSecretByName(field.group(2), field.group(3))
                        ? field.group(1) + MASK + "\""
                        : field.group()));
  }

  /** Whether the value of an input is a secret by the input's name. */
  public static boolean isSecretByName(String key, String value) {
    return SECRET_NAME.matcher(key).matches()
        && !REFERENCE_NAME.matcher(key).matches()
        && !value.isEmpty()
        && !isReference(value);
  }

  /** Names of secrets and parameters, which say where a secret is and not what. */
  private static boolean isReference(String text) {
    return text.startsWith("arn:")
        || text.startsWith("/")
        || Set.of("true", "false").contains(text);
  }
}
