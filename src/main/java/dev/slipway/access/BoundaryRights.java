package dev.slipway.access;

import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * The most that any role of a stack can ever do: what its machines, its scheduler and its flow logs
 * are granted by the program, on the stack's own things.
 *
 * <p>It allows nothing by itself. Whoever deploys a stack can give its roles no more than this, and
 * so can't get by a role of the stack at what it can't get at itself.
 */
final class BoundaryRights {
  private BoundaryRights() {}

  static List<Statement> of(Target target) {
    return Stream.of(ofEveryHost(target), DataRights.ofBoundary(target))
        .flatMap(List::stream)
        .toList();
  }

  private static List<Statement> ofEveryHost(Target target) {
    var stack = target.stack();
    var parameters = target.arn("ssm", "parameter" + stack.path());
    var machines = target.ec2("instance");
    var shared = target.arn("sns", "slipway-foundation-alerts-*");
    return List.of(
        Statement.allow("AgentChannels")
            .actions(
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel")
            .resources("*"),
        Statement.allow("AgentReports")
            .actions(
                "ssm:GetDeployablePatchSnapshotForInstance",
                "ssm:GetManifest",
                "ssm:ListAssociations",
                "ssm:PutComplianceItems",
                "ssm:PutConfigurePackageResult",
                "ssm:PutInventory",
                "ssm:UpdateInstanceInformation")
            .resources("*"),
        Statement.allow("AgentReads")
            .actions(
                "ssm:DescribeAssociation",
                "ssm:DescribeDocument",
                "ssm:GetDocument",
                "ssm:ListInstanceAssociations",
                "ssm:UpdateAssociationStatus",
                "ssm:UpdateInstanceAssociationStatus")
            .resources(
                Target.and(
                    machines,
                    target.arn("ssm", "association/*"),
                    target.arn("ssm", "document/*"),
                    "arn:%s:ssm:%s::document/*".formatted(stack.partition(), stack.region()))),
        Statement.allow("OwnParameters")
            .actions(
                "ssm:DeleteParameter",
                "ssm:GetParameter",
                "ssm:GetParameterHistory",
                "ssm:GetParameters",
                "ssm:GetParametersByPath",
                "ssm:PutParameter")
            .resources(parameters, parameters + "/*"),
        Statement.allow("ParametersOfAws")
            .actions("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
            .resources(
                "arn:%s:ssm:%s::parameter/aws/*".formatted(stack.partition(), stack.region())),
        Statement.allow("OwnBuckets")
            .actions(
                "s3:AbortMultipartUpload",
                "s3:GetObject",
                "s3:ListBucket",
                "s3:ListMultipartUploadParts",
                "s3:PutObject")
            .resources(target.bucket(target.named("*"))),
        Statement.allow("OwnLogs")
            .actions("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
            .resources(
                target.arn("logs", "log-group:" + stack.path()),
                target.arn("logs", "log-group:" + stack.path() + ":*"),
                target.arn("logs", "log-group:" + stack.path() + "/*")),
        Statement.allow("FindLogs").actions("logs:DescribeLogGroups").resources("*"),
        Statement.allow("Metrics")
            .actions("cloudwatch:PutMetricData")
            .resources("*")
            .when("StringEquals", "cloudwatch:namespace", "Slipway", "CWAgent"),
        Statement.allow("OwnTopicsAndTheSharedOne")
            .actions("sns:Publish")
            .resources(target.arn("sns", target.named("*")), shared),
        Statement.allow("KeyOfTheSharedTopic")
            .actions("kms:Decrypt", "kms:GenerateDataKey*")
            .resources(target.arn("kms", "key/*"))
            .when("ArnLike", "kms:EncryptionContext:aws:sns:topicArn", shared),
        Statement.allow("OwnKeys")
            .actions("kms:Decrypt", "kms:GenerateDataKey*")
            .resources(target.arn("kms", "key/*"))
            .when("StringEquals", "aws:ResourceTag/" + Stack.OWNER, stack.name()),
        Statement.allow("LogInToRegistries").actions("ecr:GetAuthorizationToken").resources("*"),
        Statement.allow("PullImages")
            .actions(
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer")
            .resources("arn:%s:ecr:*:*:repository/*".formatted(stack.partition())),
        // Marks what was released; without the right to upload it adds a name and nothing else.
        Statement.allow("KeepImages")
            .actions("ecr:PutImage")
            .resources(target.arn("ecr", "repository/*")),
        Statement.allow("StopByDocument")
            .actions("ssm:SendCommand")
            .resources(target.documents("stop")),
        Statement.allow("StopAndStartOwnMachines")
            .actions("ssm:SendCommand", "ec2:StartInstances")
            .resources(machines)
            .when("StringEquals", "aws:ResourceTag/" + Stack.STACK_TAG, stack.name()));
  }
}
