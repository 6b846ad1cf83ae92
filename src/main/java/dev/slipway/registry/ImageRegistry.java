package dev.slipway.registry;

import com.google.gson.Gson;
import com.pulumi.aws.ecr.LifecyclePolicy;
import com.pulumi.aws.ecr.LifecyclePolicyArgs;
import com.pulumi.aws.ecr.Repository;
import com.pulumi.aws.ecr.RepositoryArgs;
import com.pulumi.aws.ecr.RepositoryPolicy;
import com.pulumi.aws.ecr.RepositoryPolicyArgs;
import com.pulumi.aws.ecr.inputs.RepositoryImageScanningConfigurationArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The registry for the images of one application: scanned as they come, the oldest removed, those
 * of each prefix by themselves, and what carries a tag that begins with {@code kept-} kept.
 *
 * <p>Creates an ECR repository with its lifecycle and, by {@link #allowPush}, its policy; where
 * tags can't be moved a second one for the cache of builds. Costs 0.10 dollars per GB and month.
 *
 * <pre>{@code
 * var registry = new ImageRegistry(named("erp"), "erp", settings, childOptions());
 * registry.allowPush(buildRole.arn());
 * }</pre>
 *
 * <p>Hosts put such a tag on what they have released. The image then never expires by the rule for
 * the others, because one that a rule selects is out of reach of the rules after it; see the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html">ECR user
 * guide</a>.
 */
public final class ImageRegistry extends Component {
  static final String TYPE = "slipway:registry:ImageRegistry";
  private static final String[] PULL = {
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"
  };

  private static final String[] UPLOAD = {
    "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart"
  };

  /** What the tags of images that stay begin with. */
  static final String KEPT = "kept-";

  /** Many more than all stacks' hosts remember releases. */
  private static final int MOST_KEPT = 1000;

  /** The newest cache is the one that is read. */
  private static final int CACHES = 2;

  private final Repository repository;
  private final Optional<Repository> cache;

  public ImageRegistry(
      String name,
      String registryName,
      RepositorySettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    boolean kept = stack().protects(settings.protect());
    repository =
        new Repository(
            named("repository"),
            RepositoryArgs.builder()
                .name(registryName)
                .imageTagMutability(settings.immutableTags() ? "IMMUTABLE" : "MUTABLE")
                .imageScanningConfiguration(
                    RepositoryImageScanningConfigurationArgs.builder().scanOnPush(true).build())
                .forceDelete(!kept)
                .tags(nameTag("repository", settings.tags()))
                .build(),
            leaf().protect(kept).build());
    lifecycle(
        "lifecycle",
        repository,
        List.of(newest(1, "what was released", KEPT + "*", MOST_KEPT)),
        List.of(untagged(2, settings.untaggedDays())),
        newestOfEach(3, settings.prefixes(), settings.keep()));
    cache =
        settings.immutableTags() ? Optional.of(cache(registryName, settings)) : Optional.empty();
    registerOutputs(Map.of("url", repository.repositoryUrl(), "arn", repository.arn()));
  }

  /** Holds nothing that can't be built again, and nothing that runs. */
  private Repository cache(String registryName, RepositorySettings settings) {
    var made =
        new Repository(
            named("cache"),
            RepositoryArgs.builder()
                .name(registryName + "-cache")
                .imageTagMutability("MUTABLE")
                .forceDelete(true)
                .tags(nameTag("cache", Map.of("slipway:reproducible", "true")))
                .build(),
            leaf().build());
    lifecycle(
        "cache-lifecycle",
        made,
        List.of(untagged(1, 1)),
        newestOfEach(2, settings.prefixes(), CACHES));
    return made;
  }

  @SafeVarargs
  private void lifecycle(String role, Repository of, List<Map<String, Object>>... parts) {
    var rules = Arrays.stream(parts).flatMap(List::stream).toList();
    new LifecyclePolicy(
        named(role),
        LifecyclePolicyArgs.builder()
            .repository(of.name())
            .policy(new Gson().toJson(Map.of("rules", rules)))
            .build(),
        leaf().build());
  }

  private static Map<String, Object> untagged(int priority, int days) {
    return rule(
        priority,
        "images that lost their tag",
        Map.of(
            "tagStatus", "untagged",
            "countType", "sinceImagePushed",
            "countUnit", "days",
            "countNumber", days));
  }

  /**
   * Of each prefix by itself, or the image that doesn't change would expire by pushes of the one
   * that does; and of what has none.
   */
  private static List<Map<String, Object>> newestOfEach(
      int priority, List<String> prefixes, int count) {
    var rules = new ArrayList<Map<String, Object>>();
    for (var prefix : prefixes) {
      rules.add(
          newest(
              priority + rules.size(),
              "all but the newest of " + prefix + "*",
              prefix + "*",
              count));
    }
    rules.add(newest(priority + rules.size(), "all but the newest", "*", count));
    return rules;
  }

  private static Map<String, Object> newest(
      int priority, String description, String pattern, int count) {
    return rule(
        priority,
        description,
        Map.of(
            "tagStatus",
            "tagged",
            "tagPatternList",
            List.of(pattern),
            "countType",
            "imageCountMoreThan",
            "countNumber",
            count));
  }

  private static Map<String, Object> rule(
      int priority, String description, Map<String, Object> selection) {
    return new java.util.TreeMap<>(
        Map.of(
            "rulePriority",
            priority,
            "description",
            description,
            "selection",
            new java.util.TreeMap<>(selection),
            "action",
            Map.of("type", "expire")));
  }

  /**
   * Lets one role push and nobody else, lets hosts put tags on what is there, and leaves pulling to
   * the account: who may is said by the rights of each.
   */
  public void allowPush(Output<String> role) {
    allowPush("policy", repository, role);
    cache.ifPresent(made -> allowPush("cache-policy", made, role));
  }

  private void allowPush(String name, Repository to, Output<String> role) {
    new RepositoryPolicy(
        named(name),
        RepositoryPolicyArgs.builder()
            .repository(to.name())
            .policy(
                Output.tuple(role, context().account())
                    .applyValue(
                        known ->
                            Policy.of(
                                Statement.allow("BuildPushes")
                                    .principal("AWS", known.t1)
                                    .actions(both(PULL, UPLOAD))
                                    .actions("ecr:PutImage"),
                                Statement.allow("AccountPulls")
                                    .principal(
                                        "AWS",
                                        "arn:%s:iam::%s:root"
                                            .formatted(stack().partition(), known.t2))
                                    .actions(PULL),
                                Statement.deny("NobodyElsePushes")
                                    .everybody()
                                    .actions(UPLOAD)
                                    .when("ArnNotEquals", "aws:PrincipalArn", known.t1),
                                // What was not uploaded here can't be given a tag.
                                Statement.deny("OnlyHostsTag")
                                    .everybody()
                                    .actions("ecr:PutImage")
                                    .when(
                                        "ArnNotLike",
                                        "aws:PrincipalArn",
                                        known.t1,
                                        "arn:%s:iam::%s:role/slipway/*/*-identity-host-role-*"
                                            .formatted(stack().partition(), known.t2)))))
            .build(),
        leaf().build());
  }

  private static String[] both(String[] some, String[] more) {
    return java.util.stream.Stream.concat(
            java.util.Arrays.stream(some), java.util.Arrays.stream(more))
        .toArray(String[]::new);
  }

  /** What its images are called, without a tag. */
  public Output<String> url() {
    return repository.repositoryUrl();
  }

  /** What images are pushed to: the registry, and the cache where it has one of its own. */
  public Output<List<String>> arns() {
    return cache
        .map(
            made ->
                Output.tuple(repository.arn(), made.arn())
                    .applyValue(known -> List.of(known.t1, known.t2)))
        .orElseGet(() -> repository.arn().applyValue(List::of));
  }
}
