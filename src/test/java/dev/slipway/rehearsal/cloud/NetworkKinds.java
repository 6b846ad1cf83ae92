package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Virtual networks, made in moto, which refuses wrong CIDR blocks and conflicts as EC2 does. */
final class NetworkKinds {
  private final AwsClient aws;

  NetworkKinds(AwsClient aws) {
    this.aws = aws;
  }

  List<Kind> all() {
    List<Kind> kinds =
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
    kinds.forEach(Kind::inert);
    return kinds;
  }

  // --- shared
  // --------------------------------------------------------------------------------------------------------

  static Map<String, String> tagged(String type, Kind.Request request, Map<String, String> query) {
    return tagged(type, request.tags(), query);
  }

  static Map<String, String> tagged(
      String type, Map<String, String> tags, Map<String, String> query) {
    var all = new LinkedHashMap<>(query);
    if (!tags.isEmpty()) {
      all.put("TagSpecification.1.ResourceType", type);
      putTags(all, "TagSpecification.1.Tag", tags);
    }
    return all;
  }

  private static void putTags(Map<String, String> query, String prefix, Map<String, String> tags) {
    int n = 0;
    for (var tag : tags.entrySet()) {
      n++;
      query.put(prefix + "." + n + ".Key", tag.getKey());
      query.put(prefix + "." + n + ".Value", tag.getValue());
    }
  }

  String region() {
    return aws.region();
  }

  Map<String, Object> retag(Kind.Request request) {
    retag(request.id(), request);
    return Map.of();
  }

  void retag(String id, Kind.Request request) {
    Map<String, String> before = Values.stringMap(request.old().get("tagsAll"));
    if (before.equals(request.tags())) {
      return;
    }
    before.keySet().removeAll(request.tags().keySet());
    if (!before.isEmpty()) {
      var query = new LinkedHashMap<String, String>(Map.of("ResourceId.1", id));
      putTags(query, "Tag", before);
      ec2("DeleteTags", query);
    }
    if (!request.tags().isEmpty()) {
      var query = new LinkedHashMap<String, String>(Map.of("ResourceId.1", id));
      putTags(query, "Tag", request.tags());
      ec2("CreateTags", query);
    }
  }

  Xml ec2(String action, Object... parameters) {
    return ec2(action, Kind.query(parameters));
  }

  Xml ec2(String action, Map<String, String> parameters) {
    return aws.query("ec2", action, parameters);
  }

