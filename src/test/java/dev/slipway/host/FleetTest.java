package dev.slipway.host;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.pulumi.exceptions.RunException;
import dev.slipway.aws.Architecture;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.balancer.Route;
import dev.slipway.cache.RedisCache;
import dev.slipway.cache.RedisSettings;
import dev.slipway.core.InvalidSettings;
import dev.slipway.network.Nat;
import dev.slipway.plan.engine.LookUps;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.Trial;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final String TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
  private static final String GROUP = "aws:autoscaling/group:Group";
  private static final String PARAMETERS = "aws:ssm/getParametersByPath:getParametersByPath";

  private static FakeStack fleet(int count) {
    return Trial.of(trial -> trial.fleet(trial.network(Trial.ZONES), Trial.hosts(count)));
  }

  private static FakeStack checkedBy(HealthCheck type, FakeCloud cloud) {
    return Trial.in(cloud, trial -> trial.fleet(trial.network(Trial.ZONES), Trial.hosts(1, type)));
  }

  /** A cloud in which hosts have served a release. */
  private static FakeCloud released() {
    return FakeCloud.named("trial")
        .answer(
            PARAMETERS,
            asked ->
                LookUps.parameters(asked, Map.of("/slipway/trial/release/desired", "a release")));
  }

  private final FakeStack stack = fleet(2);
  private final FakeResource template = stack.only(TEMPLATE);
  private final FakeResource machines = stack.only(GROUP);

  @Test
  void createsInstancesOfTheTypeAndImageOfTheSettings() {
    assertThat(template.input("instanceType")).isEqualTo("t3.small");
    assertThat(template.input("imageId")).isEqualTo("ami-0123456789abcdef0");
    assertThat(template.input("keyName")).isNull();
    assertThat(template.input("iamInstanceProfile.arn"))
        .isEqualTo(stack.only("aws:iam/instanceProfile:InstanceProfile").output("arn"));
  }

  @Test
  void keepsItsSizeWhateverDies() {
    assertThat(machines.input("minSize")).isEqualTo(2L);
    assertThat(machines.input("maxSize")).isEqualTo(2L);
    assertThat(machines.input("desiredCapacity")).isNull();
  }

  @Test
  void standsInThePrivateSubnetsOfAllZones() {
    var subnets =
        List.of("private-a", "private-b").stream()
            .map(role -> stack.only("aws:ec2/subnet:Subnet", role).output("id"))
            .toList();

    assertThat(machines.input("vpcZoneIdentifiers")).isEqualTo(subnets);
    assertThat(template.input("networkInterfaces[0].associatePublicIpAddress")).isEqualTo("false");
  }

  @Test
  void standsInThePublicSubnetsWithNothingOpenWhereThereIsNoNat() {
    var plain =
        Trial.of(
            trial -> trial.fleet(trial.network(Trial.zones(Nat.none, "a", "b")), Trial.hosts(1)));

    assertThat(plain.only(GROUP).input("vpcZoneIdentifiers"))
        .isEqualTo(
            List.of(
                plain.only("aws:ec2/subnet:Subnet", "public-a").output("id"),
                plain.only("aws:ec2/subnet:Subnet", "public-b").output("id")));
    assertThat(plain.only(TEMPLATE).input("networkInterfaces[0].associatePublicIpAddress"))
        .isEqualTo("true");
    assertThat(plain.ingressTo("fleet")).isEmpty();
  }

  @Test
  void answersMetadataRequestsWithATokenAloneAndNotToContainers() {
    assertThat(template.input("metadataOptions.httpTokens")).isEqualTo("required");
    assertThat(template.input("metadataOptions.httpPutResponseHopLimit")).isEqualTo(1L);
  }

  @Test
  void encryptsItsRootVolume() {
    assertThat(template.input("blockDeviceMappings[0].deviceName")).isEqualTo("/dev/sda1");
    assertThat(template.input("blockDeviceMappings[0].ebs.encrypted")).isEqualTo("true");
    assertThat(template.input("blockDeviceMappings[0].ebs.volumeSize")).isEqualTo(30L);
    assertThat(template.input("blockDeviceMappings[0].ebs.volumeType")).isEqualTo("gp3");
  }

  @Test
  void bootsWithUserDataThatSaysNothingButWhereThePointerIs() {
    var text =
        new String(Base64.getDecoder().decode(template.text("userData")), StandardCharsets.UTF_8);

    assertThat(text).startsWith("#!/bin/bash\n").contains("/slipway/trial/host");
  }

  @Test
  void tagsWhatItStartsAsEverythingElseIsTagged() {
    var kinds = new TreeMap<String, Map<?, ?>>();
    for (int i = 0; i < 3; i++) {
      kinds.put(
          String.valueOf(template.input("tagSpecifications[" + i + "].resourceType")),
          (Map<?, ?>) template.input("tagSpecifications[" + i + "].tags"));
    }

    assertThat(kinds).containsOnlyKeys("instance", "network-interface", "volume");
    assertThat(kinds.values())
        .allSatisfy(
            tags -> {
              assertThat(tags.get("Project")).isEqualTo("trial");
              assertThat(tags.get("Environment")).isEqualTo("trial");
              assertThat(tags.get("ManagedBy")).isEqualTo("pulumi");
              assertThat(tags.get("Team")).isEqualTo("web");
              assertThat(tags.get("slipway:stack")).isEqualTo("trial");
              assertThat(tags.get("Name")).isEqualTo("trial-web-fleet-machine");
            });
  }

  @Test
  void tagsTheGroupItselfWhichDefaultTagsDontReach() {
    var tags = new TreeMap<Object, Object>();
    for (var tag : (List<?>) machines.input("tags")) {
      tags.put(((Map<?, ?>) tag).get("key"), ((Map<?, ?>) tag).get("value"));
      assertThat(((Map<?, ?>) tag).get("propagateAtLaunch")).isEqualTo(false);
    }

    assertThat(tags)
        .containsEntry("Environment", "trial")
        .containsEntry("Team", "web")
        .containsEntry("Name", "trial-web-fleet-machines");
  }

  @Test
  void findsAllThatUserDataNeedsWhenItBoots() {
    for (var type :
        List.of(
            "aws:iam/rolePolicy:RolePolicy",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:ec2/route:Route",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            "aws:ssm/parameter:Parameter",
            "aws:s3/bucketObjectv2:BucketObjectv2",
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")) {
      assertThat(stack.all(type))
          .isNotEmpty()
          .allSatisfy(need -> assertThat(machines.waitsFor(need)).as(need.name()).isTrue());
    }
  }

  @Test
  void rollsANewTemplateOutOneByOneAndEndsWhereThatFails() {
    assertThat(machines.input("launchTemplate.version")).isEqualTo("1");
    assertThat(machines.input("instanceRefresh.strategy")).isEqualTo("Rolling");
    assertThat(machines.input("instanceRefresh.preferences.autoRollback")).isEqualTo(false);
    assertThat(machines.input("instanceRefresh.preferences.minHealthyPercentage")).isEqualTo(100L);
    assertThat(machines.input("instanceRefresh.preferences.maxHealthyPercentage")).isEqualTo(150L);
    assertThat(fleet(1).only(GROUP).input("instanceMaintenancePolicy.maxHealthyPercentage"))
        .isEqualTo(200L);
    assertThat(fleet(20).only(GROUP).input("instanceMaintenancePolicy.maxHealthyPercentage"))
        .isEqualTo(110L);
  }

  @Test
  void isCheckedByTheMachineUntilTheFirstReleaseAndByTheBalancerFromThenOn() {
    var before = checkedBy(HealthCheck.ELB, FakeCloud.named("trial"));
    assertThat(before.only(GROUP).input("healthCheckType")).isEqualTo("EC2");

    var after = checkedBy(HealthCheck.ELB, released());
    assertThat(after.only(GROUP).input("healthCheckType")).isEqualTo("ELB");
    assertThat(after.only(GROUP).input("healthCheckGracePeriod")).isEqualTo(900L);
    assertThat(after.calls())
        .anySatisfy(
            call -> {
              assertThat(call.token()).isEqualTo(PARAMETERS);
              assertThat(call.arguments())
                  .containsEntry("path", "/slipway/trial/release")
                  .containsEntry("withDecryption", false);
            });
  }

  @Test
  void isCheckedByTheMachineAloneWhereTheStackSaysSo() {
    var stack = checkedBy(HealthCheck.EC2, released());

    assertThat(stack.only(GROUP).input("healthCheckType")).isEqualTo("EC2");
    assertThat(stack.calls()).noneMatch(call -> call.token().equals(PARAMETERS));
  }

  @Test
  void endsWithTheReasonWhereWhetherThereWasAReleaseCannotBeRead() {
    var cloud =
        FakeCloud.named("trial")
            .answer(
                PARAMETERS,
                asked -> {
                  throw new IllegalStateException("not authorized to perform this");
                });

    assertThatThrownBy(() -> checkedBy(HealthCheck.ELB, cloud))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith("hosts.healthCheck: whether there was a release can't be read")
        .hasMessageContaining("/slipway/trial/release in us-east-1: ")
        .hasMessageContaining("not authorized to perform this");
  }

  @Test
  void tellsItsHostsWhatTheyMustKnow() {
    var pointer =
        JsonParser.parseString(stack.only("aws:ssm/parameter:Parameter").text("value"))
            .getAsJsonObject();

    assertThat(pointer.keySet()).containsExactly("bundle", "region", "stack");
    assertThat(pointer.get("stack").getAsString()).isEqualTo("trial");
  }

  @Test
  void opensNothingByItself() {
    assertThat(stack.ingressTo("fleet")).isEmpty();
    assertThat(stack.egressFrom("fleet")).containsExactly(all().to("0.0.0.0/0"));
  }

  @Test
  void allowsSshOnlyFromTheRangesOfTheSettings() {
    var open =
        Trial.of(trial -> trial.fleet(trial.network(Trial.ZONES), Trial.hosts(1)).allowSsh());

    assertThat(open.ingressTo("fleet")).containsExactly(tcp(22).from("192.0.2.0/24"));
  }

  @Test
  void opensAPortToAnotherGroupAlone() {
    var open =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.ZONES);
              var cache =
                  new RedisCache(
                      trial.called("balancer"),
                      network,
                      new RedisSettings("cache.t3.micro", "7.1", 0, "none", 7, true),
                      trial.part());
              trial.fleet(network, Trial.hosts(1)).allowFrom(cache, 8001);
            });
    var rule = open.only("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");

    assertThat(open.ingressTo("fleet")).containsExactly(tcp(8001).from("balancer"));
    assertThat(rule.name()).isEqualTo("web-fleet-balancer-8001");
    assertThat(rule.input("description")).isEqualTo("balancer to the hosts, port 8001");
  }

  private static FleetSettings scaled(int count, int min, int max) {
    return scaled(count, new ScalingSettings(min, max, Optional.empty(), Optional.empty()));
  }

  private static FleetSettings scaled(int count, ScalingSettings scaling) {
    var fixed = Trial.hosts(count);
    return new FleetSettings(
        count,
        Optional.of(scaling),
        fixed.instanceType(),
        fixed.ami(),
        fixed.rootVolumeGiB(),
        fixed.sshFrom(),
        fixed.healthCheck(),
        fixed.metadataHopLimit());
  }

  @Test
  void comesAndGoesWithItsLoadWhereTheSettingsSaySo() {
    var scaling = Trial.of(trial -> trial.fleet(trial.network(Trial.ZONES), scaled(2, 1, 4)));
    var group = scaling.only(GROUP);
    var policy = scaling.only("aws:autoscaling/policy:Policy");

    assertThat(group.input("minSize")).isEqualTo(1L);
    assertThat(group.input("maxSize")).isEqualTo(4L);
    assertThat(group.input("desiredCapacity")).isEqualTo(2L);
    assertThat(policy.input("autoscalingGroupName")).isEqualTo(group.output("name"));
    assertThat(policy.input("policyType")).isEqualTo("TargetTrackingScaling");
    assertThat(policy.input("targetTrackingConfiguration.targetValue")).isEqualTo(60L);
    assertThatThrownBy(() -> scaled(5, 1, 4))
        .hasMessageContaining("count: 5 is not from scaling.min to scaling.max");
    assertThatThrownBy(() -> scaled(2, 2, 2)).hasMessageContaining("max: 2 is not from more than");
  }

  @Test
  void comesAndGoesWithTheRequestsOfEachAppWhereTheSettingsSaySo() {
    var byRequests = new ScalingSettings(2, 4, Optional.empty(), Optional.of(600));
    var scaling =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.ZONES);
              var balancer =
                  new LoadBalancer(
                      trial.called("balancer"),
                      network,
                      Optional.empty(),
                      new LoadBalancerSettings(true, 60, 90, 365),
                      trial.part());
              balancer.routeTo(
                  trial.fleet(network, scaled(2, byRequests)),
                  Map.of(
                      "api", new Route(8001, "/health", List.of(), List.of("/api/*")),
                      "web", new Route(8002, "/", List.of(), List.of())));
            });
    var balancer = scaling.only("aws:lb/loadBalancer:LoadBalancer").output("arnSuffix");

    assertThat(scaling.all("aws:autoscaling/policy:Policy")).hasSize(2);
    for (var app : List.of("api", "web")) {
      var policy = scaling.only("aws:autoscaling/policy:Policy", "scaling-" + app);
      var targets = scaling.only("aws:lb/targetGroup:TargetGroup", "targets-" + app);
      var tracking = "targetTrackingConfiguration.";
      var metric = tracking + "predefinedMetricSpecification.";
      assertThat(policy.input(tracking + "targetValue")).isEqualTo(600L);
      assertThat(policy.input(metric + "predefinedMetricType"))
          .isEqualTo("ALBRequestCountPerTarget");
      assertThat(policy.input(metric + "resourceLabel"))
          .isEqualTo(balancer + "/" + targets.output("arnSuffix"));
      assertThat(
              policy.waitsFor(
                  scaling.only("aws:autoscaling/attachment:Attachment", "attachment-" + app)))
          .as("AWS counts the requests of groups that are attached")
          .isTrue();
    }
    assertThat(scaling.only(GROUP).input("desiredCapacity")).isEqualTo(2L);
  }

  @Test
  void comesAndGoesByOneMeasure() {
    assertThatThrownBy(() -> new ScalingSettings(1, 4, Optional.of(60), Optional.of(600)))
        .hasMessageContaining("requestsPerHost: and cpuPercent are both given");
    assertThatThrownBy(() -> new ScalingSettings(1, 4, Optional.of(5), Optional.empty()))
        .hasMessageContaining("cpuPercent: 5 is not from 10 to 90");
    assertThatThrownBy(() -> new ScalingSettings(1, 4, Optional.empty(), Optional.of(0)))
        .hasMessageContaining("requestsPerHost: 0 is not from 1");
  }

  @Test
  void keepsItsSizeByItself() {
    var fixed = Trial.of(trial -> trial.fleet(trial.network(Trial.ZONES), Trial.hosts(2)));

    assertThat(fixed.only(GROUP).input("minSize")).isEqualTo(2L);
    assertThat(fixed.only(GROUP).input("maxSize")).isEqualTo(2L);
    assertThat(fixed.only(GROUP).input("desiredCapacity")).isNull();
    assertThat(fixed.all("aws:autoscaling/policy:Policy")).isEmpty();
  }

  @Test
  void isRefusedWithoutHostsOrWithTheWrongImage() {
    assertThatThrownBy(() -> Trial.hosts(0))
        .isInstanceOf(InvalidSettings.class)
        .hasMessageContaining("0 is not from 1 to 20");
    assertThatThrownBy(
            () ->
                new FleetSettings(
                    1,
                    Optional.empty(),
                    "t4g.small",
                    new Ami("ami-0123456789abcdef0", "us-east-1", Architecture.x86_64),
                    30,
                    List.of("0.0.0.0/1"),
                    HealthCheck.EC2,
                    1))
        .hasMessageContaining("ami.architecture")
        .hasMessageContaining("opens port 22 to the world");
  }
}
