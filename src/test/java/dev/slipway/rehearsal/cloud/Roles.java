package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who takes which role: STS's AssumeRole, and what AWS's services take for their customers, by the
 * role's trust policy.
 *
 * <p>Source of the rules: AWS STS API Reference, AssumeRole; IAM User Guide, "The confused deputy
 * problem", for what services say of themselves.
 */
final class Roles {

  static final String OPERATION = "AssumeRole";

  private static final Pattern ROLE =
      Pattern.compile("arn:aws:iam::[0-9]{12}:role/(?:.*/)?([A-Za-z0-9+=,.@_-]{1,64})");

  /** The longest session of a role that is taken with credentials of a role. */
  private static final int CHAINED = 3600;

  /** How long the credentials last that a service works with. */
  private static final long OF_SERVICES = 12 * 3600;

  private final AwsClient aws;
  private final Sessions sessions;

  Roles(AwsClient aws, Sessions sessions) {
    this.aws = aws;
    this.sessions = sessions;
  }

  /** The last part of a role's ARN, or null where it is no such ARN. */
  static String name(String arn) {
    Matcher named = ROLE.matcher(arn);
    return named.matches() ? named.group(1) : null;
  }

  /**
   * A role whose trust policy lets somebody in.
   *
   * @param request who asks, for what, and what else is known of it
   * @throws AwsError the refusal, where it doesn't, or where there is no such role
   */
  static Xml trusted(AwsClient aws, PolicyEvaluator.Request request, AwsError refusal) {
    String name = name(request.resource());
    Xml role;
    try {
      role = aws.query("iam", "GetRole", Map.of("RoleName", name == null ? "-" : name));
    } catch (AwsError e) {
      throw refusal;
    }
    String trust = Authorization.decoded(role.need("AssumeRolePolicyDocument"));
    if (!role.need("Arn").equals(request.resource())
        || !new PolicyEvaluator(List.of()).atGuarded(trust).evaluate(request).allowed()) {
      throw refusal;
    }
    return role;
  }

  /**
   * A service in a role that it takes for a customer.
   *
   * @param service whose principal is in the trust policy, e.g. {@code lambda.amazonaws.com}
   * @param source the ARN of the thing for which it does
   */
  Caller forService(String role, String service, String source, String session) {
    trustsService(role, service, source, denied(service, role));
    return new Caller(name(role), session, Map.of());
  }

  /** Throws the refusal where a service can't take the role. */
  void trustsService(String role, String service, String source, AwsError refusal) {
    var request =
        PolicyEvaluator.Request.of(service, "sts:" + OPERATION, role)
            .with("aws:SourceAccount", EmulatedCloud.ACCOUNT)
            .with("aws:SourceArn", source);
    trusted(aws, request, refusal);
  }

  /** Credentials for what a service runs in a customer's role. */
  Sessions.Session session(Caller caller) {
    return sessions.open(caller, OF_SERVICES);
  }

  private static AwsError denied(String who, String role) {
    return new AwsError(
        403,
        "AccessDenied",
        "User: " + who + " is not authorized to perform: sts:AssumeRole on resource: " + role);
  }

  /** The answer to a call of AssumeRole that the caller's and the role's policies allow. */
  String answer(Call call) {
    Map<String, String> form = call.form();
    for (String unserved :
        List.of("Policy", "PolicyArns.member.1.arn", "Tags.member.1.Key", "SerialNumber")) {
      if (form.containsKey(unserved)) {
        throw invalid(unserved + ": this emulated AWS has no session policies, tags and devices");
      }
    }
    String session = form.getOrDefault("RoleSessionName", "");
    if (!session.matches("[\\w+=,.@-]{2,64}")) {
      throw invalid(
          "Value '"
              + session
              + "' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular"
              + " expression pattern: [\\w+=,.@-]*");
    }
    String asked = form.getOrDefault("DurationSeconds", "3600");
    if (!asked.matches("[0-9]{3,5}") || Integer.parseInt(asked) < 900) {
      throw invalid(
          "Value '"
              + asked
              + "' at 'durationSeconds' failed to satisfy constraint: Member must have value"
              + " greater than or equal to 900");
    }
    if (Integer.parseInt(asked) > CHAINED) {
      throw invalid(
          "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by"
              + " role chaining");
    }
    String name = name(form.get("RoleArn"));
    var made = sessions.open(new Caller(name, session, Map.of()), Long.parseLong(asked));
    return """
           <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
             <AssumeRoleResult>
               <AssumedRoleUser>
                 <Arn>%s</Arn>
                 <AssumedRoleId>AROASLIPWAY:%s</AssumedRoleId>
               </AssumedRoleUser>
               %s
             </AssumeRoleResult>
             <ResponseMetadata><RequestId>slipway</RequestId></ResponseMetadata>
           </AssumeRoleResponse>
           """
        .formatted(made.caller().arn(), Xml.escape(session), made.xml());
  }

  private static AwsError invalid(String message) {
    return new AwsError(400, "ValidationError", message);
  }
}
