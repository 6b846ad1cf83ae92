package dev.slipway.network;

import com.pulumi.aws.cloudwatch.LogGroup;
import com.pulumi.aws.cloudwatch.LogGroupArgs;
import com.pulumi.aws.ec2.DefaultSecurityGroup;
import com.pulumi.aws.ec2.DefaultSecurityGroupArgs;
import com.pulumi.aws.ec2.FlowLog;
import com.pulumi.aws.ec2.FlowLogArgs;
import com.pulumi.aws.ec2.InternetGateway;
import com.pulumi.aws.ec2.InternetGatewayArgs;
import com.pulumi.aws.ec2.RouteTable;
import com.pulumi.aws.ec2.RouteTableArgs;
import com.pulumi.aws.ec2.Vpc;
import com.pulumi.aws.ec2.VpcArgs;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.core.Component;
import dev.slipway.identity.Identity;
import dev.slipway.identity.Statement;
import java.util.List;

/** What networks have in common, whatever their subnets: the VPC's own parts and its flow logs. */
abstract class VpcComponent extends Component {

  VpcComponent(String type, String name, ComponentResourceOptions options) {
    super(type, name, options);
  }

  final Vpc vpc(Cidr block, boolean ipv6) {
    return new Vpc(
        named("vpc"),
        VpcArgs.builder()
            .cidrBlock(block.toString())
            .assignGeneratedIpv6CidrBlock(ipv6)
            .enableDnsSupport(true)
            .enableDnsHostnames(true)
            .tags(nameTag("vpc"))
            .build(),
        leaf().build());
  }

  /** Empties the group that everything gets that names none. */
  final void closeDefaultGroup(Vpc vpc) {
    new DefaultSecurityGroup(
        named("default-group"),
        DefaultSecurityGroupArgs.builder().vpcId(vpc.id()).tags(nameTag("default-group")).build(),
        leaf().build());
  }

  final InternetGateway gateway(Vpc vpc) {
    return new InternetGateway(
        named("gateway"),
        InternetGatewayArgs.builder().vpcId(vpc.id()).tags(nameTag("gateway")).build(),
        leaf().build());
  }

  final RouteTable table(Vpc vpc, String role) {
    return new RouteTable(
        named(role),
        RouteTableArgs.builder().vpcId(vpc.id()).tags(nameTag(role)).build(),
        leaf().build());
  }

  /** Records every accepted and refused connection. */
  final void flowLogs(Vpc vpc, Identity identity) {
    var logs =
        new LogGroup(
            named("flow-log-group"),
            LogGroupArgs.builder()
                .name(stack().path() + "/flow")
                .retentionInDays(30)
                .tags(nameTag("flow-log-group"))
                .build(),
            leaf().build());
    var writer = identity.role("flow-log-writer", "vpc-flow-logs.amazonaws.com");
    writer.allow(
        "write",
        logs.arn()
            .applyValue(
                arn ->
                    List.of(
                        Statement.allow("Write")
                            .actions(
                                "logs:CreateLogStream",
                                "logs:PutLogEvents",
                                "logs:DescribeLogStreams")
                            .resources(arn + ":*"))));
    new FlowLog(
        named("flow-log"),
        FlowLogArgs.builder()
            .vpcId(vpc.id())
            .trafficType("ALL")
            .logDestinationType("cloud-watch-logs")
            .logDestination(logs.arn())
            .iamRoleArn(writer.arn())
            .tags(nameTag("flow-log"))
            .build(),
        leaf().dependsOn(writer.grants()).build());
  }
}
