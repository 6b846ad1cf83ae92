package dev.slipway.testing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Base64;

/** Keys that are made for a test and thrown away. */
public final class TestKeys {
  private static final int LINE = 64;

  private TestKeys() {}

  /** A public RSA key of so many bits, in PEM. */
  public static String publicKey(int bits) {
    try {
      var maker = KeyPairGenerator.getInstance("RSA");
      maker.initialize(bits);
      var lines =
          Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII))
              .encodeToString(maker.generateKeyPair().getPublic().getEncoded());
      return "-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----\n";
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
