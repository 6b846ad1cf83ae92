package dev.slipway.testing;

import static dev.slipway.testing.Rule.all;
import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.Context;
import com.pulumi.aws.AwsFunctions;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.ec2.Ec2Functions;
import com.pulumi.aws.ec2.SecurityGroup;
import com.pulumi.aws.ec2.SecurityGroupArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.aws.ec2.inputs.GetElasticIpArgs;
import com.pulumi.aws.ec2.inputs.SecurityGroupIngressArgs;
import com.pulumi.aws.iam.Policy;
import com.pulumi.aws.iam.PolicyArgs;
import com.pulumi.aws.iam.Role;
import com.pulumi.aws.iam.RoleArgs;
import com.pulumi.aws.iam.RolePolicy;
import com.pulumi.aws.iam.RolePolicyArgs;
import com.pulumi.aws.iam.RolePolicyAttachment;
import com.pulumi.aws.iam.RolePolicyAttachmentArgs;
import com.pulumi.aws.inputs.GetCallerIdentityArgs;
import com.pulumi.aws.inputs.GetRegionArgs;
import com.pulumi.aws.inputs.ProviderDefaultTagsArgs;
import com.pulumi.aws.ssm.Parameter;
import com.pulumi.aws.ssm.ParameterArgs;
import com.pulumi.aws.vpc.SecurityGroupEgressRule;
import com.pulumi.aws.vpc.SecurityGroupEgressRuleArgs;
import com.pulumi.aws.vpc.SecurityGroupIngressRule;
import com.pulumi.aws.vpc.SecurityGroupIngressRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.core.annotations.Import;
import com.pulumi.core.annotations.ResourceType;
import com.pulumi.deployment.Deployment;
import com.pulumi.exceptions.RunException;
import com.pulumi.resources.ComponentResource;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.CustomResource;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.resources.ResourceArgs;
import dev.slipway.testing.FakeCloud.RefusedException;
import dev.slipway.testing.PolicyEvaluator.Request;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FakeCloudTest {
  private static final String VPC = "aws:ec2/vpc:Vpc";

  private static FakeStack run(Consumer<Context> program) {
    return FakeCloud.named("test").run(program);
  }

  private static Vpc vpc(String name) {
    return new Vpc(name, VpcArgs.builder().cidrBlock("10.1.0.0/16").build());
  }

  private static void assertRefused(Consumer<Context> program, String... parts) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> run(program))
        .satisfies(refused -> assertThat(refused.problems()).hasSize(1))
        .withMessageContainingAll(parts);
  }

  /** Whatever a test does, the next one begins anew. */
  @AfterEach
  void nothingIsLeftBehind() {
    assertThatThrownBy(Deployment::getInstance).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void recordsWhatAProgramRegistersAndExports() {
    var stack =
        run(
            context -> {
              var made = vpc("net");
              context.export("id", made.id());
              context.export("block", made.cidrBlock());
            });

    var vpc = stack.only(VPC);
    assertThat(vpc.name()).isEqualTo("net");
    assertThat(vpc.input("cidrBlock")).isEqualTo("10.1.0.0/16");
    assertThat(vpc.input("tags")).isNull();
    assertThat(stack.outputs())
        .containsEntry("block", "10.1.0.0/16")
        .containsEntry("id", vpc.output("id"));
    assertThat((String) vpc.output("id")).matches("vpc-[0-9a-f]{17}");
    assertThat(stack.outputs()).hasSize(2);
  }

  @Test
  void computesTheSameValuesEveryTime() {
    Consumer<Context> program = context -> context.export("id", vpc("net").id());

    assertThat(run(program).outputs()).isEqualTo(run(program).outputs());
    assertThat(FakeCloud.named("other").run(program).outputs())
        .isNotEqualTo(run(program).outputs());
  }

  @Test
  void seesOptionsParentsAndDependencies() {
    var stack =
        run(
            context -> {
              var first = vpc("first");
              var owner = new Owner("owner");
              var second =
                  new Vpc(
                      "second",
                      VpcArgs.builder().cidrBlock("10.2.0.0/16").build(),
                      CustomResourceOptions.builder()
                          .parent(owner)
                          .dependsOn(first)
                          .protect(true)
                          .deleteBeforeReplace(true)
                          .retainOnDelete(true)
                          .ignoreChanges(List.of("tags"))
                          .build());
              new SecurityGroup("third", SecurityGroupArgs.builder().vpcId(second.id()).build());
            });

    var first = stack.only(VPC, "first");
    var second = stack.only(VPC, "second");
    var third = stack.only("aws:ec2/securityGroup:SecurityGroup");
    assertThat(first.parent()).isEmpty();
    assertThat(first.isProtected()).isFalse();
    assertThat(second.parent()).isEqualTo("owner");
    assertThat(second.isProtected()).isTrue();
    assertThat(second.deletesBeforeReplace()).isTrue();
    assertThat(second.isRetainedOnDelete()).isTrue();
    assertThat(second.ignoredChanges()).containsExactly("tags");
    assertThat(second.waitsFor(first)).isTrue();
    assertThat(third.waitsFor(second)).as("by an input").isTrue();
    assertThat(third.waitsFor(first)).as("by way of the second").isTrue();
    assertThat(first.waitsFor(third)).isFalse();
  }

  @Test
  void knowsSecretsAndTheTagsOfTheProvider() {
    var stack =
        run(
            context -> {
              var provider =
                  new Provider(
                      "aws",
                      ProviderArgs.builder()
                          .region("us-east-1")
                          .defaultTags(
                              ProviderDefaultTagsArgs.builder()
                                  .tags(Map.of("Owner", "ops", "Name", "none"))
                                  .build())
                          .build());
              new Parameter(
                  "parameter",
                  ParameterArgs.builder()
                      .type("SecureString")
                      .value(Output.ofSecret("hidden"))
                      .tags(Map.of("Name", "own"))
                      .build(),
                  CustomResourceOptions.builder().provider(provider).build());
            });

    var parameter = stack.only("aws:ssm/parameter:Parameter");
    assertThat(parameter.isSecret("value")).isTrue();
    assertThat(parameter.isSecret("type")).isFalse();
    assertThat(parameter.input("value")).isEqualTo("hidden");
    assertThat(parameter.provider()).isEqualTo("aws");
    assertThat(parameter.tags()).containsOnly(Map.entry("Owner", "ops"), Map.entry("Name", "own"));
  }

  @Test
  void saysWhoReachesWhom() {
    var stack =
        run(
            context -> {
              var host = new SecurityGroup("sys-host", SecurityGroupArgs.Empty);
              var database = new SecurityGroup("sys-database", SecurityGroupArgs.Empty);
              new SecurityGroupIngressRule(
                  "web",
                  SecurityGroupIngressRuleArgs.builder()
                      .securityGroupId(host.id())
                      .ipProtocol("tcp")
                      .fromPort(443)
                      .toPort(443)
                      .cidrIpv4("0.0.0.0/0")
                      .build());
              new SecurityGroupIngressRule(
                  "sql",
                  SecurityGroupIngressRuleArgs.builder()
                      .securityGroupId(database.id())
                      .ipProtocol("tcp")
                      .fromPort(5432)
                      .toPort(5432)
                      .referencedSecurityGroupId(host.id())
                      .build());
              new SecurityGroupEgressRule(
                  "out",
                  SecurityGroupEgressRuleArgs.builder()
                      .securityGroupId(host.id())
                      .ipProtocol("-1")
                      .cidrIpv6("::/0")
                      .build());
            });

    assertThat(stack.ingressTo("host")).containsExactly(tcp(443).from("0.0.0.0/0"));
    assertThat(stack.ingressTo("database")).containsExactly(tcp(5432).from("host"));
    assertThat(stack.egressFrom("host")).containsExactly(all().to("::/0"));
    assertThat(stack.egressFrom("database")).isEmpty();
    assertThatThrownBy(() -> stack.ingressTo("hots")).hasMessageContaining("there are 0");
  }

  @Test
  void refusesToJudgeRulesWrittenInAnotherWay() {
    var stack =
        run(
            context ->
                new SecurityGroup(
                    "host",
                    SecurityGroupArgs.builder()
                        .ingress(
                            SecurityGroupIngressArgs.builder()
                                .protocol("tcp")
                                .fromPort(22)
                                .toPort(22)
                                .cidrBlocks("0.0.0.0/0")
                                .build())
                        .build()));

    assertThatThrownBy(() -> stack.ingressTo("host")).hasMessageContaining("rules inside");
  }

  @Test
  void gathersThePoliciesOfARole() {
    var allow =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
            + "\"Action\":\"%s\",\"Resource\":\"*\"}]}";
    var boundary = "arn:aws:iam::123456789012:policy/boundary";
    Consumer<Context> program =
        context -> {
          var role =
              new Role(
                  "sys-host",
                  RoleArgs.builder().assumeRolePolicy("{}").permissionsBoundary(boundary).build());
          var own = new Policy("own", PolicyArgs.builder().policy(allow.formatted("s3:*")).build());
          new RolePolicyAttachment(
              "attach-own",
              RolePolicyAttachmentArgs.builder().role(role.name()).policyArn(own.arn()).build());
          new RolePolicyAttachment(
              "attach-core",
              RolePolicyAttachmentArgs.builder()
                  .role(role.name())
                  .policyArn("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
                  .build());
          new RolePolicy(
              "inline",
              RolePolicyArgs.builder()
                  .role(role.name())
                  .policy(allow.formatted("kms:Decrypt"))
                  .build());
          new Role("sys-other", RoleArgs.builder().assumeRolePolicy("{}").build());
        };

    var stack = FakeCloud.named("test").policy(boundary, allow.formatted("*")).run(program);
    var host = stack.policiesOf("host");
    var other = stack.policiesOf("other");
    var arn = stack.arnOf("host");
    for (var action : List.of("s3:GetObject", "kms:Decrypt", "ssm:GetParameter")) {
      assertThat(host.evaluate(Request.of(arn, action, "*")).allowed()).as(action).isTrue();
      assertThat(other.evaluate(Request.of(arn, action, "*")).allowed()).as(action).isFalse();
    }
    assertThat(host.evaluate(Request.of(arn, "iam:PassRole", "*")).allowed()).isFalse();

    var bounded = FakeCloud.named("test").policy(boundary, allow.formatted("kms:*")).run(program);
    assertThat(bounded.policiesOf("host").evaluate(Request.of(arn, "s3:GetObject", "*")).allowed())
        .as("within its boundary")
        .isFalse();

    assertThatIllegalArgumentException()
        .as("a boundary that nobody knows")
        .isThrownBy(() -> run(program).policiesOf("host"));
  }

  @Test
  void answersLookUpsThatAreKnown() {
    var stack =
        FakeCloud.named("test")
            .answer("aws:index/getRegion:getRegion", asked -> Map.of("name", "moon-1", "id", "1"))
            .run(
                context -> {
                  vpc("net");
                  context.export(
                      "account",
                      AwsFunctions.getCallerIdentity(GetCallerIdentityArgs.Empty)
                          .applyValue(identity -> identity.accountId()));
                  context.export(
                      "region",
                      AwsFunctions.getRegion(GetRegionArgs.Empty)
                          .applyValue(region -> region.name()));
                });

    assertThat(stack.outputs())
        .containsEntry("account", FakeCloud.ACCOUNT)
        .containsEntry("region", "moon-1");
    assertThat(stack.calls()).hasSize(2);
  }

  @Test
  void refusesALookUpThatNobodyAnswers() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(
            () ->
                run(
                    context -> {
                      vpc("net");
                      Ec2Functions.getElasticIp(GetElasticIpArgs.Empty);
                    }))
        .withMessageContaining("nobody answers the look-up aws:ec2/getElasticIp:getElasticIp");
  }

  @Test
  void refusesTwoResourcesOfOneName() {
    assertRefused(
        context -> {
          vpc("net");
          vpc("net");
        },
        "aws:ec2/vpc:Vpc \"net\"",
        "registered twice");
  }

  @Test
  void refusesAnUnknownType() {
    assertRefused(
        context -> new Unknown("thing", "aws:ec2/vcp:Vpc", ResourceArgs.Empty),
        "\"thing\"",
        "aws:ec2/vcp:Vpc",
        "did you mean");
  }

  @Test
  void refusesAnUnknownInput() {
    assertRefused(
        context -> new Unknown("net", VPC, new MisspeltArgs(Output.of("10.0.0.0/16"))),
        "\"net\"",
        "cidrBlok",
        "did you mean \"cidrBlock\"");
  }

  @Test
  void refusesAMissingInput() {
    assertRefused(
        context -> new Unknown("parameter", "aws:ssm/parameter:Parameter", ResourceArgs.Empty),
        "\"parameter\"",
        "type");
  }

  @Test
  void refusesAReadOfWhatIsNotThere() {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> run(context -> Vpc.get("net", Output.of("vpc-1"), null, null)))
        .withMessageContaining("nothing is there before the program");
  }

  @Test
  void refusesAProgramThatRegistersNothing() {
    assertRefused(context -> context.export("a", Output.of("b")), "registers nothing");
  }

  @Test
  void throwsOnceWhatTheProgramThrows() {
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(
            () ->
                run(
                    context -> {
                      throw new RunException("Pulumi.test.yaml has 1 problem");
                    }))
        .withMessage("Pulumi.test.yaml has 1 problem")
        .satisfies(failure -> assertThat(failure.getSuppressed()).isEmpty());
  }

  @Test
  void throwsWhatIsThrownWithinAnApply() {
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(
            () ->
                run(
                    context ->
                        new SecurityGroup(
                            "group",
                            SecurityGroupArgs.builder()
                                .vpcId(
                                    vpc("net")
                                        .id()
                                        .applyValue(
                                            id -> {
                                              throw new RunException("not this one");
                                            }))
                                .build())))
        .withMessage("not this one");
  }

  @Test
  void refusesQuestionsThatWouldAlwaysBeAnsweredWithNothing() {
    var stack =
        run(
            context -> {
              vpc("a-net");
              vpc("b-net");
            });

    assertThatIllegalArgumentException()
        .isThrownBy(() -> stack.only(VPC, "a-net").input("cidr"))
        .withMessageContaining("cidr is not an input");
    assertThatThrownBy(() -> stack.only(VPC)).hasMessageContaining("there are 2");
    assertThatThrownBy(() -> stack.only(VPC, "net")).hasMessageContaining("there are 2");
    assertThatThrownBy(() -> stack.only("aws:ec2/subnet:Subnet"))
        .hasMessageContaining("there are 0");
    assertThatThrownBy(() -> stack.policiesOf("host")).hasMessageContaining("there are 0");
  }

  private static final class Owner extends ComponentResource {
    Owner(String name) {
      super("test:index:Owner", name, ComponentResourceOptions.Empty);
    }
  }

  /** A resource as a binding of our own, with a mistake in it, would register it. */
  @ResourceType(type = "test:index:Unknown")
  private static final class Unknown extends CustomResource {
    Unknown(String name, String type, ResourceArgs args) {
      super(type, name, args, CustomResourceOptions.Empty);
    }
  }

  private static final class MisspeltArgs extends ResourceArgs {
    @Import(name = "cidrBlok")
    private final Output<String> cidr;

    MisspeltArgs(Output<String> cidr) {
      this.cidr = cidr;
    }
  }
}
