package dev.slipway.testing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts in policies: wildcards, variables and ARNs. */
final class Glob {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

  private Glob() {}

  /** The whole text matches: {@code *} is any text and {@code ?} any character. */
  static boolean matches(String pattern, String text) {
    return Pattern.compile(regex(pattern, false), Pattern.DOTALL).matcher(text).matches();
  }

  /**
   * A resource matches: wildcards stay within a part of the ARN, but for a {@code *} that ends its
   * part, which goes on beyond the colon.
   */
  static boolean matchesResource(String pattern, String resource) {
    return Pattern.compile(regex(pattern, true), Pattern.DOTALL).matcher(resource).matches();
  }

  private static String regex(String pattern, boolean parts) {
    var regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      boolean last = i + 1 == pattern.length() || pattern.charAt(i + 1) == ':';
      if (c == '*') {
        regex.append(parts && !last ? "[^:]*" : ".*");
      } else if (c == '?') {
        regex.append(parts ? "[^:]" : ".");
      } else if (c == ESCAPE) {
        regex.append(Pattern.quote(String.valueOf(pattern.charAt(++i))));
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }

  /** ARNs match part by part; colons in the sixth part belong to it. */
  static boolean matchesArn(String pattern, String arn) {
    var wanted = pattern.split(":", 6);
    var given = arn.split(":", 6);
    if (wanted.length != 6 || given.length != 6) {
      return false;
    }
    for (int i = 0; i < 6; i++) {
      if (!matches(wanted[i], given[i])) {
        return false;
      }
    }
    return true;
  }

  /** The account in an ARN, empty where it has none. */
  static String account(String arn) {
    var parts = arn.split(":", 6);
    return parts.length == 6 ? parts[4] : "";
  }

  /** Marks the next character as plain text; no policy holds it. */
  private static final char ESCAPE = '\0';

  /**
   * The text with its variables replaced, or nothing where one has no value: then nothing matches
   * the text.
   *
   * @param negated whether a text that nothing matches would widen the policy; then it is refused
   */
  static Optional<String> resolve(String text, Map<String, List<String>> context, boolean negated) {
    var matcher = VARIABLE.matcher(text);
    var result = new StringBuilder();
    while (matcher.find()) {
      var parts = matcher.group(1).split(",", 2);
      var key = parts[0].strip();
      String value;
      if (key.equals("*") || key.equals("?") || key.equals("$")) {
        value = key;
      } else if (context.containsKey(key)) {
        if (context.get(key).size() != 1) {
          throw new IllegalArgumentException(
              "the variable ${" + key + "} needs one value, not " + context.get(key));
        }
        value = context.get(key).get(0);
      } else if (parts.length == 2) {
        value = parts[1].strip().replaceAll("^'|'$", "");
      } else if (negated) {
        throw new IllegalArgumentException(
            "the request has no value for the variable in \"" + text + "\", of what isn't meant");
      } else {
        return Optional.empty();
      }
      // A wildcard in a value is no wildcard.
      var plain = value.replaceAll("[*?]", ESCAPE + "$0");
      matcher.appendReplacement(result, Matcher.quoteReplacement(plain));
    }
    return Optional.of(matcher.appendTail(result).toString());
  }

  /** The text of which nothing is a wildcard. */
  static String plain(String resolved) {
    return resolved.replace(String.valueOf(ESCAPE), "");
  }
}
