package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Virtual networks, made in moto, which refuses wrong CIDR blocks and conflicts as EC2 does. */
final class NetworkHandlers {

  /** A rule of a security group that is a resource of its own. */
  private static final String[] RULE = {
    "GroupId=securityGroupId",
    "IpPermissions.1.IpProtocol=ipProtocol",
    "IpPermissions.1.FromPort=fromPort",
    "IpPermissions.1.ToPort=toPort",
    "IpPermissions.1.IpRanges.1.CidrIp=cidrIpv4",
    "IpPermissions.1.Ipv6Ranges.1.CidrIpv6=cidrIpv6",
    "IpPermissions.1.Groups.1.GroupId=referencedSecurityGroupId",
    "IpPermissions.1.PrefixListIds.1.PrefixListId=prefixListId"
  };

  /** The call that changes one attribute, the field of whose it is, and each attribute. */
  private static final String[] VPC = {
    "ModifyVpcAttribute",
    "VpcId",
    "EnableDnsHostnames.Value=enableDnsHostnames",
    "EnableDnsSupport.Value=enableDnsSupport"
  };

  private static final String[] SUBNET = {
    "ModifySubnetAttribute", "SubnetId", "MapPublicIpOnLaunch.Value=mapPublicIpOnLaunch"
  };

  private final AwsClient aws;

  NetworkHandlers(AwsClient aws) {
    this.aws = aws;
  }

  List<Handler> all() {
    List<Handler> handlers =
        List.of(
            vpc(),
            subnet(),
            internetGateway(),
            routeTable(),
            route(),
            routeTableAssociation(),
            defaultSecurityGroup(),
            securityGroup(),
            rule("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", true),
            rule("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", false),
            natGateway(),
            vpcEndpoint());
    handlers.forEach(Handler::inert);
    return handlers;
  }

  // --- shared
  // --------------------------------------------------------------------------------------------------------

  /** The fields of a call that makes something, with its tags; the fields by their table. */
  static Fields tagged(String type, Handler.Request request, String... rows) {
    return tagged(type, request.tags(), request.fields(rows));
  }

  static Fields tagged(String type, Map<String, String> tags, Fields fields) {
    return tags.isEmpty()
        ? fields
        : fields.and("TagSpecification.1.ResourceType", type).tags("TagSpecification.1.Tag", tags);
  }

  void retag(Handler.Request request) {
    retag(request.id(), request);
  }

  void retag(String id, Handler.Request request) {
    Map<String, String> before = Values.stringMap(request.old().get("tagsAll"));
    if (before.equals(request.tags())) {
      return;
    }
    before.keySet().removeAll(request.tags().keySet());
    if (!before.isEmpty()) {
      ec2("DeleteTags", Fields.of("ResourceId.1", id).tags("Tag", before));
    }
    if (!request.tags().isEmpty()) {
      ec2("CreateTags", Fields.of("ResourceId.1", id).tags("Tag", request.tags()));
    }
  }

  Xml ec2(String action, Object... parameters) {
    return ec2(action, Fields.of(parameters));
  }

  Xml ec2(String action, Map<String, ?> parameters) {
    return aws.query("ec2", action, parameters);
  }

  boolean isThere(String action, String parameter, String id) {
    return ec2(action, parameter, id).anywhere("item").isPresent();
  }

  /** The availability zones that subnets are in. */
  static Set<String> zones(AwsClient aws, List<String> subnets) {
    var zones = new TreeSet<String>();
    for (String subnet : subnets) {
      zones.add(
          aws.query("ec2", "DescribeSubnets", Map.of("SubnetId.1", subnet))
              .need("availabilityZone"));
    }
    return zones;
  }

  private String first(String action, String set, String field, Object... parameters) {
    return ec2(action, parameters).at(set + "/item/" + field).map(Xml::text).orElse("");
  }

  String arn(String kind, String id) {
    return aws.arn("ec2", kind + "/" + id);
  }

