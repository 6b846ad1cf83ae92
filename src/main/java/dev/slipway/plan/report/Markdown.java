package dev.slipway.plan.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A page of GitHub's Markdown out of texts that nobody vouches for, of a limited length.
 *
 * <p>A text goes into a page in one of two ways, and neither lets it out again: as {@link #code},
 * where every character that means something to Markdown, HTML or GitHub is written by its number;
 * or in a {@link #fence} of more backticks than it has itself.
 */
public final class Markdown {

  /** GitHub takes comments of up to 65,536 characters; the rest is for whoever adds something. */
  public static final int LIMIT = 60_000;

  /** A text in a line is cut here. */
  private static final int LINE = 300;

  /** A line of a block is cut here: nobody reads on, and it would take the room of all others. */
  private static final int LONGEST = 500;

  private static final Pattern BACKTICKS = Pattern.compile("`+");

  private final int limit;
  private final StringBuilder text = new StringBuilder();

  public Markdown(int limit) {
    this.limit = limit;
  }

  /** A text within a line. */
  public static String code(String text) {
    var shown = text.length() > LINE ? text.substring(0, LINE) + "…" : text;
    var result = new StringBuilder("<code>");
    visible(shown.replaceAll("\\s+", " "))
        .codePoints()
        .forEach(
            character -> {
              if (Character.isLetterOrDigit(character)
                  || " -./,;=+%?".indexOf(character) >= 0
                  || character > 0x7f) {
                result.appendCodePoint(character);
              } else {
                result.append("&#").append(character).append(';');
              }
            });
    return result.append("</code>").toString();
  }

  /** Lines as they are. */
  public static String fence(String language, List<String> lines) {
    var content = visible(String.join("\n", lines).replace("\r\n", "\n").replace('\r', '\n'));
    int longest =
        BACKTICKS.matcher(content).results().mapToInt(run -> run.group().length()).max().orElse(0);
    var fence = "`".repeat(Math.max(3, longest + 1));
    return fence + language + "\n" + content + "\n" + fence + "\n";
  }

  /**
   * The first lines of many, and how many there are more.
   *
   * @param most how many lines
   * @param length how many characters in all
   */
  public static List<String> capped(List<String> lines, int most, int length) {
    var result = new ArrayList<String>();
    int room = length;
    for (var line : lines) {
      var shown = line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
      room -= shown.length() + 1;
      if (result.size() == most || room < 0) {
        result.add("… and " + Describe.count(lines.size() - result.size(), "more line"));
        return result;
      }
      result.add(shown);
    }
    return result;
  }

  /**
   * Characters that one doesn't see, by their numbers: what turns the direction of text around
   * would let a line look like another.
   */
  private static String visible(String text) {
    var result = new StringBuilder();
    text.codePoints()
        .forEach(
            character -> {
              int kind = Character.getType(character);
              boolean hidden =
                  kind == Character.FORMAT
                      || kind == Character.SURROGATE
                      || kind == Character.LINE_SEPARATOR
                      || kind == Character.PARAGRAPH_SEPARATOR
                      || (kind == Character.CONTROL && character != '\n' && character != '\t');
              if (hidden) {
                result.append("\\u%04x".formatted(character));
              } else {
                result.appendCodePoint(character);
              }
            });
    return result.toString();
  }

  public int length() {
    return text.length();
  }

  /** A line that is always there; its author keeps it short. */
  public void line(String line) {
    text.append(line).append('\n');
  }

  /**
   * A folded part; what doesn't fit any more is counted.
   *
   * @param title what one sees while it is folded
   * @param head what stands before the items, the head of a table say; empty for nothing
   * @param items each ends with a line break
   * @param after how many parts come after it: each is left the room for its title
   */
  public void section(String title, String head, List<String> items, int after) {
    if (items.isEmpty()) {
      return;
    }
    line("<details><summary>" + title + "</summary>");
    line("");
    text.append(head);
    int left = limit - 400 * (after + 1) - text.length();
    // Where there isn't room for all, no part takes it from those after it.
    int room = text.length() + (after == 0 ? left : left * 2 / 3);
    int shown = 0;
    for (var item : items) {
      if (text.length() + item.length() <= room) {
        text.append(item);
        shown++;
      }
    }
    line("");
    if (shown < items.size()) {
      line(
          "%d of %d left out: a comment can't hold more. `./slipway plan` with `--diff` shows all."
              .formatted(items.size() - shown, items.size()));
      line("");
    }
    line("</details>");
    line("");
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
