package dev.slipway.network;

import com.pulumi.aws.ec2.SecurityGroup;
import com.pulumi.aws.ec2.SecurityGroupArgs;
import com.pulumi.aws.vpc.SecurityGroupEgressRule;
import com.pulumi.aws.vpc.SecurityGroupEgressRuleArgs;
import com.pulumi.aws.vpc.SecurityGroupIngressRule;
import com.pulumi.aws.vpc.SecurityGroupIngressRuleArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import java.util.ArrayList;
import java.util.List;

/**
 * A component with a security group: who may talk to it is said to it, and it owns the rule.
 *
 * <p>Creates the group, and a rule for each that is allowed. They are parts of the component
 * itself, and cost nothing.
 *
 * <pre>{@code
 * database.allowFrom(hosts);
 * }</pre>
 */
public abstract class Connectable extends Component {
  private final String title;
  private final SecurityGroup group;
  private final List<Resource> rules = new ArrayList<>();

  /**
   * @param title what rules call it: {@code the database}
   * @param described what the group's description calls it; another one replaces the group
   */
  protected Connectable(
      String type,
      String name,
      Output<String> vpcId,
      String title,
      String described,
      ComponentResourceOptions options) {
    super(type, name, options);
    this.title = title;
    group =
        new SecurityGroup(
            named("group"),
            SecurityGroupArgs.builder()
                .vpcId(vpcId)
                .description("Slipway " + stack().name() + ": who reaches " + described)
                .tags(nameTag("group"))
                .build(),
            leaf().build());
  }

  /** The port by which others reach it, where they don't say another. */
  protected abstract int port();

  /** What it is called in the names of others' rules. */
  protected String peer() {
    return label();
  }

  /** Lets another one reach it by its own port, which the other one waits for. */
  public final Resource allowFrom(Connectable other) {
    var rule =
        ingress(
            "from-" + other.peer(),
            port(),
            other.title + " to " + title + ", port " + port(),
            SecurityGroupIngressRuleArgs.builder().referencedSecurityGroupId(other.groupId()));
    other.waitFor(rule);
    return rule;
  }

  /** Lets another one reach it by a port. */
  public final Resource allowFrom(Connectable other, int port) {
    return ingress(
        other.peer() + "-" + port,
        port,
        other.peer() + " to " + title + ", port " + port,
        SecurityGroupIngressRuleArgs.builder().referencedSecurityGroupId(other.groupId()));
  }

  /** Lets a block of addresses reach it by a port. */
  protected final Resource allowFrom(Cidr block, String role, int port, String what) {
    var from = SecurityGroupIngressRuleArgs.builder();
    return ingress(
        role,
        port,
        what + " to " + title + ", port " + port,
        block.isIpv6() ? from.cidrIpv6(block.toString()) : from.cidrIpv4(block.toString()));
  }

  /** Opens SSH to these blocks of addresses. */
  protected final List<Resource> allowSsh(List<String> blocks) {
    return open("ssh", 22, blocks);
  }

  /**
   * Opens a port to these blocks of addresses.
   *
   * @param what what names the rules, before the block
   */
  protected final List<Resource> open(String what, int port, List<String> blocks) {
    var opened = new ArrayList<Resource>();
    for (var block : blocks) {
      var role = what + "-" + block.replaceAll("[^0-9A-Za-z]+", "-");
      opened.add(allowFrom(Cidr.parse(block), role, port, Cidr.parse(block).toString()));
    }
    return opened;
  }

  private Resource ingress(
      String role, int port, String what, SecurityGroupIngressRuleArgs.Builder from) {
    var rule =
        new SecurityGroupIngressRule(
            named(role),
            from.securityGroupId(group.id())
                .ipProtocol("tcp")
                .fromPort(port)
                .toPort(port)
                .description(what)
                .tags(nameTag(role))
                .build(),
            leaf().build());
    rules.add(rule);
    return rule;
  }

  /** Lets it reach another one by a port, where it may not reach everything. */
  protected final Resource reach(Connectable other, String role, int port, String what) {
    return egress(
        role,
        SecurityGroupEgressRuleArgs.builder()
            .ipProtocol("tcp")
            .fromPort(port)
            .toPort(port)
            .referencedSecurityGroupId(other.groupId())
            .description(title + " to " + what + ", port " + port));
  }

  /** Lets it reach everything. */
  protected final void reachAnywhere(boolean ipv6) {
    var what = title + " to anywhere: packages, images, AWS";
    egress(
        "out",
        SecurityGroupEgressRuleArgs.builder()
            .ipProtocol("-1")
            .cidrIpv4("0.0.0.0/0")
            .description(what));
    if (ipv6) {
      egress(
          "out-ipv6",
          SecurityGroupEgressRuleArgs.builder()
              .ipProtocol("-1")
              .cidrIpv6("::/0")
              .description(what));
    }
  }

  private Resource egress(String role, SecurityGroupEgressRuleArgs.Builder to) {
    var rule =
        new SecurityGroupEgressRule(
            named(role),
            to.securityGroupId(group.id()).tags(nameTag(role)).build(),
            leaf().build());
    rules.add(rule);
    return rule;
  }

  /** Has it be ready only when something more is there: a rule at the other end, say. */
  public final void waitFor(Resource resource) {
    rules.add(resource);
  }

  /** What must be there before it is reached, or reaches others. */
  protected final List<Resource> rules() {
    return List.copyOf(rules);
  }

  /** Its security group. */
  public final Output<String> groupId() {
    return group.id();
  }
}
