package dev.slipway;

import com.pulumi.Context;
import com.pulumi.core.internal.Internal;
import com.pulumi.resources.Resource;
import com.pulumi.resources.ResourceTransformation;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Waits until the engine has made all resources of a program.
 *
 * <p>The SDK would do that too, by looking at all that it waits for again and again without a
 * pause: a processor is busy for as long as a release takes. What is waited for here has an end
 * before the SDK begins to look.
 *
 * <pre>{@code
 * var wait = new ResourceWait();
 * Pulumi.withOptions(StackOptions.builder().resourceTransformations(wait).build()).run(wait.after(program));
 * }</pre>
 */
final class ResourceWait implements ResourceTransformation {
  /** The SDK's own, which it registers and ends by itself. */
  private static final String STACK = "pulumi:pulumi:Stack";

  private final List<Resource> resources = new CopyOnWriteArrayList<>();

  /** Notes a resource, and changes nothing of it. */
  @Override
  public Optional<Result> apply(Args made) {
    if (!made.resource().pulumiResourceType().equals(STACK)) {
      resources.add(made.resource());
    }
    return Optional.empty();
  }

  /** The program, which ends when all its resources are there, or have failed. */
  Consumer<Context> after(Consumer<Context> program) {
    return context -> {
      program.accept(context);
      for (var resource : resources) {
        try {
          // A URN is known when the engine has answered, in a preview too.
          Internal.of(resource.urn()).getDataAsync().join();
        } catch (CompletionException | CancellationException failed) {
          // The SDK says what has failed, and the others go on.
        }
      }
    };
  }
}
