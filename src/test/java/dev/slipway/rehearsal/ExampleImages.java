package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Images of an example's applications, built by their own Dockerfiles and kept in the rehearsal's
 * registry. A version is the example with a folder of changes laid over it.
 */
final class ExampleImages {
  private static final Duration BUILD = Duration.ofMinutes(15);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static final Pattern DIGEST =
      Pattern.compile("(?i)^docker-content-digest: (sha256:[0-9a-f]{64})\\s*$", Pattern.MULTILINE);

  /** What images are called. */
  interface Naming {
    String repository(String application);

    String tag(String application, String version);

    /** A repository for each application, whose name follows a prefix. */
    static Naming each(String prefix) {
      return new Naming() {
        @Override
        public String repository(String application) {
          return prefix + application;
        }

        @Override
        public String tag(String application, String version) {
          return version;
        }
      };
    }

    /** One repository for all, with the application's name before each tag. */
    static Naming together(String repository) {
      return new Naming() {
        @Override
        public String repository(String application) {
          return repository;
        }

        @Override
        public String tag(String application, String version) {
          return application + "-" + version;
        }
      };
    }
  }

  private final Path example;
  private final Path changes;
  private final Path work;
  private final Shell scripts;
  private final String registry;
  private final Naming naming;

  /**
   * @param changes a folder for each version that is not the example as it is
   */
  ExampleImages(
      Path example, Path changes, Path work, Shell scripts, String registry, Naming naming) {
    this.example = example;
    this.changes = changes;
    this.work = work;
    this.scripts = scripts;
    this.registry = registry;
    this.naming = naming;
  }

  /** The image's name, without a tag. */
  String name(String application) {
    return naming.repository(application);
  }

  /** Builds and pushes an application as one version has it, and gives its digest. */
  String push(String application, String version) throws IOException {
    return push(application, version, version);
  }

  /** The same under another tag, which is what it calls itself: another image of the same code. */
  String push(String application, String version, String tag) throws IOException {
    Path folder = work.resolve(version).resolve(application);
    Folders.copy(example.resolve(application), folder);
    Path change = changes.resolve(version).resolve(application);
    if (Files.isDirectory(change)) {
      Folders.copy(change, folder);
    }
    scripts.need(
        BUILD,
        "./scripts/dev/rehearsal-images.sh",
        "--only",
        "app",
        "--app-dir",
        folder.toString(),
        "--name",
        name(application),
        "--tag",
        naming.tag(application, tag),
        "--registry",
        registry);
    return digest(application, naming.tag(application, tag));
  }

  private String digest(String application, String tag) {
    String head =
        scripts.need(
            MINUTE,
            "curl",
            "--fail",
            "--silent",
            "--head",
            "--header",
            "Accept: application/vnd.docker.distribution.manifest.v2+json,"
                + " application/vnd.oci.image.manifest.v1+json",
            "http://" + registry + "/v2/" + name(application) + "/manifests/" + tag);
    Matcher digest = DIGEST.matcher(head);
    if (!digest.find()) {
      throw new Diary.Broken("the registry tells no digest of " + name(application) + "\n" + head);
    }
    return digest.group(1);
  }
}
