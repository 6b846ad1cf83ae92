package dev.slipway.access;

import dev.slipway.aws.Target;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.List;

/**
 * What it takes to send a stack's documents to its machines, and to read what comes of it: the
 * calls of ./slipway ssm-run.
 *
 * <p>Document and machine are two statements. In one, the condition on the machine's tag would be
 * asked of the document too, which has none; see <a
 * href="https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html">Systems
 * Manager</a>.
 */
final class ReleaseRights {
  /** What a release role sends: a release, its undoing, and the question what runs. */
  static final String[] RELEASE = {"release", "rollback", "status"};

  /** What goes with bringing a stack up and taking it down. */
  static final String[] DEPLOY = {"configure", "release", "rollback", "backup", "status"};

  /**
   * The lock over a fleet's releases, in the bucket of its scripts; scripts/lib/fleet.sh has it.
   */
  static final String LOCK = "locks/release.json";

  private ReleaseRights() {}

  /** The rights to send these documents. */
  static List<Statement> of(Target target, String... verbs) {
    var machines = target.ec2("instance");
    var name = target.stack().name();
    return List.of(
        Statement.allow("SendDocuments")
            .actions("ssm:SendCommand")
            .resources(target.documents(verbs)),
        Statement.allow("ToOwnMachines")
            .actions("ssm:SendCommand")
            .resources(machines)
            .when("StringEquals", "ssm:resourceTag/" + Stack.STACK_TAG, name),
        // One that office hours have stopped.
        Statement.allow("StartOwnMachines")
            .actions("ec2:StartInstances")
            .resources(machines)
            .when("StringEquals", "aws:ResourceTag/" + Stack.STACK_TAG, name),
        Statement.allow("FollowCommands")
            .actions(
                "ec2:DescribeInstances",
                "ssm:DescribeInstanceInformation",
                "ssm:GetCommandInvocation",
                "ssm:ListCommandInvocations",
                "ssm:ListCommands")
            .resources("*"),
        // The lock over a fleet's releases, and where it is.
        Statement.allow("FindLock")
            .actions("ssm:GetParameter")
            .resources(target.arn("ssm", "parameter" + target.stack().pointer())),
        Statement.allow("TakeLock")
            .actions("s3:GetObject", "s3:PutObject")
            .resources(target.bucket(target.named("artifacts-*/" + LOCK))),
        Statement.allow("ReadOwnLog")
            .actions("logs:FilterLogEvents", "logs:GetLogEvents")
            .resources(
                target.arn("logs", "log-group:" + target.stack().path()),
                target.arn("logs", "log-group:" + target.stack().path() + ":*")));
  }
}
