package dev.slipway.plan.diff;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.plan.Plan;
import dev.slipway.plan.engine.ResourceTypes;
import dev.slipway.plan.graph.Resource;
import dev.slipway.stackfile.StackFile;
import dev.slipway.testing.TestSources;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes the provider replace a resource. */
class ReplacingTest {

  private static final String VPC = "aws:ec2/vpc:Vpc";
  private static final String MACHINE = "aws:ec2/instance:Instance";
  private static final String RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  private static final String PARAMETER = "aws:ssm/parameter:Parameter";

  private static List<String> among(
      String type, List<String> changed, Map<String, Object> before, Map<String, Object> after) {
    return Replacing.among(type, changed, before, after);
  }

  @Test
  void namesInputsThatTheProviderHas() {
    assertThat(Replacing.types())
        .allSatisfy(
            type ->
                assertThat(ResourceTypes.of(type).inputs())
                    .as(type)
                    .containsAll(Replacing.inputs(type)));
  }

  static List<String> stacks() {
    return StackFile.stacks(TestSources.project());
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void knowsEverythingThatAStackHas(String stack) {
    var plan = Plan.of(TestSources.project(), stack, Main::stack);

    assertThat(plan.graph().resources())
        .extracting(Resource::type)
        .filteredOn(type -> type.startsWith("aws:"))
        .isNotEmpty()
        .isSubsetOf(Replacing.types());
  }

  @Test
  void sortsWhatReplaces() {
    assertThat(
            among(
                "aws:iam/role:Role",
                List.of("path", "description", "name", "path"),
                Map.of(),
                Map.of()))
        .containsExactly("name", "path");
    assertThat(among("aws:nothing/known:Known", List.of("name"), Map.of(), Map.of())).isEmpty();
  }

  @Test
  void userDataReplacesWhenItIsToldTo() {
    var changed = List.of("userData", "userDataBase64", "userDataReplaceOnChange");

    assertThat(among(MACHINE, changed, Map.of(), Map.of("userDataReplaceOnChange", true)))
        .containsExactly("userData", "userDataBase64");
    assertThat(among(MACHINE, changed, Map.of("userDataReplaceOnChange", true), Map.of()))
        .isEmpty();
  }

  @Test
  void machineKeepsItsArchitecture() {
    var small = Map.<String, Object>of("instanceType", "t3.small");
    var large = Map.<String, Object>of("instanceType", "m5.large");
    var arm = Map.<String, Object>of("instanceType", "t4g.small");

    assertThat(among(MACHINE, List.of("instanceType"), small, large)).isEmpty();
    assertThat(among(MACHINE, List.of("instanceType"), small, arm)).containsExactly("instanceType");
  }

  @Test
  void tenancyOnlyOpensInPlace() {
    var dedicated = Map.<String, Object>of("instanceTenancy", "dedicated");
    var changed = List.of("instanceTenancy");

    assertThat(among(VPC, changed, Map.of(), dedicated)).isEqualTo(changed);
    assertThat(among(VPC, changed, dedicated, Map.of())).isEmpty();
  }

  @Test
  void ruleKeepsTheSortOfItsSource() {
    var one = Map.<String, Object>of("cidrIpv4", "192.0.2.0/24");
    var other = Map.<String, Object>of("cidrIpv4", "198.51.100.0/24");
    var six = Map.<String, Object>of("cidrIpv6", "2001:db8::/32");

    assertThat(among(RULE, List.of("cidrIpv4"), one, other)).isEmpty();
    assertThat(among(RULE, List.of("cidrIpv4", "cidrIpv6", "toPort"), one, six))
        .containsExactly("cidrIpv4", "cidrIpv6");
  }

  @Test
  void advancedParameterDoesNotBecomeStandard() {
    var advanced = Map.<String, Object>of("tier", "Advanced");
    var standard = Map.<String, Object>of("tier", "Standard");

    assertThat(among(PARAMETER, List.of("tier"), advanced, standard)).containsExactly("tier");
    assertThat(among(PARAMETER, List.of("tier"), standard, advanced)).isEmpty();
  }
}
