package dev.slipway.secret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Staging;
import org.junit.jupiter.api.Test;

class SecretsTest {
  private final FakeStack stack = Staging.stack();

  @Test
  void areNeverMadeByTheProgram() {
    assertThat(stack.all("aws:ssm/parameter:Parameter"))
        .singleElement()
        .satisfies(
            pointer -> {
              assertThat(pointer.input("name")).isEqualTo("/slipway/staging/host");
              assertThat(pointer.input("type")).isEqualTo("String");
            });
    assertThat(stack.all("aws:secretsmanager/secret:Secret")).isEmpty();
    assertThat(stack.all())
        .noneMatch(resource -> resource.type().startsWith("random:"))
        .noneMatch(resource -> resource.inputs().keySet().stream().anyMatch(resource::isSecret));
  }

  @Test
  void areUsedUnderTheStacksOwnPathAlone() {
    var policy = stack.only("aws:iam/rolePolicy:RolePolicy", "use-secrets").text("policy");

    assertThat(policy)
        .contains("\"arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/*\"")
        .doesNotContain("kms:");
  }
}
