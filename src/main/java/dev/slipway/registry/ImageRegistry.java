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
import java.util.List;
import java.util.Map;

/**
 * The registry for the images of one application: scanned as they come, the oldest removed.
 *
 * <p>Creates an ECR repository with its lifecycle and, by {@link #allowPush}, its policy. Costs
 * 0.10 dollars per GB and month.
 *
 * <pre>{@code
 * var registry = new ImageRegistry(named("erp"), "erp", settings, child());
 * registry.allowPush(buildRole.arn());
 * }</pre>
 *
 * <p>Tags move (a branch's, an environment's), so that the registry lets them; releases name
 * digests. How rules choose what expires is said in the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html">ECR user
 * guide</a>.
 */
public final class ImageRegistry extends Component {
  private static final String[] PULL = {
    "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"
  };

  private static final String[] PUSH = {
    "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"
  };

  private final Repository repository;

  public ImageRegistry(
      String name,
      String registryName,
      RepositorySettings settings,
      ComponentResourceOptions options) {
    super(ImageRegistry.class, name, options);
    boolean kept = stack().protects(settings.protect());
    repository =
        new Repository(
            named("repository"),
            RepositoryArgs.builder()
                .name(registryName)
                .imageTagMutability("MUTABLE")
                .imageScanningConfiguration(
                    RepositoryImageScanningConfigurationArgs.builder().scanOnPush(true).build())
                .forceDelete(!kept)
                .tags(nameTag("repository", settings.thresholdTag()))
                .build(),
            leaf().protect(kept).build());
    new LifecyclePolicy(
        named("lifecycle"),
        LifecyclePolicyArgs.builder()
            .repository(repository.name())
            .policy(lifecycle(settings))
            .build(),
        leaf().build());
    offers(Map.of("url", repository.repositoryUrl(), "arn", repository.arn()));
  }

  private static String lifecycle(RepositorySettings settings) {
    return new Gson()
        .toJson(
            Map.of(
                "rules",
                List.of(
                    rule(
                        1,
                        "images that lost their tag",
                        Map.of(
                            "tagStatus",
                            "untagged",
                            "countType",
                            "sinceImagePushed",
                            "countUnit",
                            "days",
                            "countNumber",
                            settings.untaggedDays())),
                    rule(
                        2,
                        "all but the newest",
                        Map.of(
                            "tagStatus",
                            "any",
                            "countType",
                            "imageCountMoreThan",
                            "countNumber",
                            settings.keep())))));
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
   * Lets one role push and nobody else, and leaves pulling to the account: who may is said by the
   * rights of each.
   */
  public void allowPush(Output<String> role) {
    new RepositoryPolicy(
        named("policy"),
        RepositoryPolicyArgs.builder()
            .repository(repository.name())
            .policy(
                Output.tuple(role, place().account())
                    .applyValue(
                        known ->
                            Policy.of(
                                Statement.allow("BuildPushes")
                                    .principal("AWS", known.t1)
                                    .actions(both(PULL, PUSH)),
                                Statement.allow("AccountPulls")
                                    .principal(
                                        "AWS",
                                        "arn:%s:iam::%s:root"
                                            .formatted(stack().partition(), known.t2))
                                    .actions(PULL),
                                Statement.deny("NobodyElsePushes")
                                    .everybody()
                                    .actions(PUSH)
                                    .when("ArnNotEquals", "aws:PrincipalArn", known.t1))))
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

  /** Its ARN. */
  public Output<String> arn() {
    return repository.arn();
  }
}
