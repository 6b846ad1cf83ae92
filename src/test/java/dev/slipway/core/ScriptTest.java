package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"", "plain", "two words", "it's", "$(touch x)", "`x`; x", "a\nb", "\"", "\\", "*"})
  void quotesWhateverIsInAWord(String word) throws Exception {
    assertThat(sh("printf '%s' " + Script.quote(word))).isEqualTo(word);
  }

  @Test
  void leavesPlainWordsAsTheyAre() {
    assertThat(Script.line(List.of("./scripts/ssm-run.sh", "--instance", "i-1", "a b")))
        .isEqualTo("./scripts/ssm-run.sh --instance i-1 'a b'");
  }

  @Test
  void exportsWhatIsQuoted() throws Exception {
    assertThat(sh(Script.exports(Map.of("NAME", "it's $HOME")) + "printf '%s' \"$NAME\""))
        .isEqualTo("it's $HOME");
  }

  @Test
  void refusesWhatNoShellCanHold() {
    assertThatThrownBy(() -> Script.quote("a\0b")).hasMessageContaining("NUL");
  }

  private static String sh(String script) throws IOException, InterruptedException {
    var process = new ProcessBuilder("sh", "-c", script).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