  /** EC2 takes one attribute a call. */
  private void modify(String id, Handler.Request request, String[] table) {
    for (String attribute : List.of(table).subList(2, table.length)) {
      Fields wanted = request.fields(attribute);
      if (!wanted.isEmpty()) {
        ec2(table[0], wanted.and(table[1], id));
      }
    }
  }

  // --- the types
  // -----------------------------------------------------------------------------------------------------

  private Handler vpc() {
    return Handler.of("aws:ec2/vpc:Vpc")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateVpc",
                      tagged(
                          "vpc",
                          request.tags(),
                          request
                              .fields("CidrBlock")
                              .and(
                                  "AmazonProvidedIpv6CidrBlock",
                                  request.flag("assignGeneratedIpv6CidrBlock") ? true : null)));
              String id = made.need("vpcId");
              modify(id, request, VPC);
              return Handler.Made.of(
                  id,
                  "arn",
                  arn("vpc", id),
                  "ownerId",
                  EmulatedCloud.ACCOUNT,
                  "defaultSecurityGroupId",
                  first(
                      "DescribeSecurityGroups",
                      "securityGroupInfo",
                      "groupId",
                      "Filter.1.Name",
                      "vpc-id",
                      "Filter.1.Value.1",
                      id,
                      "Filter.2.Name",
                      "group-name",
                      "Filter.2.Value.1",
                      "default"),
                  "mainRouteTableId",
                  mainTable(id),
                  "defaultRouteTableId",
                  mainTable(id),
                  "defaultNetworkAclId",
                  first(
                      "DescribeNetworkAcls",
                      "networkAclSet",
                      "networkAclId",
                      "Filter.1.Name",
                      "vpc-id",
                      "Filter.1.Value.1",
                      id),
                  "ipv6CidrBlock",
                  made.anywhere("ipv6CidrBlock").map(Xml::text).orElse(""));
            })
        .change(request -> modify(request.id(), request, VPC))
        .retag(this::retag)
        .delete(request -> ec2("DeleteVpc", "VpcId", request.id()))
        .exists(request -> isThere("DescribeVpcs", "VpcId.1", request.id()));
  }

  private String mainTable(String vpc) {
    return first(
        "DescribeRouteTables",
        "routeTableSet",
        "routeTableId",
        "Filter.1.Name",
        "vpc-id",
        "Filter.1.Value.1",
        vpc,
        "Filter.2.Name",
        "association.main",
        "Filter.2.Value.1",
        "true");
  }

  private Handler subnet() {
    return Handler.of("aws:ec2/subnet:Subnet")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateSubnet",
                      tagged(
                          "subnet",
                          request,
                          "VpcId",
                          "CidrBlock",
                          "Ipv6CidrBlock",
                          "AvailabilityZone"));
              String id = made.need("subnetId");
              modify(id, request, SUBNET);
              return Handler.Made.of(
                  id,
                  "arn",
                  arn("subnet", id),
                  "availabilityZone",
                  made.need("availabilityZone"),
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .change(request -> modify(request.id(), request, SUBNET))
        .retag(this::retag)
        .delete(request -> ec2("DeleteSubnet", "SubnetId", request.id()))
        .exists(request -> isThere("DescribeSubnets", "SubnetId.1", request.id()));
  }

  private Handler internetGateway() {
    return Handler.of("aws:ec2/internetGateway:InternetGateway")
        .create(
            request -> {
              String id =
                  ec2("CreateInternetGateway", tagged("internet-gateway", request))
                      .need("internetGatewayId");
              if (request.has("vpcId")) {
                ec2("AttachInternetGateway", request.fields("VpcId").and("InternetGatewayId", id));
              }
              return Handler.Made.of(
                  id, "arn", arn("internet-gateway", id), "ownerId", EmulatedCloud.ACCOUNT);
            })
        .change(
            request -> {
              if (request.changed("vpcId")) {
                if (request.oldText("vpcId") != null) {
                  detachGateway(request);
                }
                ec2("AttachInternetGateway", request.fields("InternetGatewayId=#", "VpcId"));
              }
            })
        .retag(this::retag)
        .delete(
            request -> {
              if (request.oldText("vpcId") != null) {
                detachGateway(request);
              }
              ec2("DeleteInternetGateway", "InternetGatewayId", request.id());
            })
        .exists(
            request -> isThere("DescribeInternetGateways", "InternetGatewayId.1", request.id()));
  }

  private void detachGateway(Handler.Request request) {
    String vpc = request.oldText("vpcId");
    Xml addresses =
        ec2("DescribeNetworkInterfaces", "Filter.1.Name", "vpc-id", "Filter.1.Value.1", vpc);
    boolean mapped = addresses.anywhere("publicIp").isPresent();
    if (mapped) {
      throw new AwsError(
          "DependencyViolation",
          "Network "
              + vpc
              + " has some mapped public address(es). Please unmap those public"
              + " address(es) before detaching the gateway.");
    }
    ec2("DetachInternetGateway", "InternetGatewayId", request.id(), "VpcId", vpc);
  }

  private Handler routeTable() {
    return Handler.of("aws:ec2/routeTable:RouteTable")
        .create(
            request -> {
              String id =
                  ec2("CreateRouteTable", tagged("route-table", request, "VpcId"))
                      .need("routeTableId");
              request
                  .maps("routes")
                  .forEach(
                      route -> {
                        var query = routeQuery(id, route);
                        Object inline = route.get("cidrBlock");
                        if (inline != null) {
                          query.put("DestinationCidrBlock", inline.toString());
                        }
                        ec2("CreateRoute", query);
                      });
              return Handler.Made.of(
                  id, "arn", arn("route-table", id), "ownerId", EmulatedCloud.ACCOUNT);
            })
        .retag(this::retag)
        .delete(request -> ec2("DeleteRouteTable", "RouteTableId", request.id()))
        .exists(request -> isThere("DescribeRouteTables", "RouteTableId.1", request.id()));
  }

  private static Fields routeQuery(String table, Map<String, Object> route) {
    return Fields.of(
        "RouteTableId",
        table,
        "DestinationCidrBlock",
        route.get("destinationCidrBlock"),
        "DestinationIpv6CidrBlock",
        route.getOrDefault("destinationIpv6CidrBlock", route.get("ipv6CidrBlock")),
        "GatewayId",
        route.get("gatewayId"),
        "NatGatewayId",
        route.get("natGatewayId"),
        "EgressOnlyInternetGatewayId",
        route.getOrDefault("egressOnlyGatewayId", route.get("egressOnlyInternetGatewayId")),
        "NetworkInterfaceId",
        route.get("networkInterfaceId"));
  }

  private Handler route() {
    return Handler.of("aws:ec2/route:Route")
        .create(
            request -> {
              String table = request.text("routeTableId");
              ec2("CreateRoute", routeQuery(table, request.inputs()));
              String destination =
                  request.text("destinationCidrBlock", request.text("destinationIpv6CidrBlock"));
              return Handler.Made.of(
                  "r-" + table + Math.abs(String.valueOf(destination).hashCode()),
                  "state",
                  "active",
                  "origin",
                  "CreateRoute");
            })
        .change(
            request ->
                ec2("ReplaceRoute", routeQuery(request.text("routeTableId"), request.inputs())))
        .delete(
            request ->
                ec2(
                    "DeleteRoute",
                    request.fields(
                        "RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock")))
        .exists(
            request ->
                isThere("DescribeRouteTables", "RouteTableId.1", request.oldText("routeTableId")));
  }

  private Handler routeTableAssociation() {
    return Handler.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
        .create(
            request ->
                Handler.Made.of(
                    ec2(
                            "AssociateRouteTable",
                            request.fields("RouteTableId", "SubnetId", "GatewayId"))
                        .need("associationId")))
        .delete(request -> ec2("DisassociateRouteTable", "AssociationId", request.id()))
        .exists(
            request ->
                isThere("DescribeRouteTables", "RouteTableId.1", request.oldText("routeTableId")));
  }

  private Handler defaultSecurityGroup() {
    return Handler.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
        .create(
            request -> {
              String id =
                  first(
                      "DescribeSecurityGroups",
                      "securityGroupInfo",
                      "groupId",
                      "Filter.1.Name",
                      "vpc-id",
                      "Filter.1.Value.1",
                      request.text("vpcId"),
                      "Filter.2.Name",
                      "group-name",
                      "Filter.2.Value.1",
                      "default");
              setRules(id, request.inputs());
              if (!request.tags().isEmpty()) {
                retag(id, request);
              }
              return Handler.Made.of(
                  id,
                  "arn",
                  arn("security-group", id),
                  "name",
                  "default",
                  "description",
                  "default VPC security group",
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .change(request -> setRules(request.id(), request.inputs()))
        .retag(this::retag)
        .exists(request -> isThere("DescribeSecurityGroups", "GroupId.1", request.id()));
  }

  private Handler securityGroup() {
    return Handler.of("aws:ec2/securityGroup:SecurityGroup")
        .create(
            request -> {
              String id =
                  ec2(
                          "CreateSecurityGroup",
                          tagged(
                              "security-group",
                              request,
                              "GroupName=name",
                              "GroupDescription=description:Managed by Pulumi",
                              "VpcId"))
                      .need("groupId");
              setRules(id, request.inputs());
              return Handler.Made.of(
                  id,
                  "arn",
                  arn("security-group", id),
                  "description",
                  request.text("description", "Managed by Pulumi"),
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .change(
            request -> {
              if (request.changed("ingress") || request.changed("egress")) {
                setRules(request.id(), request.inputs());
              }
            })
        .retag(this::retag)
        .delete(request -> ec2("DeleteSecurityGroup", "GroupId", request.id()))
        .exists(request -> isThere("DescribeSecurityGroups", "GroupId.1", request.id()));
  }

  /**
   * The provider takes away EC2's own allow-all rule too: only what the program names is allowed.
   */
  private void setRules(String group, Map<String, Object> inputs) {
    Xml described = ec2("DescribeSecurityGroups", "GroupId.1", group);
    Xml item = described.at("securityGroupInfo/item").orElseThrow();
    revoke(group, item, "ipPermissions", "RevokeSecurityGroupIngress");
    revoke(group, item, "ipPermissionsEgress", "RevokeSecurityGroupEgress");
    authorize(group, inputs.get("ingress"), "AuthorizeSecurityGroupIngress");
    authorize(group, inputs.get("egress"), "AuthorizeSecurityGroupEgress");
  }

  private void revoke(String group, Xml item, String set, String action) {
    for (Xml permission : items(item, set)) {
      var fields =
          permission(
              group,
              permission.text("ipProtocol"),
              some(permission.text("fromPort")),
              some(permission.text("toPort")));
      whom(fields, "IpRanges", "CidrIp", texts(permission, "ipRanges", "cidrIp"));
      whom(fields, "Ipv6Ranges", "CidrIpv6", texts(permission, "ipv6Ranges", "cidrIpv6"));
      whom(fields, "Groups", "GroupId", texts(permission, "groups", "groupId"));
      ec2(action, fields);
    }
  }

  private static List<Xml> items(Xml in, String set) {
    return in.at(set).map(found -> found.children("item")).orElse(List.of());
  }

  private static List<String> texts(Xml permission, String set, String field) {
    return items(permission, set).stream().map(item -> item.text(field)).toList();
  }

  private static String some(String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private void authorize(String group, Object rules, String action) {
    for (Map<String, Object> rule : Values.maps(rules)) {
      var fields =
          permission(group, rule.get("protocol"), rule.get("fromPort"), rule.get("toPort"));
      whom(fields, "IpRanges", "CidrIp", Values.strings(rule.get("cidrBlocks")));
      whom(fields, "Ipv6Ranges", "CidrIpv6", Values.strings(rule.get("ipv6CidrBlocks")));
      var groups = new ArrayList<>(Values.strings(rule.get("securityGroups")));
      if (Boolean.TRUE.equals(rule.get("self"))) {
        groups.add(group);
      }
      whom(fields, "Groups", "GroupId", groups);
      ec2(action, fields);
    }
  }

  private static Fields permission(String group, Object protocol, Object from, Object to) {
    return Fields.of(
        "GroupId",
        group,
        "IpPermissions.1.IpProtocol",
        protocol,
        "IpPermissions.1.FromPort",
        from,
        "IpPermissions.1.ToPort",
        to);
  }

  /** Adds whom a permission is for. */
  private static void whom(Fields permission, String list, String field, List<String> whom) {
    for (int i = 0; i < whom.size(); i++) {
      permission.and("IpPermissions.1." + list + "." + (i + 1) + "." + field, whom.get(i));
    }
  }

  private Handler rule(String token, boolean ingress) {
    return Handler.of(token)
        .create(request -> Handler.Made.of(allow(request, ingress)))
        .update(
            request -> {
              revoke(request, ingress);
              String id = allow(request, ingress);
              return Map.of("securityGroupRuleId", id);
            })
        .delete(request -> revoke(request, ingress))
        .exists(
            request ->
                isThere("DescribeSecurityGroups", "GroupId.1", request.oldText("securityGroupId")));
  }

  private String allow(Handler.Request request, boolean ingress) {
    return ec2(
            ingress ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress",
            tagged(
                "security-group-rule",
                request.tags(),
                described(request.fields(RULE), request.text("description"))))
        .need("securityGroupRuleId");
  }

  private void revoke(Handler.Request request, boolean ingress) {
    ec2(
        ingress ? "RevokeSecurityGroupIngress" : "RevokeSecurityGroupEgress",
        described(request.before(RULE), request.oldText("description")));
  }

  /** A description belongs to whom a permission is for. */
  private static Fields described(Fields permission, String description) {
    for (String whom : List.of("IpRanges.1.CidrIp", "Ipv6Ranges.1.CidrIpv6", "Groups.1.GroupId")) {
      if (permission.containsKey("IpPermissions.1." + whom)) {
        permission.and(
            "IpPermissions.1." + whom.replaceFirst("\\w+$", "Description"), some(description));
      }
    }
    return permission;
  }

  private Handler natGateway() {
    return Handler.of("aws:ec2/natGateway:NatGateway")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateNatGateway",
                      tagged(
                          "natgateway", request, "SubnetId", "AllocationId", "ConnectivityType"));
              String id = made.need("natGatewayId");
              return Handler.Made.of(
                  id,
                  "publicIp",
                  made.anywhere("publicIp").map(Xml::text).orElse(""),
                  "privateIp",
                  made.anywhere("privateIp").map(Xml::text).orElse(""),
                  "networkInterfaceId",
                  made.anywhere("networkInterfaceId").map(Xml::text).orElse(""));
            })
        .retag(this::retag)
        .delete(request -> ec2("DeleteNatGateway", "NatGatewayId", request.id()))
        .exists(
            request ->
                ec2("DescribeNatGateways", "NatGatewayId.1", request.id())
                    .anywhere("state")
                    .map(state -> !state.text().equals("deleted"))
                    .orElse(false));
  }

  private Handler vpcEndpoint() {
    return Handler.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        .create(
            request -> {
              String id =
                  ec2(
                          "CreateVpcEndpoint",
                          tagged(
                              "vpc-endpoint",
                              request,
                              "VpcId",
                              "ServiceName",
                              "VpcEndpointType:Gateway",
                              "RouteTableId=routeTableIds",
                              "SubnetId=subnetIds"))
                      .need("vpcEndpointId");
              return Handler.Made.of(id, "arn", arn("vpc-endpoint", id), "state", "available");
            })
        .retag(this::retag)
        .delete(request -> ec2("DeleteVpcEndpoints", "VpcEndpointId.1", request.id()))
        .exists(request -> isThere("DescribeVpcEndpoints", "VpcEndpointId.1", request.id()));
  }
}
