package dev.slipway.rehearsal.cloud;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The temporary credentials that were handed out to who is no machine. */
final class Sessions {

  /** Credentials and whose they are. */
  record Session(
      String accessKey, String secretKey, String sessionToken, Instant expires, Caller caller) {

    /** As STS answers with it. */
    String xml() {
      return """
             <Credentials>
               <AccessKeyId>%s</AccessKeyId>
               <SecretAccessKey>%s</SecretAccessKey>
               <SessionToken>%s</SessionToken>
               <Expiration>%s</Expiration>
             </Credentials>"""
          .formatted(accessKey, secretKey, sessionToken, expires);
    }
  }

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String KEY_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

  private final InstantSource time;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();

  Sessions(InstantSource time) {
    this.time = time;
  }

  Session open(Caller caller, long seconds) {
    var session =
        new Session(key(), random(30), random(200), time.instant().plusSeconds(seconds), caller);
    sessions.put(session.accessKey(), session);
    return session;
  }

  /** Who signed the call, or null where the key is none of these. */
  Caller caller(Call call) {
    Session known = sessions.get(call.accessKey());
    if (known == null) {
      return null;
    }
    if (!known.sessionToken().equals(call.sessionToken())) {
      throw new AwsError(
          403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    }
    if (!time.instant().isBefore(known.expires())) {
      throw switch (call.service()) {
        case "s3" -> new AwsError(400, "ExpiredToken", "The provided token has expired.");
        case "ec2" -> new AwsError(400, "RequestExpired", "Request has expired.");
        default ->
            new AwsError(
                call.isJson() ? 400 : 403,
                call.isJson() ? "ExpiredTokenException" : "ExpiredToken",
                "The security token included in the request is expired");
      };
    }
    return known.caller();
  }

  /** Ends all of them now. */
  void expire() {
    Instant now = time.instant();
    sessions.replaceAll(
        (key, session) ->
            new Session(key, session.secretKey(), session.sessionToken(), now, session.caller()));
  }

  private static String key() {
    var key = new StringBuilder("ASIA");
    RANDOM.ints(16, 0, KEY_CHARACTERS.length()).forEach(i -> key.append(KEY_CHARACTERS.charAt(i)));
    return key.toString();
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return Base64.getEncoder().withoutPadding().encodeToString(random);
  }
}
