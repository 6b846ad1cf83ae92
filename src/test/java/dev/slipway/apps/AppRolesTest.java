package dev.slipway.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.storage.Buckets;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AppRolesTest {

  private static AppsSettings settings(String apps) {
    return new SettingsBinder("slipway", new Problems())
        .bind(AppsSettings.class, Map.of("apps", apps))
        .orElseThrow();
  }

  private static final String APPS =
      """
      {"api": {"image": "registry:5000/api", "hostPort": 8001, "paths": ["/api/*"], "buckets": true},
       "web": {"image": "registry:5000/web", "hostPort": 8002}}""";

  private static FakeStack stack(String apps) {
    return Trial.of(
        trial -> {
          var network = trial.network(Trial.ZONES);
          var buckets =
              new Buckets(trial.called("buckets"), List.of("avatars"), true, trial.part());
          var hosts = trial.identity().role("runners", "ec2.amazonaws.com");
          new Buckets(trial.called("others"), List.of("secret"), true, trial.part());
          var roles =
              new AppRoles(
                  trial.called("apps"),
                  trial.identity(),
                  hosts,
                  buckets,
                  settings(apps),
                  trial.part());
          trial.fleet(network, Trial.hosts(1), roles, buckets);
        });
  }

  private final FakeStack stack = stack(APPS);
  private final String role = stack.arnOf("identity-app-api");

  private boolean may(String whose, String action, String resource) {
    return stack
        .policiesOf(whose)
        .evaluate(Request.of(stack.arnOf(whose), action, resource))
        .allowed();
  }

  private String bucket(String name) {
    return String.valueOf(stack.only("aws:s3/bucketV2:BucketV2", name + "-bucket").output("arn"));
  }

  @Test
  void anAppReadsAndWritesExactlyTheseBuckets() {
    for (var action : List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject")) {
      assertThat(may("identity-app-api", action, bucket("avatars") + "/one")).as(action).isTrue();
      assertThat(may("identity-app-api", action, bucket("secret") + "/one")).as(action).isFalse();
    }
    assertThat(may("identity-app-api", "s3:DeleteBucket", bucket("avatars"))).isFalse();
    assertThat(may("identity-app-api", "sts:AssumeRole", role)).isFalse();
  }

  @Test
  void onlyTheHostsRoleTakesIt() {
    var trust = JsonParser.parseString(stack.trustOf("identity-app-api")).getAsJsonObject();
    var statements = trust.getAsJsonArray("Statement");

    assertThat(statements).hasSize(1);
    assertThat(statements.get(0).getAsJsonObject().getAsJsonObject("Principal"))
        .hasToString("{\"AWS\":[\"" + stack.arnOf("identity-runners") + "\"]}");
  }

  @Test
  void hostsTakeExactlyThese() {
    assertThat(may("identity-runners", "sts:AssumeRole", role)).isTrue();
    assertThat(may("identity-runners", "sts:AssumeRole", stack.arnOf("identity-runners")))
        .isFalse();
    assertThat(may("identity-runners", "s3:GetObject", bucket("avatars") + "/one")).isFalse();
  }

  @Test
  void hostsAreToldWhichRoleIsWhose() {
    var told =
        JsonParser.parseString(stack.only("aws:ssm/parameter:Parameter").text("value"))
            .getAsJsonObject();

    assertThat(told.get("appRole.api").getAsString()).isEqualTo(role);
    assertThat(told.has("appRole.web")).isFalse();
    assertThat(told.keySet()).anyMatch(key -> key.endsWith(".avatars"));
  }

  @Test
  void withoutOneThatAsksThereIsNoRole() {
    var none = stack(APPS.replace("true", "false"));

    assertThat(none.all("aws:iam/role:Role")).noneMatch(found -> found.name().contains("app-api"));
  }
}
