package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * Signs tokens as GitHub's OpenID Connect provider does for a job of a workflow.
 *
 * <p>Source of the claims: GitHub's documentation, "OpenID Connect reference".
 */
public final class TokenIssuer {

  /** The issuer's URL, as the tokens and the account's provider name it. */
  public static final String URL = "https://token.actions.githubusercontent.com";

  public static final String AUDIENCE = "sts.amazonaws.com";

  private static final Duration LIFETIME = Duration.ofMinutes(5);

  private final KeyPair keys;

  TokenIssuer() {
    try {
      var generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      keys = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("RSA keys can't be made here", e);
    }
  }

  /**
   * A job's token.
   *
   * @param repository e.g. {@code my-company/slipway}, or with ids, as newer repositories send it:
   *     {@code my-company@1/slipway@2}
   * @param job what the subject says of the job, e.g. {@code environment:staging} or {@code
   *     pull_request}
   */
  public String token(String repository, String job) {
    return token(repository, job, Map.of());
  }

  /** The same with other claims in the place of these, or beside them. */
  public String token(String repository, String job, Map<String, Object> other) {
    Instant now = Instant.now();
    String plain = repository.replaceAll("@[0-9]+", "");
    var claims = new LinkedHashMap<String, Object>();
    claims.put("iss", URL);
    claims.put("aud", AUDIENCE);
    claims.put("sub", "repo:" + repository + ":" + job);
    claims.put("repository", plain);
    claims.put("repository_owner", plain.split("/")[0]);
    if (job.startsWith("environment:")) {
      claims.put("environment", job.substring("environment:".length()));
    }
    claims.put("ref", "refs/heads/develop");
    claims.put("jti", UUID.randomUUID().toString());
    claims.put("iat", now.getEpochSecond());
    claims.put("nbf", now.getEpochSecond());
    claims.put("exp", now.plus(LIFETIME).getEpochSecond());
    claims.putAll(other);
    return sign(claims);
  }

  private String sign(Map<String, Object> claims) {
    String signed =
        encoded(Map.of("alg", "RS256", "typ", "JWT", "kid", "rehearsal")) + "." + encoded(claims);
    try {
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a token can't be signed", e);
    }
  }

  private static String encoded(Map<String, Object> part) {
    return base64(AwsClient.GSON.toJson(part).getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What the issuer publishes at its URL. */
  PublicKey key() {
    return keys.getPublic();
  }
}
