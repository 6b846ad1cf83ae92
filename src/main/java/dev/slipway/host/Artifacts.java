package dev.slipway.host;

import com.pulumi.aws.s3.BucketObjectv2;
import com.pulumi.aws.s3.BucketObjectv2Args;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.storage.BucketRules;
import dev.slipway.storage.PrivateBucket;
import java.util.List;
import java.util.Map;

/**
 * The bucket that hosts fetch their scripts from.
 *
 * <p>Creates a private bucket and one object for the current bundle. Costs well under a cent a
 * month. Everything in it can be made again from the program, so it isn't protected.
 *
 * <pre>{@code
 * var artifacts = new Artifacts(named("artifacts"), childOptions());
 * artifacts.grantRead(role);
 * var bundle = artifacts.publish(HostBundle.of(stack, "compose", settings));
 * }</pre>
 */
public final class Artifacts extends Component {
  static final String TYPE = "slipway:host:Artifacts";

  private final PrivateBucket bucket;

  public Artifacts(String name, ComponentResourceOptions options) {
    super(TYPE, name, options);
    bucket =
        new PrivateBucket(
            named("bucket"),
            BucketRules.of("artifacts").asReproducible().formerVersionsFor(30),
            childOptions());
    registerOutputs(Map.of("bucket", bucket.bucketName()));
  }

  /** Lets a role read the bundles. */
  public Resource grantRead(ServiceRole role) {
    return role.allow(
        "read-bundles",
        bucket
            .arn()
            .applyValue(
                arn ->
                    List.of(
                        Statement.allow("ReadBundles")
                            .actions("s3:GetObject")
                            .resources(arn + "/bundles/*"))));
  }

  /** Puts a bundle into the bucket, under the name that its content gives it. */
  public Published publish(HostBundle bundle) {
    var object =
        new BucketObjectv2(
            named("bundle"),
            BucketObjectv2Args.builder()
                .bucket(bucket.bucketName())
                .key(bundle.key())
                .contentBase64(bundle.base64())
                .contentType("application/gzip")
                .tags(nameTag("bundle"))
                .build(),
            // A changed bundle shows as a changed key; its bytes would only fill the screen.
            leaf().hideDiffs("contentBase64").dependsOn(bucket.ready()).build());
    return new Published(bundle, bucket, object);
  }

  /**
   * Puts the code of functions into the bucket, under the name that its content gives it.
   *
   * @param what names the object
   */
  public Code publish(String what, Zip code) {
    var object =
        new BucketObjectv2(
            named(what),
            BucketObjectv2Args.builder()
                .bucket(bucket.bucketName())
                .key(code.key())
                .contentBase64(code.base64())
                .contentType("application/zip")
                .tags(nameTag(what))
                .build(),
            leaf().hideDiffs("contentBase64").dependsOn(bucket.ready()).build());
    return new Code(bucket.bucketName(), code, object);
  }

  /** Code that Lambda can fetch. */
  public record Code(Output<String> bucket, Zip zip, Resource object) {}

  /** A bundle that hosts can fetch. */
  public record Published(HostBundle bundle, PrivateBucket bucket, Resource object) {}
}
