package dev.slipway.rehearsal.cloud;

import com.google.gson.JsonSyntaxException;
import dev.slipway.testing.PolicyEvaluator;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * STS's AssumeRoleWithWebIdentity: a token that the issuer signed, for a provider that the account
 * has, becomes a session of a role whose trust policy fits.
 *
 * <p>Source of the rules: AWS STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide,
 * "Request temporary security credentials". The issuer's key is given and not fetched.
 */
final class WebIdentity {

  static final String OPERATION = "AssumeRoleWithWebIdentity";

  private static final int SHORTEST = 900;
  private static final int UNLESS_ASKED = 3600;

  private final AwsClient aws;
  private final PublicKey issuer;
  private final Sessions sessions;
  private final InstantSource time;

  WebIdentity(AwsClient aws, PublicKey issuer, Sessions sessions, InstantSource time) {
    this.aws = aws;
    this.issuer = issuer;
    this.sessions = sessions;
    this.time = time;
  }

  /** The answer to a call, which is not signed: the token says who calls. */
  String answer(Call call) {
    Map<String, String> form = call.form();
    for (String unserved : List.of("Policy", "PolicyArns.member.1.arn", "ProviderId")) {
      if (form.containsKey(unserved)) {
        throw invalid(unserved + ": this emulated AWS has no session policies");
      }
    }
    String name = form.getOrDefault("RoleSessionName", "");
    if (!name.matches("[\\w+=,.@-]{2,64}")) {
      throw invalid(
          "Value '"
              + name
              + "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular"
              + " expression pattern: [\\w+=,.@-]*");
    }
    Map<String, Object> claims = claims(form.getOrDefault("WebIdentityToken", ""));
    String provider = provider(claims);
    Xml role = role(form.getOrDefault("RoleArn", ""), claims, provider);
    long seconds = seconds(form, Long.parseLong(role.need("MaxSessionDuration")));
    return xml(
        claims,
        provider,
        role,
        name,
        sessions.open(
            new Caller(
                role.need("RoleName"), name, Map.of("aws:FederatedProvider", List.of(provider))),
            seconds));
  }

  private static AwsError invalid(String message) {
    return new AwsError(400, "ValidationError", message);
  }

  private static AwsError badToken(String message) {
    return new AwsError(400, "InvalidIdentityToken", message);
  }

  // --- the token
  // ------------------------------------------------------------------------------------------------------

  private Map<String, Object> claims(String token) {
    String[] parts = token.split("\\.");
    if (parts.length != 3) {
      throw badToken(
          "The ID Token provided is not a valid JWT. (You may see this error if you sent"
              + " an Access Token)");
    }
    Map<String, Object> claims;
    boolean signed;
    try {
      var header = AwsClient.object(decoded(parts[0]));
      var signature = Signature.getInstance("SHA256withRSA");
      signature.initVerify(issuer);
      signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
      // Whatever algorithm a token claims, only the issuer's is taken.
      signed = "RS256".equals(header.get("alg")) && signature.verify(decoded(parts[2]));
      claims = AwsClient.object(decoded(parts[1]));
    } catch (GeneralSecurityException | IllegalArgumentException | JsonSyntaxException e) {
      throw badToken("Couldn't verify the signature of the token");
    }
    if (!signed) {
      throw badToken("Couldn't verify the signature of the token");
    }
    Instant now = time.instant();
    Instant expires = Instant.ofEpochSecond(number(claims, "exp"));
    if (!now.isBefore(expires)) {
      throw new AwsError(
          400,
          "ExpiredTokenException",
          "Token expired: current date/time "
              + now.getEpochSecond()
              + " must be before the expiration date/time "
              + expires.getEpochSecond());
    }
    if (number(claims, "iat") > now.getEpochSecond() + 60) {
      throw badToken("Token was issued in the future");
    }
    return claims;
  }

  private static byte[] decoded(String part) {
    return Base64.getUrlDecoder().decode(part);
  }

  private static long number(Map<String, Object> claims, String claim) {
    if (claims.get(claim) instanceof Number number) {
      return number.longValue();
    }
    throw badToken("Missing a required claim: " + claim);
  }

  /** The account's provider for the issuer, which has to know the audience. */
  private String provider(Map<String, Object> claims) {
    String url = String.valueOf(claims.get("iss"));
    String arn =
        "arn:aws:iam::"
            + EmulatedCloud.ACCOUNT
            + ":oidc-provider/"
            + url.replaceFirst("^https://", "");
    Xml provider;
    try {
      provider =
          aws.query("iam", "GetOpenIDConnectProvider", Map.of("OpenIDConnectProviderArn", arn));
    } catch (AwsError e) {
      throw badToken("No OpenIDConnect provider found in your account for " + url);
    }
    List<String> audiences =
        provider
            .anywhere("ClientIDList")
            .map(list -> list.children("member").stream().map(Xml::text).toList())
            .orElse(List.of());
    if (!audiences.contains(String.valueOf(claims.get("aud")))) {
      throw badToken("Incorrect token audience");
    }
    return arn;
  }

  // --- the role
  // -------------------------------------------------------------------------------------------------------

  private Xml role(String arn, Map<String, Object> claims, String provider) {
    var refusal = new AwsError(403, "AccessDenied", "Not authorized to perform sts:" + OPERATION);
    if (Roles.name(arn) == null) {
      throw invalid("Request ARN is invalid");
    }
    String keys = provider.replaceFirst("^.*:oidc-provider/", "");
    var request =
        PolicyEvaluator.Request.of(provider, "sts:" + OPERATION, arn)
            .with(keys + ":aud", String.valueOf(claims.get("aud")))
            .with(keys + ":sub", String.valueOf(claims.get("sub")));
    return Roles.trusted(aws, request, refusal);
  }

  private static long seconds(Map<String, String> form, long longest) {
    String asked = form.getOrDefault("DurationSeconds", String.valueOf(UNLESS_ASKED));
    if (!asked.matches("[0-9]{1,6}") || Long.parseLong(asked) < SHORTEST) {
      throw invalid(
          "Value '"
              + asked
              + "' at 'durationSeconds' failed to satisfy constraint: Member must have value"
              + " greater than or equal to "
              + SHORTEST);
    }
    if (Long.parseLong(asked) > longest) {
      throw invalid(
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
    return Long.parseLong(asked);
  }

  private static String xml(
      Map<String, Object> claims, String provider, Xml role, String name, Sessions.Session made) {
    return """
           <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
             <AssumeRoleWithWebIdentityResult>
               <SubjectFromWebIdentityToken>%s</SubjectFromWebIdentityToken>
               <Audience>%s</Audience>
               <AssumedRoleUser>
                 <Arn>%s</Arn>
                 <AssumedRoleId>%s:%s</AssumedRoleId>
               </AssumedRoleUser>
               %s
               <Provider>%s</Provider>
             </AssumeRoleWithWebIdentityResult>
             <ResponseMetadata><RequestId>slipway</RequestId></ResponseMetadata>
           </AssumeRoleWithWebIdentityResponse>
           """
        .formatted(
            Xml.escape(String.valueOf(claims.get("sub"))),
            Xml.escape(String.valueOf(claims.get("aud"))),
            made.caller().arn(),
            role.need("RoleId"),
            Xml.escape(name),
            made.xml(),
            provider);
  }
}
