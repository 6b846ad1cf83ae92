package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Looks at the arguments of every process of this machine, those in its containers among them, for
 * as long as the rehearsal lasts: what stands there can be read by everybody on a host.
 */
final class ProcessWatch implements AutoCloseable {
  private static final Path PROC = Path.of("/proc");

  private final Set<String> secrets = ConcurrentHashMap.newKeySet();
  private final Set<String> found = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::watch, "process-watch");
  private volatile boolean over;
  private volatile int looks;

  ProcessWatch() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Something that no process may be given as an argument from now on. */
  void secret(String value) {
    secrets.add(value);
  }

  /** The programs that were given one, without what they were given. */
  Set<String> found() {
    return new TreeSet<>(found);
  }

  int looks() {
    return looks;
  }

  private void watch() {
    while (!over) {
      look();
      looks++;
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void look() {
    try (var processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        String arguments = read(process.resolve("cmdline"));
        if (secrets.stream().anyMatch(arguments::contains)) {
          found.add(arguments.split("\0", 2)[0]);
        }
      }
    } catch (IOException e) {
      found.add("nothing could be seen: " + e.getMessage());
    }
  }

  /** Empty for one that has ended meanwhile. */
  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    over = true;
    thread.interrupt();
  }
}
