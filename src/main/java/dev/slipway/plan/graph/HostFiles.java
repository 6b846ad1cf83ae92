package dev.slipway.plan.graph;

import dev.slipway.core.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * The files that hosts will get.
 *
 * @param origin the name of the resource that carries them
 * @param files contents by path
 */
public record HostFiles(String origin, Map<String, byte[]> files) {

  private static final int BLOCK = 512;

  /** The text of a file, empty when there is none. */
  public String text(String path) {
    return new String(files.getOrDefault(path, new byte[0]), StandardCharsets.UTF_8);
  }

  /** The archives that the program puts into buckets. */
  public static List<HostFiles> bundles(Graph graph) {
    var result = new ArrayList<HostFiles>();
    for (var object : graph.of("aws:s3/bucketObjectv2:BucketObjectv2")) {
      if (object.text("key").endsWith(".tar.gz")
          && object.value("contentBase64") instanceof String content) {
        result.add(new HostFiles(graph.label(object), unpack(Base64.getDecoder().decode(content))));
      }
    }
    return result;
  }

  /** User data of machines, and SSM documents, by file name. */
  public static Map<String, String> texts(Graph graph) {
    var result = new TreeMap<String, String>();
    for (var token : List.of(Machines.INSTANCE, Machines.TEMPLATE)) {
      for (var machine : graph.of(token)) {
        if (machine.value("userData") instanceof String text) {
          // A launch template takes its user data in Base64.
          result.put(
              "user-data/" + graph.label(machine),
              token.equals(Machines.TEMPLATE) ? decoded(text) : text);
        } else if (machine.value("userDataBase64") instanceof String text) {
          result.put("user-data/" + graph.label(machine), decoded(text));
        }
      }
    }
    for (var document : graph.of("aws:ssm/document:Document")) {
      var content = document.text("content");
      var object = Json.object(content);
      result.put(
          "documents/" + document.text("name") + (object.isEmpty() ? ".yaml" : ".json"),
          object.isEmpty() ? content : Json.pretty(object) + "\n");
    }
    for (var parameter : graph.of("aws:ssm/parameter:Parameter")) {
      if (parameter.text("type").equals("String")) {
        var object = Json.object(parameter.text("value"));
        result.put(
            "parameters" + parameter.text("name") + (object.isEmpty() ? ".txt" : ".json"),
            (object.isEmpty() ? parameter.text("value") : Json.pretty(object)) + "\n");
      }
    }
    return result;
  }

  private static String decoded(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }

  /** The regular files of a tar.gz in the POSIX format. */
  public static Map<String, byte[]> unpack(byte[] archive) {
    var result = new TreeMap<String, byte[]>();
    try (var stream = new GZIPInputStream(new ByteArrayInputStream(archive))) {
      for (var header = stream.readNBytes(BLOCK);
          header.length == BLOCK && header[0] != 0;
          header = stream.readNBytes(BLOCK)) {
        var name = text(header, 0, 100);
        var prefix = text(header, 345, 155);
        int size = Integer.parseInt(text(header, 124, 12).strip(), 8);
        var content = stream.readNBytes(size);
        stream.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
        if (header[156] == '0' || header[156] == 0) {
          result.put(prefix.isEmpty() ? name : prefix + "/" + name, content);
        }
      }
    } catch (IOException damaged) {
      throw new PlanException("a bundle cannot be unpacked: " + damaged.getMessage());
    }
    return Collections.unmodifiableMap(result);
  }

  private static String text(byte[] header, int at, int length) {
    int end = at;
    while (end < at + length && header[end] != 0) {
      end++;
    }
    return new String(header, at, end - at, StandardCharsets.UTF_8);
  }
}
