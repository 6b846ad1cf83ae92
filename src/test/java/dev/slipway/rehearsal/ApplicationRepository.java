package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** The application's own repository: each version of the little application is one commit. */
final class ApplicationRepository {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static final String STYLESHEET = "erpnext/public/css/erpnext-web.bundle.css";

  private final Path versions;
  private final Path work;
  private final Shell git;

  ApplicationRepository(Path versions, Path work, Path bare) throws IOException {
    this.versions = versions;
    this.work = work;
    Files.createDirectories(work);
    Files.createDirectories(bare.getParent());
    git = Shell.committing(work);
    git.need(LIMIT, "git", "init", "--quiet", "--initial-branch=develop", ".");
    git.need(
        LIMIT, "git", "init", "--quiet", "--bare", "--initial-branch=develop", bare.toString());
    git.need(LIMIT, "git", "remote", "add", "origin", bare.toString());
  }

  /**
   * Commits a version, pushes it to develop and gives the commit.
   *
   * @param style is added to its stylesheet, which changes the code and not the schema
   */
  String push(String version, String style) throws IOException {
    git.need(LIMIT, "git", "rm", "-rq", "--ignore-unmatch", ".");
    Path from = versions.resolve(version);
    try (var files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path to = work.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(
              file, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
    Files.writeString(work.resolve(STYLESHEET), style, StandardOpenOption.APPEND);
    return commit(version);
  }

  /** Commits one more file on what was pushed last, and gives the commit. */
  String pushFile(String name, String text) throws IOException {
    Files.writeString(work.resolve(name), text);
    return commit(name);
  }

  private String commit(String message) {
    git.need(LIMIT, "git", "add", "--all");
    git.need(LIMIT, "git", "commit", "--quiet", "--allow-empty", "--message", message);
    git.need(LIMIT, "git", "push", "--quiet", "origin", "develop");
    return git.need(LIMIT, "git", "rev-parse", "HEAD").strip();
  }

  /** The files of the version that was pushed last. */
  Path files() {
    return work;
  }
}
