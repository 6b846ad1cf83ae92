package dev.slipway.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Stack;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UserDataTest {
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

  @Test
  void fitsIntoWhatEc2Takes() {
    assertThat(UserData.of(STACK).getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(16 * 1024);
  }

  @Test
  void retriesForHalfAnHour() {
    assertThat(UserData.of(STACK)).contains("\nslipway_fetch 1800\n");
  }
}
