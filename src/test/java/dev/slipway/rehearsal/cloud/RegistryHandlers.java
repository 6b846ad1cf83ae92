package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.util.List;
import java.util.Map;

/** Registries of images, their policies and lifecycles. */
final class RegistryHandlers {
  private final AwsClient.Json ecr;

  RegistryHandlers(AwsClient aws) {
    ecr = new AwsClient.Json(aws, "ecr", "AmazonEC2ContainerRegistry_V20150921");
  }

  List<Handler> all() {
    return List.of(repository(), repositoryPolicy(), repositoryLifecycle());
  }

  private Handler repository() {
    return Handler.of("aws:ecr/repository:Repository")
        .create(
            request -> {
              Map<String, Object> made =
                  Values.map(
                      ecr.call(
                              "CreateRepository",
                              request
                                  .fields(
                                      "repositoryName=name",
                                      "imageTagMutability",
                                      "imageScanningConfiguration")
                                  .and("tags", request.tagList("Key", "Value")))
                          .get("repository"));
              return Handler.Made.of(
                  request.text("name"),
                  "arn",
                  made.get("repositoryArn"),
                  "repositoryUrl",
                  made.get("repositoryUri"),
                  "registryId",
                  EmulatedCloud.ACCOUNT);
            })
        .delete(
            request ->
                ecr.call(
                    "DeleteRepository",
                    Fields.of(
                        "repositoryName", request.id(), "force", request.oldFlag("forceDelete"))))
        .found(
            request -> ecr.call("DescribeRepositories", "repositoryNames", List.of(request.id())));
  }

  private Handler repositoryPolicy() {
    return Handler.of("aws:ecr/repositoryPolicy:RepositoryPolicy")
        .put(
            request -> {
              validated(request.text("policy"));
              ecr.call(
                  "SetRepositoryPolicy",
                  request.fields("repositoryName=repository", "policyText=policy"));
            },
            request ->
                Handler.Made.of(request.text("repository"), "registryId", EmulatedCloud.ACCOUNT))
        .delete(request -> ecr.call("DeleteRepositoryPolicy", "repositoryName", request.id()))
        .found(request -> ecr.call("GetRepositoryPolicy", "repositoryName", request.id()));
  }

  /** moto takes any text for a policy. */
  private static void validated(String policy) {
    try {
      new PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError("InvalidParameterException", e.getMessage());
    }
  }

  private Handler repositoryLifecycle() {
    return Handler.of("aws:ecr/lifecyclePolicy:LifecyclePolicy")
        .deletedFirst()
        .create(
            request -> {
              lifecycle(request);
              return Handler.Made.of(
                  request.text("repository"), "registryId", EmulatedCloud.ACCOUNT);
            })
        .delete(request -> ecr.call("DeleteLifecyclePolicy", "repositoryName", request.id()))
        .found(request -> ecr.call("GetLifecyclePolicy", "repositoryName", request.id()));
  }

  private void lifecycle(Handler.Request request) {
    ecr.call(
        "PutLifecyclePolicy",
        request.fields("repositoryName=repository", "lifecyclePolicyText=policy"));
  }
}
