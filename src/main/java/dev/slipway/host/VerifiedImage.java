package dev.slipway.host;

import com.pulumi.aws.ec2.Ec2Functions;
import com.pulumi.aws.ec2.inputs.GetAmiFilter;
import com.pulumi.aws.ec2.inputs.GetAmiPlainArgs;
import com.pulumi.core.Output;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.Resource;
import dev.slipway.core.Stack;

/** The image of the settings, once AWS has said that there is one and of which architecture. */
final class VerifiedImage {
  private VerifiedImage() {}

  /**
   * @param setting the part of the settings that names the image, for what goes wrong
   * @param parent whose provider asks
   */
  static Output<String> of(Ami ami, String setting, Stack stack, Resource parent) {
    var found =
        Ec2Functions.getAmiPlain(
                GetAmiPlainArgs.builder()
                    // An image stays usable for years after its publisher calls it old.
                    .includeDeprecated(true)
                    .filters(
                        GetAmiFilter.builder().name("image-id").values(ami.id()).build(),
                        GetAmiFilter.builder()
                            .name("architecture")
                            .values(ami.architecture().name())
                            .build())
                    .build(),
                new InvokeOptions(parent, null, null))
            .handle(
                (image, failure) -> {
                  if (failure != null || !image.architecture().equals(ami.architecture().name())) {
                    throw new RunException(
                        "%s.ami: no image %s for %s can be found in %s%s; write one with: ./slipway ami"
                            .formatted(
                                setting,
                                ami.id(),
                                ami.architecture(),
                                stack.region(),
                                failure == null ? "" : ": " + rootOf(failure).getMessage()));
                  }
                  return image.id();
                });
    return Output.of(found);
  }

  static Throwable rootOf(Throwable failure) {
    return failure.getCause() == null ? failure : rootOf(failure.getCause());
  }
}
