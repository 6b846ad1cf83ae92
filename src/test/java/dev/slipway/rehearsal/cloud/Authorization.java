package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Decides what machines and sessions may do by the policies of their role, as IAM does: managed and
 * inline policies, the permissions boundary, and the policy of the bucket or key that is called.
 */
final class Authorization implements RunCommands.Rights {

  /** A right that a call needs, on one resource. */
  record Permission(String action, String resource, Map<String, List<String>> context) {
    static Permission of(String action, String resource) {
      return new Permission(action, resource, Map.of());
    }
  }

  /** The policies of a role for a moment, since scripts make many calls at once. */
  private record Role(String arn, PolicyEvaluator policies, Instant readAt) {}

  private static final String ADMINISTRATOR =
      "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}";

  private static final Duration FRESH = Duration.ofSeconds(2);

  private final AwsClient aws;
  private final InstanceMetadata metadata;
  private final BucketPolicies bucketPolicies;
  private final Map<String, Role> roles = new ConcurrentHashMap<>();
  private final Map<String, String> managed = new ConcurrentHashMap<>();
  private final List<String> denials = new CopyOnWriteArrayList<>();
  private final List<String> sessionDenials = new CopyOnWriteArrayList<>();
  private final ResourceContext resources;

  Authorization(
      AwsClient aws,
      InstanceMetadata metadata,
      BucketPolicies bucketPolicies,
      ResourceContext resources) {
    this.aws = aws;
    this.bucketPolicies = bucketPolicies;
    this.metadata = metadata;
    this.resources = resources;
  }

  /** Throws AWS's refusal where the machine's role doesn't allow the call. */
  void check(Machine machine, Call call) {
    check(caller(machine), call, denials);
  }

  /** Throws AWS's refusal where the session's role doesn't allow the call. */
  void check(Caller caller, Call call) {
    check(caller, call, sessionDenials);
  }

  private void check(Caller caller, Call call, List<String> denials) {
    for (Permission permission : RequiredPermissions.of(call, aws.region(), resources)) {
      if (!decide(caller, permission)) {
        String message = refusal(caller, permission, denials);
        throw switch (call.service()) {
          case "s3" -> new AwsError(403, "AccessDenied", message);
          case "ec2" -> new AwsError(403, "UnauthorizedOperation", message);
          default ->
              new AwsError(
                  call.isJson() ? 400 : 403,
                  call.isJson() ? "AccessDeniedException" : "AccessDenied",
                  message);
        };
      }
    }
  }

  /** Throws the refusal of what is no call of AWS's API and takes a right all the same. */
  void check(Caller caller, String action, String resource) {
    var permission = Permission.of(action, resource);
    if (!decide(caller, permission)) {
      boolean machine = caller.context().containsKey("ec2:SourceInstanceARN");
      throw new AwsError(
          403, "AccessDenied", refusal(caller, permission, machine ? denials : sessionDenials));
    }
  }

  private static String refusal(Caller caller, Permission permission, List<String> denials) {
    denials.add(permission.action() + " on " + permission.resource());
    return "User: "
        + caller.arn()
        + " is not authorized to perform: "
        + permission.action()
        + " on resource: "
        + permission.resource();
  }

  /**
   * Whether S3 says "access denied" to this caller where an object isn't there: it does without the
   * right to list.
   */
  boolean hidesMissing(Caller caller, String bucket) {
    return !decide(caller, Permission.of("s3:ListBucket", "arn:aws:s3:::" + bucket));
  }

  private static String bucket(Permission permission) {
    return permission.resource().replaceFirst("^arn:aws:s3:::", "").split("/")[0];
  }

  /** The account's owner may do all, except what a bucket's policy denies to everybody. */
  void checkOperator(Call call) {
    if (!call.service().equals("s3")) {
      return;
    }
    for (Permission permission : RequiredPermissions.of(call, aws.region(), resources)) {
      String policy = bucketPolicies.get(bucket(permission));
      if (policy != null) {
        var request =
            PolicyEvaluator.Request.of(
                "arn:aws:iam::" + EmulatedCloud.ACCOUNT + ":user/operator",
                permission.action(),
                permission.resource());
        var decision = new PolicyEvaluator(List.of(ADMINISTRATOR)).at(policy).evaluate(request);
        if (!decision.allowed()) {
          throw new AwsError(
              403,
              "AccessDenied",
              "the bucket's policy denies "
                  + permission.action()
                  + " ("
                  + decision.statement()
                  + ")");
        }
      }
    }
  }

  @Override
  public boolean allows(Machine machine, String action, String resource) {
    return decide(caller(machine), Permission.of(action, resource));
  }

  /** Whether the caller's role allows it; a "no" is no refusal of a call. */
  boolean allows(Caller caller, String action, String resource) {
    return decide(caller, Permission.of(action, resource));
  }

  /** What machines were refused so far, as action and resource. */
  List<String> denials() {
    return List.copyOf(denials);
  }

  /** What sessions were refused so far, as action and resource. */
  List<String> sessionDenials() {
    return List.copyOf(sessionDenials);
  }

