package dev.slipway.plan.diagram;

import java.util.HashMap;
import java.util.Map;

/**
 * How wide a text gets, since nobody can ask the reader's font: Arial's widths, and as much more as
 * the widest of usual fonts (DejaVu Sans) takes.
 */
final class TextWidth {
  private static final double MORE = 1.18;
  private static final double MORE_IF_BOLD = 1.32;

  /** A letter that the table doesn't have, in thousandths of the size. */
  private static final int USUAL = 556;

  private static final Map<Integer, String> TABLE =
      Map.ofEntries(
          Map.entry(222, "'ijl"),
          Map.entry(278, " !,./:;I[\\]ft|"),
          Map.entry(333, "()-`r{}"),
          Map.entry(500, "Jcksvxyz"),
          Map.entry(584, "+<=>~"),
          Map.entry(611, "FTZ"),
          Map.entry(667, "&ABEKPSVXY"),
          Map.entry(722, "CDHNRUw"),
          Map.entry(778, "GOQ"),
          Map.entry(833, "Mm"),
          Map.entry(889, "%"),
          Map.entry(944, "W"),
          Map.entry(1015, "@…"));

  private static final Map<Integer, Integer> WIDTHS = new HashMap<>();

  static {
    TABLE.forEach((width, letters) -> letters.chars().forEach(letter -> WIDTHS.put(letter, width)));
  }

  private TextWidth() {}

  /** Pixels that a text of this size takes. */
  static int of(String text, double size, boolean bold) {
    int thousandths = text.chars().map(letter -> WIDTHS.getOrDefault(letter, USUAL)).sum();
    return (int) Math.ceil(thousandths * size / 1000 * (bold ? MORE_IF_BOLD : MORE));
  }

  /** The text, with … in its middle where it is wider than this. */
  static String shortened(String text, double size, boolean bold, int most) {
    var result = text;
    for (int kept = text.length() - 1; of(result, size, bold) > most && kept > 1; kept--) {
      result = text.substring(0, (kept + 1) / 2) + "…" + text.substring(text.length() - kept / 2);
    }
    return result;
  }
}
