package dev.slipway.plan.diff;

import static java.util.Map.entry;

import dev.slipway.aws.InstanceTypes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The inputs that AWS can't change in place, so that the provider makes a new resource and deletes
 * the old one, for the types that stacks here use.
 *
 * <p>From the source of the Terraform provider that Pulumi's aws provider 6.x is built on: what
 * hashicorp/terraform-provider-aws v5.14 marks as {@code ForceNew}, in an attribute's schema or in
 * {@code CustomizeDiff}, or gives {@code RequiresReplace}; and where a later version is known to
 * differ, as that has it (the log group's class; a machine that gets another architecture; the
 * OpenID provider's client IDs, which it adds and removes in place, #37612). Only an input that is
 * replaced as a whole is here: a machine's root disk, say, replaces for its encryption and not for
 * its size. What isn't in the table may still replace: Pulumi's own preview knows.
 */
public final class Replacing {

  private static final Map<String, Set<String>> INPUTS =
      Map.ofEntries(
          entry(
              "aws:acm/certificate:Certificate",
              Set.of(
                  "certificateAuthorityArn",
                  "domainName",
                  "keyAlgorithm",
                  "subjectAlternativeNames",
                  "validationMethod",
                  "validationOptions")),
          entry(
              "aws:acm/certificateValidation:CertificateValidation",
              Set.of("certificateArn", "validationRecordFqdns")),
          entry(
              "aws:autoscaling/attachment:Attachment",
              Set.of("autoscalingGroupName", "elb", "lbTargetGroupArn")),
          entry("aws:autoscaling/group:Group", Set.of("name", "namePrefix")),
          entry("aws:ebs/encryptionByDefault:EncryptionByDefault", Set.of()),
          entry(
              "aws:ebs/volume:Volume",
              Set.of(
                  "availabilityZone",
                  "encrypted",
                  "kmsKeyId",
                  "multiAttachEnabled",
                  "outpostArn",
                  "snapshotId")),
          entry("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", Set.of("vpcId")),
          entry(
              "aws:ec2/eip:Eip",
              Set.of("address", "domain", "networkBorderGroup", "publicIpv4Pool")),
          entry(
              "aws:ec2/eipAssociation:EipAssociation",
              Set.of(
                  "allocationId",
                  "allowReassociation",
                  "instanceId",
                  "networkInterfaceId",
                  "privateIpAddress",
                  "publicIp")),
          entry(
              "aws:ec2/flowLog:FlowLog",
              Set.of(
                  "deliverCrossAccountRole",
                  "destinationOptions",
                  "eniId",
                  "iamRoleArn",
                  "logDestination",
                  "logDestinationType",
                  "logFormat",
                  "logGroupName",
                  "maxAggregationInterval",
                  "subnetId",
                  "trafficType",
                  "transitGatewayAttachmentId",
                  "transitGatewayId",
                  "vpcId")),
          entry(
              "aws:ec2/instance:Instance",
              Set.of(
                  "ami",
                  "associatePublicIpAddress",
                  "availabilityZone",
                  "keyName",
                  "networkInterfaces",
                  "placementGroup",
                  "privateIp",
                  "subnetId",
                  "tenancy")),
          entry("aws:ec2/internetGateway:InternetGateway", Set.of()),
          entry("aws:ec2/launchTemplate:LaunchTemplate", Set.of("name", "namePrefix")),
          entry(
              "aws:ec2/natGateway:NatGateway",
              Set.of("allocationId", "connectivityType", "privateIp", "subnetId")),
          entry("aws:ec2/networkInterface:NetworkInterface", Set.of("interfaceType", "subnetId")),
          entry(
              "aws:ec2/route:Route",
              Set.of(
                  "destinationCidrBlock",
                  "destinationIpv6CidrBlock",
                  "destinationPrefixListId",
                  "routeTableId")),
          entry("aws:ec2/routeTable:RouteTable", Set.of("vpcId")),
          entry(
              "aws:ec2/routeTableAssociation:RouteTableAssociation",
              Set.of("gatewayId", "subnetId")),
          entry(
              "aws:ec2/securityGroup:SecurityGroup",
              Set.of("description", "name", "namePrefix", "vpcId")),
          entry(
              "aws:ec2/subnet:Subnet",
              Set.of(
                  "availabilityZone",
                  "availabilityZoneId",
                  "cidrBlock",
                  "ipv6Native",
                  "outpostArn",
                  "vpcId")),
          entry(
              "aws:ec2/volumeAttachment:VolumeAttachment",
              Set.of("deviceName", "instanceId", "volumeId")),
          entry("aws:ec2/vpc:Vpc", Set.of("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength")),
          entry(
              "aws:ec2/vpcEndpoint:VpcEndpoint", Set.of("serviceName", "vpcEndpointType", "vpcId")),
          entry(
              "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", Set.of("securityGroupId")),
          entry(
              "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
              Set.of("securityGroupId")),
          entry("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock", Set.of("accountId")),
          entry(
              "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
              Set.of("bucket", "expectedBucketOwner")),
          entry(
              "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
              Set.of("bucket", "expectedBucketOwner", "objectLockEnabled")),
          entry("aws:s3/bucketObjectv2:BucketObjectv2", Set.of("bucket", "key")),
          entry("aws:s3/bucketOwnershipControls:BucketOwnershipControls", Set.of("bucket")),
          entry("aws:s3/bucketPolicy:BucketPolicy", Set.of("bucket")),
          entry("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", Set.of("bucket")),
          entry(
              "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
              Set.of("bucket", "expectedBucketOwner")),
          entry("aws:s3/bucketV2:BucketV2", Set.of("bucket", "bucketPrefix", "objectLockEnabled")),
          entry(
              "aws:s3/bucketVersioningV2:BucketVersioningV2",
              Set.of("bucket", "expectedBucketOwner")),
          entry("aws:lb/listener:Listener", Set.of("loadBalancerArn")),
          entry("aws:lb/listenerRule:ListenerRule", Set.of("listenerArn")),
          entry(
              "aws:lb/loadBalancer:LoadBalancer",
              Set.of(
                  "customerOwnedIpv4Pool", "internal", "loadBalancerType", "name", "namePrefix")),
          entry(
              "aws:lb/targetGroup:TargetGroup",
              Set.of(
                  "ipAddressType",
                  "name",
                  "namePrefix",
                  "port",
                  "protocol",
                  "protocolVersion",
                  "targetType",
                  "vpcId")),
          entry(
              "aws:lb/targetGroupAttachment:TargetGroupAttachment",
              Set.of("availabilityZone", "port", "targetGroupArn", "targetId")),
          entry("aws:kms/alias:Alias", Set.of("name", "namePrefix")),
          entry(
              "aws:kms/key:Key",
              Set.of("customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion")),
          entry(
              "aws:rds/cluster:Cluster",
              Set.of(
                  "availabilityZones",
                  "clusterIdentifier",
                  "clusterIdentifierPrefix",
                  "databaseName",
                  "dbSubnetGroupName",
                  "engine",
                  "kmsKeyId",
                  "masterUsername",
                  "snapshotIdentifier",
                  "storageEncrypted")),
          entry(
              "aws:rds/instance:Instance",
              Set.of(
                  "availabilityZone",
                  "characterSetName",
                  "dbName",
                  "engine",
                  "kmsKeyId",
                  "ncharCharacterSetName",
                  "snapshotIdentifier",
                  "storageEncrypted",
                  "timezone",
                  "username")),
          entry(
              "aws:elasticache/replicationGroup:ReplicationGroup",
              Set.of(
                  "atRestEncryptionEnabled",
                  "kmsKeyId",
                  "port",
                  "replicationGroupId",
                  "subnetGroupName")),
          entry(
              "aws:rds/parameterGroup:ParameterGroup",
              Set.of("description", "family", "name", "namePrefix")),
          entry("aws:rds/subnetGroup:SubnetGroup", Set.of("name", "namePrefix")),
          entry(
              "aws:elasticache/parameterGroup:ParameterGroup",
              Set.of("description", "family", "name")),
          entry("aws:elasticache/subnetGroup:SubnetGroup", Set.of("name")),
          entry("aws:elasticache/user:User", Set.of("userId", "userName")),
          entry("aws:elasticache/userGroup:UserGroup", Set.of("userGroupId")),
          entry("aws:memorydb/acl:Acl", Set.of("name", "namePrefix")),
          entry(
              "aws:memorydb/cluster:Cluster",
              Set.of(
                  "autoMinorVersionUpgrade",
                  "dataTiering",
                  "kmsKeyArn",
                  "name",
                  "namePrefix",
                  "port",
                  "snapshotArns",
                  "snapshotName",
                  "subnetGroupName",
                  "tlsEnabled")),
          entry("aws:memorydb/subnetGroup:SubnetGroup", Set.of("name", "namePrefix")),
          entry("aws:memorydb/user:User", Set.of("userName")),
          entry(
              "aws:efs/fileSystem:FileSystem",
              Set.of(
                  "availabilityZoneName",
                  "creationToken",
                  "encrypted",
                  "kmsKeyId",
                  "performanceMode")),
          entry("aws:secretsmanager/secret:Secret", Set.of("name", "namePrefix")),
          entry("aws:ecr/lifecyclePolicy:LifecyclePolicy", Set.of("policy", "repository")),
          entry("aws:ecr/repository:Repository", Set.of("encryptionConfigurations", "name")),
          entry("aws:ecr/repositoryPolicy:RepositoryPolicy", Set.of("repository")),
          entry("aws:iam/instanceProfile:InstanceProfile", Set.of("name", "namePrefix", "path")),
          entry("aws:iam/openIdConnectProvider:OpenIdConnectProvider", Set.of("url")),
          entry("aws:iam/policy:Policy", Set.of("description", "name", "namePrefix", "path")),
          entry("aws:iam/role:Role", Set.of("name", "namePrefix", "path")),
          entry("aws:iam/rolePolicy:RolePolicy", Set.of("name", "namePrefix", "role")),
          entry("aws:iam/rolePolicyAttachment:RolePolicyAttachment", Set.of("policyArn", "role")),
          entry("aws:ssm/document:Document", Set.of("name")),
          entry("aws:ssm/parameter:Parameter", Set.of("name")),
          entry("aws:cloudwatch/dashboard:Dashboard", Set.of("dashboardName")),
          entry("aws:cloudwatch/queryDefinition:QueryDefinition", Set.of()),
          entry("aws:cloudwatch/logGroup:LogGroup", Set.of("logGroupClass", "name", "namePrefix")),
          entry("aws:cloudwatch/metricAlarm:MetricAlarm", Set.of("name")),
          entry("aws:sns/topic:Topic", Set.of("fifoTopic", "name", "namePrefix")),
          entry("aws:sns/topicPolicy:TopicPolicy", Set.of("arn")),
          entry(
              "aws:sns/topicSubscription:TopicSubscription",
              Set.of("endpoint", "protocol", "topic")),
          entry("aws:scheduler/schedule:Schedule", Set.of("groupName", "name", "namePrefix")),
          entry("aws:scheduler/scheduleGroup:ScheduleGroup", Set.of("name", "namePrefix")),
          entry("aws:route53/record:Record", Set.of("name", "zoneId")),
          entry("aws:route53/zone:Zone", Set.of("delegationSetId", "name")),
          entry("aws:budgets/budget:Budget", Set.of("accountId", "name", "namePrefix")));

  /** Where a rule's traffic is from or to: it has exactly one of them. */
  private static final Set<String> SOURCES =
      Set.of("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId");

  private Replacing() {}

  /** The types of which the table tells all that is of use here. */
  public static Set<String> types() {
    return INPUTS.keySet();
  }

  /** The inputs of this type that replace whatever they change to; none if it isn't known. */
  public static Set<String> inputs(String type) {
    return INPUTS.getOrDefault(type, Set.of());
  }

  /**
   * Whether an input replaces when it is a reference to something that is made anew. What a rule's
   * traffic is from stays of its kind then, and is changed in place.
   */
  static boolean byReference(String type, String input, Map<String, Object> inputs) {
    return inputs(type).contains(input)
        || (type.equals("aws:ec2/instance:Instance") && replaces(type, input, inputs, inputs));
  }

  /**
   * Those of the changed inputs that force a replacement, sorted.
   *
   * @param before the inputs as they are
   * @param after the inputs as they would be
   */
  public static List<String> among(
      String type,
      Collection<String> changed,
      Map<String, Object> before,
      Map<String, Object> after) {
    return changed.stream()
        .filter(input -> inputs(type).contains(input) || replaces(type, input, before, after))
        .distinct()
        .sorted()
        .toList();
  }

  /** Whether an input replaces because of what it, or another, changes from or to. */
  private static boolean replaces(
      String type, String input, Map<String, Object> before, Map<String, Object> after) {
    return switch (type) {
      case "aws:ec2/instance:Instance" ->
          switch (input) {
            case "userData", "userDataBase64" ->
                Boolean.TRUE.equals(after.get("userDataReplaceOnChange"));
            case "instanceType" ->
                before.get(input) instanceof String was
                    && after.get(input) instanceof String is
                    && InstanceTypes.architecture(was) != InstanceTypes.architecture(is);
            default -> false;
          };
      case "aws:ec2/vpc:Vpc" ->
          input.equals("instanceTenancy")
              && !("dedicated".equals(before.get(input))
                  && "default".equals(after.getOrDefault(input, "default")));
      case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
              "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule" ->
          SOURCES.contains(input) && !given(before).equals(given(after));
      case "aws:ssm/parameter:Parameter" ->
          input.equals("tier")
              && "Advanced".equals(before.get(input))
              && "Standard".equals(after.get(input));
      default -> false;
    };
  }

  private static List<String> given(Map<String, Object> rule) {
    return SOURCES.stream().filter(source -> Objects.nonNull(rule.get(source))).sorted().toList();
  }
}
