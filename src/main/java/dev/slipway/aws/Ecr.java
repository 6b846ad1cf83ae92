package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Map;

/** ECR: registries of images, which are the foundation's. */
final class Ecr {
  private static final Prices PRICES =
      Prices.of(
          "ecr",
          "https://aws.amazon.com/ecr/pricing/",
          "2025-06-30",
          """
          storage  *  0.10  GB-month
          """);

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:ecr/repository:Repository")
              .holds("images")
              .keeps("registry")
              .drawn(Drawing.card(Icon.IMAGE).details(registry -> List.of("container images")))
              .breaks(
                  "milder-scan",
                  registry ->
                      registry.value("tags") instanceof Map<?, ?> tags
                              && tags.get("slipway:failOn") instanceof String severity
                          ? "lets images be released with findings milder than %s (ecr.failOn)"
                              .formatted(severity)
                          : "")
              .costs(registry -> List.of(Charge.usageBased(PRICES, "storage", "images")))
              .named("name", 2, 256, "([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*")
              .replacedBy("encryptionConfigurations", "name")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:ecr:{region}:{account}:repository/{name}")
              .computes("registryId", "{account}")
              .computes("repositoryUrl", "{account}.dkr.ecr.{region}.amazonaws.com/{name}")
              .toRefresh(see("ecr:DescribeRepositories", "ecr:ListTagsForResource")),
          AwsType.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
              .free()
              .isPart()
              .replacedBy("policy", "repository")
              .computes("id", "{repository}")
              .computes("registryId", "{account}")
              .toRefresh(see("ecr:GetLifecyclePolicy")),
          AwsType.of("aws:ecr/repositoryPolicy:RepositoryPolicy")
              .free()
              .guardedBy("policy")
              .isPart()
              .replacedBy("repository")
              .computes("id", "{repository}")
              .computes("registryId", "{account}")
              .toRefresh(see("ecr:GetRepositoryPolicy")));

  private Ecr() {}

  private static Right see(String... actions) {
    return any ->
        Statement.allow("SeeRegistries").actions(actions).resources(any.arn("ecr", "repository/*"));
  }

  /** The most that a host can do with images: pull them, and mark what was released. */
  static Right[] ofHosts() {
    return new Right[] {
      stack ->
          Statement.allow("LogInToRegistries").actions("ecr:GetAuthorizationToken").resources("*"),
      stack ->
          Statement.allow("PullImages")
              .actions(
                  "ecr:BatchCheckLayerAvailability",
                  "ecr:BatchGetImage",
                  "ecr:GetDownloadUrlForLayer")
              .resources("arn:%s:ecr:*:*:repository/*".formatted(stack.stack().partition())),
      // Without the right to upload it adds a name and nothing else. The registries are in the
      // foundation's region, which may be another.
      stack ->
          Statement.allow("KeepImages")
              .actions("ecr:PutImage")
              .resources(
                  "arn:%s:ecr:*:%s:repository/*"
                      .formatted(stack.stack().partition(), stack.account()))
    };
  }
}
