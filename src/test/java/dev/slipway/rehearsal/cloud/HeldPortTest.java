package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class HeldPortTest {
  private static final String HOST = "127.0.0.1";

  @Test
  void portIsHeldByOneUntilItIsLetGo() throws Exception {
    int port;
    try (var held = HeldPort.take(HOST, 0).orElseThrow()) {
      port = held.address().getPort();
      assertThat(HeldPort.take(HOST, port)).isEmpty();
    }
    try (var again = HeldPort.take(HOST, port).orElseThrow()) {
      assertThat(again.address().getPort()).isEqualTo(port);
    }
  }

  @Test
  void portOnWhichSomebodyListensIsNotTaken() throws Exception {
    try (var other = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      assertThat(HeldPort.take(HOST, other.getLocalPort())).isEmpty();
    }
  }
}
