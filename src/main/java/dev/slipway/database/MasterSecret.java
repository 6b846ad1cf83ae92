package dev.slipway.database;

import com.pulumi.aws.kms.Key;
import com.pulumi.aws.rds.Instance;
import com.pulumi.aws.secretsmanager.Secret;
import com.pulumi.aws.secretsmanager.SecretArgs;
import com.pulumi.command.local.Command;
import com.pulumi.command.local.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Script;
import dev.slipway.identity.Statement;
import dev.slipway.secret.ApplicationSecrets;
import java.util.List;
import java.util.Map;

/**
 * The password of a database's administrator in a secret of the stack's own, where RDS can't keep
 * it.
 *
 * <p>Creates a KMS key, 1 dollar a month, a secret, 40 cents a month, and a command that takes the
 * password over from RDS: it makes a new one, writes it into the secret and sets it. The program
 * never sees it, so that it is in no state. See docs/decisions/0065-master-password.md.
 *
 * <pre>{@code
 * var master = new MasterSecret(named("master"), instance, true, childOptions());
 * }</pre>
 */
final class MasterSecret extends Component {
  static final String TYPE = "slipway:database:MasterSecret";

  private final Key key;
  private final Secret secret;
  private final Command taken;

  /**
   * @param kept whether deleting the secret is refused
   */
  MasterSecret(String name, Instance instance, boolean kept, ComponentResourceOptions options) {
    super(TYPE, name, options);
    key =
        new Key(
            named("key"),
            ApplicationSecrets.keyArgs(
                context(), "the password of its database's administrator", nameTag("key")),
            leaf().protect(kept).build());
    secret =
        new Secret(
            named("secret"),
            SecretArgs.builder()
                // Names of applications' secrets have no further slash.
                .namePrefix("slipway/" + stack().name() + "/rds/" + label() + "-")
                .description("Slipway " + stack().name() + ": the database's administrator")
                .kmsKeyId(key.arn())
                .recoveryWindowInDays(stack().ephemeral() ? 0 : ApplicationSecrets.RECOVERY_DAYS)
                .tags(nameTag("secret"))
                .build(),
            leaf().protect(kept).build());
    var take =
        Output.tuple(instance.identifier(), secret.arn()).applyValue(ids -> take(ids.t1, ids.t2));
    taken =
        new Command(
            named("take"),
            CommandArgs.builder()
                .create(take)
                // For another instance, or another secret.
                .update(take)
                .addPreviousOutputInEnv(false)
                .build(),
            leaf().dependsOn(instance).build());
    registerOutputs(Map.of("arn", secret.arn()));
  }

  private String take(String instance, String arn) {
    return Script.line(
        List.of(
            "./scripts/master-password.sh",
            "--instance",
            instance,
            "--secret",
            arn,
            "--region",
            stack().region()));
  }

  Output<String> arn() {
    return secret.arn();
  }

  /** What reading it takes beside the right to the secret. */
  Output<List<Statement>> useKey() {
    return key.arn()
        .applyValue(
            arn ->
                List.of(
                    Statement.allow("UseKeyOfMaster")
                        .actions("kms:Decrypt")
                        .resources(arn)
                        .when(
                            "StringEquals",
                            "kms:ViaService",
                            "secretsmanager." + stack().region() + ".amazonaws.com")));
  }

  /** What is done when the secret has the password. */
  Resource taken() {
    return taken;
  }
}
