package dev.slipway.plan.graph;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Actions for which AWS takes no resource but {@code *}, each with the reason: the tables of the
 * Service Authorization Reference have no resource type for them.
 */
public final class UnscopedActions {

  private static final Map<Pattern, String> WITHOUT_RESOURCE = new LinkedHashMap<>();

  static {
    WITHOUT_RESOURCE.put(
        Pattern.compile("ec2:Describe\\w+"), "EC2 doesn't scope its Describe actions");
    WITHOUT_RESOURCE.put(
        Pattern.compile("ecr:GetAuthorizationToken"), "a registry token is for the whole account");
    WITHOUT_RESOURCE.put(
        Pattern.compile(
            "ssm:(GetCommandInvocation|ListCommandInvocations|ListCommands|DescribeInstanceInformation"
                + "|UpdateInstanceInformation|DescribeParameters|ListAssociations|GetManifest"
                + "|GetDeployablePatchSnapshotForInstance|Put(ComplianceItems|Inventory"
                + "|ConfigurePackageResult))"),
        "Systems Manager doesn't scope it");
    WITHOUT_RESOURCE.put(
        Pattern.compile("(ssmmessages|ec2messages):\\w+"), "the agent's channels have no resource");
    WITHOUT_RESOURCE.put(Pattern.compile("logs:DescribeLogGroups"), "lists groups by prefix");
    WITHOUT_RESOURCE.put(
        Pattern.compile("logs:(Delete|Describe|Put)QueryDefinitions?"),
        "saved queries have no ARN");
    WITHOUT_RESOURCE.put(
        Pattern.compile("(autoscaling|elasticloadbalancing):Describe\\w+"),
        "its Describe actions aren't scoped");
    WITHOUT_RESOURCE.put(
        Pattern.compile("secretsmanager:GetRandomPassword"),
        "makes up a password, touches nothing");
    WITHOUT_RESOURCE.put(Pattern.compile("sts:GetCallerIdentity"), "says who one is");
    WITHOUT_RESOURCE.put(Pattern.compile("s3:ListAllMyBuckets"), "lists names");
    WITHOUT_RESOURCE.put(
        Pattern.compile("(ec2:GetEbsEncryptionByDefault|s3:GetAccountPublicAccessBlock)"),
        "a setting of the whole account");
    WITHOUT_RESOURCE.put(
        Pattern.compile("sns:(GetSubscriptionAttributes|Unsubscribe)"),
        "SNS doesn't scope what is done with a subscription");
    WITHOUT_RESOURCE.put(
        Pattern.compile("cloudwatch:GetMetric(Data|Statistics)"), "metrics have no ARN");
    WITHOUT_RESOURCE.put(
        Pattern.compile("xray:(Put\\w+|GetSampling(Rules|Targets))"), "X-Ray doesn't scope it");
    WITHOUT_RESOURCE.put(
        Pattern.compile(
            "logs:((Create|Delete|Get|Update)LogDelivery|ListLogDeliveries"
                + "|(Put|Describe)ResourcePolic(y|ies))"),
        "deliveries of logs have no ARN");
    WITHOUT_RESOURCE.put(
        Pattern.compile("cloudfront:(Create|Delete|Get|Update)(KeyGroup|PublicKey)"),
        "CloudFront's keys and their groups have no ARN");
    WITHOUT_RESOURCE.put(
        Pattern.compile("cloudfront:CreateOriginAccessControl"),
        "what is made has no name that CloudFront asks about, and no tags");
    WITHOUT_RESOURCE.put(
        Pattern.compile("states:ValidateStateMachineDefinition"), "reads a text, touches nothing");
  }

  private UnscopedActions() {}

  /** Why AWS takes no resource for this action, empty when it does take one. */
  public static Optional<String> reason(String action) {
    return WITHOUT_RESOURCE.entrySet().stream()
        .filter(entry -> entry.getKey().matcher(action).matches())
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
