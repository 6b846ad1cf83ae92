package dev.slipway.access;

import dev.slipway.aws.Target;
import dev.slipway.identity.Statement;
import java.util.Arrays;
import java.util.List;

/**
 * What a workflow may do with Pulumi's state: one object for each stack, locks, history and backups
 * beside it, and the record of who holds a stack.
 *
 * <p>The layout is that of Pulumi's <a
 * href="https://www.pulumi.com/docs/iac/concepts/state-and-backends/">S3 backend</a>. A key is
 * named by its alias in a condition, since nobody knows its id before it is made: see <a
 * href="https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html">KMS</a>.
 */
final class StateRights {
  /** Pulumi.yaml's name of the project, which is part of the layout. */
  static final String PROJECT = "slipway";

  private final StateSettings settings;
  private final Target target;
  private final String bucket;

  /**
   * @param target whose region and account the state is in
   */
  StateRights(StateSettings settings, Target target) {
    this.settings = settings;
    this.target = target;
    bucket = target.bucket(bucketName(settings, target));
  }

  /** The bucket's name. */
  static String bucketName(StateSettings settings, Target target) {
    return settings
        .bucket()
        .orElse("slipway-state-" + target.account() + "-" + target.stack().region());
  }

  /** The state of every stack, for who changes none. */
  List<Statement> readAll() {
    return List.of(
        find(),
        Statement.allow("ReadState")
            .actions("s3:GetObject")
            .resources(objects(".pulumi/*", ".slipway/*")),
        withKey("ReadSecretsOfState", "kms:Decrypt"));
  }

  /** The state of one stack, and the lock and record around it. */
  List<Statement> keep() {
    var own = PROJECT + "/" + target.stack().name();
    return List.of(
        find(),
        Statement.allow("ReadLayout")
            .actions("s3:GetObject")
            .resources(objects(".pulumi/meta.yaml")),
        // Removed objects stay as former versions, which the bucket lets nobody remove.
        Statement.allow("KeepState")
            .actions("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
            .resources(
                objects(
                    ".pulumi/stacks/" + own + ".json*",
                    ".pulumi/stacks/" + own + ".pulumi-tags",
                    ".pulumi/history/" + own + "/*",
                    ".pulumi/backups/" + own + "/*",
                    ".pulumi/locks/organization/" + own + "/*",
                    ".slipway/runs/" + target.stack().name() + "/*")),
        withKey(
            "KeepSecretsOfState",
            "kms:Decrypt",
            "kms:Encrypt",
            "kms:GenerateDataKey",
            "kms:DescribeKey"));
  }

  /** Names of stacks and runs are no secret, and the backend looks for them in several ways. */
  private Statement find() {
    return Statement.allow("FindState")
        .actions("s3:ListBucket", "s3:GetBucketLocation")
        .resources(bucket);
  }

  private String[] objects(String... keys) {
    var prefix = bucket + "/" + settings.prefix().map(given -> given + "/").orElse("");
    return Arrays.stream(keys).map(key -> prefix + key).toArray(String[]::new);
  }

  private Statement withKey(String sid, String... actions) {
    return Statement.allow(sid)
        .actions(actions)
        .resources(target.arn("kms", "key/*"))
        .when("ForAnyValue:StringEquals", "kms:ResourceAliases", settings.key());
  }
}
