package dev.slipway.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The search of the rehearsal's machines, in a tree of this machine's. */
class DiskSearchTest {
  private static final String VALUE = "it's $a \"secret\"";

  private Path disk;
  private Path memory;

  @BeforeEach
  void start() throws IOException {
    // The usual folder for temporary files is in memory on some machines.
    disk = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "disk");
    memory = Files.createTempDirectory(Path.of("/dev/shm"), "memory");
  }

  @AfterEach
  void stop() throws IOException {
    for (Path folder : List.of(disk, memory)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static Path write(Path folder, String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private Set<String> find(String... values) throws Exception {
    return DiskSearch.find(
        List.of(),
        memory.toString(),
        List.of(disk.toString(), memory.toString(), "/proc", "/sys", "/dev"),
        List.of(values));
  }

  @Test
  void aValueIsFoundWhateverItsFolderIsCalledAndWhateverIsAroundIt() throws Exception {
    Path plain = write(disk, "etc/a file", "before " + VALUE + " after");
    Path named = write(disk, "overlay2/1/diff/run/dev/proc/sys/x", "\0\1" + VALUE + "\0");
    write(disk, "run/y", "another secret");

    assertThat(find("nothing like it", VALUE))
        .containsExactlyInAnyOrder(plain.toString(), named.toString());
  }

  @Test
  void whatIsInMemoryAloneIsNotOnADisk() throws Exception {
    write(memory, "x", VALUE);

    assertThat(find(VALUE)).isEmpty();
    try (var left = Files.list(memory)) {
      assertThat(left).as("what the search leaves there").hasSize(1);
    }
  }

  @Test
  void aSearchThatCannotBeginIsNotOneThatFindsNothing() {
    assertThatThrownBy(
            () -> DiskSearch.find(List.of(), disk + "/none", List.of("/dev"), List.of(VALUE)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mktemp");
    assertThatThrownBy(() -> find(VALUE, "")).hasMessageContaining("would tell nothing");
  }
}
