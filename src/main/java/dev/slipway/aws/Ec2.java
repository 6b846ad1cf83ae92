package dev.slipway.aws;

import static dev.slipway.aws.AwsType.words;
import static dev.slipway.aws.Scopes.HAS;
import static dev.slipway.aws.Scopes.REQUESTED;
import static dev.slipway.aws.Scopes.own;
import static dev.slipway.aws.Scopes.see;
import static dev.slipway.aws.Scopes.tagged;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.aws.Drawing.Link;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * EC2: networks, machines, disks.
 *
 * <p>AWS makes the names, so that the stack's own is told by its tag. What is made is checked by
 * the tags in the request; what it is made in, by the tags it has. They are statements apart, or a
 * thing could be made in somebody else's network.
 *
 * <p>How tags are given at birth is said in the <a
 * href="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html">EC2
 * user guide</a>.
 */
final class Ec2 {
  static final Prices EBS =
      Prices.of(
          "ebs",
          "https://aws.amazon.com/ebs/pricing/",
          "2025-06-30",
          """
          gp3             us-east-1,us-east-2,us-west-2  0.08    GB-month
          gp3-iops        us-east-1,us-east-2,us-west-2  0.005   IOPS-month over 3000
          gp3-throughput  us-east-1,us-east-2,us-west-2  0.04    MB/s-month over 125
          snapshot        us-east-1,us-east-2,us-west-2  0.05    GB-month
          gp3             eu-west-1                      0.088   GB-month
          gp3-iops        eu-west-1                      0.0055  IOPS-month over 3000
          gp3-throughput  eu-west-1                      0.044   MB/s-month over 125
          snapshot        eu-west-1                      0.05    GB-month
          gp3             eu-central-1                   0.0952  GB-month
          gp3-iops        eu-central-1                   0.006   IOPS-month over 3000
          gp3-throughput  eu-central-1                   0.048   MB/s-month over 125
          snapshot        eu-central-1                   0.054   GB-month
          """);

  static final Prices VPC =
      Prices.of(
          "vpc",
          "https://aws.amazon.com/vpc/pricing/",
          "2025-06-30",
          """
          public-ipv4         *                              0.005  hour
          nat-gateway         us-east-1,us-east-2,us-west-2  0.045  hour
          nat-gateway-data    us-east-1,us-east-2,us-west-2  0.045  GB
          interface-endpoint  us-east-1,us-east-2,us-west-2  0.01   hour in a zone
          nat-gateway         eu-west-1                      0.048  hour
          nat-gateway-data    eu-west-1                      0.048  GB
          interface-endpoint  eu-west-1                      0.011  hour in a zone
          nat-gateway         eu-central-1                   0.052  hour
          nat-gateway-data    eu-central-1                   0.052  GB
          interface-endpoint  eu-central-1                   0.012  hour in a zone
          """);

  private static final Prices TRANSFER =
      Prices.of(
          "transfer",
          "https://aws.amazon.com/ec2/pricing/on-demand/",
          "2025-06-30",
          """
          out  us-east-1,us-east-2,us-west-2,eu-west-1,eu-central-1  0.09  GB after the first 100
          """);

  private static final String DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
  private static final String ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment";
  private static final String ADDRESS = "aws:ec2/eip:Eip";
  private static final String ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation";

  private static final String TEXT = "[A-Za-z0-9. _:/()#,@\\[\\]+=&;{}!$*-]*";

  /** Where a rule's traffic is from or to: it has exactly one of them. */
  private static final Set<String> SOURCES =
      Set.of("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId");

  private static final String[] LAUNCHED = {"instance", "network-interface", "volume"};

