package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The repository of an example: each version is a commit, the example with patches on it. A patch
 * that the example has outgrown fails, and says so.
 */
final class ExampleRepository {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path example;
  private final Path patches;
  private final Path work;
  private final Shell git;
  private final Map<String, String> commits = new LinkedHashMap<>();

  /**
   * @param patches a file VERSION.patch for each, from the folder of the example
   * @param bare where it is pushed to, and served from
   */
  ExampleRepository(Path example, Path patches, Path work, Path bare) throws IOException {
    this.example = example;
    this.patches = patches;
    this.work = work;
    Files.createDirectories(work);
    Files.createDirectories(bare.getParent());
    git = Shell.committing(work);
    git.need(LIMIT, "git", "init", "--quiet", "--initial-branch=main", ".");
    git.need(LIMIT, "git", "init", "--quiet", "--bare", "--initial-branch=main", bare.toString());
    git.need(LIMIT, "git", "remote", "add", "origin", bare.toString());
  }

  /**
   * The commit of a version, which is pushed to main when it is asked for first.
   *
   * @param applied the patches that it is made of, the version's own last; none for the example as
   *     it is
   */
  String commit(String version, List<String> applied) throws IOException {
    if (!commits.containsKey(version)) {
      commits.put(version, push(version, applied));
    }
    return commits.get(version);
  }

  private String push(String version, List<String> applied) throws IOException {
    git.need(LIMIT, "git", "rm", "-rqf", "--ignore-unmatch", ".");
    Folders.copy(example, work);
    for (String patch : applied) {
      git.need(LIMIT, "git", "apply", patches.resolve(patch + ".patch").toString());
    }
    git.need(LIMIT, "git", "add", "--all");
    git.need(LIMIT, "git", "commit", "--quiet", "--allow-empty", "--message", version);
    git.need(LIMIT, "git", "push", "--quiet", "origin", "main");
    return git.need(LIMIT, "git", "rev-parse", "HEAD").strip();
  }
}
