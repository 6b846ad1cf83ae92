package dev.slipway.registry;

import com.pulumi.core.Output;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Lets hosts pull images from a private Amazon registry, and mark what must not expire there; other
 * registries need no grant.
 *
 * <p>Creates a policy where an image's name says that it is in ECR. Costs nothing.
 *
 * <pre>{@code
 * ImagePull.grant(role, List.of("111122223333.dkr.ecr.eu-central-1.amazonaws.com/erp"));
 * }</pre>
 *
 * <p>Which actions a pull takes is said in the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-pull.html">ECR user guide</a>.
 */
public final class ImagePull {
  private static final Pattern ECR =
      Pattern.compile("([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/(.+)");

  private ImagePull() {}

  /** Grants the pull of the images with these names, without a tag. */
  public static void grant(ServiceRole role, List<String> images) {
    var repositories = images.stream().map(ImagePull::repository).flatMap(Optional::stream);
    var arns = repositories.distinct().sorted().toArray(String[]::new);
    if (arns.length == 0) {
      return;
    }
    role.allow(
        "pull-image",
        Output.of(
            List.of(
                // A login is for a whole registry: it takes no resource.
                Statement.allow("LogIn").actions("ecr:GetAuthorizationToken").resources("*"),
                // PutImage is a tag for an image that is there; nothing can be uploaded by it. One
                // statement, since the names of fifty applications are long.
                Statement.allow("PullAndKeep")
                    .actions(
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                        "ecr:PutImage")
                    .resources(arns))));
  }

  private static Optional<String> repository(String image) {
    var ecr = ECR.matcher(image);
    if (!ecr.matches()) {
      return Optional.empty();
    }
    var partition = ecr.group(2).startsWith("cn-") ? "aws-cn" : "aws";
    return Optional.of(
        "arn:%s:ecr:%s:%s:repository/%s"
            .formatted(partition, ecr.group(2), ecr.group(1), ecr.group(3)));
  }
}
