package dev.slipway.core;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds what looks like a secret among settings, which are in plain text: in the stack file, in the
 * state, on hosts.
 *
 * <p>Every text is looked at by its form: keys and tokens that their issuers give a form of their
 * own, private keys, passwords in addresses. What has a name that people choose (a variable, a tag)
 * is judged by that too. A stack file may say of a setting that it is none, with the reason.
 */
public final class PlainText {
  private static final String ELSEWHERE = "; put it into a secret (./slipway secret)";

  /** What a name's last word, or all of a name, makes a secret of. */
  private static final Pattern SECRET_WORD =
      Pattern.compile(
          ".*(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|APIKEY|PRIVATEKEY|ACCESSKEY"
              + "|SECRETKEY|SIGNINGKEY|ENCRYPTIONKEY)S?|KEYS?|PASS|PWD");

  /** Last words of names that are about a secret and don't hold it. */
  private static final Set<String> ABOUT =
      Set.of(
          ("TTL EXPIRY EXPIRES EXPIRATION EXP SECONDS MINUTES HOURS DAYS MS LENGTH LEN SIZE MIN MAX"
                  + " LIMIT COUNT NAME URL URI ENDPOINT ISSUER AUDIENCE ALGORITHM ALG PREFIX SUFFIX"
                  + " HEADER FIELD FILE PATH DIR ARN VERSION TYPE POLICY ENABLED DISABLED REQUIRED"
                  + " ROTATION INTERVAL LIFETIME AGE HASHER ROUNDS TIMEOUT REGION STORE PROVIDER"
                  + " RESET LOCATION STRATEGY MODE LEEWAY USAGE PER")
              .split(" "));

  /** Words that make numbers of tokens, keys and passwords. */
  private static final Set<String> NUMBERS =
      Set.of(
          "MAX MIN NUM NUMBER COUNT TOTAL LIMIT BUDGET PER AVERAGE CONTEXT COMPLETION PROMPT INPUT OUTPUT"
              .split(" "));

  /** What may be for everybody: a key or a token, but never a password. */
  private static final Pattern MAY_BE_OPEN = Pattern.compile("(API)?KEYS?|TOKENS?");

  /** Words that say that a key or token is for everybody, or none of that kind. */
  private static final Set<String> OPEN =
      Set.of(
          "PUBLIC PUBLISHABLE SITE SITEKEY PRIMARY FOREIGN PARTITION SORT CACHE ROUTING IDEMPOTENCY"
              .split(" "));

  private static final Map<String, Pattern> FORMS = new LinkedHashMap<>();

  static {
    form(
        "a private key",
        "-----BEGIN ([A-Z0-9]{1,20} ){0,4}PRIVATE KEY( BLOCK)?-----|PuTTY-User-Key-File-");
    form("a private key", "AGE-SECRET-KEY-1[A-Z0-9]{20,}");
    form("an AWS access key", "(^|[^A-Za-z0-9])(AKIA|ASIA)[A-Z0-9]{16}($|[^A-Za-z0-9])");
    form(
        "an AWS secret access key",
        "^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?![0-9a-fA-F]*$)[A-Za-z0-9/+]{40}$");
    form("a token of GitHub", "(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})");
    form("a token of GitLab", "gl(pat|dt|rt|ptt|cbt|soat)-[A-Za-z0-9_-]{16,}");
    form("a key of Stripe", "((sk|rk)_(live|test)_|whsec_)[A-Za-z0-9+/=_]{8,}");
    form("a token of Slack", "xox[abeoprs]-[A-Za-z0-9-]{8,}|xapp-[0-9]-[A-Za-z0-9-]{10,}");
    form(
        "an address that is a secret", "hooks\\.slack\\.com/(services|workflows)/[A-Za-z0-9/]{8,}");
    form(
        "an address that is a secret", "discord(app)?\\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{8,}");
    form(
        "a key of Google",
        "AIza[0-9A-Za-z_-]{35}|GOCSPX-[0-9A-Za-z_-]{20,}|ya29\\.[0-9A-Za-z_-]{20,}");
    form("an API key", "(^|[^A-Za-z0-9_])sk-[A-Za-z0-9_-]{20,}");
    form("a key of SendGrid", "SG\\.[A-Za-z0-9_-]{16,100}\\.[A-Za-z0-9_-]{16,}");
    form("a key of Twilio", "(^|[^A-Za-z0-9])SK[0-9a-f]{32}($|[^A-Za-z0-9])");
    form("a token of npm", "npm_[A-Za-z0-9]{36}");
    form("a token of PyPI", "pypi-[A-Za-z0-9_-]{50,}");
    form("a token of Docker Hub", "dckr_(pat|oat)_[A-Za-z0-9_-]{20,}");
    form("a token of DigitalOcean", "do[opr]_v1_[0-9a-f]{40,}");
    form("a token of Vault", "hv[sb]\\.[A-Za-z0-9_-]{20,}");
    form("a token of Shopify", "shp(at|ca|pa|ss)_[0-9a-fA-F]{32}");
    form("a token of Pulumi", "pul-[0-9a-f]{40}");
    form("a token of Hugging Face", "hf_[A-Za-z0-9]{30,}");
    form("a token of Telegram", "(^|[^A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}");
    form(
        "a signed token (JWT)",
        "eyJ[A-Za-z0-9_-]{5,5000}\\.eyJ[A-Za-z0-9_-]{5,5000}\\.[A-Za-z0-9_-]*");
    // What a name is made of is bounded: of a very long text each place would be read to its end.
    form(
        "a password in an address",
        "[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\\s/?#@:]{0,200}:[^\\s/?#@]{1,2000}@");
    form(
        "a password in an address",
        "(?i)[?&](password|passwd|pwd|token|secret|api_?key|access_token|sig)=[^&\\s]{3,}");
    form(
        "a password",
        "(?i)(^|[\\s;,])(password|passwd|pwd|accountkey|sharedaccesskey)\\s{0,9}=\\s{0,9}[^\\s;]{3,}");
    form("a password", "(?i)(^|:\\s{0,9})(bearer|basic)\\s{1,9}[A-Za-z0-9+/=._~-]{8,}\\s*$");
  }