  /** A machine with its role, as its instance profile names it now. */
  Caller caller(Machine machine) {
    String arn =
        "arn:aws:ec2:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":instance/" + machine.id();
    return new Caller(
        metadata.role(machine), machine.id(), Map.of("ec2:SourceInstanceARN", List.of(arn)));
  }

  private boolean decide(Caller caller, Permission permission) {
    if (caller.role() == null) {
      return false;
    }
    Role role = role(caller.role());
    var request =
        PolicyEvaluator.Request.of(role.arn(), permission.action(), permission.resource())
            .with("aws:ResourceAccount", EmulatedCloud.ACCOUNT)
            .with("aws:RequestedRegion", aws.region());
    for (var context : List.of(caller.context(), permission.context())) {
      for (var entry : context.entrySet()) {
        request = request.with(entry.getKey(), entry.getValue().toArray(String[]::new));
      }
    }
    PolicyEvaluator policies = role.policies();
    if (permission.resource().startsWith("arn:aws:s3:::")) {
      String bucketPolicy = bucketPolicies.get(bucket(permission));
      if (bucketPolicy != null) {
        policies = policies.at(bucketPolicy);
      }
    }
    if (permission.resource().matches("arn:aws:kms:.*:key/.*")) {
      String keyPolicy = keyPolicy(permission.resource().replaceFirst("^.*:key/", ""));
      if (keyPolicy != null) {
        policies = policies.atGuarded(keyPolicy);
      }
    }
    if (permission.action().equals("sts:AssumeRole") && Roles.name(permission.resource()) != null) {
      String trust = trustPolicy(Roles.name(permission.resource()), permission.resource());
      if (trust == null) {
        return false;
      }
      policies = policies.atGuarded(trust);
    }
    if (permission.resource().matches("arn:aws:ecr:.*:repository/.*")) {
      String repositoryPolicy =
          repositoryPolicy(permission.resource().replaceFirst("^.*:repository/", ""));
      if (repositoryPolicy != null) {
        policies = policies.at(repositoryPolicy);
      }
    }
    return policies.evaluate(request).allowed();
  }

  /** Who may take a role; null where there is none of this name with this ARN. */
  private String trustPolicy(String role, String arn) {
    try {
      Xml read = iam("GetRole", "RoleName", role);
      return read.need("Arn").equals(arn) ? decoded(read.need("AssumeRolePolicyDocument")) : null;
    } catch (AwsError e) {
      return null;
    }
  }

  /** The policy of a registry's repository; null for one that isn't there, or has none. */
  private String repositoryPolicy(String name) {
    try {
      return Values.text(
          aws.json(
                  "ecr",
                  "AmazonEC2ContainerRegistry_V20150921.GetRepositoryPolicy",
                  Map.of("repositoryName", name))
              .get("policyText"));
    } catch (AwsError e) {
      return null;
    }
  }

  /** The policy of a key, without which nobody may use it; null for one that isn't there. */
  private String keyPolicy(String key) {
    try {
      return Values.text(
          aws.json(
                  "kms", "TrentService.GetKeyPolicy", Map.of("KeyId", key, "PolicyName", "default"))
              .get("Policy"));
    } catch (AwsError e) {
      return null;
    }
  }

  private Role role(String name) {
    Role known = roles.get(name);
    if (known != null && known.readAt().plus(FRESH).isAfter(Instant.now())) {
      return known;
    }
    Role read = read(name);
    roles.put(name, read);
    return read;
  }

  private Role read(String name) {
    var policies = new ArrayList<String>();
    Xml role = iam("GetRole", "RoleName", name);
    for (Xml attached :
        members(
            iam("ListAttachedRolePolicies", "RoleName", name),
            "ListAttachedRolePoliciesResult/AttachedPolicies")) {
      policies.add(managed(attached.text("PolicyArn")));
    }
    for (Xml inline :
        members(iam("ListRolePolicies", "RoleName", name), "ListRolePoliciesResult/PolicyNames")) {
      policies.add(
          decoded(
              iam("GetRolePolicy", "RoleName", name, "PolicyName", inline.text())
                  .need("PolicyDocument")));
    }
    var evaluator = new PolicyEvaluator(policies);
    String boundary = role.anywhere("PermissionsBoundaryArn").map(Xml::text).orElse("");
    if (!boundary.isEmpty()) {
      evaluator = evaluator.boundedBy(managed(boundary));
    }
    return new Role(role.need("Arn"), evaluator, Instant.now());
  }

  private String managed(String arn) {
    String version = iam("GetPolicy", "PolicyArn", arn).need("DefaultVersionId");
    return managed.computeIfAbsent(
        arn + " " + version,
        key ->
            decoded(
                iam("GetPolicyVersion", "PolicyArn", arn, "VersionId", version).need("Document")));
  }

  /** IAM sends policies in the encoding of URLs; moto sends some of them plain. */
  static String decoded(String document) {
    return document.startsWith("%")
        ? java.net.URLDecoder.decode(document, java.nio.charset.StandardCharsets.UTF_8)
        : document;
  }

  private Xml iam(String action, Object... parameters) {
    return aws.query("iam", action, Fields.of(parameters));
  }

  private static List<Xml> members(Xml answer, String path) {
    return answer.at(path).map(list -> list.children("member")).orElse(List.of());
  }
}
