package dev.slipway.registry;

import com.pulumi.core.Output;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Lets hosts pull an image from a private Amazon registry; other registries need no grant.
 *
 * <p>Creates a policy where the image's name says that it is in ECR. Costs nothing.
 *
 * <pre>{@code
 * ImagePull.grant(role, "111122223333.dkr.ecr.eu-central-1.amazonaws.com/erp");
 * }</pre>
 *
 * <p>Which actions a pull takes is said in the <a
 * href="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-pull.html">ECR user guide</a>.
 */
public final class ImagePull {
  private static final Pattern ECR =
      Pattern.compile("([0-9]{12})\\.dkr\\.ecr\\.([a-z0-9-]+)\\.amazonaws\\.com(?:\\.cn)?/(.+)");

  private ImagePull() {}

  /** Grants the pull of the image with this name, without a tag. */
  public static void grant(ServiceRole role, String image) {
    var ecr = ECR.matcher(image);
    if (!ecr.matches()) {
      return;
    }
    var partition = ecr.group(2).startsWith("cn-") ? "aws-cn" : "aws";
    role.allow(
        "pull-image",
        Output.of(
            List.of(
                // A login is for a whole registry: it takes no resource.
                Statement.allow("LogIn").actions("ecr:GetAuthorizationToken").resources("*"),
                Statement.allow("Pull")
                    .actions(
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer")
                    .resources(
                        "arn:%s:ecr:%s:%s:repository/%s"
                            .formatted(partition, ecr.group(2), ecr.group(1), ecr.group(3))))));
  }
}
