package dev.slipway.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs files into a zip that is the same, bit for bit, whenever the files are: sorted by name,
 * dated 1980, which is about as old as a zip knows, and stored as they are, because what packs them
 * differs between versions of Java.
 *
 * @param sha256 the archive's SHA-256 in hexadecimal, which is its name too
 */
public record Zip(byte[] archive, String sha256) {
  private static final LocalDateTime DATE = LocalDateTime.of(1980, 2, 1, 0, 0);

  /** An archive of these files, by path. */
  public static Zip of(SortedMap<String, byte[]> files) {
    var out = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(out)) {
      for (var file : files.entrySet()) {
        var content = file.getValue();
        var crc = new CRC32();
        crc.update(content);
        var entry = new ZipEntry(file.getKey());
        entry.setTimeLocal(DATE);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var archive = out.toByteArray();
    try {
      return new Zip(
          archive, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public byte[] archive() {
    return archive.clone();
  }

  /** Where it lies in the artifacts bucket. */
  public String key() {
    return "bundles/" + sha256 + ".zip";
  }

  /** Its SHA-256 as Lambda tells it. */
  public String base64Sha256() {
    return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256));
  }

  String base64() {
    return Base64.getEncoder().encodeToString(archive);
  }
}