  private static final List<AwsType> NETWORK =
      List.of(
          AwsType.of("aws:ec2/vpc:Vpc")
              .heldWhileUsed()
              .free()
              .drawn(
                  Drawing.frame(
                      vpc ->
                          vpc.label()
                              + "  "
                              + vpc.text("cidrBlock")
                              + (vpc.is("assignGeneratedIpv6CidrBlock") ? " and IPv6" : "")))
              .breaks(
                  "default-security-group",
                  vpc ->
                      vpc.pointedAtBy(DEFAULT_GROUP, "vpcId").isEmpty()
                          ? "keeps AWS's default security group, which lets its members reach each"
                              + " other; adopt it with a DefaultSecurityGroup without rules"
                          : "")
              .inWords(
                  vpc ->
                      words(
                          vpc.text("cidrBlock"),
                          vpc.is("assignGeneratedIpv6CidrBlock") ? "and IPv6" : ""))
              .neverChanges("cidrBlock")
              .replacedBy("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength")
              .replacedWhen(
                  "instanceTenancy",
                  (before, after) ->
                      !("dedicated".equals(before.get("instanceTenancy"))
                          && "default".equals(after.getOrDefault("instanceTenancy", "default"))))
              .computes(Ec2::ipv6)
              .computes("id", "vpc-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:vpc/{id}")
              .computes("defaultSecurityGroupId", "sg-{hex17}")
              .computes("defaultRouteTableId", "rtb-{hex17}")
              .computes("defaultNetworkAclId", "acl-{hex17}")
              .computes("mainRouteTableId", "{defaultRouteTableId}")
              .computes("dhcpOptionsId", "dopt-{hex17}")
              .computes("ownerId", "{account}")
              .toDeploy(
                  make("MakeNetwork", "vpc", "ec2:CreateVpc"),
                  ownNetwork(
                      "vpc",
                      "ec2:AssociateVpcCidrBlock",
                      "ec2:DeleteVpc",
                      "ec2:DisassociateVpcCidrBlock",
                      "ec2:ModifyVpcAttribute"))
              .toDeploy(tags("vpc", "CreateVpc"))
              .toRead(
                  see(
                      "ec2:DescribeNetworkAcls",
                      "ec2:DescribeRouteTables",
                      "ec2:DescribeSecurityGroups",
                      "ec2:DescribeVpcAttribute",
                      "ec2:DescribeVpcs")),
          AwsType.of("aws:ec2/subnet:Subnet")
              .heldWhileUsed()
              .free()
              .drawn(
                  Drawing.frame(
                          subnet ->
                              "%s  %s in %s"
                                  .formatted(
                                      subnet.label(),
                                      subnet.text("cidrBlock"),
                                      subnet.text("availabilityZone")))
                      .in(subnet -> subnet.follow("vpcId").stream().toList()))
              .inWords(
                  subnet -> subnet.text("cidrBlock") + " in " + subnet.text("availabilityZone"))
              .neverChanges("cidrBlock", "availabilityZone")
              .replacedBy(
                  "availabilityZone",
                  "availabilityZoneId",
                  "cidrBlock",
                  "ipv6Native",
                  "outpostArn",
                  "vpcId")
              .computes("id", "subnet-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:subnet/{id}")
              .computes("availabilityZone", "{region}a")
              .computes("availabilityZoneId", "use1-az1")
              .computes("ownerId", "{account}")
              .toDeploy(
                  makePart("subnet", "ec2:CreateSubnet"),
                  ownNetwork(
                      "subnet",
                      "ec2:AssociateSubnetCidrBlock",
                      "ec2:CreateSubnet",
                      "ec2:DeleteSubnet",
                      "ec2:DisassociateSubnetCidrBlock",
                      "ec2:ModifySubnetAttribute"))
              .toDeploy(tags("subnet", "CreateSubnet"))
              .toRead(see("ec2:DescribeNetworkAcls", "ec2:DescribeSubnets")),
          AwsType.of("aws:ec2/internetGateway:InternetGateway")
              .heldWhileUsed()
              // Traffic to the internet is paid for wherever there is a way out.
              .costs(
                  gateway ->
                      List.of(Charge.usageBasedOfStack(TRANSFER, "out", "traffic to the internet")))
              .computes("id", "igw-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:internet-gateway/{id}")
              .computes("ownerId", "{account}")
              .toDeploy(
                  makePart("internet-gateway", "ec2:CreateInternetGateway"),
                  ownNetwork(
                      "internet-gateway",
                      "ec2:AttachInternetGateway",
                      "ec2:DeleteInternetGateway",
                      "ec2:DetachInternetGateway"))
              .toDeploy(tags("internet-gateway", "CreateInternetGateway"))
              .toRead(see("ec2:DescribeInternetGateways")),
          AwsType.of("aws:ec2/routeTable:RouteTable")
              .free()
              .replacedBy("vpcId")
              .computes("id", "rtb-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:route-table/{id}")
              .computes("ownerId", "{account}")
              .toDeploy(
                  makePart("route-table", "ec2:CreateRouteTable"),
                  ownNetwork("route-table", "ec2:CreateRouteTable", "ec2:DeleteRouteTable"))
              .toDeploy(tags("route-table", "CreateRouteTable"))
              .toRead(see("ec2:DescribeRouteTables")),
          AwsType.of("aws:ec2/route:Route")
              .free()
              .inWords(
                  route ->
                      route.text("destinationCidrBlock")
                          + route.text("destinationIpv6CidrBlock")
                          + " by "
                          + Stream.of("gatewayId", "natGatewayId", "egressOnlyGatewayId")
                              .map(route::named)
                              .collect(Collectors.joining()))
              .replacedBy(
                  "destinationCidrBlock",
                  "destinationIpv6CidrBlock",
                  "destinationPrefixListId",
                  "routeTableId")
              .computes("id", "r-{routeTableId}{number 1000000000 1999999999}")
              .computes("origin", "CreateRoute")
              .computes("state", "active")
              .toDeploy(
                  ownNetwork(
                      "route-table", "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute"))
              .toRead(see("ec2:DescribeRouteTables")),
          AwsType.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
              .free()
              .replacedBy("gatewayId", "subnetId")
              .computes("id", "rtbassoc-{hex17}")
              .toDeploy(
                  ownNetwork(
                      "route-table",
                      "ec2:AssociateRouteTable",
                      "ec2:DisassociateRouteTable",
                      "ec2:ReplaceRouteTableAssociation"))
              .toRead(see("ec2:DescribeRouteTables")),
          // It comes with the network, and has no tags yet.
          AwsType.of(DEFAULT_GROUP)
              .free()
              .breaks(
                  "default-security-group",
                  group ->
                      group.list("ingress").isEmpty() && group.list("egress").isEmpty()
                          ? ""
                          : "has rules; leave ingress and egress out")
              .replacedBy("vpcId")
              .computes("id", "sg-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:security-group/{id}")
              .computes("name", "default")
              .computes("description", "default VPC security group")
              .computes("ownerId", "{account}")
              .toDeploy(
                  claim("security-group"),
                  ownNetwork(
                      "security-group",
                      "ec2:RevokeSecurityGroupEgress",
                      "ec2:RevokeSecurityGroupIngress"))
              .toDeploy(tagsLater("security-group"))
              .toRead(see("ec2:DescribeSecurityGroups")),
          AwsType.of("aws:ec2/securityGroup:SecurityGroup")
              .heldWhileUsed()
              .free()
              .named("name", 1, 255, TEXT)
              .named("description", 1, 255, TEXT)
              .replacedBy("description", "name", "namePrefix", "vpcId")
              .computes("id", "sg-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:security-group/{id}")
              .computes("description", "Managed by Pulumi")
              .computes("ownerId", "{account}")
              .toDeploy(
                  makePart("security-group", "ec2:CreateSecurityGroup"),
                  ownNetwork(
                      "security-group",
                      "ec2:AuthorizeSecurityGroupEgress",
                      "ec2:AuthorizeSecurityGroupIngress",
                      "ec2:CreateSecurityGroup",
                      "ec2:DeleteSecurityGroup",
                      "ec2:RevokeSecurityGroupEgress",
                      "ec2:RevokeSecurityGroupIngress",
                      "ec2:UpdateSecurityGroupRuleDescriptionsEgress",
                      "ec2:UpdateSecurityGroupRuleDescriptionsIngress"))
              .toDeploy(tags("security-group", "CreateSecurityGroup"))
              .toRead(see("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups")),
          rule("Ingress")
              .free()
              .inWords(PlannedResource::reach)
              .named("description", 0, 255, TEXT)
              .replacedBy("securityGroupId")
              .computes("id", "sgr-{hex17}")
              .computes("securityGroupRuleId", "{id}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:security-group-rule/{id}"),
          rule("Egress")
              .free()
              .inWords(PlannedResource::reach)
              .named("description", 0, 255, TEXT)
              .replacedBy("securityGroupId")
              .computes("id", "sgr-{hex17}")
              .computes("securityGroupRuleId", "{id}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:security-group-rule/{id}"),
          AwsType.of("aws:ec2/flowLog:FlowLog")
              .free()
              .replacedBy(
                  "deliverCrossAccountRole",
                  "destinationOptions",
                  "eniId",
                  "iamRoleArn",
                  "logDestination",
                  "logDestinationType",
                  "logFormat",
                  "logGroupName",
                  "maxAggregationInterval",
                  "subnetId",
                  "trafficType",
                  "transitGatewayAttachmentId",
                  "transitGatewayId",
                  "vpcId")
              .computes("id", "fl-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:vpc-flow-log/{id}")
              .toDeploy(
                  makePart("vpc-flow-log", "ec2:CreateFlowLogs"),
                  ownNetwork("vpc-flow-log", "ec2:CreateFlowLogs", "ec2:DeleteFlowLogs"),
                  Iam.pass("vpc-flow-logs.amazonaws.com"))
              .toDeploy(tags("vpc-flow-log", "CreateFlowLogs"))
              .toRead(see("ec2:DescribeFlowLogs", "ec2:DescribeTags")),
          AwsType.of("aws:ec2/natGateway:NatGateway")
              .drawn(
                  Drawing.card(Icon.GATEWAY)
                      .details(gateway -> List.of("NAT gateway"))
                      .in(gateway -> gateway.follow("subnetId").stream().toList()))
              .inWords(gateway -> "in " + gateway.named("subnetId"))
              .costs(
                  gateway ->
                      List.of(
                          Charge.hourly(VPC, "nat-gateway", "NAT gateway"),
                          Charge.usageBased(VPC, "nat-gateway-data", "traffic through it")))
              .replacedBy("allocationId", "connectivityType", "privateIp", "subnetId")
              .computes("id", "nat-{hex17}")
              .computes("publicIp", "203.0.113.{number 1 254}")
              .computes("privateIp", "10.0.0.{number 4 254}")
              .computes("networkInterfaceId", "eni-{hex17}")
              .toDeploy(
                  makePiece("natgateway", "ec2:CreateNatGateway"),
                  ownPieces("natgateway", "ec2:CreateNatGateway", "ec2:DeleteNatGateway"),
                  ownPieces("elastic-ip"),
                  ownPieces("subnet"))
              .toDeploy(tagsOfPiece("natgateway", "CreateNatGateway"))
              .toRead(see("ec2:DescribeNatGateways")),
          AwsType.of("aws:ec2/vpcEndpoint:VpcEndpoint")
              .inWords(endpoint -> endpoint.text("serviceName"))
              .costs(
                  endpoint ->
                      endpoint.text("vpcEndpointType").equals("Interface")
                          ? List.of(
                              Charge.hourly(
                                  VPC,
                                  "interface-endpoint",
                                  "interface endpoint",
                                  Math.max(1, endpoint.list("subnetIds").size())))
                          : List.of())
              .replacedBy("serviceName", "vpcEndpointType", "vpcId")
              .computes("id", "vpce-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:vpc-endpoint/{id}")
              .computes("prefixListId", "pl-{hex8}")
              .computes("state", "available")
              .toDeploy(
                  makePiece("vpc-endpoint", "ec2:CreateVpcEndpoint"),
                  ownPieces(
                      "vpc-endpoint",
                      "ec2:CreateVpcEndpoint",
                      "ec2:DeleteVpcEndpoints",
                      "ec2:ModifyVpcEndpoint"),
                  ownPieces("route-table"),
                  ownPieces("subnet"),
                  ownPieces("vpc"))
              .toDeploy(tagsOfPiece("vpc-endpoint", "CreateVpcEndpoint"))
              .toRead(see("ec2:DescribePrefixLists", "ec2:DescribeVpcEndpoints")));

