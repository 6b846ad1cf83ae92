package dev.slipway.testing;

import dev.slipway.plan.graph.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a program registered in a {@link FakeCloud}, for tests to ask about. */
public final class FakeStack {
  private static final String GROUP = "aws:ec2/securityGroup:SecurityGroup";
  private static final String INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
  private static final String EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

  /** Other ways to write a rule, which would be passed over here. */
  private static final List<String> OTHER_RULES =
      List.of(
          "aws:ec2/securityGroupRule:SecurityGroupRule",
          "aws:vpc/securityGroupVpcAssociation:SecurityGroupVpcAssociation");

  /** A look-up that the program made. */
  public record Call(String token, Map<String, Object> arguments) {}

  private final Map<String, FakeResource> resources = new LinkedHashMap<>();
  private final Map<String, Object> outputs;
  private final List<Call> calls;
  private final Map<String, String> accountPolicies;

  FakeStack(
      List<Resource> resources,
      Map<String, Object> outputs,
      List<Call> calls,
      Map<String, String> accountPolicies) {
    // The SDK registers many at a time, in another order each time.
    resources.stream()
        .sorted(Comparator.comparing(Resource::urn))
        .forEach(resource -> this.resources.put(resource.urn(), new FakeResource(this, resource)));
    this.outputs = outputs;
    this.calls = calls;
    this.accountPolicies = Map.copyOf(accountPolicies);
  }

  FakeResource byUrn(String urn) {
    var found = resources.get(urn);
    if (found == null) {
      throw new AssertionError("nothing is registered as " + urn);
    }
    return found;
  }

  /** Everything, components too, in the order of their URNs. */
  public List<FakeResource> all() {
    return List.copyOf(resources.values());
  }

  /** Everything of a type. */
  public List<FakeResource> all(String type) {
    return all().stream().filter(resource -> resource.type().equals(type)).toList();
  }

  /** The only one of a type. */
  public FakeResource only(String type) {
    return single(all(type), type);
  }

  /** The only one of a type whose name is the role, or ends with it: {@code host-data}. */
  public FakeResource only(String type, String role) {
    return single(
        all(type).stream().filter(resource -> hasRole(resource.name(), role)).toList(),
        type + " called " + role);
  }

  private FakeResource single(List<FakeResource> found, String what) {
    if (found.size() != 1) {
      throw new AssertionError(
          "one %s was expected, and there are %d: %s; all there is: %s"
              .formatted(what, found.size(), found, all()));
    }
    return found.get(0);
  }

  private static boolean hasRole(String name, String role) {
    return name.equals(role) || name.endsWith("-" + role);
  }

  /** What the stack exports. */
  public Map<String, Object> outputs() {
    return outputs;
  }

  /** The look-ups that the program made. */
  public List<Call> calls() {
    return calls;
  }

  /** The rules by which others reach what has this role. */
  public List<Rule> ingressTo(String role) {
    return rules(INGRESS, role);
  }

  /** The rules by which what has this role reaches others. */
  public List<Rule> egressFrom(String role) {
    return rules(EGRESS, role);
  }

  private List<Rule> rules(String type, String role) {
    var others = all().stream().filter(resource -> OTHER_RULES.contains(resource.type())).toList();
    if (!others.isEmpty()) {
      throw new AssertionError("rules of this kind aren't looked at here: " + others);
    }
    var group =
        single(
            all(GROUP).stream().filter(each -> hasRole(roleOf(each), role)).toList(),
            "security group of " + role);
    for (var inline : List.of("ingress", "egress")) {
      if (group.input(inline) != null) {
        throw new AssertionError(group + " has rules inside, which aren't looked at here");
      }
    }
    var id = group.output("id");
    return all(type).stream()
        .filter(rule -> id.equals(rule.input("securityGroupId")))
        .map(this::rule)
        .toList();
  }

  private Rule rule(FakeResource rule) {
    var peers =
        Stream.of("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
            .map(rule::input)
            .filter(Objects::nonNull)
            .toList();
    if (peers.size() != 1) {
      throw new AssertionError(rule + " has " + peers.size() + " peers and not one");
    }
    var peer = String.valueOf(peers.get(0));
    var name =
        all(GROUP).stream()
            .filter(group -> peer.equals(group.output("id")))
            .map(this::roleOf)
            .findFirst()
            .orElse(peer);
    var protocol = rule.text("ipProtocol");
    return new Rule(
        protocol.equals("-1") ? "all" : protocol,
        number(rule.input("fromPort")),
        number(rule.input("toPort")),
        name);
  }

  private static int number(Object given) {
    return given instanceof Number number ? number.intValue() : 0;
  }

  /** What a group stands for: its component, without the component around that. */
  private String roleOf(FakeResource group) {
    var whole = group.parent().isEmpty() ? group.name() : group.parent();
    for (var system : all()) {
      if (system.type().startsWith("slipway:system:") && whole.startsWith(system.name() + "-")) {
        return whole.substring(system.name().length() + 1);
      }
    }
    var root = whole.indexOf('-');
    return root < 0 ? whole : whole.substring(root + 1);
  }

  /**
   * All that a role is allowed: its own policies and the attached ones, AWS's too, within its
   * permissions boundary.
   */
  public PolicyEvaluator policiesOf(String role) {
    var found = role(role);
    var policies =
        Stream.concat(inline(found), attached(found).map(this::policy))
            .collect(Collectors.toCollection(ArrayList::new));
    for (var other : List.of("inlinePolicies", "managedPolicyArns")) {
      if (found.input(other) != null) {
        throw new AssertionError(found + " has " + other + ", which aren't looked at here");
      }
    }
    var evaluator = new PolicyEvaluator(policies);
    var boundary = found.input("permissionsBoundary");
    return boundary == null ? evaluator : evaluator.boundedBy(policy(String.valueOf(boundary)));
  }

  /** The ARN of a role. */
  public String arnOf(String role) {
    return String.valueOf(role(role).output("arn"));
  }

  /** Who takes a role. */
  public String trustOf(String role) {
    return role(role).text("assumeRolePolicy");
  }

  private FakeResource role(String role) {
    return single(
        all("aws:iam/role:Role").stream()
            .filter(
                each ->
                    hasRole(each.name(), role)
                        || hasRole(each.parent(), role)
                        || ("slipway-" + role).equals(each.input("name")))
            .toList(),
        "role " + role);
  }

  private Stream<String> inline(FakeResource role) {
    return all("aws:iam/rolePolicy:RolePolicy").stream()
        .filter(policy -> role.output("id").equals(policy.input("role")))
        .map(policy -> policy.text("policy"));
  }

  private Stream<String> attached(FakeResource role) {
    return all("aws:iam/rolePolicyAttachment:RolePolicyAttachment").stream()
        .filter(attachment -> role.output("id").equals(attachment.input("role")))
        .map(attachment -> attachment.text("policyArn"));
  }

  private String policy(String arn) {
    return all("aws:iam/policy:Policy").stream()
        .filter(policy -> arn.equals(policy.output("arn")))
        .map(policy -> policy.text("policy"))
        .findFirst()
        .or(() -> Optional.ofNullable(accountPolicies.get(arn)))
        .orElseGet(() -> ManagedPolicies.json(arn));
  }
}
