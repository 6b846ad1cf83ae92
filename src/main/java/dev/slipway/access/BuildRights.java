package dev.slipway.access;

import dev.slipway.identity.Statement;
import java.util.List;

/**
 * What it takes to push images to one application's registry, and to see what a scan found in them.
 *
 * <p>The actions are those of the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html">ECR user
 * guide</a>.
 */
final class BuildRights {
  private BuildRights() {}

  static List<Statement> of(List<String> registryArns) {
    return List.of(
        // A login is for all registries of the account; what is done with it is below.
        Statement.allow("LogIn").actions("ecr:GetAuthorizationToken").resources("*"),
        Statement.allow("PushAndScan")
            .actions(
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:DescribeImageScanFindings",
                "ecr:DescribeImages",
                "ecr:DescribeRepositories",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:ListImages",
                "ecr:ListTagsForResource",
                "ecr:PutImage",
                "ecr:StartImageScan",
                "ecr:UploadLayerPart")
            .resources(registryArns.toArray(String[]::new)));
  }
}
