package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Resources;
import dev.slipway.core.Stack;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserDataTest {
  @TempDir Path other;

  private static final Stack STACK = new Stack("staging", "erpnext", "us-east-1", Map.of());

  @Test
  void saysNothingButWhereThePointerIs() {
    var text = UserData.of(STACK);

    assertThat(text)
        .startsWith(
            """
            #!/bin/bash
            export SLIPWAY_REGION=us-east-1
            export SLIPWAY_POINTER=/slipway/staging/host
            """)
        .endsWith("exec /opt/slipway/bootstrap.sh\n");
    assertThat(text.replace("SLIPWAY_REGION=us-east-1", "SLIPWAY_REGION=eu-west-1"))
        .isEqualTo(
            UserData.of(new Stack("staging", "erpnext", "eu-west-1", Map.of("Owner", "me"))));
  }

  /**
   * EC2 stops a machine to change its user data, and an autoscaling group replaces it: who changes
   * this hash stops every host of every stack at its next {@code up}, and says so in the changelog.
   */
  @Test
  void staysWhatItIs() throws Exception {
    var hash =
        MessageDigest.getInstance("SHA-256")
            .digest(UserData.of(STACK).getBytes(StandardCharsets.UTF_8));

    assertThat(HexFormat.of().formatHex(hash))
        .isEqualTo("45b5176a03700cf8c3ee203e306b55e22609a82ba69c16ad7297cbe33881530b");
  }

  /** With a program whose every script but user data's own is another. */
  @Test
  void doesNotChangeWithAScriptThatHostsRun() throws Exception {
    var classes =
        Path.of(UserData.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    var host = classes.resolve("dev/slipway/host");
    try (var files = Files.walk(host)) {
      for (var file :
          (Iterable<Path>) files.filter(f -> f.toString().matches(".*[.](sh|jq|py)"))::iterator) {
        var changed = other.resolve(classes.relativize(file));
        Files.createDirectories(changed.getParent());
        boolean own = file.equals(host.resolve("user-data.sh"));
        Files.writeString(changed, Files.readString(file) + (own ? "" : "# changed\n"));
      }
    }
    var urls = new URL[] {other.toUri().toURL(), classes.toUri().toURL()};
    // Before the program's own class path, where its classes and files would be found first.
    try (var loader =
        new URLClassLoader(urls, UserDataTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("dev.slipway.host.") && !name.equals(Resources.class.getName())) {
              return super.loadClass(name, resolve);
            }
            var loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
          }

          @Override
          public URL getResource(String name) {
            var found = findResource(name);
            return found != null ? found : super.getResource(name);
          }
        }) {
      var program = loader.loadClass(UserData.class.getName());

      assertThat(program.getMethod("configure", Stack.class).invoke(null, STACK))
          .isNotEqualTo(UserData.configure(STACK));
      assertThat(program.getMethod("of", Stack.class).invoke(null, STACK))
          .isEqualTo(UserData.of(STACK));
    }
  }

  @Test
  void fitsIntoWhatEc2Takes() {
    assertThat(UserData.of(STACK).getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(16 * 1024);
  }

  @Test
  void retriesForHalfAnHour() {
    assertThat(UserData.of(STACK)).contains("\nslipway_fetch 1800\n");
  }
}
