package dev.slipway.core;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What went wrong, in words for people. */
public final class Reasons {
  /** How many of a failure's frames are told; the first of ours is among them. */
  private static final int FRAMES = 40;

  private Reasons() {}

  /** Why a file can't be read or written; Java's own messages are often its path alone. */
  public static String of(IOException refused) {
    if (refused instanceof AccessDeniedException) {
      return "permission denied";
    } else if (refused instanceof NoSuchFileException) {
      return "there is no such file or folder";
    } else if (refused instanceof FileAlreadyExistsException
        || refused instanceof NotDirectoryException) {
      return "there is a file where a folder is wanted";
    } else if (refused instanceof FileSystemLoopException) {
      return "its links lead in a circle";
    } else if (refused instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    return refused.getMessage() == null ? refused.getClass().getSimpleName() : refused.getMessage();
  }

  /**
   * What is told of a failure that nobody foresaw.
   *
   * @param traced whether to tell where it was, which {@code SLIPWAY_TRACE=1} asks for
   */
  public static String unforeseen(Throwable failure, boolean traced) {
    var text =
        "Slipway failed where it should not: %s%s. This is a mistake of the program, not yours."
            .formatted(
                failure.getClass().getSimpleName(),
                failure.getMessage() == null ? "" : ", " + oneLine(failure.getMessage()));
    if (!traced) {
      return text
          + "\nPlease report it as an issue of the repository that you have Slipway from, with the"
          + " stack file and what SLIPWAY_TRACE=1 in the environment adds to this message.";
    }
    return text
        + "\n"
        + Arrays.stream(failure.getStackTrace())
            .limit(FRAMES)
            .map(frame -> "    at " + frame)
            .collect(Collectors.joining("\n"))
        + (failure.getCause() == null || failure.getCause() == failure
            ? ""
            : "\ncaused by " + unforeseen(failure.getCause(), true));
  }

  private static String oneLine(String text) {
    var line = text.strip().replaceAll("\\s+", " ");
    return line.length() > 300 ? line.substring(0, 300) + "…" : line;
  }
}
