package dev.slipway.rehearsal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the files on a machine's disks that have one of some values in them: its own, and all that
 * Docker keeps there. What is in memory, or the kernel's, is told by its type of file system and
 * not by its name, since folders are called `run` and `dev` on disks too.
 */
final class DiskSearch {
  private DiskSearch() {}

  /**
   * @param shell what runs `sh` on the machine, with standard input
   * @param memory a folder of the machine's that is in memory
   * @param roots where to look
   */
  static Set<String> find(
      List<String> shell, String memory, Collection<String> roots, Collection<String> values)
      throws IOException, InterruptedException {
    if (values.isEmpty() || values.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("an empty value, or none, would tell nothing");
    }
    var command = new ArrayList<>(shell);
    command.addAll(
        List.of(
            "sh",
            "-c",
            // By standard input and in memory, since an argument or a file would be found itself.
            """
            umask 077
            values=$(mktemp -p "$1") && cat >"$values" || exit 1
            shift
            for root; do [ -r "$root" ] || exit 1; done
            find "$@" \\( -fstype proc -o -fstype sysfs -o -fstype tmpfs -o -fstype ramfs -o -fstype devtmpfs \\) -prune \\
              -o -type f -exec grep -laFs --file="$values" {} + 2>/dev/null
            rm -f "$values"
            """,
            "search",
            memory));
    command.addAll(roots);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.outputWriter()) {
      in.write(String.join("\n", values));
    } catch (IOException e) {
      // It ended without reading; how it ended says more.
    }
    var found = new TreeSet<String>();
    try (var lines = process.inputReader()) {
      lines.lines().forEach(found::add);
    }
    if (process.waitFor() != 0) {
      throw new IOException(
          "the search ended with exit code " + process.exitValue() + ": " + found);
    }
    return found;
  }
}
