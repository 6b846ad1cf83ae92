package dev.slipway.rehearsal.cloud;

import com.pulumi.Pulumi;
import com.pulumi.aws.s3.BucketV2;
import com.pulumi.aws.s3.BucketV2Args;

/** A Pulumi program with one bucket. */
public final class StandInProgram {
  static final String BUCKET = "made-by-the-plugin";

  private StandInProgram() {}

  public static void main(String[] arguments) {
    Pulumi.run(context -> new BucketV2("bucket", BucketV2Args.builder().bucket(BUCKET).build()));
  }
}
