package dev.slipway.core;

import com.pulumi.core.Output;
import java.util.function.Function;

/**
 * Where components are built: the stack and the account that it is in.
 *
 * @param account the number of the account, known in a preview too
 */
public record StackContext(Stack stack, Output<String> account) {
  /** The ARN of something in this account and region: {@code arn("ssm", "parameter/x")}. */
  public Output<String> arn(String service, String resource) {
    return account.applyValue(arnOf(service, resource));
  }

  private Function<String, String> arnOf(String service, String resource) {
    return number ->
        String.join(":", "arn", stack.partition(), service, stack.region(), number, resource);
  }
}
