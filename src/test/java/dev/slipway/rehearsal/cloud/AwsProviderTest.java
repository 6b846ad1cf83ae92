package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.plan.graph.PropertyValues;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import pulumirpc.Provider.CheckFailure;
import pulumirpc.Provider.CheckRequest;
import pulumirpc.Provider.CheckResponse;

class AwsProviderTest {

  private final AwsProvider provider =
      new AwsProvider(new Handlers("us-east-1", List.of()), null, "us-east-1");

  private CheckResponse check(String token, Map<String, Object> inputs) {
    var answers = new ArrayList<CheckResponse>();
    provider.check(
        CheckRequest.newBuilder()
            .setUrn("urn:pulumi:staging::slipway::slipway:network:Network$" + token + "::it")
            .setNews(PropertyValues.write(inputs))
            .build(),
        new StreamObserver<>() {
          @Override
          public void onNext(CheckResponse answer) {
            answers.add(answer);
          }

          @Override
          public void onError(Throwable error) {
            throw new AssertionError(error);
          }

          @Override
          public void onCompleted() {}
        });
    return answers.get(0);
  }

  private List<String> failures(String token, Map<String, Object> inputs) {
    return check(token, inputs).getFailuresList().stream().map(CheckFailure::getReason).toList();
  }

  @Test
  void anUnknownInputIsRefused() {
    assertThat(failures("aws:ec2/vpc:Vpc", Map.of("cidrBlok", "10.0.0.0/16")))
        .singleElement()
        .asString()
        .contains("cidrBlok", "did you mean \"cidrBlock\"?");
  }

  @Test
  void aMissingInputIsRefused() {
    assertThat(failures("aws:ec2/subnet:Subnet", Map.of("cidrBlock", "10.0.0.0/24")))
        .singleElement()
        .asString()
        .contains("vpcId");
  }

  @Test
  void anUnknownTypeIsRefused() {
    assertThat(failures("aws:ec2/vcp:Vcp", Map.of()))
        .singleElement()
        .asString()
        .contains("aws:ec2/vcp:Vcp");
  }

  @Test
  void whatTheProgramDoesNotNameGetsAName() {
    var answer = check("aws:iam/role:Role", Map.of("assumeRolePolicy", "{}"));

    assertThat(answer.getFailuresList()).isEmpty();
    assertThat(Values.text(Values.plain(answer.getInputs()).get("name"))).startsWith("it-");
  }
}
