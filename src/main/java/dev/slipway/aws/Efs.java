package dev.slipway.aws;

import java.util.List;

/** EFS: file systems. */
final class Efs {
  static final List<AwsType> TYPES =
      List.of(
          // No system makes one; house rules ask about it.
          AwsType.of("aws:efs/fileSystem:FileSystem")
              .keeps("file system")
              .breaksUnless("disk-encryption", "encrypted", "is not encrypted; set encrypted")
              .replacedBy(
                  "availabilityZoneName",
                  "creationToken",
                  "encrypted",
                  "kmsKeyId",
                  "performanceMode")
              .computes("id", "fs-{hex17}")
              .computes("arn", "arn:aws:elasticfilesystem:{region}:{account}:file-system/{id}")
              .computes("dnsName", "{id}.efs.{region}.amazonaws.com"));

  private Efs() {}
}
