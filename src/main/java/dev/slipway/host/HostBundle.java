package dev.slipway.host;

import dev.slipway.core.HostView;
import dev.slipway.core.Json;
import dev.slipway.core.Resources;
import dev.slipway.core.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The scripts that hosts run, and their settings, as one archive that is named by its content.
 *
 * <p>The scripts are the files under {@code dev/slipway/host/bundle} on the class path, be that a
 * folder or a jar.
 */
public final class HostBundle {
  private static final String ROOT = "bundle";

  private final SortedMap<String, byte[]> files;
  private final byte[] archive;
  private final String sha256;

  private HostBundle(SortedMap<String, byte[]> files) {
    this.files = Collections.unmodifiableSortedMap(files);
    this.archive = Tar.gz(files);
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(archive);
      this.sha256 = HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The scripts with what they read of a stack's settings, and how the stack calls its things.
   *
   * @param runtime the folder in {@code runtimes/} by which hosts run the system
   */
  public static HostBundle of(Stack stack, String runtime, Record settings) {
    var view = new TreeMap<>(HostView.of(settings));
    view.put("stack", stack.name());
    view.put("runtime", runtime);
    view.put(
        "parameters",
        new TreeMap<>(
            Map.of(
                "prefix", stack.path(),
                "desired", stack.desiredRelease(),
                "secrets", stack.secrets())));
    return with(Json.pretty(view) + "\n");
  }

  /**
   * @param settingsJson what goes into {@code settings.json} at the bundle's root
   */
  public static HostBundle with(String settingsJson) {
    var files = new TreeMap<>(scripts());
    files.put("settings.json", settingsJson.getBytes(StandardCharsets.UTF_8));
    return new HostBundle(files);
  }

  /** The archive's SHA-256 in hexadecimal, which is its name too. */
  public String sha256() {
    return sha256;
  }

  /** Where it lies in the artifacts bucket. */
  public String key() {
    return "bundles/" + sha256 + ".tar.gz";
  }

  /** The archive. */
  public byte[] archive() {
    return archive.clone();
  }

  String base64() {
    return Base64.getEncoder().encodeToString(archive);
  }

  /** What is in it, by path. */
  public Map<String, byte[]> files() {
    return files;
  }

  private static Map<String, byte[]> scripts() {
    var url = HostBundle.class.getResource(ROOT);
    if (url == null) {
      throw new IllegalStateException("the host scripts are not on the class path: " + ROOT);
    }
    try {
      var uri = url.toURI();
      if (uri.getScheme().equals("jar")) {
        var parts = uri.getRawSchemeSpecificPart().split("!", 2);
        // By its path and not by its URI, which only one at a time may open.
        try (var jar = FileSystems.newFileSystem(Path.of(URI.create(parts[0])))) {
          return read(jar.getPath(parts[1]));
        }
      }
      return read(Path.of(uri));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, byte[]> read(Path root) throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (var paths = Files.walk(root)) {
      for (var path : (Iterable<Path>) paths.filter(Files::isRegularFile)::iterator) {
        files.put(root.relativize(path).toString().replace('\\', '/'), Files.readAllBytes(path));
      }
    }
    return files;
  }

  /** The script text by which the configure document fetches a bundle. */
  static String fetchText() {
    return Resources.text(HostBundle.class, "fetch.sh") + "\n";
  }
}
