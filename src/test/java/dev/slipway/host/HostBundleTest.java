package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostBundleTest {
  @TempDir Path folder;

  @Test
  void isNamedByItsContent() throws Exception {
    var bundle = HostBundle.with("{}");
    var sha =
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bundle.archive()));

    assertThat(bundle.sha256()).isEqualTo(sha);
    assertThat(bundle.key()).isEqualTo("bundles/" + sha + ".tar.gz");
  }

  @Test
  void isTheSameWheneverItsFilesAre() {
    assertThat(HostBundle.with("{}").archive()).isEqualTo(HostBundle.with("{}").archive());
    assertThat(HostBundle.with("{}").sha256()).isNotEqualTo(HostBundle.with("{ }").sha256());
  }

  @Test
  void holdsTheScriptsAndTheSettings() {
    assertThat(HostBundle.with("{\"a\":1}").files())
        .containsKeys("settings.json", "bootstrap.sh", "configure.sh", "release.sh")
        .hasEntrySatisfying(
            "settings.json",
            bytes -> assertThat(bytes).asString(StandardCharsets.UTF_8).isEqualTo("{\"a\":1}"));
  }

  @Test
  void isUnpackedByTarWithItsModes() throws Exception {
    var bundle = HostBundle.with("{}");
    var archive = Files.write(folder.resolve("bundle.tar.gz"), bundle.archive());
    run("tar", "-xzf", archive.toString(), "-C", folder.toString());

    for (var file : bundle.files().entrySet()) {
      var unpacked = folder.resolve(file.getKey());
      assertThat(unpacked).hasBinaryContent(file.getValue());
      assertThat(Files.isExecutable(unpacked)).isEqualTo(file.getKey().endsWith(".sh"));
    }
    assertThat(run("tar", "--numeric-owner", "-tvzf", archive.toString()))
        .contains("0/0 ")
        .contains("1970-01-01")
        .doesNotContain("..");
  }

  @Test
  void isTheSameFromAJar() throws Exception {
    var classes =
        Path.of(HostBundle.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var jar = folder.resolve("a program.jar");
    run("jar", "--create", "--file", jar.toString(), "-C", classes.toString(), "dev/slipway");

    try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      var inJar = loader.loadClass(HostBundle.class.getName());
      for (int time = 0; time < 2; time++) {
        var bundle = inJar.getMethod("with", String.class).invoke(null, "{}");
        assertThat(inJar.getMethod("sha256").invoke(bundle))
            .isEqualTo(HostBundle.with("{}").sha256());
      }
    }
  }

  @Test
  void holdsEmptyAndBlockSizedFiles() throws Exception {
    var files = new TreeMap<String, byte[]>();
    files.put("empty", new byte[0]);
    files.put("block", new byte[512]);
    files.put("b/more", new byte[513]);
    var archive = Files.write(folder.resolve("a.tar.gz"), Tar.gz(files));

    assertThat(run("tar", "-tzf", archive.toString()).lines())
        .containsExactly("b/more", "block", "empty");
    try (var unzipped = new GZIPInputStream(new ByteArrayInputStream(Tar.gz(files)))) {
      assertThat(unzipped.readAllBytes().length % 512).isZero();
    }
  }

  @Test
  void refusesANameThatTheFormatCannotHold() {
    var files = new TreeMap<String, byte[]>();
    files.put("a".repeat(101), new byte[0]);

    assertThatThrownBy(() -> Tar.gz(files)).hasMessageContaining("more than 100 bytes");
  }

  private static String run(String... command) throws Exception {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