  private final Map<String, String> exceptions;
  private final List<String> used = new ArrayList<>();
  private final List<Problem> found = new ArrayList<>();

  private PlainText(Map<String, String> exceptions) {
    this.exceptions = exceptions;
  }

  private static void form(String what, String pattern) {
    FORMS.merge(
        what,
        Pattern.compile(pattern),
        (one, other) -> Pattern.compile("(?:" + one.pattern() + ")|(?:" + other.pattern() + ")"));
  }

  /**
   * What looks like a secret in the settings of a stack, and exceptions that are none.
   *
   * @param settings values by key, structured ones as JSON; the key {@code plain} has the
   *     exceptions, reasons by the setting's path, {@code apps.api.environment.NAME}
   */
  public static List<Problem> problems(Map<String, String> settings) {
    var exceptions = new LinkedHashMap<String, String>();
    if (parsed(settings.getOrDefault("plain", "{}")) instanceof JsonObject given) {
      given
          .entrySet()
          .forEach(
              entry ->
                  exceptions.put(
                      entry.getKey(),
                      entry.getValue().isJsonPrimitive() ? entry.getValue().getAsString() : ""));
    }
    var text = new PlainText(exceptions);
    settings.forEach(
        (key, value) -> {
          if (!key.equals("plain")) {
            text.value(parsed(value), key, key);
          }
        });
    exceptions.forEach(
        (path, reason) -> {
          if (reason.isBlank()) {
            text.found.add(
                new Problem("plain." + path, "has no reason; say why, for who reads it"));
          } else if (!text.used.contains(path)) {
            text.found.add(
                new Problem(
                    "plain." + path,
                    "is not needed: there is no such setting, or nothing in it looks like a"
                        + " secret; take it out"));
          }
        });
    return List.copyOf(text.found);
  }

  /** What a text looks like by its form. */
  public static Optional<String> form(String value) {
    return FORMS.entrySet().stream()
        .filter(form -> form.getValue().matcher(value).find())
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Whether what has this name, with this value, is a secret by its name. */
  public static boolean isSecretByName(String name, String value) {
    if (value.isBlank() || value.matches("(?i)true|false|yes|no|on|off|none")) {
      return false;
    }
    var words =
        Arrays.stream(
                name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                    .toUpperCase(Locale.ROOT)
                    .split("[^A-Z0-9]+"))
            .filter(word -> !word.isEmpty())
            .toList();
    if (words.isEmpty()) {
      return false;
    }
    var open = words.stream().anyMatch(OPEN::contains);
    var last = words.get(words.size() - 1);
    if (words.size() > 1 && ABOUT.contains(last)) {
      return false;
    }
    if (value.matches("[0-9]{1,9}") && words.stream().anyMatch(NUMBERS::contains)) {
      return false;
    }
    // A lone PWD is a shell's folder, and a lone PASS a verdict.
    return words.stream()
        .filter(word -> words.size() > 1 || !Set.of("PWD", "PASS").contains(word))
        .filter(word -> !open || !MAY_BE_OPEN.matcher(word).matches())
        .anyMatch(word -> SECRET_WORD.matcher(word).matches());
  }

  private void value(JsonElement value, String path, String key) {
    if (value.isJsonObject()) {
      // The names in these are people's own; elsewhere a name is that of one of our settings.
      boolean named = key.equals("environment") || key.equals("tags");
      value
          .getAsJsonObject()
          .entrySet()
          .forEach(
              entry -> {
                var at = path + "." + entry.getKey();
                if (named
                    && entry.getValue().isJsonPrimitive()
                    && form(entry.getValue().getAsString()).isEmpty()
                    && isSecretByName(entry.getKey(), entry.getValue().getAsString())) {
                  note(at, "looks like a secret by its name, which would be in plain text here");
                }
                value(entry.getValue(), at, named ? "" : entry.getKey());
              });
    } else if (value.isJsonArray()) {
      for (int i = 0; i < value.getAsJsonArray().size(); i++) {
        value(value.getAsJsonArray().get(i), path + "[" + i + "]", "");
      }
    } else if (value.isJsonPrimitive()) {
      form(value.getAsString())
          .ifPresent(
              what -> note(path, "looks like " + what + ", which would be in plain text here"));
    }
  }

  private static JsonElement parsed(String text) {
    if (text.startsWith("{") || text.startsWith("[")) {
      try {
        return JsonParser.parseString(text);
      } catch (JsonParseException e) {
        // The setting's own type says what is wrong with it.
        return new JsonPrimitive(text);
      }
    }
    return new JsonPrimitive(text);
  }

  private void note(String path, String message) {
    if (exceptions.containsKey(path)) {
      used.add(path);
      return;
    }
    found.add(
        new Problem(
            path,
            message
                + ", on disk and in the state"
                + ELSEWHERE
                + ". If it is none: pulumi config set --path 'slipway:plain[\""
                + path
                + "\"]' 'the reason'"));
  }
}
