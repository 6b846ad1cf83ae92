package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CborTest {

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  @Test
  void textAfterOtherValues() {
    // {"a": [1, {"b": -1.5}], "Name": "xyz"}
    assertThat(Cbor.text(bytes("a2 61 61 82 01 a1 61 62 f9 be00 64 4e616d65 63 78797a"), "Name"))
        .isEqualTo("xyz");
  }

  @Test
  void mapsAndTextsOfUnknownLength() {
    // {_ "x": (_ h'01', h'02'), "Name": (_ "xy", "z")}
    assertThat(
            Cbor.text(
                bytes("bf 61 78 5f 41 01 41 02 ff 64 4e616d65 7f 62 7879 61 7a ff ff"), "Name"))
        .isEqualTo("xyz");
  }

  @Test
  void whatIsNotThereIsEmpty() {
    assertThat(Cbor.text(bytes("a1 61 61 01"), "Name")).isEmpty();
    assertThat(Cbor.text(new byte[0], "Name")).isEmpty();
    assertThat(Cbor.text(bytes("a2 61 61"), "Name")).isEmpty();
  }
}
