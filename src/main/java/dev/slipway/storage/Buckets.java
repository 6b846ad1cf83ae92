package dev.slipway.storage;

import com.pulumi.aws.s3.BucketCorsConfigurationV2;
import com.pulumi.aws.s3.BucketCorsConfigurationV2Args;
import com.pulumi.aws.s3.inputs.BucketCorsConfigurationV2CorsRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The buckets that a stack's application keeps its files in, each by a name of its own.
 *
 * <p>Creates a {@link PrivateBucket} for each name, and before one of them a CDN where settings
 * want it. Hosts are told of each as {@code buckets.NAME}, and of its CDN as {@code cdnDomain.NAME}
 * and {@code cdnKeyId.NAME}.
 *
 * <pre>{@code
 * var buckets = new Buckets(named("buckets"), List.of("logs", "content"), true, childOptions());
 * buckets.grantUse(role);
 * }</pre>
 */
public final class Buckets extends Component implements Linkable {
  static final String TYPE = "slipway:storage:Buckets";

  /** What their names on AWS begin with, by which data is told from what the program makes. */
  private static final String DATA = "data-";

  /** AWS appends 26 characters, and takes 63. */
  private static final int LONGEST_PREFIX = 37;

  private final Map<String, PrivateBucket> byName = new LinkedHashMap<>();
  private final Map<String, BucketCdn> cdns = new LinkedHashMap<>();

  /**
   * @param protect whether destroying them is refused
   */
  public Buckets(
      String name, List<String> names, boolean protect, ComponentResourceOptions options) {
    this(name, names, protect, Optional.empty(), options);
  }

  /**
   * @param protect whether destroying them is refused
   * @param cdn what shows the files of one of them
   */
  public Buckets(
      String name,
      List<String> names,
      boolean protect,
      Optional<CdnSettings> cdn,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    for (var each : names) {
      var rules = BucketRules.of(role(each)).protectedIf(protect);
      var before = cdn.filter(asked -> asked.bucket().equals(each));
      byName.put(
          each,
          new PrivateBucket(
              named(each),
              rules,
              bucket -> before.map(asked -> cdn(bucket, asked).reads()).stream().toList(),
              childOptions()));
    }
    registerOutputs(Map.of("names", names()));
  }

  private BucketCdn cdn(PrivateBucket bucket, CdnSettings asked) {
    var cdn = new BucketCdn(named(asked.bucket() + "-cdn"), bucket, asked, childOptions());
    cdns.put(asked.bucket(), cdn);
    return cdn;
  }

  /**
   * What a bucket is for, as much of it as a name has room for: AWS makes the rest of it unique.
   */
  private String role(String name) {
    int room = LONGEST_PREFIX - stack().prefix(DATA).length();
    return DATA + (name.length() > room ? name.substring(0, room).replaceAll("-+$", "") : name);
  }

  /**
   * Lets a role list, read, write and remove what is in these buckets. A former version stays for
   * its 30 days, whoever removes an object.
   */
  public Resource grantUse(ServiceRole role) {
    return role.allow(
        "use-buckets",
        Output.all(byName.values().stream().map(PrivateBucket::arn).toList())
            .applyValue(Buckets::use));
  }

  private static List<Statement> use(List<String> arns) {
    return List.of(
        // Not AmazonS3FullAccess, which is for every bucket of the account and its settings too.
        Statement.allow("ListOwnBucketsOnly")
            .actions("s3:ListBucket")
            .resources(arns.toArray(String[]::new)),
        Statement.allow("ReadAndWriteOwnBucketsOnly")
            .actions(
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject")
            .resources(arns.stream().map(arn -> arn + "/*").toArray(String[]::new)));
  }

  /**
   * Lets browsers that are on a page of this address put files into these buckets by URLs that the
   * application has signed. Nobody may more by it: it is <a
   * href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html">browsers that ask</a>.
   */
  public void allowUploadsFrom(Output<String> origin) {
    byName.forEach(
        (name, bucket) ->
            new BucketCorsConfigurationV2(
                named(name + "-cors"),
                BucketCorsConfigurationV2Args.builder()
                    .bucket(bucket.bucketName())
                    .corsRules(
                        BucketCorsConfigurationV2CorsRuleArgs.builder()
                            .allowedOrigins(origin.applyValue(List::of))
                            .allowedMethods("PUT")
                            .allowedHeaders("Content-Type")
                            .maxAgeSeconds(3600)
                            .build())
                    .build(),
                leaf().build()));
  }

  /** The buckets' names in AWS, by their own. */
  public Output<Map<String, String>> names() {
    var names = new TreeMap<String, Output<String>>();
    byName.forEach((name, bucket) -> names.put(name, bucket.bucketName()));
    return byName(names);
  }

  /** The name by which the CDN is reached, where there is one. */
  public Optional<Output<String>> cdnDomain() {
    return cdns.values().stream().map(BucketCdn::domain).findFirst();
  }

  @Override
  public Link link() {
    var values = new TreeMap<String, Output<String>>();
    byName.forEach((name, bucket) -> values.put(label() + "." + name, bucket.bucketName()));
    cdns.forEach(
        (name, cdn) -> {
          values.put("cdnDomain." + name, cdn.domain());
          values.put("cdnKeyId." + name, cdn.keyId());
        });
    return new Link(values);
  }

  @Override
  public List<Resource> ready() {
    var all = new ArrayList<Resource>();
    byName.values().forEach(bucket -> all.addAll(bucket.ready()));
    return all;
  }
}
