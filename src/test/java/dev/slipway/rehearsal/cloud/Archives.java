package dev.slipway.rehearsal.cloud;

import dev.slipway.plan.graph.PropertyValues.Asset;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Archives of Pulumi's as a zip file, and a zip file as a folder. */
final class Archives {
  private Archives() {}

  /** What the provider would upload: a zip file as it is, a folder or single assets as one. */
  static byte[] zip(Asset archive) {
    try {
      if (archive.contents().get("path") instanceof String path && !path.isEmpty()) {
        Path given = Path.of(path);
        return Files.isDirectory(given) ? zip(files(given)) : Files.readAllBytes(given);
      }
      var files = new TreeMap<String, byte[]>();
      for (var entry : Values.map(archive.contents().get("assets")).entrySet()) {
        if (!(entry.getValue() instanceof Asset asset) || asset.archive()) {
          throw new IllegalArgumentException(
              "archive: " + entry.getKey() + " is no file; this emulated AWS takes files only");
        }
        files.put(entry.getKey(), Values.bytes(asset));
      }
      return zip(files);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  static byte[] zip(Map<String, byte[]> files) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      for (var file : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(file.getKey()));
        zip.write(file.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** Writes what is in a zip file into a new folder. */
  static void unpack(byte[] zip, Path folder) {
    try (var in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      Files.createDirectories(folder);
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path file = folder.resolve(entry.getName()).normalize();
        if (!file.startsWith(folder)) {
          throw new IllegalArgumentException(entry.getName() + ": leads out of the archive");
        }
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.getParent());
          Files.write(file, in.readAllBytes());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
