package dev.slipway.host;

import com.pulumi.aws.ssm.SsmFunctions;
import com.pulumi.aws.ssm.inputs.GetParametersByPathPlainArgs;
import com.pulumi.core.Output;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.Resource;
import dev.slipway.core.Stack;

/** Whether every host of a stack has ever served a release. */
final class FirstRelease {
  private FirstRelease() {}

  /**
   * @param parent whose provider asks
   */
  static Output<Boolean> wasMade(Stack stack, Resource parent) {
    return Output.of(
        SsmFunctions.getParametersByPathPlain(
                // By its path, since looking for one that isn't there is an error.
                GetParametersByPathPlainArgs.builder()
                    .path(stack.releases())
                    .withDecryption(false)
                    .build(),
                new InvokeOptions(parent, null, null))
            .handle(
                (found, failure) -> {
                  if (failure != null) {
                    throw new RunException(
                        "hosts.healthCheck: whether there was a release can't be read from the"
                            + " parameters under %s in %s: %s; with EC2 it isn't asked"
                                .formatted(
                                    stack.releases(),
                                    stack.region(),
                                    VerifiedImage.rootOf(failure).getMessage()));
                  }
                  return found.names().contains(stack.desiredRelease());
                }));
  }
}
