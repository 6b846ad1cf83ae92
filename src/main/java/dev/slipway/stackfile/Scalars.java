package dev.slipway.stackfile;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * What Pulumi makes of a value that stands in a stack file without quotes.
 *
 * <p>Pulumi reads with Go's yaml.v3, which knows more kinds of numbers than people expect: {@code
 * 0400} is 256 to it, {@code 15.10} is 15.1, {@code 1_000} is 1000, a date becomes a point in time.
 * A value that would reach the program as another text than what is written is refused, so that
 * nobody has to know these rules; in quotes each is the text that it shows. The rules are those of
 * {@code resolve.go} of yaml.v3 3.0.1, and a test holds them against the engine itself.
 */
final class Scalars {
  private static final Pattern TRUE = Pattern.compile("true|True|TRUE");
  private static final Pattern FALSE = Pattern.compile("false|False|FALSE");
  private static final Pattern NOTHING = Pattern.compile("|~|null|Null|NULL");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final Pattern DATE =
      Pattern.compile(
          "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
              + "([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})"
              + "| +[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?)?");

  /** How Go writes a whole number; the base is told by how it begins. */
  private static final Pattern WHOLE =
      Pattern.compile("([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)");

  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  /** Beyond 2^53 a number in JSON is no longer exact. */
  private static final BigInteger MOST = BigInteger.ONE.shiftLeft(53);

  private Scalars() {}

  /**
   * A value, or why it is refused.
   *
   * @param value null, a text, a number or a truth value
   * @param problem null where there is none
   */
  record Reading(Object value, String problem) {
    private static Reading of(Object value) {
      return new Reading(value, null);
    }

    private static Reading refused(String text, String made) {
      return new Reading(
          null,
          "\"%s\" is %s; write what you mean, or put it in quotes"
              .formatted(shortened(text), made));
    }
  }

  /** Reads a value that stands without quotes. */
  static Reading read(String text) {
    if (NOTHING.matcher(text).matches()) {
      return Reading.of(null);
    } else if (TRUE.matcher(text).matches()) {
      return Reading.of(true);
    } else if (FALSE.matcher(text).matches()) {
      return Reading.of(false);
    } else if (NOT_FINITE.matcher(text).matches()) {
      return Reading.refused(text, "not a number that a setting takes");
    } else if (DATE.matcher(text).matches()) {
      return Reading.refused(text, "a date, of which Pulumi makes a point in time");
    }
    char first = text.charAt(0);
    if (first >= '0' && first <= '9' || first == '-' || first == '+') {
      return number(text, text.replace("_", ""));
    }
    return first == '.' ? number(text, text) : Reading.of(text);
  }

  private static Reading number(String text, String plain) {
    var whole = WHOLE.matcher(plain);
    if (whole.matches()) {
      var value = whole(whole.group(1), whole.group(2));
      if (value.abs().compareTo(MOST) > 0) {
        return Reading.refused(text, "too large a number");
      }
      return value.toString().equals(text)
          ? Reading.of(value.longValue())
          : Reading.refused(text, value + " to Pulumi");
    }
    if (!DECIMAL.matcher(plain).matches()) {
      return Reading.of(text);
    }
    double value = Double.parseDouble(plain);
    var written = new BigDecimal(value == 0 ? "0" : Double.toString(value));
    return value != 0
            && Math.abs(value) >= 1e-6
            && written.stripTrailingZeros().scale() > 0
            && written.toPlainString().equals(text)
        ? Reading.of(written)
        : Reading.refused(
            text, Double.isInfinite(value) ? "too large a number" : shown(value) + " to Pulumi");
  }

  private static BigInteger whole(String sign, String digits) {
    int base = 10;
    var rest = digits;
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      char mark = Character.toLowerCase(digits.charAt(1));
      base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
      rest = digits.substring(Character.isLetter(mark) ? 2 : 1);
    }
    var value = new BigInteger(rest, base);
    return sign.equals("-") ? value.negate() : value;
  }

  private static String shown(double value) {
    if (value == 0) {
      return "0";
    }
    return Math.abs(value) >= 1e-6 && Math.abs(value) < 1e21
        ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
        : Double.toString(value);
  }

  private static String shortened(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}
