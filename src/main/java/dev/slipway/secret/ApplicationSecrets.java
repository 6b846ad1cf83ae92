package dev.slipway.secret;

import com.pulumi.aws.kms.Key;
import com.pulumi.aws.kms.KeyArgs;
import com.pulumi.aws.secretsmanager.Secret;
import com.pulumi.aws.secretsmanager.SecretArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.core.StackContext;
import dev.slipway.identity.Policy;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The secrets of a stack's applications, as places for values that the program never sees.
 *
 * <p>Creates a KMS key, 1 dollar a month, and a secret in Secrets Manager, 40 cents a month, for
 * the database's user, the cache's, and each one that is generated or external. None gets a value
 * here: a secret that Pulumi sets is in Pulumi's state. Hosts make theirs in the first release,
 * people set theirs with {@code ./slipway secret set}, which finds them by the tag {@code
 * slipway:secret}.
 *
 * <pre>{@code
 * var secrets = new ApplicationSecrets(named("secrets"), List.of("database"), settings.secrets(), childOptions());
 * secrets.grantUse(role);
 * }</pre>
 *
 * <p>A secret that is deleted keeps its name until its recovery window is over, so that names end
 * in what AWS makes up. What a role needs of the key is said in the <a
 * href="https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html">Secrets
 * Manager user guide</a>.
 */
public final class ApplicationSecrets extends Component implements Linkable {
  static final String TYPE = "slipway:secret:ApplicationSecrets";

  /** The tag that says which of the stack's secrets it is. */
  public static final String TAG = "slipway:secret";

  /** The tag that says who gives it its value: {@code hosts} or {@code people}. */
  private static final String SOURCE_TAG = "slipway:secret-from";

  /** Those that hosts make for the database's and the cache's users. */
  public static final List<String> OWN = List.of("database", "cache");

  /** For how long a key or a secret that is deleted can be had back. */
  public static final int RECOVERY_DAYS = 30;

  private final Key key;
  private final boolean kept;
  private final Map<String, Secret> made = new LinkedHashMap<>();
  private final Map<String, Secret> external = new LinkedHashMap<>();

  /**
   * @param own which of {@link #OWN} the stack has a use for
   */
  public ApplicationSecrets(
      String name,
      List<String> own,
      ApplicationSecretsSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    kept = stack().protects(settings.protect());
    key =
        new Key(
            named("key"),
            keyArgs(context(), "the secrets of its applications", nameTag("key")),
            leaf().protect(kept).build());
    own.forEach(each -> made.put(each, secret(each, "hosts")));
    settings.generated().forEach(each -> made.put(each, secret(each, "hosts")));
    settings.external().forEach(each -> external.put(each, secret(each, "people")));
    registerOutputs(Map.of("arns", arns()));
  }

  /**
   * A key for secrets of a stack.
   *
   * @param what is encrypted with it
   */
  public static KeyArgs keyArgs(StackContext context, String what, Map<String, String> tags) {
    var stack = context.stack();
    return KeyArgs.builder()
        .description("Slipway " + stack.name() + ": " + what)
        .enableKeyRotation(true)
        .deletionWindowInDays(stack.ephemeral() ? 7 : RECOVERY_DAYS)
        .policy(
            context
                .account()
                .applyValue(
                    account ->
                        // Who of the account may use it is for the roles' policies to say.
                        Policy.of(
                            Statement.allow("Account")
                                .principal(
                                    "AWS",
                                    "arn:%s:iam::%s:root".formatted(stack.partition(), account))
                                .actions("kms:*")
                                .resources("*"))))
        .tags(tags)
        .build();
  }

  private Secret secret(String role, String from) {
    return new Secret(
        named(role),
        SecretArgs.builder()
            .namePrefix(prefix() + role + "-")
            .description("Slipway " + stack().name() + ": " + role)
            .kmsKeyId(key.arn())
            // What is thrown away leaves nothing behind.
            .recoveryWindowInDays(stack().ephemeral() ? 0 : RECOVERY_DAYS)
            .tags(nameTag(role, Map.of(TAG, role, SOURCE_TAG, from)))
            .build(),
        leaf().protect(kept).build());
  }

  /** Lets a role read all of them, and keep those that hosts make. */
  public Resource grantUse(ServiceRole role) {
    return role.allow(
        "use-application-secrets",
        Output.tuple(
                all(made), key.arn(), context().arn("secretsmanager", "secret:" + prefix() + "*"))
            .applyValue(known -> use(known.t1, known.t2, known.t3)));
  }

  /** The names of all begin with it. */
  private String prefix() {
    return "slipway/" + stack().name() + "/";
  }

  private List<Statement> use(List<String> own, String keyArn, String every) {
    return List.of(
        // By what their names begin with: those of fifty applications would fill the role.
        Statement.allow("ReadSecrets")
            .actions("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue")
            .resources(every),
        Statement.allow("KeepOwnSecrets")
            .actions("secretsmanager:PutSecretValue")
            .resources(own.toArray(String[]::new)),
        Statement.allow("UseKeyOfSecrets")
            .actions("kms:Decrypt", "kms:GenerateDataKey")
            .resources(keyArn)
            .when(
                "StringEquals",
                "kms:ViaService",
                "secretsmanager." + stack().region() + ".amazonaws.com"));
  }

  private static Output<List<String>> all(Map<String, Secret> secrets) {
    return Output.all(secrets.values().stream().map(Secret::arn).toList());
  }

  /** The ARNs of all, by name. */
  public Output<Map<String, String>> arns() {
    var arns = new TreeMap<String, Output<String>>();
    made.forEach((name, secret) -> arns.put(name, secret.arn()));
    external.forEach((name, secret) -> arns.put(name, secret.arn()));
    return byName(arns);
  }

  /** The ARN of one. */
  public Output<String> arn(String name) {
    var secret = made.getOrDefault(name, external.get(name));
    if (secret == null) {
      throw new IllegalArgumentException(
          "there is no secret \"%s\", but %s and %s"
              .formatted(name, made.keySet(), external.keySet()));
    }
    return secret.arn();
  }

  @Override
  public Link link() {
    var begin = context().arn("secretsmanager", "secret:" + prefix());
    var values = new TreeMap<String, Output<String>>();
    values.put("secretPrefix", begin);
    made.forEach((name, secret) -> values.put("secret." + name, rest(secret, begin)));
    external.forEach((name, secret) -> values.put("secret." + name, rest(secret, begin)));
    return new Link(values);
  }

  /**
   * What follows the prefix: the ARNs of fifty, each with its beginning, are 8 KB by themselves.
   */
  private static Output<String> rest(Secret secret, Output<String> begin) {
    return Output.tuple(secret.arn(), begin)
        .applyValue(
            known -> {
              if (!known.t1.startsWith(known.t2)) {
                throw new IllegalStateException(known.t1 + " does not begin with " + known.t2);
              }
              return known.t1.substring(known.t2.length());
            });
  }

  @Override
  public List<Resource> ready() {
    return List.of();
  }
}
