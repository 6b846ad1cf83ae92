package dev.slipway.rehearsal.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The processes that a rehearsal starts on this machine. They are written down, so that those of a
 * run that was killed can be ended by the next one.
 */
final class Children implements AutoCloseable {
  private static final String FILE = "processes";

  private final Path directory;
  private final List<Process> running = new java.util.concurrent.CopyOnWriteArrayList<>();
  private boolean closed;

  Children(Path directory) {
    this.directory = directory;
  }

  synchronized Process start(ProcessBuilder builder, Path log) throws IOException {
    if (closed) {
      throw new IOException("the rehearsal is over: nothing is started any more");
    }
    builder
        .environment()
        .put("TMPDIR", Files.createDirectories(directory.resolve("tmp")).toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    running.add(process);
    Files.writeString(
        directory.resolve(FILE),
        process.pid() + " " + startedAt(process.toHandle()) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    return process;
  }

  private static String startedAt(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toString).orElse("");
  }

  /** Ends what earlier runs left; a process that only has an old one's number is left alone. */
  static void endLeftovers(Path runs) throws IOException {
    if (!Files.isDirectory(runs)) {
      return;
    }
    try (Stream<Path> directories = Files.list(runs)) {
      for (Path file : directories.map(run -> run.resolve(FILE)).filter(Files::exists).toList()) {
        for (String line : Files.readAllLines(file)) {
          String[] parts = line.split(" ", 2);
          ProcessHandle.of(Long.parseLong(parts[0]))
              .filter(process -> parts.length == 2 && parts[1].equals(startedAt(process)))
              .ifPresent(ProcessHandle::destroyForcibly);
        }
      }
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    running.forEach(Process::destroy);
    for (Process process : running) {
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
