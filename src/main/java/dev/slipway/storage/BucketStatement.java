package dev.slipway.storage;

import dev.slipway.identity.Statement;

/** A statement of a bucket's own policy, which is about the bucket's ARN. */
@FunctionalInterface
public interface BucketStatement {
  /** The statement for the bucket with this ARN. */
  Statement on(String arn);
}
