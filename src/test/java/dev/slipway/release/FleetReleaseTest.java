package dev.slipway.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FleetReleaseTest {
  private static final String COMMAND = "command:local:Command";

  private static FakeStack released(String seed) {
    return Trial.of(
        trial -> {
          var fleet = trial.fleet(trial.network(Trial.ZONES), Trial.hosts(2));
          fleet.allowSsh();
          var settings = new ReleaseSettings(Optional.empty(), 5, 4, 60);
          var documents =
              new CommandDocuments(
                  trial.called("runbook"), List.of("configure", "release"), settings, trial.part());
          new FleetRelease(trial.called("release"), fleet, documents, settings, seed, trial.part());
        });
  }

  private final FakeStack stack = released("");

  private FakeResource command(String role) {
    return stack.only(COMMAND, role);
  }

  @Test
  void hasADocumentForEachVerbOfTheSystemAlone() {
    assertThat(stack.all("aws:ssm/document:Document"))
        .extracting(document -> document.text("name"))
        .containsExactlyInAnyOrder("slipway-trial-configure", "slipway-trial-release");
  }

  @Test
  void configuresOneHostAfterAnother() {
    assertThat(command("configure").text("create"))
        .startsWith(
            "./scripts/ssm-run.sh --document slipway-trial-configure --stack trial --rolling"
                + " --region us-east-1 --timeout 5400 --parameter bundle=");
  }

  @Test
  void convergesOneHostAfterAnotherOnTheDesiredRelease() {
    assertThat(command("converge").input("create"))
        .isEqualTo(
            "./scripts/ssm-run.sh --document slipway-trial-release --stack trial --rolling"
                + " --region us-east-1 --timeout 5400 --parameter actor=pulumi");
    assertThat(command("converge").waitsFor(command("configure"))).isTrue();
  }

  @Test
  void waitsUntilNoHostIsReplacedBeforeItSendsAnything() {
    var group = stack.only("aws:autoscaling/group:Group");

    assertThat(command("refresh").text("create"))
        .matches("\\./scripts/refresh-wait\\.sh --group \\S+ --region us-east-1 --timeout 5400");
    assertThat(command("refresh").text("update")).isEqualTo(command("refresh").text("create"));
    assertThat(command("refresh").waitsFor(group)).isTrue();
    assertThat(command("configure").waitsFor(command("refresh"))).isTrue();
  }

  @Test
  void runsAgainWhenHostsAreReplaced() {
    for (var role : new String[] {"refresh", "configure", "converge"}) {
      assertThat(command(role).text("environment.SLIPWAY_TEMPLATE")).as(role).endsWith(":1");
    }
  }

  @Test
  void runsAgainWhenHostsHaveToKnowSomethingElse() {
    String pointer = stack.only("aws:ssm/parameter:Parameter", "pointer").text("value");

    for (var role : new String[] {"configure", "converge"}) {
      assertThat(command(role).text("environment.SLIPWAY_FACTS")).as(role).isEqualTo(pointer);
    }
  }

  @Test
  void runsAgainWhenTheSeedChanges() {
    var other = released("api@sha256:" + "0".repeat(64));

    assertThat(other.only(COMMAND, "converge").inputs()).isNotEqualTo(command("converge").inputs());
    assertThat(other.only(COMMAND, "configure").inputs()).isEqualTo(command("configure").inputs());
  }

  @Test
  void waitsForTheHostsAndForAllThatTheyUse() {
    for (var type :
        new String[] {
          "aws:autoscaling/group:Group",
          "aws:ssm/document:Document",
          "aws:iam/rolePolicy:RolePolicy",
          "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
        }) {
      assertThat(stack.all(type))
          .isNotEmpty()
          .allSatisfy(
              need -> assertThat(command("configure").waitsFor(need)).as(need.name()).isTrue());
    }
  }
}