  boolean isThere(String action, String parameter, String id) {
    try {
      return ec2(action, parameter, id).anywhere("item").isPresent();
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private String first(String action, String set, String field, Object... parameters) {
    return ec2(action, parameters).at(set + "/item/" + field).map(Xml::text).orElse("");
  }

  private String arn(String kind, String id) {
    return "arn:aws:ec2:" + aws.region() + ":" + EmulatedCloud.ACCOUNT + ":" + kind + "/" + id;
  }

  // --- the types
  // -----------------------------------------------------------------------------------------------------

  private Kind vpc() {
    return Kind.of("aws:ec2/vpc:Vpc")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateVpc",
                      tagged(
                          "vpc",
                          request,
                          Kind.query(
                              "CidrBlock",
                              request.text("cidrBlock"),
                              "AmazonProvidedIpv6CidrBlock",
                              request.flag("assignGeneratedIpv6CidrBlock") ? true : null)));
              String id = made.need("vpcId");
              dns(id, request);
              return Kind.Made.of(
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
        .update(
            request -> {
              dns(request.id(), request);
              return retag(request);
            })
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

  private void dns(String id, Kind.Request request) {
    if (request.has("enableDnsHostnames")) {
      ec2(
          "ModifyVpcAttribute",
          "VpcId",
          id,
          "EnableDnsHostnames.Value",
          request.text("enableDnsHostnames"));
    }
    if (request.has("enableDnsSupport")) {
      ec2(
          "ModifyVpcAttribute",
          "VpcId",
          id,
          "EnableDnsSupport.Value",
          request.text("enableDnsSupport"));
    }
  }

  private Kind subnet() {
    return Kind.of("aws:ec2/subnet:Subnet")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateSubnet",
                      tagged(
                          "subnet",
                          request,
                          Kind.query(
                              "VpcId",
                              request.text("vpcId"),
                              "CidrBlock",
                              request.text("cidrBlock"),
                              "Ipv6CidrBlock",
                              request.text("ipv6CidrBlock"),
                              "AvailabilityZone",
                              request.text("availabilityZone"))));
              String id = made.need("subnetId");
              publicAddresses(id, request);
              return Kind.Made.of(
                  id,
                  "arn",
                  arn("subnet", id),
                  "availabilityZone",
                  made.need("availabilityZone"),
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              publicAddresses(request.id(), request);
              return retag(request);
            })
        .delete(request -> ec2("DeleteSubnet", "SubnetId", request.id()))
        .exists(request -> isThere("DescribeSubnets", "SubnetId.1", request.id()));
  }

  private void publicAddresses(String id, Kind.Request request) {
    if (request.has("mapPublicIpOnLaunch")) {
      ec2(
          "ModifySubnetAttribute",
          "SubnetId",
          id,
          "MapPublicIpOnLaunch.Value",
          request.text("mapPublicIpOnLaunch"));
    }
  }

  private Kind internetGateway() {
    return Kind.of("aws:ec2/internetGateway:InternetGateway")
        .create(
            request -> {
              String id =
                  ec2("CreateInternetGateway", tagged("internet-gateway", request, Map.of()))
                      .need("internetGatewayId");
              if (request.has("vpcId")) {
                ec2(
                    "AttachInternetGateway",
                    "InternetGatewayId",
                    id,
                    "VpcId",
                    request.text("vpcId"));
              }
              return Kind.Made.of(
                  id, "arn", arn("internet-gateway", id), "ownerId", EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              if (request.changed("vpcId")) {
                if (request.oldText("vpcId") != null) {
                  detachGateway(request);
                }
                ec2(
                    "AttachInternetGateway",
                    "InternetGatewayId",
                    request.id(),
                    "VpcId",
                    request.text("vpcId"));
              }
              return retag(request);
            })
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

  private void detachGateway(Kind.Request request) {
    String vpc = request.oldText("vpcId");
    Xml addresses =
        ec2("DescribeNetworkInterfaces", "Filter.1.Name", "vpc-id", "Filter.1.Value.1", vpc);
    boolean mapped = addresses.anywhere("publicIp").isPresent();
    if (mapped) {
      throw new AwsError(
          400,
          "DependencyViolation",
          "Network "
              + vpc
              + " has some mapped public address(es). Please unmap those public"
              + " address(es) before detaching the gateway.");
    }
    ec2("DetachInternetGateway", "InternetGatewayId", request.id(), "VpcId", vpc);
  }

  private Kind routeTable() {
    return Kind.of("aws:ec2/routeTable:RouteTable")
        .create(
            request -> {
              String id =
                  ec2(
                          "CreateRouteTable",
                          tagged(
                              "route-table", request, Kind.query("VpcId", request.text("vpcId"))))
                      .need("routeTableId");
              Values.maps(request.inputs().get("routes"))
                  .forEach(
                      route -> {
                        var query = new LinkedHashMap<>(routeQuery(id, route));
                        Object inline = route.get("cidrBlock");
                        if (inline != null) {
                          query.put("DestinationCidrBlock", inline.toString());
                        }
                        ec2("CreateRoute", query);
                      });
              return Kind.Made.of(
                  id, "arn", arn("route-table", id), "ownerId", EmulatedCloud.ACCOUNT);
            })
        .update(this::retag)
        .delete(request -> ec2("DeleteRouteTable", "RouteTableId", request.id()))
        .exists(request -> isThere("DescribeRouteTables", "RouteTableId.1", request.id()));
  }

  private static Map<String, String> routeQuery(String table, Map<String, Object> route) {
    return Kind.query(
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

  private Kind route() {
    return Kind.of("aws:ec2/route:Route")
        .create(
            request -> {
              String table = request.text("routeTableId");
              ec2("CreateRoute", routeQuery(table, request.inputs()));
              String destination =
                  request.text("destinationCidrBlock", request.text("destinationIpv6CidrBlock"));
              return Kind.Made.of(
                  "r-" + table + Math.abs(String.valueOf(destination).hashCode()),
                  "state",
                  "active",
                  "origin",
                  "CreateRoute");
            })
        .update(
            request -> {
              ec2("ReplaceRoute", routeQuery(request.text("routeTableId"), request.inputs()));
              return Map.of();
            })
        .delete(
            request ->
                ec2(
                    "DeleteRoute",
                    "RouteTableId",
                    request.text("routeTableId"),
                    "DestinationCidrBlock",
                    request.text("destinationCidrBlock"),
                    "DestinationIpv6CidrBlock",
                    request.text("destinationIpv6CidrBlock")))
        .exists(
            request ->
                isThere("DescribeRouteTables", "RouteTableId.1", request.oldText("routeTableId")));
  }

  private Kind routeTableAssociation() {
    return Kind.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
        .create(
            request ->
                Kind.Made.of(
                    ec2(
                            "AssociateRouteTable",
                            "RouteTableId",
                            request.text("routeTableId"),
                            "SubnetId",
                            request.text("subnetId"),
                            "GatewayId",
                            request.text("gatewayId"))
                        .need("associationId")))
        .delete(request -> ec2("DisassociateRouteTable", "AssociationId", request.id()))
        .exists(
            request ->
                isThere("DescribeRouteTables", "RouteTableId.1", request.oldText("routeTableId")));
  }

  private Kind defaultSecurityGroup() {
    return Kind.of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
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
              return Kind.Made.of(
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
        .update(
            request -> {
              setRules(request.id(), request.inputs());
              return retag(request);
            })
        .exists(request -> isThere("DescribeSecurityGroups", "GroupId.1", request.id()));
  }

  private Kind securityGroup() {
    return Kind.of("aws:ec2/securityGroup:SecurityGroup")
        .create(
            request -> {
              String id =
                  ec2(
                          "CreateSecurityGroup",
                          tagged(
                              "security-group",
                              request,
                              Kind.query(
                                  "GroupName",
                                  request.text("name"),
                                  "GroupDescription",
                                  request.text("description", "Managed by Pulumi"),
                                  "VpcId",
                                  request.text("vpcId"))))
                      .need("groupId");
              setRules(id, request.inputs());
              return Kind.Made.of(
                  id,
                  "arn",
                  arn("security-group", id),
                  "description",
                  request.text("description", "Managed by Pulumi"),
                  "ownerId",
                  EmulatedCloud.ACCOUNT);
            })
        .update(
            request -> {
              if (request.changed("ingress") || request.changed("egress")) {
                setRules(request.id(), request.inputs());
              }
              return retag(request);
            })
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
    for (Xml permission : item.at(set).map(s -> s.children("item")).orElse(List.of())) {
      var query = new LinkedHashMap<String, String>();
      query.put("GroupId", group);
      query.put("IpPermissions.1.IpProtocol", permission.text("ipProtocol"));
      put(query, "IpPermissions.1.FromPort", permission.text("fromPort"));
      put(query, "IpPermissions.1.ToPort", permission.text("toPort"));
      numbered(query, permission, "ipRanges", "cidrIp", "IpRanges", "CidrIp");
      numbered(query, permission, "ipv6Ranges", "cidrIpv6", "Ipv6Ranges", "CidrIpv6");
      numbered(query, permission, "groups", "groupId", "Groups", "GroupId");
      ec2(action, query);
    }
  }

  private static void put(Map<String, String> query, String key, String value) {
    if (value != null && !value.isEmpty()) {
      query.put(key, value);
    }
  }

  private static void numbered(
      Map<String, String> query, Xml permission, String set, String field, String to, String name) {
    int n = 0;
    for (Xml item : permission.at(set).map(s -> s.children("item")).orElse(List.of())) {
      n++;
      query.put("IpPermissions.1." + to + "." + n + "." + name, item.text(field));
    }
  }

  private void authorize(String group, Object rules, String action) {
    for (Map<String, Object> rule : Values.maps(rules)) {
      var query = new LinkedHashMap<String, String>();
      query.put("GroupId", group);
      query.put("IpPermissions.1.IpProtocol", String.valueOf(rule.get("protocol")));
      put(query, "IpPermissions.1.FromPort", Values.text(rule.get("fromPort")));
      put(query, "IpPermissions.1.ToPort", Values.text(rule.get("toPort")));
      int n = 0;
      for (String cidr : Values.strings(rule.get("cidrBlocks"))) {
        query.put("IpPermissions.1.IpRanges." + ++n + ".CidrIp", cidr);
      }
      n = 0;
      for (String cidr : Values.strings(rule.get("ipv6CidrBlocks"))) {
        query.put("IpPermissions.1.Ipv6Ranges." + ++n + ".CidrIpv6", cidr);
      }
      n = 0;
      var groups = new ArrayList<>(Values.strings(rule.get("securityGroups")));
      if (Boolean.TRUE.equals(rule.get("self"))) {
        groups.add(group);
      }
      for (String other : groups) {
        query.put("IpPermissions.1.Groups." + ++n + ".GroupId", other);
      }
      ec2(action, query);
    }
  }

  private Kind rule(String token, boolean ingress) {
    return Kind.of(token)
        .create(request -> Kind.Made.of(allow(request, ingress)))
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

  private String allow(Kind.Request request, boolean ingress) {
    var query = new LinkedHashMap<String, String>();
    query.put("GroupId", request.text("securityGroupId"));
    permission(query, request.inputs());
    if (!request.tags().isEmpty()) {
      query.putAll(tagged("security-group-rule", request, Map.of()));
    }
    Xml made =
        ec2(ingress ? "AuthorizeSecurityGroupIngress" : "AuthorizeSecurityGroupEgress", query);
    return made.need("securityGroupRuleId");
  }

  private void revoke(Kind.Request request, boolean ingress) {
    var query = new LinkedHashMap<String, String>();
    query.put("GroupId", request.oldText("securityGroupId"));
    permission(query, request.old());
    ec2(ingress ? "RevokeSecurityGroupIngress" : "RevokeSecurityGroupEgress", query);
  }

  private static void permission(Map<String, String> query, Map<String, Object> rule) {
    query.put("IpPermissions.1.IpProtocol", String.valueOf(rule.get("ipProtocol")));
    put(query, "IpPermissions.1.FromPort", Values.text(rule.get("fromPort")));
    put(query, "IpPermissions.1.ToPort", Values.text(rule.get("toPort")));
    String description = Values.text(rule.get("description"));
    if (rule.get("cidrIpv4") != null) {
      query.put("IpPermissions.1.IpRanges.1.CidrIp", String.valueOf(rule.get("cidrIpv4")));
      put(query, "IpPermissions.1.IpRanges.1.Description", description);
    }
    if (rule.get("cidrIpv6") != null) {
      query.put("IpPermissions.1.Ipv6Ranges.1.CidrIpv6", String.valueOf(rule.get("cidrIpv6")));
      put(query, "IpPermissions.1.Ipv6Ranges.1.Description", description);
    }
    if (rule.get("referencedSecurityGroupId") != null) {
      query.put(
          "IpPermissions.1.Groups.1.GroupId",
          String.valueOf(rule.get("referencedSecurityGroupId")));
      put(query, "IpPermissions.1.Groups.1.Description", description);
    }
    if (rule.get("prefixListId") != null) {
      query.put(
          "IpPermissions.1.PrefixListIds.1.PrefixListId", String.valueOf(rule.get("prefixListId")));
    }
  }

  private Kind natGateway() {
    return Kind.of("aws:ec2/natGateway:NatGateway")
        .create(
            request -> {
              Xml made =
                  ec2(
                      "CreateNatGateway",
                      tagged(
                          "natgateway",
                          request,
                          Kind.query(
                              "SubnetId",
                              request.text("subnetId"),
                              "AllocationId",
                              request.text("allocationId"),
                              "ConnectivityType",
                              request.text("connectivityType"))));
              String id = made.need("natGatewayId");
              return Kind.Made.of(
                  id,
                  "publicIp",
                  made.anywhere("publicIp").map(Xml::text).orElse(""),
                  "privateIp",
                  made.anywhere("privateIp").map(Xml::text).orElse(""),
                  "networkInterfaceId",
                  made.anywhere("networkInterfaceId").map(Xml::text).orElse(""));
            })
        .update(this::retag)
        .delete(request -> ec2("DeleteNatGateway", "NatGatewayId", request.id()))
        .exists(
            request ->
                ec2("DescribeNatGateways", "NatGatewayId.1", request.id())
                    .anywhere("state")
                    .map(state -> !state.text().equals("deleted"))
                    .orElse(false));
  }

  private Kind vpcEndpoint() {
    return Kind.of("aws:ec2/vpcEndpoint:VpcEndpoint")
        .create(
            request -> {
              String id =
                  ec2(
                          "CreateVpcEndpoint",
                          tagged(
                              "vpc-endpoint",
                              request,
                              Kind.query(
                                  "VpcId",
                                  request.text("vpcId"),
                                  "ServiceName",
                                  request.text("serviceName"),
                                  "VpcEndpointType",
                                  request.text("vpcEndpointType", "Gateway"),
                                  "RouteTableId",
                                  Values.list(request.inputs().get("routeTableIds")),
                                  "SubnetId",
                                  Values.list(request.inputs().get("subnetIds")))))
                      .need("vpcEndpointId");
              return Kind.Made.of(id, "arn", arn("vpc-endpoint", id), "state", "available");
            })
        .update(this::retag)
        .delete(request -> ec2("DeleteVpcEndpoints", "VpcEndpointId.1", request.id()))
        .exists(request -> isThere("DescribeVpcEndpoints", "VpcEndpointId.1", request.id()));
  }
}