  private static final List<AwsType> MACHINES =
      List.of(
          // No system makes one; house rules ask about it.
          AwsType.of(ASSOCIATION)
              .free()
              .replacedBy(
                  "allocationId",
                  "allowReassociation",
                  "instanceId",
                  "networkInterfaceId",
                  "privateIpAddress",
                  "publicIp")
              .computes("id", "eipassoc-{hex17}")
              .computes("publicIp", "203.0.113.{number 1 254}"),
          AwsType.of("aws:ec2/networkInterface:NetworkInterface")
              .heldWhileUsed()
              .free()
              .replacedBy("interfaceType", "subnetId")
              .computes(Ec2::ipv6Addresses)
              .computes("id", "eni-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:network-interface/{id}")
              .computes("privateIp", "10.0.0.{number 4 254}")
              .computes("macAddress", "02:00:00:00:00:01")
              .computes("ownerId", "{account}")
              .toDeploy(
                  make("MakeInterface", "network-interface", "ec2:CreateNetworkInterface"),
                  ownMachine(
                      "network-interface",
                      "ec2:AssignIpv6Addresses",
                      "ec2:AttachNetworkInterface",
                      "ec2:CreateNetworkInterface",
                      "ec2:DeleteNetworkInterface",
                      "ec2:DetachNetworkInterface",
                      "ec2:ModifyNetworkInterfaceAttribute",
                      "ec2:UnassignIpv6Addresses"),
                  ownMachine("security-group"),
                  ownMachine("subnet"))
              .toDeploy(tags("network-interface", "CreateNetworkInterface"))
              .toRead(see("ec2:DescribeNetworkInterfaces")),
          AwsType.of(ADDRESS)
              .keeps("address")
              .costs(address -> List.of(Charge.hourly(VPC, "public-ipv4", "public IPv4 address")))
              .replacedBy("address", "domain", "networkBorderGroup", "publicIpv4Pool")
              .computes("id", "eipalloc-{hex17}")
              .computes("allocationId", "{id}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:elastic-ip/{id}")
              .computes("publicIp", "203.0.113.{number 1 254}")
              .computes("publicDns", "ec2-{dashed publicIp}.{region}.compute.amazonaws.com")
              .computes("associationId", "eipassoc-{hex17}")
              .computes("domain", "vpc")
              .computes("publicIpv4Pool", "amazon")
              .computes("networkBorderGroup", "{region}")
              .toDeploy(
                  make("MakeAddressAndDisk", "elastic-ip", "ec2:AllocateAddress"),
                  ownMachine(
                      "elastic-ip",
                      "ec2:AssociateAddress",
                      "ec2:DisassociateAddress",
                      "ec2:ReleaseAddress"),
                  ownMachine("network-interface"))
              .toDeploy(tags("elastic-ip", "AllocateAddress"))
              .toRead(see("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute")),
          AwsType.of("aws:ebs/volume:Volume")
              .keeps("disk")
              .drawn(
                  Drawing.card(Icon.DISK)
                      .details(
                          volume ->
                              List.of(
                                  volume.text("size") + " GiB " + volume.text("type"),
                                  volume.is("encrypted") ? "encrypted" : "not encrypted"))
                      .in(
                          volume ->
                              machines(volume).flatMap(found -> subnets(found).stream()).toList())
                      .links(
                          volume ->
                              machines(volume)
                                  .map(found -> new Link(found, volume, "attached", false))
                                  .toList()))
              .breaksUnless("disk-encryption", "encrypted", "is not encrypted; set encrypted")
              .inWords(
                  volume ->
                      volume.text("size")
                          + " GiB "
                          + volume.text("type")
                          + (volume.is("encrypted") ? ", encrypted" : ""))
              .costs(
                  volume ->
                      disk(
                          "disk",
                          volume.text("type"),
                          volume.value("size"),
                          volume.value("iops"),
                          volume.value("throughput")))
              .neverChanges("availabilityZone", "encrypted", "kmsKeyId", "snapshotId")
              .onlyGrows("size")
              .replacedBy(
                  "availabilityZone",
                  "encrypted",
                  "kmsKeyId",
                  "multiAttachEnabled",
                  "outpostArn",
                  "snapshotId")
              .computes("id", "vol-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:volume/{id}")
              .toDeploy(
                  make("MakeAddressAndDisk", "volume", "ec2:CreateVolume"),
                  ownDisk("ec2:DeleteVolume", "ec2:ModifyVolume"))
              .toDeploy(tags("volume", "CreateVolume"))
              .toRead(
                  see(
                      "ec2:DescribeTags",
                      "ec2:DescribeVolumes",
                      "ec2:DescribeVolumesModifications")),
          AwsType.of(ATTACHMENT)
              .free()
              .replacedBy("deviceName", "instanceId", "volumeId")
              .computes("id", "vai-{number 1000000000 1999999999}")
              .toDeploy(
                  ownMachine(
                      "instance", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:StopInstances"),
                  ownDisk("ec2:AttachVolume", "ec2:DetachVolume"))
              .toRead(see("ec2:DescribeInstances", "ec2:DescribeVolumes")),
          AwsType.of("aws:ec2/instance:Instance")
              .drawn(
                  Drawing.card(Icon.MACHINE)
                      .details(Ec2::details)
                      .in(Ec2::subnets)
                      .parts(Ec2::parts)
                      .links(Scheduler::startsAndStops))
              .breaks("address-not-elastic", Ec2::addressNotElastic)
              .inWords(
                  instance ->
                      words(
                          instance.text("instanceType"),
                          instance.text("ami"),
                          instance.value("rootBlockDevice.volumeSize") == null
                              ? ""
                              : instance.text("rootBlockDevice.volumeSize") + " GiB root"))
              .costs(Ec2::machine)
              .replacedBy(
                  "ami",
                  "associatePublicIpAddress",
                  "availabilityZone",
                  "keyName",
                  "networkInterfaces",
                  "placementGroup",
                  "privateIp",
                  "subnetId",
                  "tenancy")
              .replacedWhen("userData", Ec2::userDataReplaces)
              .replacedWhen("userDataBase64", Ec2::userDataReplaces)
              .replacedWhen(
                  "instanceType",
                  (before, after) ->
                      before.get("instanceType") instanceof String was
                          && after.get("instanceType") instanceof String is
                          && InstanceTypes.architecture(was) != InstanceTypes.architecture(is))
              .computes("id", "i-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:instance/{id}")
              .computes("availabilityZone", "{region}a")
              .computes("instanceState", "running")
              .computes("primaryNetworkInterfaceId", "eni-{hex17}")
              .computes("privateIp", "10.0.0.{number 4 254}")
              .computes("privateDns", "ip-{dashed privateIp}.{region}.compute.internal")
              .computes("publicIp", "203.0.113.{number 1 254}")
              .computes("publicDns", "ec2-{dashed publicIp}.{region}.compute.amazonaws.com")
              .toDeploy(
                  ownMachine(
                      "instance",
                      "ec2:AssociateIamInstanceProfile",
                      "ec2:DescribeInstanceAttribute",
                      "ec2:DisassociateIamInstanceProfile",
                      "ec2:ModifyInstanceAttribute",
                      "ec2:ModifyInstanceCreditSpecification",
                      "ec2:ModifyInstanceMetadataOptions",
                      "ec2:ReplaceIamInstanceProfileAssociation",
                      "ec2:StartInstances",
                      "ec2:StopInstances",
                      "ec2:TerminateInstances"),
                  // The disk that it starts from has no tags yet. It is the machine's first: only
                  // what was born as the stack's can be taken elsewhere or removed.
                  claim("volume"),
                  stack ->
                      own(
                          Statement.allow("GrowRootDisk")
                              .actions("ec2:ModifyVolume")
                              .resources(stack.ec2("volume")),
                          stack))
              .toDeploy(launch())
              .toRead(
                  see(
                      "ec2:DescribeIamInstanceProfileAssociations",
                      "ec2:DescribeImages",
                      "ec2:DescribeInstanceCreditSpecifications",
                      "ec2:DescribeInstanceTypeOfferings",
                      "ec2:DescribeInstanceTypes",
                      "ec2:DescribeInstances",
                      "ec2:DescribeNetworkInterfaces",
                      "ec2:DescribeTags",
                      "ec2:DescribeVolumes",
                      "ec2:DescribeVolumesModifications"))
              .toPreview(lookUpImage(), Ssm.seeReleases())
              .toRefresh(
                  seeNewestImages(),
                  any ->
                      Scopes.ofAnyStack(
                          Statement.allow("SeeMachine")
                              .actions("ec2:DescribeInstanceAttribute")
                              .resources(any.ec2("instance")))),
          AwsType.of("aws:ec2/launchTemplate:LaunchTemplate")
              .heldWhileUsed()
              .free()
              .inWords(template -> words(template.text("instanceType"), template.text("imageId")))
              .namedOrPrefixed("name", 3, 128, "[a-zA-Z0-9().\\-/_]+", "[a-zA-Z0-9().\\-/_]+")
              .replacedBy("name", "namePrefix")
              .computes("id", "lt-{hex17}")
              .computes("arn", "arn:aws:ec2:{region}:{account}:launch-template/{id}")
              .computes("latestVersion", "1")
              .computes("defaultVersion", "1")
              .toDeploy(
                  makePiece("launch-template", "ec2:CreateLaunchTemplate"),
                  ownPieces(
                      "launch-template",
                      "ec2:CreateLaunchTemplateVersion",
                      "ec2:DeleteLaunchTemplate",
                      "ec2:ModifyLaunchTemplate"))
              .toDeploy(tagsOfPiece("launch-template", "CreateLaunchTemplate"))
              .toRead(
                  see(
                      "ec2:DescribeImages",
                      "ec2:DescribeInstanceTypeOfferings",
                      "ec2:DescribeInstanceTypes",
                      "ec2:DescribeLaunchTemplateVersions",
                      "ec2:DescribeLaunchTemplates"))
              .toPreview(lookUpImage(), Ssm.seeReleases())
              .toRefresh(seeNewestImages()),
          // No system makes one; a house rule asks about it.
          AwsType.of("aws:ec2/keyPair:KeyPair")
              .free()
              .breaks("long-lived-key", Iam::longLived)
              .replacedBy("keyName", "keyNamePrefix", "publicKey"),
          AwsType.of("aws:ebs/encryptionByDefault:EncryptionByDefault")
              .free()
              .isSetting()
              .computes("id", "{region}")
              .toRefresh(see("ec2:GetEbsEncryptionByDefault")));

  static final List<AwsType> TYPES = Stream.of(NETWORK, MACHINES).flatMap(List::stream).toList();

  private Ec2() {}

  private static Map<String, Object> ipv6(NewResource vpc) {
    return Boolean.TRUE.equals(vpc.input("assignGeneratedIpv6CidrBlock"))
        ? Map.of(
            "ipv6CidrBlock",
            "2001:db8:1234:1a00::/56",
            "ipv6AssociationId",
            "vpc-cidr-assoc-" + vpc.hex("ipv6AssociationId", 17))
        : Map.of();
  }

  private static Map<String, Object> ipv6Addresses(NewResource card) {
    return card.input("ipv6AddressCount") instanceof Number count
            && card.input("ipv6Addresses") == null
        ? Map.of(
            "ipv6Addresses",
            IntStream.range(0, count.intValue())
                .mapToObj(at -> "2001:db8:1234:1a00::" + card.hex("ipv6" + at, 4))
                .toList())
        : Map.of();
  }

  /** Those of a group of subnets, which databases and caches are placed by. */
  static List<PlannedResource> subnetsOf(PlannedResource resource, String group) {
    return resource.follow(group).map(found -> found.followAll("subnetIds")).orElse(List.of());
  }

  /** The machines that a disk is attached to. */
  private static Stream<PlannedResource> machines(PlannedResource volume) {
    return volume.pointedAtBy(ATTACHMENT, "volumeId").stream()
        .flatMap(attachment -> attachment.follow("instanceId").stream());
  }

  /** The subnets that a machine is in, by itself or through its network interfaces. */
  private static List<PlannedResource> subnets(PlannedResource instance) {
    return Stream.concat(Stream.of(instance), interfaces(instance))
        .flatMap(holder -> holder.follow("subnetId").stream())
        .toList();
  }

  private static Stream<PlannedResource> interfaces(PlannedResource instance) {
    return instance.list("networkInterfaces").stream()
        .filter(Map.class::isInstance)
        .flatMap(
            card ->
                instance
                    .follow("networkInterfaces", ((Map<?, ?>) card).get("networkInterfaceId"))
                    .stream());
  }

  private static Optional<PlannedResource> address(PlannedResource instance) {
    return Stream.of(
            instance.pointedAtBy(ADDRESS, "instance").stream(),
            interfaces(instance)
                .flatMap(holder -> holder.pointedAtBy(ADDRESS, "networkInterface").stream()),
            instance.pointedAtBy(ASSOCIATION, "instanceId").stream()
                .flatMap(association -> association.follow("allocationId").stream()))
        .flatMap(found -> found)
        .findFirst();
  }

  private static List<String> details(PlannedResource instance) {
    return Stream.concat(
            Stream.of(instance.text("instanceType")),
            address(instance).stream()
                .map(
                    address ->
                        "at " + address.text("publicIp") + (address.isProtected() ? ", kept" : "")))
        .toList();
  }

  private static List<PlannedResource> parts(PlannedResource instance) {
    return Stream.of(
            address(instance).stream(),
            interfaces(instance),
            instance
                .follow("iamInstanceProfile")
                .flatMap(profile -> profile.follow("role"))
                .stream())
        .flatMap(found -> found)
        .toList();
  }

  private static String addressNotElastic(PlannedResource instance) {
    boolean lent =
        instance.is("associatePublicIpAddress")
            || instance
                .follow("subnetId")
                .filter(subnet -> subnet.is("mapPublicIpOnLaunch"))
                .isPresent();
    boolean own =
        !instance.pointedAtBy(ADDRESS, "instance").isEmpty()
            || !instance.pointedAtBy(ASSOCIATION, "instanceId").isEmpty();
    return lent && !own
        ? "gets an address that changes when it stops, at the price of an Elastic IP; give it one"
        : "";
  }

  private static boolean userDataReplaces(Map<String, Object> before, Map<String, Object> after) {
    return Boolean.TRUE.equals(after.get("userDataReplaceOnChange"));
  }

  private static List<String> sources(Map<String, Object> rule) {
    return SOURCES.stream().filter(source -> Objects.nonNull(rule.get(source))).sorted().toList();
  }

  private static List<Charge> machine(PlannedResource instance) {
    var type = instance.text("instanceType");
    var root =
        instance.value("rootBlockDevice.volumeSize") instanceof Number
            ? disk(
                "root disk",
                instance.text("rootBlockDevice.volumeType"),
                instance.value("rootBlockDevice.volumeSize"),
                instance.value("rootBlockDevice.iops"),
                instance.value("rootBlockDevice.throughput"))
            : List.of(Charge.unknown("root disk of the image's size"));
    return Stream.concat(
            Stream.of(Charge.of(InstancePrices.LIST, type, type, Scheduler.runningHours(instance))),
            root.stream())
        .toList();
  }

  private static List<Charge> disk(
      String what, String given, Object size, Object iops, Object throughput) {
    if (!(size instanceof Number gigabytes)) {
      return List.of(Charge.unknown(what + " of unknown size"));
    }
    var type = given.isEmpty() ? "gp2" : given;
    var result = new ArrayList<Charge>();
    result.add(Charge.of(EBS, type, what + ", " + type, number(gigabytes)));
    if (iops instanceof Number more && more.intValue() > 3000) {
      result.add(
          Charge.of(
              EBS,
              type + "-iops",
              "operations a second",
              number(more).subtract(new BigDecimal(3000))));
    }
    if (throughput instanceof Number more && more.intValue() > 125) {
      result.add(
          Charge.of(
              EBS, type + "-throughput", "throughput", number(more).subtract(new BigDecimal(125))));
    }
    return result;
  }

  /** Addresses that AWS lends to machines and balancers. */
  static Charge addresses(int count) {
    return Charge.hourly(VPC, "public-ipv4", count + " public IPv4 addresses", count);
  }

  static BigDecimal number(Number number) {
    return new BigDecimal(String.valueOf(number));
  }

  private static AwsType rule(String way) {
    var type = AwsType.of("aws:vpc/securityGroup%1$sRule:SecurityGroup%1$sRule".formatted(way));
    SOURCES.forEach(
        source ->
            type.replacedWhen(source, (before, after) -> !sources(before).equals(sources(after))));
    return type.toDeploy(
            make("MakeRules", "security-group-rule", "ec2:AuthorizeSecurityGroup" + way),
            ownNetwork(
                "security-group",
                "ec2:AuthorizeSecurityGroup" + way,
                "ec2:ModifySecurityGroupRules",
                "ec2:RevokeSecurityGroup" + way,
                "ec2:UpdateSecurityGroupRuleDescriptions" + way),
            ownNetwork("security-group-rule"))
        .toDeploy(tags("security-group-rule", "AuthorizeSecurityGroup" + way))
        .toRead(see("ec2:DescribeSecurityGroupRules"));
  }

  private static Right make(String sid, String kind, String... actions) {
    return stack -> tagged(Statement.allow(sid).actions(actions).resources(stack.ec2(kind)), stack);
  }

  private static Right makePart(String kind, String... actions) {
    return make("MakePartsOfNetwork", kind, actions);
  }

  private static Right makePiece(String kind, String... actions) {
    return make("MakeParts", kind, actions);
  }

  private static Right change(String sid, String kind, String... actions) {
    return stack -> own(Statement.allow(sid).actions(actions).resources(stack.ec2(kind)), stack);
  }

  private static Right ownNetwork(String kind, String... actions) {
    return change("ChangeOwnNetwork", kind, actions);
  }

  private static Right ownMachine(String kind, String... actions) {
    return change("ChangeOwnMachine", kind, actions);
  }

  private static Right ownPieces(String kind, String... actions) {
    return change("ChangeOwnParts", kind, actions);
  }

  /** Of a disk that was born as the stack's. */
  private static Right ownDisk(String... actions) {
    return stack ->
        Statement.allow("ChangeOwnDisk")
            .actions(actions)
            .resources(stack.ec2("volume"))
            .when("StringEquals", HAS + Stack.STACK_TAG, stack.stack().name());
  }

  /** Takes what came along with another thing, and has no tags yet, for the stack's. */
  private static Right claim(String kind) {
    return stack ->
        Scopes.claim(
            Statement.allow("ClaimWhatComesAlong")
                .actions("ec2:CreateTags")
                .resources(stack.ec2(kind)),
            stack);
  }

  /** What it takes to start machines, by themselves or from a template. */
  static Right[] launch() {
    return Stream.concat(
            Stream.of(
                make("MakeMachine", "instance", "ec2:RunInstances"),
                // The disk that a machine starts from has no tags in the request, and for an
                // interface that is there already this call knows no tags at all.
                stack ->
                    Statement.allow("MakeMachineFrom")
                        .actions("ec2:RunInstances")
                        .resources(
                            Target.and(
                                stack.ec2("network-interface", "volume"),
                                stack.ofAws("ec2", "image/*"))),
                ownMachine("security-group", "ec2:RunInstances"),
                ownMachine("subnet"),
                Iam.pass("ec2.amazonaws.com")),
            Stream.of(LAUNCHED).flatMap(kind -> Stream.of(tags(kind, "RunInstances"))))
        .toArray(Right[]::new);
  }

  /** A machine from a template of the stack's own. */
  static Right launchFromTemplate() {
    return ownPieces("launch-template", "ec2:RunInstances");
  }

  private static Right lookUpImage() {
    return stack -> Statement.allow("LookUp").actions("ec2:DescribeImages").resources("*");
  }

  /** Canonical's public parameters name the newest images; ./slipway ami reads them. */
  private static Right seeNewestImages() {
    return any ->
        Statement.allow("SeeNewestImages")
            .actions("ssm:GetParameter")
            .resources(any.ofAws("ssm", "parameter/aws/service/canonical/*"));
  }

  /** Tags for what this call makes, and for what is the stack's already. */
  private static Right[] tags(String kind, String call) {
    return tagsFromBirth("TagWhatIsMade", kind, call);
  }

  private static Right[] tagsOfPiece(String kind, String call) {
    return tagsFromBirth("TagParts", kind, call);
  }

  private static Right[] tagsFromBirth(String sid, String kind, String call) {
    Right atBirth =
        stack ->
            tagged(Statement.allow(sid).actions("ec2:CreateTags").resources(stack.ec2(kind)), stack)
                .when("StringEquals", "ec2:CreateAction", call);
    return Stream.concat(Stream.of(atBirth), Stream.of(tagsLater(kind))).toArray(Right[]::new);
  }

  private static Right[] tagsLater(String kind) {
    Right later =
        stack ->
            Scopes.tagOwn(
                Statement.allow("TagOwn").actions("ec2:CreateTags").resources(stack.ec2(kind)),
                stack);
    Right away =
        stack ->
            Scopes.untagOwn(
                    Statement.allow("UntagOwn")
                        .actions("ec2:DeleteTags")
                        .resources(stack.ec2(kind)),
                    stack,
                    Stack.STACK_TAG)
                // Without keys the call takes all tags.
                .when("Null", "aws:TagKeys", "false");
    // The tag by which commands find machines, and by which disks that are kept are known, is given
    // at birth and by the stack's own name alone.
    Right notLater =
        stack ->
            Statement.deny("NoStackTagLater")
                .actions("ec2:CreateTags")
                .resources(stack.arn("ec2", "*"))
                .when("Null", REQUESTED + Stack.STACK_TAG, "false")
                .when("Null", "ec2:CreateAction", "true");
    Right notOfOthers =
        stack ->
            Statement.deny("NoStackTagOfOthers")
                .actions("ec2:CreateTags")
                .resources(stack.arn("ec2", "*"))
                .when("Null", REQUESTED + Stack.STACK_TAG, "false")
                .when("StringNotEquals", REQUESTED + Stack.STACK_TAG, stack.stack().name());
    return new Right[] {later, away, notLater, notOfOthers};
  }
}
