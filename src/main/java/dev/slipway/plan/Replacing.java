package dev.slipway.plan;

import static java.util.Map.entry;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The inputs that AWS can't change in place, so that the provider makes a new resource and deletes
 * the old one; from the provider's own schemas ("forces new resource"), for the types that stacks
 * here use. What isn't in the table may still replace: Pulumi's own preview knows.
 */
final class Replacing {

  private static final Map<String, Set<String>> INPUTS =
      Map.ofEntries(
          entry(
              "aws:ebs/volume:Volume",
              Set.of("availabilityZone", "encrypted", "kmsKeyId", "snapshotId", "outpostArn")),
          entry(
              "aws:ec2/eip:Eip",
              Set.of("domain", "address", "publicIpv4Pool", "networkBorderGroup")),
          entry(
              "aws:ec2/instance:Instance",
              Set.of("ami", "availabilityZone", "subnetId", "keyName", "networkInterfaces")),
          entry("aws:ec2/networkInterface:NetworkInterface", Set.of("subnetId", "interfaceType")),
          entry(
              "aws:ec2/volumeAttachment:VolumeAttachment",
              Set.of("deviceName", "instanceId", "volumeId")),
          entry("aws:ec2/vpc:Vpc", Set.of("cidrBlock")),
          entry("aws:ec2/subnet:Subnet", Set.of("availabilityZone", "cidrBlock", "vpcId")),
          entry(
              "aws:ec2/securityGroup:SecurityGroup",
              Set.of("name", "namePrefix", "description", "vpcId")),
          entry(
              "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
              Set.of("securityGroupId")),
          entry(
              "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", Set.of("securityGroupId")),
          entry("aws:s3/bucketV2:BucketV2", Set.of("bucket", "bucketPrefix", "objectLockEnabled")),
          entry("aws:s3/bucketObjectv2:BucketObjectv2", Set.of("bucket", "key")),
          entry(
              "aws:kms/key:Key",
              Set.of("keyUsage", "customerMasterKeySpec", "multiRegion", "customKeyStoreId")),
          entry(
              "aws:rds/instance:Instance",
              Set.of(
                  "availabilityZone",
                  "dbName",
                  "engine",
                  "kmsKeyId",
                  "storageEncrypted",
                  "username",
                  "snapshotIdentifier",
                  "characterSetName")),
          entry(
              "aws:rds/cluster:Cluster",
              Set.of(
                  "clusterIdentifier",
                  "databaseName",
                  "engine",
                  "kmsKeyId",
                  "masterUsername",
                  "storageEncrypted",
                  "snapshotIdentifier",
                  "dbSubnetGroupName")),
          entry(
              "aws:elasticache/replicationGroup:ReplicationGroup",
              Set.of(
                  "replicationGroupId",
                  "atRestEncryptionEnabled",
                  "kmsKeyId",
                  "port",
                  "subnetGroupName")),
          entry(
              "aws:efs/fileSystem:FileSystem",
              Set.of("availabilityZoneName", "creationToken", "encrypted", "kmsKeyId")),
          entry("aws:secretsmanager/secret:Secret", Set.of("name", "namePrefix")),
          entry("aws:ecr/repository:Repository", Set.of("name", "encryptionConfigurations")),
          entry("aws:iam/role:Role", Set.of("name", "namePrefix", "path")),
          entry("aws:iam/policy:Policy", Set.of("name", "namePrefix", "path", "description")),
          entry("aws:iam/rolePolicy:RolePolicy", Set.of("name", "role")),
          entry("aws:iam/instanceProfile:InstanceProfile", Set.of("name", "path")),
          entry("aws:ssm/parameter:Parameter", Set.of("name")),
          entry("aws:ssm/document:Document", Set.of("name", "documentType")),
          entry("aws:cloudwatch/logGroup:LogGroup", Set.of("name", "namePrefix", "logGroupClass")),
          entry("aws:cloudwatch/metricAlarm:MetricAlarm", Set.of("name")),
          entry("aws:sns/topic:Topic", Set.of("name", "fifoTopic")));

  private Replacing() {}

  /**
   * Those of the changed inputs that force a replacement, sorted.
   *
   * @param after the inputs as they would be
   */
  static List<String> among(String type, Collection<String> changed, Map<String, Object> after) {
    var replacing = INPUTS.getOrDefault(type, Set.of());
    return changed.stream()
        .filter(
            input ->
                replacing.contains(input)
                    || (input.startsWith("userData")
                        && Boolean.TRUE.equals(after.get("userDataReplaceOnChange"))))
        .distinct()
        .sorted()
        .toList();
  }
}
