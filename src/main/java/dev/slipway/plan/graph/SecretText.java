package dev.slipway.plan.graph;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tells what is a secret by its form or by its name, and masks it in texts that people read. */
public final class SecretText {

  /** What stands in a secret's place. */
  public static final String MASK = "[secret]";

  /**
   * A text that is a secret by its form.
   *
   * @param what what findings call it
   * @param signs one of them is in each such text; most texts have none, and need no second look
   */
  private record Form(String what, Pattern pattern, String... signs) {
    boolean isPossibleIn(String text) {
      return Stream.of(signs).anyMatch(text::contains);
    }
  }

  private static final List<Form> FORMS =
      List.of(
          form("a private key", "-----BEGIN [A-Z ]*PRIVATE KEY-----", "-----BEGIN "),
          form("an AWS access key", "\\b(AKIA|ASIA)[A-Z0-9]{16}\\b", "AKIA", "ASIA"),
          form(
              "a GitHub token",
              "\\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
              "ghp_",
              "gho_",
              "ghu_",
              "ghs_",
              "ghr_",
              "github_pat_"),
          form("a Slack token", "\\bxox[abprs]-[A-Za-z0-9-]{10,}", "xox"),
          form(
              "a Google key",
              "\\b(AIza[0-9A-Za-z_-]{35}|GOCSPX-[0-9A-Za-z_-]{28})",
              "AIza",
              "GOCSPX-"),
          form("a URL with a password", "[a-z][a-z0-9+.-]*://[^/\\s:@]+:[^/\\s:@${]+@", "://"));

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

  private static Form form(String what, String pattern, String... signs) {
    return new Form(what, Pattern.compile(pattern), signs);
  }

  /** What the text holds by the form of it: a GitHub token, say. */
  public static List<String> forms(String text) {
    return FORMS.stream()
        .filter(form -> form.isPossibleIn(text) && form.pattern().matcher(text).find())
        .map(Form::what)
        .toList();
  }

  /** The text without what is a secret by its form, or in JSON by its name. */
  public static String masked(String text) {
    var result = KEY_BLOCK.matcher(text).replaceAll(MASK);
    for (var form : FORMS) {
      if (form.isPossibleIn(result)) {
        result = form.pattern().matcher(result).replaceAll(MASK);
      }
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
