package dev.slipway.storage;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Public keys in PEM, as {@code openssl rsa -pubout} writes them and <a
 * href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html">CloudFront
 * takes them</a>.
 */
final class PublicKeyText {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN PUBLIC KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

  /** CloudFront knows P-256 as well; boto3's signer, which applications use, signs by RSA. */
  private static final int BITS = 2048;

  private static final int FINGERPRINT = 8;

  private PublicKeyText() {}

  /** What is wrong with one, if anything is. Nothing of it is repeated: it may be the other key. */
  static Optional<String> problem(String pem) {
    try {
      var key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(bytes(pem)));
      int bits = ((RSAPublicKey) key).getModulus().bitLength();
      return bits == BITS
          ? Optional.empty()
          : Optional.of("is an RSA key of %d bits; CloudFront takes %d".formatted(bits, BITS));
    } catch (GeneralSecurityException | IllegalArgumentException none) {
      return Optional.of(
          "is not a public RSA key in PEM; write it with: openssl rsa -in private.pem -pubout");
    }
  }

  private static byte[] bytes(String pem) {
    var matcher = PEM.matcher(pem.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not PEM");
    }
    return Base64.getMimeDecoder().decode(matcher.group(1));
  }

  /** The same key as CloudFront gives it back: another end of a line would be another key. */
  static String normal(String pem) {
    return pem.strip().replace("\r\n", "\n") + "\n";
  }

  /** Tells it from others, however its lines end. */
  static String fingerprint(String pem) {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(bytes(pem));
      return HexFormat.of().formatHex(digest).substring(0, FINGERPRINT);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
