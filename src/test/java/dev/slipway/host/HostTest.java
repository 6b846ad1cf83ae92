package dev.slipway.host;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.pulumi.exceptions.RunException;
import dev.slipway.Main;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Staging;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostTest {
  private static final String INSTANCE = "aws:ec2/instance:Instance";
  private static final String VOLUME = "aws:ebs/volume:Volume";
  private static final String EIP = "aws:ec2/eip:Eip";
  private static final String ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment";
  private static final String INTERFACE = "aws:ec2/networkInterface:NetworkInterface";
  private static final String PARAMETER = "aws:ssm/parameter:Parameter";

  private static final String AMI = "ami-0123456789abcdef0";

  private static StackConfig config() {
    return Staging.config().with("slipway:host.ami.id", AMI);
  }

  private final FakeStack stack = Staging.stack(config());
  private final FakeResource machine = stack.only(INSTANCE);

  @Test
  void isOneInstanceOfTheTypeAndImageOfTheSettings() {
    assertThat(machine.input("instanceType")).isEqualTo("t3.medium");
    assertThat(machine.input("ami")).isEqualTo(AMI);
    assertThat(machine.input("keyName")).isNull();
  }

  @Test
  void goesWithoutAnElasticIp() {
    var without = Trial.of(trial -> trial.host(true, Trial.machine(true, false)).allowWeb());
    var it = without.only(INSTANCE);

    assertThat(without.all("aws:ec2/eip:Eip")).isEmpty();
    assertThat(without.all("aws:ec2/networkInterface:NetworkInterface")).isEmpty();
    assertThat(it.input("associatePublicIpAddress")).isEqualTo(true);
    assertThat(it.input("ipv6AddressCount")).isEqualTo(1L);
    assertThat(it.input("subnetId")).isEqualTo(without.only("aws:ec2/subnet:Subnet").output("id"));
    assertThat(it.input("vpcSecurityGroupIds"))
        .isEqualTo(List.of(without.only("aws:ec2/securityGroup:SecurityGroup").output("id")));
    assertThat(told(without)).contains("dataVolume").doesNotContain("publicIp");
  }

  @Test
  void goesWithoutADataVolume() {
    var without = Trial.of(trial -> trial.host(false, Trial.machine(false, true)));

    assertThat(without.all("aws:ebs/volume:Volume")).isEmpty();
    assertThat(without.all("aws:ec2/volumeAttachment:VolumeAttachment")).isEmpty();
    assertThat(without.only(INSTANCE).input("userData"))
        .as("which waits for no volume by itself")
        .isEqualTo(
            Trial.of(trial -> trial.host(false, Trial.machine(true, true)))
                .only(INSTANCE)
                .input("userData"));
    // By this the scripts of the bundle tell whether there is a volume to wait for.
    assertThat(told(without)).contains("publicIp").doesNotContain("dataVolume");
  }

  @Test
  void keepsWhatErpNextTakesForGranted() {
    for (var setting : List.of("dataVolume", "elasticIp")) {
      var config = config().with("slipway:host." + setting, false);
      assertThatThrownBy(() -> Main.settings(config.values(), "staging"))
          .hasMessageContaining("host." + setting + ": is false, and the sites'");
    }
  }

  private static String told(FakeStack stack) {
    return stack.only(PARAMETER, "pointer").text("value");
  }

  @Test
  void isATMediumUnlessTheSettingsSayMore() {
    var plain = Staging.stack(config().without("slipway:host.instanceType"));

    assertThat(plain.only(INSTANCE).input("instanceType")).isEqualTo("t3.medium");
  }

  @Test
  void answersMetadataRequestsWithATokenAloneAndNotToContainers() {
    assertThat(machine.input("metadataOptions.httpTokens")).isEqualTo("required");
    assertThat(machine.input("metadataOptions.httpEndpoint")).isEqualTo("enabled");
    assertThat(machine.input("metadataOptions.httpPutResponseHopLimit")).isEqualTo(1L);
  }

  @Test
  void letsContainersTakeTheRoleWhereTheStackSaysSo() {
    var open = Staging.stack(config().with("slipway:host.metadataHopLimit", 2));

    assertThat(open.only(INSTANCE).input("metadataOptions.httpPutResponseHopLimit")).isEqualTo(2L);
  }

  @Test
  void encryptsItsRootVolume() {
    assertThat(machine.input("rootBlockDevice.encrypted")).isEqualTo(true);
    assertThat(machine.input("rootBlockDevice.volumeType")).isEqualTo("gp3");
    assertThat(machine.input("rootBlockDevice.volumeSize")).isEqualTo(20L);
  }

  @Test
  void keepsItsDataOnAnEncryptedVolumeThatOutlivesIt() {
    var volume = stack.only(VOLUME);
    var attachment = stack.only(ATTACHMENT);

    assertThat(volume.input("type")).isEqualTo("gp3");
    assertThat(volume.input("encrypted")).isEqualTo(true);
    assertThat(volume.input("size")).isEqualTo(40L);
    assertThat(volume.input("availabilityZone")).isEqualTo("us-east-1a");
    assertThat(volume.isProtected()).isTrue();
    assertThat(volume.isRetainedOnDelete()).isFalse();
    assertThat(attachment.input("volumeId")).isEqualTo(volume.output("id"));
    assertThat(attachment.input("instanceId")).isEqualTo(machine.output("id"));
  }

  @Test
  void isReplacedOnlyAfterItHasLetGoOfVolumeAndInterface() {
    assertThat(machine.deletesBeforeReplace()).isTrue();
    assertThat(stack.only(ATTACHMENT).deletesBeforeReplace()).isTrue();
  }

  @Test
  void hasItsAddressBeforeItBoots() {
    var address = stack.only(EIP);
    var card = stack.only(INTERFACE);

    assertThat(address.input("networkInterface")).isEqualTo(card.output("id"));
    assertThat(address.isProtected()).isTrue();
    assertThat(machine.input("networkInterfaces[0].networkInterfaceId"))
        .isEqualTo(card.output("id"));
    assertThat(machine.input("networkInterfaces[0].deleteOnTermination")).isEqualTo(false);
    assertThat(machine.waitsFor(address)).isTrue();
  }

  @Test
  void findsAllThatUserDataNeedsWhenItBoots() {
    stack
        .all("aws:iam/rolePolicy:RolePolicy")
        .forEach(grant -> assertThat(machine.waitsFor(grant)).as(grant.name()).isTrue());
    stack
        .all("aws:ec2/route:Route")
        .forEach(route -> assertThat(machine.waitsFor(route)).as(route.name()).isTrue());
    for (var type :
        List.of(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            "aws:s3/bucketObjectv2:BucketObjectv2",
            PARAMETER)) {
      assertThat(machine.waitsFor(stack.only(type))).as(type).isTrue();
    }
    stack
        .all("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        .forEach(rule -> assertThat(machine.waitsFor(rule)).as(rule.name()).isTrue());
  }

  @Test
  void opensTheWebToTheWorldAndNothingElse() {
    assertThat(stack.ingressTo("host"))
        .containsExactlyInAnyOrder(
            tcp(80).from("0.0.0.0/0"),
            tcp(443).from("0.0.0.0/0"),
            tcp(80).from("::/0"),
            tcp(443).from("::/0"));
    assertThat(stack.egressFrom("host"))
        .containsExactlyInAnyOrder(all().to("0.0.0.0/0"), all().to("::/0"));
  }

  @Test
  void opensNothingForIpv6WhereThereIsNone() {
    var plain = Staging.stack(config().with("slipway:network.ipv6", false));

    assertThat(plain.ingressTo("host"))
        .containsExactlyInAnyOrder(tcp(80).from("0.0.0.0/0"), tcp(443).from("0.0.0.0/0"));
    assertThat(plain.only(INTERFACE).input("ipv6AddressCount")).isNull();
  }

  @Test
  void opensSshToTheBlocksOfTheSettings() {
    var open =
        Staging.stack(
            config().with("slipway:host.sshFrom", List.of("192.0.2.0/24", "2001:db8::/32")));

    assertThat(open.ingressTo("host"))
        .contains(tcp(22).from("192.0.2.0/24"), tcp(22).from("2001:db8::/32"))
        .hasSize(6);
  }

  @Test
  void isToldWhereItsBundleAndTheRestIs() {
    var pointer = stack.only(PARAMETER);
    var bundle = stack.only("aws:s3/bucketObjectv2:BucketObjectv2");
    var json = JsonParser.parseString(pointer.text("value")).getAsJsonObject();
    var named = json.getAsJsonObject("bundle");

    assertThat(pointer.input("name")).isEqualTo("/slipway/staging/host");
    assertThat(pointer.input("type")).isEqualTo("String");
    assertThat(named.get("bucket").getAsString()).isEqualTo(bundle.input("bucket"));
    assertThat(named.get("key").getAsString()).isEqualTo(bundle.input("key"));
    assertThat(bundle.text("key"))
        .isEqualTo("bundles/" + named.get("sha256").getAsString() + ".tar.gz");
    assertThat(json.get("dataVolume").getAsString()).isEqualTo(stack.only(VOLUME).output("id"));
    assertThat(json.get("publicIp").getAsString()).isEqualTo(stack.only(EIP).output("publicIp"));
    assertThat(json.get("backupBucket").getAsString())
        .isEqualTo(stack.only("aws:s3/bucketV2:BucketV2", "backup-bucket-bucket").output("bucket"));
    assertThat(json.get("logGroup").getAsString()).isEqualTo("/slipway/staging");
    assertThat(json.get("region").getAsString()).isEqualTo("us-east-1");
    assertThat(json.get("stack").getAsString()).isEqualTo("staging");
    assertThat(json.has("alarmTopic")).isFalse();
    assertThat(pointer.waitsFor(bundle)).isTrue();
  }

  @Test
  void staysAsItIsWhenScriptsOrSettingsChange() {
    var changed = Staging.stack(config().with("slipway:backup.cron", "1 1 * * *"));

    assertThat(changed.only(INSTANCE).inputs()).isEqualTo(machine.inputs());
    assertThat(changed.only(PARAMETER).input("value"))
        .isNotEqualTo(stack.only(PARAMETER).input("value"));
    assertThat(machine.input("userDataReplaceOnChange")).isEqualTo(false);
  }

  @Test
  void verifiesItsImageByItsId() {
    assertThat(stack.calls())
        .anySatisfy(
            call -> {
              assertThat(call.token()).isEqualTo("aws:ec2/getAmi:getAmi");
              assertThat(call.arguments().toString())
                  .contains("image-id", AMI, "architecture", "x86_64");
            });
  }

  @Test
  void endsWithTheReasonWhereThereIsNoSuchImage() {
    var cloud =
        FakeCloud.named("staging")
            .answer(
                "aws:ec2/getAmi:getAmi",
                asked -> {
                  throw new IllegalStateException("your query returned no results");
                });

    assertThatThrownBy(() -> cloud.run(config()))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith(
            "host.ami: no image " + AMI + " for x86_64 can be found in us-east-1")
        .hasMessageContaining("your query returned no results");
  }

  @Test
  void endsWithTheReasonWhereTheImageIsOfAnotherArchitecture() {
    var cloud =
        FakeCloud.named("staging")
            .answer("aws:ec2/getAmi:getAmi", asked -> Map.of("id", AMI, "architecture", "arm64"));

    assertThatThrownBy(() -> cloud.run(config()))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("for x86_64");
  }

  @Test
  void lapsesItsProtectionByName() {
    var open = Staging.stack(config().with("slipway:host.protect", false));

    assertThat(open.only(VOLUME).isProtected()).isFalse();
    assertThat(open.only(EIP).isProtected()).isFalse();
  }
}
