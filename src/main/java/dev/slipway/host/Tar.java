package dev.slipway.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Packs files into a tar.gz that is the same, bit for bit, whenever the files are.
 *
 * <p>Sorted by name, owned by root, dated 1970, folders left to be made by whoever unpacks; scripts
 * are executable. The format is POSIX ustar.
 */
final class Tar {
  private static final int BLOCK = 512;

  private Tar() {}

  static byte[] gz(SortedMap<String, byte[]> files) {
    return gzip(tar(files));
  }

  private static byte[] tar(SortedMap<String, byte[]> files) {
    var out = new ByteArrayOutputStream();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      var content = file.getValue();
      out.writeBytes(header(file.getKey(), content.length));
      out.writeBytes(content);
      out.writeBytes(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    }
    // Two empty blocks end an archive.
    out.writeBytes(new byte[2 * BLOCK]);
    return out.toByteArray();
  }

  private static byte[] header(String name, int size) {
    var path = name.getBytes(StandardCharsets.UTF_8);
    if (path.length > 100) {
      throw new IllegalArgumentException(name + " has a name of more than 100 bytes");
    }
    var header = ByteBuffer.allocate(BLOCK);
    header.put(0, path);
    octal(header, 100, 8, name.endsWith(".sh") ? 0755 : 0644);
    octal(header, 108, 8, 0);
    octal(header, 116, 8, 0);
    octal(header, 124, 12, size);
    octal(header, 136, 12, 0);
    header.put(156, (byte) '0');
    header.put(257, "ustar\00000".getBytes(StandardCharsets.US_ASCII));
    header.put(265, "root".getBytes(StandardCharsets.US_ASCII));
    header.put(297, "root".getBytes(StandardCharsets.US_ASCII));
    // The checksum is made as if its own field were spaces.
    header.put(148, "        ".getBytes(StandardCharsets.US_ASCII));
    int sum = 0;
    for (byte b : header.array()) {
      sum += b & 255;
    }
    octal(header, 148, 7, sum);
    return header.array();
  }

  private static void octal(ByteBuffer header, int at, int length, int number) {
    var digits = String.format("%0" + (length - 1) + "o", number);
    header.put(at, digits.getBytes(StandardCharsets.US_ASCII));
    header.put(at + length - 1, (byte) 0);
  }

  /** java.util.zip's own GZIPOutputStream writes a header that differs between Java versions. */
  private static byte[] gzip(byte[] data) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 2, (byte) 255});
    var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try (var body = new DeflaterOutputStream(out, deflater)) {
      body.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deflater.end();
    }
    var crc = new CRC32();
    crc.update(data);
    little(out, (int) crc.getValue());
    little(out, data.length);
    return out.toByteArray();
  }

  private static void little(ByteArrayOutputStream out, int number) {
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(number >>> shift);
    }
  }
}
