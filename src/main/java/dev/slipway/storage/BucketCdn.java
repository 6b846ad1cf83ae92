package dev.slipway.storage;

import com.pulumi.aws.cloudfront.Distribution;
import com.pulumi.aws.cloudfront.DistributionArgs;
import com.pulumi.aws.cloudfront.KeyGroup;
import com.pulumi.aws.cloudfront.KeyGroupArgs;
import com.pulumi.aws.cloudfront.OriginAccessControl;
import com.pulumi.aws.cloudfront.OriginAccessControlArgs;
import com.pulumi.aws.cloudfront.PublicKey;
import com.pulumi.aws.cloudfront.PublicKeyArgs;
import com.pulumi.aws.cloudfront.inputs.DistributionDefaultCacheBehaviorArgs;
import com.pulumi.aws.cloudfront.inputs.DistributionOriginArgs;
import com.pulumi.aws.cloudfront.inputs.DistributionRestrictionsArgs;
import com.pulumi.aws.cloudfront.inputs.DistributionRestrictionsGeoRestrictionArgs;
import com.pulumi.aws.cloudfront.inputs.DistributionViewerCertificateArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A CDN before a private bucket, which shows a file to whoever has a URL that the application has
 * signed, and to nobody else.
 *
 * <p>Creates a CloudFront distribution, the access control by which it signs its own requests to
 * S3, the public keys that it believes, and their group. Costs by use: 0.085 dollars per GB and
 * 0.01 per 10,000 requests, of which a terabyte and ten million are free in a month.
 *
 * <pre>{@code
 * var cdn = new BucketCdn(named("cdn"), bucket, settings, childOptions());
 * cdn.reads();   // what the bucket's policy has to say
 * }</pre>
 *
 * <p>The access control and the bucket's policy are those of <a
 * href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html">Restrict
 * access to an Amazon S3 origin</a>, the keys those of <a
 * href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html">Specify
 * signers</a>. Why so: docs/decisions/0066-avatars-by-signed-urls.md.
 */
final class BucketCdn extends Component {
  static final String TYPE = "slipway:storage:BucketCdn";

  /**
   * AWS's own policy CachingOptimized: the path alone is what is kept in mind of a request, for a
   * day. Its id is in <a
   * href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html">Use
   * managed cache policies</a>.
   */
  private static final String CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";

  /**
   * AWS's own policy SecurityHeadersPolicy: HSTS, nosniff and others. Its id is in <a
   * href="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html">Use
   * managed response headers policies</a>.
   */
  private static final String SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03";

  private static final String ORIGIN = "bucket";

  private final Distribution distribution;
  private final List<PublicKey> keys = new ArrayList<>();

  BucketCdn(
      String name, PrivateBucket bucket, CdnSettings settings, ComponentResourceOptions options) {
    super(TYPE, name, options);
    var called = stack().prefix(settings.bucket()) + "cdn";
    var access =
        new OriginAccessControl(
            named("access"),
            OriginAccessControlArgs.builder()
                .name(called)
                .description("Slipway " + stack().name() + ": " + settings.bucket())
                .originAccessControlOriginType("s3")
                .signingBehavior("always")
                .signingProtocol("sigv4")
                .build(),
            leaf().build());
    for (var key : settings.publicKeys()) {
      keys.add(
          new PublicKey(
              // By what it is, and not by its place: the same key may come first tomorrow.
              named("key-" + PublicKeyText.fingerprint(key)),
              PublicKeyArgs.builder()
                  .namePrefix(stack().prefix(settings.bucket()))
                  .comment("Slipway " + stack().name() + ": " + settings.bucket())
                  .encodedKey(key)
                  .build(),
              leaf().build()));
    }
    var group =
        new KeyGroup(
            named("keys"),
            KeyGroupArgs.builder()
                .name(called)
                .items(Output.all(keys.stream().map(PublicKey::id).toList()))
                .build(),
            leaf().build());
    distribution =
        new Distribution(
            named("distribution"),
            DistributionArgs.builder()
                .comment("Slipway " + stack().name() + ": " + settings.bucket())
                .enabled(true)
                .isIpv6Enabled(true)
                .httpVersion("http2and3")
                .priceClass(settings.priceClass())
                .origins(
                    DistributionOriginArgs.builder()
                        .originId(ORIGIN)
                        // In the region's domain: a new bucket's global one leads elsewhere.
                        .domainName(bucket.regionalDomainName())
                        .originAccessControlId(access.id())
                        .build())
                .defaultCacheBehavior(behavior(group))
                .restrictions(
                    DistributionRestrictionsArgs.builder()
                        .geoRestriction(
                            DistributionRestrictionsGeoRestrictionArgs.builder()
                                .restrictionType("none")
                                .build())
                        .build())
                // Which TLS is the oldest, CloudFront alone says of a name in its own domain.
                .viewerCertificate(
                    DistributionViewerCertificateArgs.builder()
                        .cloudfrontDefaultCertificate(true)
                        .build())
                .tags(nameTag("distribution"))
                .build(),
            leaf().build());
    registerOutputs(Map.of("domain", domain()));
  }

  private static DistributionDefaultCacheBehaviorArgs behavior(KeyGroup group) {
    return DistributionDefaultCacheBehaviorArgs.builder()
        .targetOriginId(ORIGIN)
        .viewerProtocolPolicy("redirect-to-https")
        .allowedMethods("GET", "HEAD")
        .cachedMethods("GET", "HEAD")
        .cachePolicyId(CACHING_OPTIMIZED)
        .responseHeadersPolicyId(SECURITY_HEADERS)
        .trustedKeyGroups(group.id().applyValue(List::of))
        .build();
  }

  /** What the bucket's policy has to say: this distribution, and no other, reads files. */
  Output<BucketStatement> reads() {
    return distribution
        .arn()
        .applyValue(
            arn ->
                bucket ->
                    Statement.allow("CdnReads")
                        .principal("Service", "cloudfront.amazonaws.com")
                        .actions("s3:GetObject")
                        .resources(bucket + "/*")
                        .when("StringEquals", "aws:SourceArn", arn));
  }

  /** The name that it is reached by. */
  Output<String> domain() {
    return distribution.domainName();
  }

  /** The id of the key by which the application signs. */
  Output<String> keyId() {
    return keys.get(0).id();
  }
}
