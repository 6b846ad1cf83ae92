package dev.slipway.plan.rules;

import static dev.slipway.testing.TestGraph.options;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.host.HostBundle;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.Resource;
import dev.slipway.testing.TestGraph;
import dev.slipway.testing.TestSources;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RulesTest {

  private final TestGraph stack = new TestGraph();

  @Nested
  class Network {

    private final Resource group =
        stack.add("aws:ec2/securityGroup:SecurityGroup", "host-group", Map.of());

    private void ingress(String name, String from, int first, int last, String protocol) {
      var inputs = new LinkedHashMap<String, Object>();
      inputs.put("securityGroupId", group.id());
      inputs.put(
          from.startsWith("sg-")
              ? "referencedSecurityGroupId"
              : from.contains(":") ? "cidrIpv6" : "cidrIpv4",
          from);
      inputs.put("ipProtocol", protocol);
      if (!protocol.equals("-1")) {
        inputs.put("fromPort", first);
        inputs.put("toPort", last);
      }
      stack.add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, inputs);
    }

    @Test
    void letsTheWorldReach80And443() {
      ingress("http", "0.0.0.0/0", 80, 80, "tcp");
      ingress("https", "::/0", 443, 443, "tcp");
      ingress("http3", "0.0.0.0/0", 443, 443, "udp");

      assertThat(stack.findings("open-to-the-world")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "0.0.0.0/0, 22, 22, tcp, tcp 22",
      "::/0, 8080, 8080, tcp, tcp 8080",
      "0.0.0.0/0, 80, 443, tcp, tcp 80-443",
      "0.0.0.0/0, 0, 65535, tcp, all tcp",
      "::/0, 0, 0, -1, everything",
      "0.0.0.0/0, 80, 80, udp, udp 80"
    })
    void objectsToEverythingElseThatIsOpenToTheWorld(
        String from, int first, int last, String protocol, String ports) {
      ingress("rule", from, first, last, protocol);

      assertThat(stack.findings("open-to-the-world"))
          .containsExactly(
              "rule: lets the internet reach host-group on "
                  + ports
                  + "; name the addresses that need it");
    }

    @Test
    void seesRulesThatAreWrittenInsideOfTheGroup() {
      stack.add(
          "aws:ec2/securityGroup:SecurityGroup",
          "old-style",
          Map.of(
              "ingress",
              List.of(
                  Map.of(
                      "protocol",
                      "tcp",
                      "fromPort",
                      3306,
                      "toPort",
                      3306,
                      "cidrBlocks",
                      List.of("10.0.0.0/8", "0.0.0.0/0")))));

      assertThat(stack.findings("open-to-the-world"))
          .hasSize(1)
          .first()
          .asString()
          .contains("tcp 3306");
    }

    @Test
    void mentionsSshFromNamedAddresses() {
      ingress("ssh", "192.0.2.0/24", 22, 22, "tcp");

      assertThat(stack.findings("open-to-the-world")).isEmpty();
      assertThat(stack.findings("ssh"))
          .hasSize(1)
          .first()
          .asString()
          .startsWith("ssh: lets 192.0.2.0/24 reach host-group on tcp 22");
    }

    @Test
    void leavesGroupsThatReachEachOtherAlone() {
      var other = stack.add("aws:ec2/securityGroup:SecurityGroup", "balancer-group", Map.of());
      ingress("from-balancer", other.id(), 0, 0, "-1");

      assertThat(stack.findings("open-to-the-world")).isEmpty();
      assertThat(stack.findings("ssh")).isEmpty();
    }

    @Test
    void wantsTheDefaultGroupOfEveryNetworkClosed() {
      var closed = stack.add("aws:ec2/vpc:Vpc", "closed", Map.of("cidrBlock", "10.0.0.0/16"));
      stack.add("aws:ec2/vpc:Vpc", "forgotten", Map.of("cidrBlock", "10.1.0.0/16"));
      var open = stack.add("aws:ec2/vpc:Vpc", "open", Map.of("cidrBlock", "10.2.0.0/16"));
      stack.add(
          "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
          "closed-default",
          Map.of("vpcId", closed.id()));
      stack.add(
          "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
          "open-default",
          Map.of(
              "vpcId",
              open.id(),
              "egress",
              List.of(
                  Map.of(
                      "protocol",
                      "-1",
                      "fromPort",
                      0,
                      "toPort",
                      0,
                      "cidrBlocks",
                      List.of("0.0.0.0/0")))));

      assertThat(stack.findings("default-security-group"))
          .satisfiesExactlyInAnyOrder(
              finding ->
                  assertThat(finding).startsWith("forgotten: keeps AWS's default security group"),
              finding -> assertThat(finding).startsWith("open-default: has rules"));
    }

    @Test
    void saysThatABorrowedAddressSavesNothing() {
      var subnet =
          stack.add(
              "aws:ec2/subnet:Subnet",
              "public",
              Map.of("vpcId", "vpc-1", "mapPublicIpOnLaunch", true));
      stack.add("aws:ec2/instance:Instance", "borrowed", Map.of("subnetId", subnet.id()));
      var kept = stack.add("aws:ec2/instance:Instance", "kept", Map.of("subnetId", subnet.id()));
      stack.add("aws:ec2/eip:Eip", "address", Map.of("instance", kept.id()));

      assertThat(stack.findings("address-not-elastic"))
          .hasSize(1)
          .first()
          .asString()
          .startsWith("borrowed: ");
    }

    private Resource balancer(String name, Map<String, Object> inputs) {
      return stack.add("aws:lb/loadBalancer:LoadBalancer", name, inputs);
    }

    private void listener(String name, Resource balancer, String protocol, Object... more) {
      var inputs = new LinkedHashMap<String, Object>();
      inputs.put("loadBalancerArn", balancer.text("arn"));
      inputs.put("protocol", protocol);
      for (int i = 0; i < more.length; i += 2) {
        inputs.put(String.valueOf(more[i]), more[i + 1]);
      }
      inputs.putIfAbsent("defaultActions", List.of(Map.of("type", "forward")));
      stack.add("aws:lb/listener:Listener", name, inputs);
    }

    @Test
    void wantsNewTlsAndNothingPlainFromTheInternet() {
      var open = balancer("open", Map.of());
      var inside = balancer("inside", Map.of("internal", true));
      listener("good", open, "HTTPS", "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06");
      listener("redirect", open, "HTTP", "defaultActions", List.of(Map.of("type", "redirect")));
      listener("plain-inside", inside, "HTTP");
      listener("plain", open, "HTTP");
      listener("old", open, "HTTPS", "sslPolicy", "ELBSecurityPolicy-2016-08");
      listener("unsaid", open, "HTTPS");

      assertThat(stack.findings("listener-tls"))
          .containsExactlyInAnyOrder(
              "plain: answers without TLS; redirect to a listener on 443",
              "old: takes TLS older than 1.2 (ELBSecurityPolicy-2016-08); set sslPolicy to"
                  + " ELBSecurityPolicy-TLS13-1-2-2021-06",
              "unsaid: takes TLS older than 1.2 (AWS's default policy); set sslPolicy to"
                  + " ELBSecurityPolicy-TLS13-1-2-2021-06");
    }

    @Test
    void wantsALogOfEveryBalancerAndNoInvalidHeaders() {
      balancer(
          "good",
          Map.of(
              "dropInvalidHeaderFields",
              true,
              "accessLogs",
              Map.of("bucket", "logs", "enabled", true)));
      balancer("bad", Map.of());

      assertThat(stack.findings("balancer-unlogged"))
          .containsExactly("bad: keeps no access log; set accessLogs.enabled");
      assertThat(stack.findings("balancer-headers"))
          .containsExactly("bad: passes invalid header fields on; set dropInvalidHeaderFields");
    }

    private void cdn(String name, String protocol, List<String> keys, Map<String, Object> origin) {
      var from = new LinkedHashMap<String, Object>(origin);
      from.put("originId", "origin");
      from.put("domainName", "origin.example.com");
      stack.add(
          "aws:cloudfront/distribution:Distribution",
          name,
          Map.of(
              "enabled",
              true,
              "origins",
              List.of(from),
              "defaultCacheBehavior",
              Map.of(
                  "targetOriginId",
                  "origin",
                  "viewerProtocolPolicy",
                  protocol,
                  "trustedKeyGroups",
                  keys,
                  "allowedMethods",
                  List.of("GET", "HEAD"),
                  "cachedMethods",
                  List.of("GET", "HEAD")),
              "restrictions",
              Map.of("geoRestriction", Map.of("restrictionType", "none")),
              "viewerCertificate",
              Map.of("cloudfrontDefaultCertificate", true)));
    }

    @Test
    void wantsACdnToAnswerOverTlsAndToShowABucketBySignedUrls() {
      Map<String, Object> bucket = Map.of("originAccessControlId", "E1");
      cdn("good", "redirect-to-https", List.of("group"), bucket);
      cdn(
          "site",
          "https-only",
          List.of(),
          Map.of(
              "customOriginConfig",
              Map.of(
                  "httpPort",
                  80,
                  "httpsPort",
                  443,
                  "originProtocolPolicy",
                  "https-only",
                  "originSslProtocols",
                  List.of("TLSv1.2"))));
      cdn("bad", "allow-all", List.of(), bucket);

      assertThat(stack.findings("cdn-tls"))
          .containsExactly(
              "bad: answers over plain HTTP; set viewerProtocolPolicy to redirect-to-https");
      assertThat(stack.findings("cdn-open"))
          .containsExactly("bad: shows what is in its bucket to everybody; set trustedKeyGroups");
    }

    @Test
    void keepsDatabasesPrivate() {
      stack.add(
          "aws:rds/instance:Instance",
          "database",
          Map.of("instanceClass", "db.t4g.micro", "publiclyAccessible", true));

      assertThat(stack.findings("public-database")).hasSize(1);
    }
  }

  @Nested
  class Machines {

    private Map<String, Object> machine(Object... more) {
      var inputs = new LinkedHashMap<String, Object>();
      inputs.put("ami", "ami-0123456789abcdef0");
      inputs.put("instanceType", "t3.medium");
      inputs.put("metadataOptions", Map.of("httpTokens", "required", "httpPutResponseHopLimit", 1));
      inputs.put("rootBlockDevice", Map.of("encrypted", true, "volumeSize", 20));
      for (int i = 0; i < more.length; i += 2) {
        inputs.put((String) more[i], more[i + 1]);
      }
      return inputs;
    }

    @Test
    void wantsTokensForMetadata() {
      stack.add("aws:ec2/instance:Instance", "good", machine());
      stack.add(
          "aws:ec2/instance:Instance",
          "off",
          machine(
              "metadataOptions", Map.of("httpEndpoint", "disabled", "httpPutResponseHopLimit", 1)));
      stack.add(
          "aws:ec2/instance:Instance",
          "bad",
          machine(
              "metadataOptions", Map.of("httpTokens", "optional", "httpPutResponseHopLimit", 1)));
      stack.add("aws:ec2/launchTemplate:LaunchTemplate", "template", Map.of());

      assertThat(stack.findings("metadata-v2"))
          .satisfiesExactlyInAnyOrder(
              finding -> assertThat(finding).startsWith("bad: "),
              finding -> assertThat(finding).startsWith("template: "));
    }

    @Test
    void mentionsMachinesWhoseContainersReachTheRole() {
      stack.add("aws:ec2/instance:Instance", "one", machine());
      stack.add(
          "aws:ec2/instance:Instance",
          "two",
          machine(
              "metadataOptions", Map.of("httpTokens", "required", "httpPutResponseHopLimit", 2)));

      assertThat(stack.findings("metadata-hop-limit"))
          .containsExactly("two: lets containers take its role (metadata hop limit 2)");
    }

    @Test
    void wantsEveryDiskEncrypted() {
      stack.add("aws:ec2/instance:Instance", "good", machine());
      stack.add(
          "aws:ec2/instance:Instance",
          "root",
          machine("rootBlockDevice", Map.of("volumeSize", 20)));
      stack.add(
          "aws:ec2/instance:Instance",
          "more",
          machine("ebsBlockDevices", List.of(Map.of("deviceName", "/dev/sdb"))));
      stack.add("aws:ebs/volume:Volume", "volume", Map.of("availabilityZone", "us-east-1a"));
      stack.add(
          "aws:ec2/launchTemplate:LaunchTemplate",
          "template",
          Map.of(
              "blockDeviceMappings",
              List.of(Map.of("deviceName", "/dev/sda1", "ebs", Map.of("encrypted", "true")))));

      assertThat(stack.findings("disk-encryption").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("root", "more", "volume");
    }

    /** What a machine needs that boots: its rights, and the way out of its subnet. */
    private record Needed(
        Resource profile, Resource subnet, Resource grant, Resource route, Resource association) {}

    private Needed neededToBoot() {
      var role = stack.add("aws:iam/role:Role", "role", Map.of("assumeRolePolicy", "{}"));
      var grant =
          stack.add(
              "aws:iam/rolePolicy:RolePolicy",
              "grant",
              Map.of("role", role.text("name"), "policy", "{}"));
      var profile =
          stack.add(
              "aws:iam/instanceProfile:InstanceProfile",
              "profile",
              Map.of("role", role.text("name")));
      var subnet = stack.add("aws:ec2/subnet:Subnet", "subnet", Map.of("vpcId", "vpc-1"));
      var table = stack.add("aws:ec2/routeTable:RouteTable", "table", Map.of("vpcId", "vpc-1"));
      var route = stack.add("aws:ec2/route:Route", "route", Map.of("routeTableId", table.id()));
      var association =
          stack.add(
              "aws:ec2/routeTableAssociation:RouteTableAssociation",
              "association",
              Map.of("routeTableId", table.id(), "subnetId", subnet.id()));
      return new Needed(profile, subnet, grant, route, association);
    }

    @Test
    void wantsGrantsAndRoutesBeforeTheMachine() {
      var needed = neededToBoot();
      var inputs =
          machine(
              "iamInstanceProfile",
              needed.profile().text("name"),
              "subnetId",
              needed.subnet().id());
      stack.add(
          "aws:ec2/instance:Instance",
          "patient",
          inputs,
          options().after(needed.profile(), needed.grant(), needed.route(), needed.association()));
      stack.add(
          "aws:ec2/instance:Instance",
          "hasty",
          inputs,
          options().after(needed.profile(), needed.association()));

      assertThat(stack.findings("boot-order"))
          .containsExactlyInAnyOrder(
              "hasty: may boot before grant is there; add it to dependsOn",
              "hasty: may boot before route is there; add it to dependsOn");
    }

    @Test
    void wantsGrantsAndRoutesBeforeAGroupOfMachinesToo() {
      var needed = neededToBoot();
      var template =
          stack.add(
              "aws:ec2/launchTemplate:LaunchTemplate",
              "template",
              Map.of("iamInstanceProfile", Map.of("arn", needed.profile().text("arn"))));
      var inputs =
          Map.<String, Object>of(
              "minSize",
              2,
              "maxSize",
              2,
              "launchTemplate",
              Map.of("id", template.id()),
              "vpcZoneIdentifiers",
              List.of(needed.subnet().id()));
      stack.add(
          "aws:autoscaling/group:Group",
          "patient",
          inputs,
          options().after(template, needed.grant(), needed.route(), needed.association()));
      stack.add(
          "aws:autoscaling/group:Group",
          "hasty",
          inputs,
          options().after(template, needed.association()));

      assertThat(stack.findings("boot-order"))
          .containsExactlyInAnyOrder(
              "hasty: may boot before grant is there; add it to dependsOn",
              "hasty: may boot before route is there; add it to dependsOn");
    }

    @Test
    void wantsMachinesWithADiskOfTheirOwnDeletedBeforeTheyAreReplaced() {
      var good =
          stack.add(
              "aws:ec2/instance:Instance", "good", machine(), options().deleteBeforeReplace());
      var bad = stack.add("aws:ec2/instance:Instance", "bad", machine());
      stack.add("aws:ec2/instance:Instance", "diskless", machine());
      stack.add(
          "aws:ec2/volumeAttachment:VolumeAttachment",
          "of-good",
          Map.of("instanceId", good.id(), "volumeId", "vol-1", "deviceName", "/dev/sdf"),
          options().deleteBeforeReplace());
      stack.add(
          "aws:ec2/volumeAttachment:VolumeAttachment",
          "of-bad",
          Map.of("instanceId", bad.id(), "volumeId", "vol-2", "deviceName", "/dev/sdf"));

      assertThat(stack.findings("replace-order").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("bad", "of-bad");
    }

    @Test
    void warnsOfBuildingOnASmallMachine() {
      bundle("build");
      stack.add("aws:ec2/instance:Instance", "small", machine());
      stack.add("aws:ec2/instance:Instance", "large", machine("instanceType", "t3.large"));

      assertThat(stack.findings("build-memory"))
          .containsExactly(
              "small: builds images with 4 GiB of memory (t3.medium); take a type with 8 GiB or"
                  + " more, or pull the image");
    }

    @Test
    void letsASmallMachinePull() {
      bundle("registry");
      stack.add("aws:ec2/instance:Instance", "small", machine());

      assertThat(stack.findings("build-memory")).isEmpty();
    }

    private void bundle(String source) {
      var bundle = HostBundle.with("{\"compose\":{\"image\":{\"source\":\"" + source + "\"}}}");
      stack.add(
          "aws:s3/bucketObjectv2:BucketObjectv2",
          "bundle",
          Map.of(
              "bucket",
              "b",
              "key",
              bundle.key(),
              "contentBase64",
              Base64.getEncoder().encodeToString(bundle.archive())));
    }
  }

  @Nested
  class Identity {

    private final Resource role =
        stack.add(
            "aws:iam/role:Role",
            "role",
            Map.of("assumeRolePolicy", trust("\"Service\":\"ec2.amazonaws.com\"", "")));

    private static String trust(String principal, String condition) {
      return "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{"
          + principal
          + "},\"Action\":\"sts:AssumeRole\""
          + condition
          + "}}";
    }

    private void grant(String name, String statement) {
      stack.add(
          "aws:iam/rolePolicy:RolePolicy",
          name,
          Map.of("role", role.text("name"), "policy", "{\"Statement\":[" + statement + "]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "s3:*", "iam:*"})
    void objectsToAllActions(String action) {
      grant(
          "grant",
          "{\"Sid\":\"Wide\",\"Effect\":\"Allow\",\"Action\":\""
              + action
              + "\",\"Resource\":\"arn:aws:s3:::b\"}");

      assertThat(stack.findings("wide-action"))
          .containsExactly("grant: statement Wide allows " + action + "; name the actions");
    }

    @Test
    void readsThePoliciesThatARoleHasInside() {
      stack.add(
          "aws:iam/role:Role",
          "inside",
          Map.of(
              "assumeRolePolicy",
              trust("\"Service\":\"ec2.amazonaws.com\"", ""),
              "inlinePolicies",
              List.of(
                  Map.of(
                      "name",
                      "wide",
                      "policy",
                      "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b\"}}"))));

      assertThat(stack.findings("wide-action"))
          .containsExactly("inside: a statement allows s3:*; name the actions");
    }

    @Test
    void letsDeniesBeAsWideAsTheyLike() {
      grant("deny", "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}");

      assertThat(stack.findings("wide-action")).isEmpty();
      assertThat(stack.findings("wide-resource")).isEmpty();
    }

    @Test
    void objectsToEverythingButAList() {
      grant(
          "grant",
          "{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"arn:aws:s3:::b\"}");

      assertThat(stack.findings("wide-action-left-out")).hasSize(1);
    }

    @Test
    void objectsToEveryResourceWithoutAReason() {
      grant(
          "grant",
          "{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"ssm:GetCommandInvocation\",\"ec2:DescribeVolumes\"],\"Resource\":\"*\"}");

      assertThat(stack.findings("wide-resource"))
          .containsExactly(
              "grant: a statement allows s3:GetObject on everything; name the resources, or scope"
                  + " it by a condition");
    }

    @Test
    void takesAConditionForAReason() {
      grant(
          "metrics",
          "{\"Effect\":\"Allow\",\"Action\":\"cloudwatch:PutMetricData\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"cloudwatch:namespace\":\"Slipway\"}}}");
      grant(
          "command",
          "{\"Effect\":\"Allow\",\"Action\":\"ssm:SendCommand\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/slipway:stack\":\"test\"}}}");

      assertThat(stack.findings("wide-resource")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "AdministratorAccess, true",
      "AmazonS3FullAccess, true",
      "ReadOnlyAccess, true",
      "AmazonSSMManagedInstanceCore, false",
      "CloudWatchAgentServerPolicy, false"
    })
    void objectsToAwssWidePolicies(String policy, boolean wide) {
      attach(policy);

      assertThat(stack.findings("wide-managed-policy")).hasSize(wide ? 1 : 0);
    }

    private void attach(String policy) {
      stack.add(
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
          "attachment",
          Map.of("role", role.text("name"), "policyArn", "arn:aws:iam::aws:policy/" + policy));
    }

    @Test
    void wantsParametersOfOthersDeniedBesideTheManagedPolicy() {
      attach("AmazonSSMManagedInstanceCore");
      assertThat(stack.findings("parameters-of-others")).hasSize(1);

      grant(
          "useless",
          "{\"Effect\":\"Deny\",\"Action\":\"ssm:GetParameter*\",\"NotResource\":\"arn:aws:ssm:*:*:parameter/*\"}");
      assertThat(stack.findings("parameters-of-others")).hasSize(1);

      grant(
          "deny",
          "{\"Effect\":\"Deny\",\"Action\":\"ssm:GetParameter*\",\"NotResource\":\"arn:aws:ssm:*:*:parameter/slipway/test/*\"}");
      assertThat(stack.findings("parameters-of-others")).isEmpty();
    }

    @Test
    void wantsRolesToSayWhoTakesThem() {
      stack.add(
          "aws:iam/role:Role", "anybody", Map.of("assumeRolePolicy", trust("\"AWS\":\"*\"", "")));

      assertThat(stack.findings("open-trust"))
          .containsExactly("anybody: may be taken by anybody; name who");
    }

    @Test
    void wantsFederatedRolesToCompareExactly() {
      var provider =
          "\"Federated\":\"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com\"";
      var key = "token.actions.githubusercontent.com";
      stack.add(
          "aws:iam/role:Role",
          "exact",
          Map.of(
              "assumeRolePolicy",
              trust(provider, condition("StringEquals", key, "repo:o/r:environment:staging"))));
      stack.add(
          "aws:iam/role:Role",
          "like",
          Map.of("assumeRolePolicy", trust(provider, condition("StringLike", key, "repo:o/r:*"))));
      stack.add(
          "aws:iam/role:Role",
          "star",
          Map.of("assumeRolePolicy", trust(provider, condition("StringEquals", key, "repo:o/*"))));

      assertThat(stack.findings("open-trust").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("like", "star");
    }

    private static String condition(String operator, String key, String subject) {
      return ",\"Condition\":{\""
          + operator
          + "\":{\""
          + key
          + ":aud\":\"sts.amazonaws.com\",\""
          + key
          + ":sub\":\""
          + subject
          + "\"}}";
    }

    @Test
    void wantsNoPolicyForEverybody() {
      stack.add(
          "aws:sns/topicPolicy:TopicPolicy",
          "open",
          Map.of(
              "arn",
              "a",
              "policy",
              "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sns:Publish\",\"Resource\":\"*\"}]}"));
      stack.add(
          "aws:sns/topicPolicy:TopicPolicy",
          "service",
          Map.of(
              "arn",
              "a",
              "policy",
              "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudwatch.amazonaws.com\"},\"Action\":\"sns:Publish\",\"Resource\":\"*\"}]}"));

      assertThat(stack.findings("open-policy"))
          .containsExactly("open: lets anybody sns:Publish; name who");
    }

    @Test
    void wantsNoKeys() {
      stack.add("aws:iam/accessKey:AccessKey", "key", Map.of("user", "u"));

      assertThat(stack.findings("long-lived-key")).hasSize(1);
    }
  }

  @Nested
  class Storage {

    private Resource bucket(String name) {
      return stack.add("aws:s3/bucketV2:BucketV2", name, Map.of(), options().protect());
    }

    private void tls(Resource bucket, String action, String secure, String resources) {
      stack.add(
          "aws:s3/bucketPolicy:BucketPolicy",
          bucket.name() + "-policy",
          Map.of(
              "bucket",
              bucket.id(),
              "policy",
              "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\""
                  + action
                  + "\",\"Resource\":"
                  + resources
                  + ",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\""
                  + secure
                  + "\"}}}]}"));
    }

    @Test
    void wantsPublicAccessBlockedInAllFourWays() {
      for (boolean all : new boolean[] {true, false}) {
        var bucket = bucket(all ? "closed" : "ajar");
        stack.add(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            bucket.name() + "-block",
            Map.of(
                "bucket",
                bucket.id(),
                "blockPublicAcls",
                true,
                "blockPublicPolicy",
                true,
                "ignorePublicAcls",
                true,
                "restrictPublicBuckets",
                all));
      }
      bucket("open");

      assertThat(
              stack.findings("bucket-public-access").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("ajar", "open");
    }

    @Test
    void wantsTlsForEveryActionOnBucketAndObjects() {
      var good = bucket("good");
      tls(good, "s3:*", "false", "[\"" + good.text("arn") + "\",\"" + good.text("arn") + "/*\"]");
      var objects = bucket("objects-only");
      tls(objects, "s3:*", "false", "[\"" + objects.text("arn") + "/*\"]");
      var some = bucket("some-actions");
      tls(
          some,
          "s3:GetObject",
          "false",
          "[\"" + some.text("arn") + "\",\"" + some.text("arn") + "/*\"]");
      var reversed = bucket("reversed");
      tls(
          reversed,
          "s3:*",
          "true",
          "[\"" + reversed.text("arn") + "\",\"" + reversed.text("arn") + "/*\"]");

      assertThat(stack.findings("bucket-tls-only").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("objects-only", "some-actions", "reversed");
    }

    @Test
    void wantsBucketsToSayHowTheyEncrypt() {
      bucket("bucket");

      assertThat(stack.findings("bucket-encryption"))
          .containsExactly("bucket: has no encryption configuration");
    }

    @Test
    void warnsOfVersionsThatAreKeptForEver() {
      var bucket = bucket("bucket");
      stack.add(
          "aws:s3/bucketVersioningV2:BucketVersioningV2",
          "versioning",
          Map.of("bucket", bucket.id(), "versioningConfiguration", Map.of("status", "Enabled")));
      assertThat(stack.findings("bucket-versions-kept")).hasSize(1);

      stack.add(
          "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
          "lifecycle",
          Map.of(
              "bucket",
              bucket.id(),
              "rules",
              List.of(
                  Map.of(
                      "id",
                      "r",
                      "status",
                      "Enabled",
                      "noncurrentVersionExpiration",
                      Map.of("noncurrentDays", 30)))));
      assertThat(stack.findings("bucket-versions-kept")).isEmpty();
    }

    @Test
    void wantsDatabasesAndCachesEncrypted() {
      stack.add("aws:rds/instance:Instance", "database", Map.of("instanceClass", "db.t4g.micro"));
      stack.add(
          "aws:elasticache/replicationGroup:ReplicationGroup",
          "cache",
          Map.of("description", "d", "atRestEncryptionEnabled", true));

      assertThat(
              stack.findings("encryption-at-rest").stream().map(finding -> finding.split(":")[0]))
          .containsExactlyInAnyOrder("database", "cache");
    }

    @Test
    void warnsOfStateThatIsNotProtected() {
      stack.add(
          "aws:ebs/volume:Volume", "kept", Map.of("availabilityZone", "z"), options().protect());
      stack.add("aws:ebs/volume:Volume", "loose", Map.of("availabilityZone", "z"));
      stack.add("aws:s3/bucketV2:BucketV2", "emptied", Map.of("forceDestroy", true));
      stack.add(
          "aws:s3/bucketV2:BucketV2",
          "artifacts",
          Map.of("tags", Map.of("slipway:reproducible", "true")));

      assertThat(stack.findings("unprotected"))
          .containsExactlyInAnyOrder(
              "loose: this disk can be deleted by a mistake; protect it",
              "emptied: this bucket can be deleted by a mistake with all that is in it; protect"
                  + " it");
    }

    @Test
    void knowsWhatIsLostWithAResource() {
      assertThat(StorageRules.stateful("aws:ebs/volume:Volume", Map.of())).isEqualTo("disk");
      assertThat(
              StorageRules.stateful(
                  "aws:ebs/volume:Volume", Map.of("slipway:reproducible", "true")))
          .isNull();
      assertThat(StorageRules.stateful("aws:ec2/subnet:Subnet", Map.of())).isNull();
    }

    @Test
    void leavesTheBucketsOfOthersAlone() {
      stack.add("aws:s3/bucketV2:BucketV2", "theirs", Map.of(), options().external());

      assertThat(stack.findings("bucket-tls-only")).isEmpty();
      assertThat(stack.findings("bucket-public-access")).isEmpty();
      assertThat(stack.findings("bucket-encryption")).isEmpty();

      stack.add("aws:s3/bucketV2:BucketV2", "own", Map.of());

      assertThat(stack.findings("bucket-tls-only")).hasSize(1);
    }

    @Test
    void saysOnceAndLoudlyThatAStackIsThrownAway() {
      stack.add("aws:ebs/volume:Volume", "loose", Map.of("availabilityZone", "z"));
      assertThat(stack.findings("ephemeral")).isEmpty();

      stack.output("ephemeral", true);

      assertThat(stack.findings("ephemeral"))
          .singleElement(org.assertj.core.api.InstanceOfAssertFactories.STRING)
          .contains("THE WHOLE STACK IS THROWN AWAY", "disk loose");
      assertThat(stack.findings("unprotected")).isEmpty();
    }

    @Test
    void warnsOfRegistriesThatLetFindingsPass() {
      stack.add("aws:ecr/repository:Repository", "strict", Map.of("name", "strict"));
      stack.add(
          "aws:ecr/repository:Repository",
          "mild",
          Map.of("name", "mild", "tags", Map.of("slipway:failOn", "high")));

      assertThat(stack.findings("milder-scan"))
          .containsExactly(
              "mild: lets images be released with findings milder than high (ecr.failOn)");
    }

    @Test
    void warnsOfWhatStaysBehind() {
      stack.add(
          "aws:ebs/volume:Volume",
          "left",
          Map.of("availabilityZone", "z"),
          options().protect().retainOnDelete());

      assertThat(stack.findings("retained-on-delete")).hasSize(1);
    }

    @Test
    void letsTheSettingsOfAnAccountStay() {
      stack.add(
          "aws:ebs/encryptionByDefault:EncryptionByDefault",
          "encryption",
          Map.of("enabled", true),
          options().retainOnDelete());

      assertThat(stack.findings("retained-on-delete")).isEmpty();
    }

    @Test
    void wantsNoSecretInTheState() {
      stack.add(
          "aws:ssm/parameter:Parameter",
          "parameter",
          Map.of("type", "SecureString", "value", new PropertyValues.Secret("x")));

      assertThat(stack.findings("secret-in-state"))
          .hasSize(1)
          .first()
          .asString()
          .contains("by its input value");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "-----BEGIN RSA PRIVATE KEY-----\\nMII",
          "key AKIAABCDEFGHIJKLMNOP here",
          "ghp_0123456789abcdefghijABCDEFGHIJ012345",
          "postgres://app:hunter22@db.internal/app"
        })
    void findsSecretsByTheirForm(String text) {
      stack.add(
          "aws:ssm/parameter:Parameter",
          "parameter",
          Map.of("type", "String", "value", "before " + text));

      assertThat(stack.findings("secret-material"))
          .hasSize(1)
          .first()
          .asString()
          .doesNotContain(text);
    }

    @Test
    void findsSecretsByTheNameOfTheInput() {
      stack.add(
          "aws:rds/instance:Instance",
          "database",
          Map.of("instanceClass", "c", "password", "hunter22"));
      stack.add(
          "aws:rds/instance:Instance",
          "managed",
          Map.of("instanceClass", "c", "manageMasterUserPassword", true));
      stack.add(
          "command:local:Command",
          "command",
          Map.of(
              "create",
              "x",
              "environment",
              Map.of("DB_PASSWORD_PARAMETER", "/slipway/test/secrets/db")));

      assertThat(stack.findings("secret-material"))
          .containsExactly("database: has a value for password, which by its name is a secret");
    }
  }

  @Nested
  class Operation {

    @Test
    void wantsTheFourTagsOnEverythingThatTakesTags() {
      stack.add("aws:ec2/vpc:Vpc", "tagged", Map.of());
      stack.add(
          "aws:ec2/vpc:Vpc",
          "bare",
          Map.of("tags", Map.of("Project", "p", "Name", "n")),
          options().untagged());
      stack.add(
          "aws:ec2/route:Route",
          "takes-none",
          Map.of("routeTableId", "rtb-1"),
          options().untagged());

      assertThat(stack.findings("untagged"))
          .containsExactly("bare: carries no tag Environment, ManagedBy, System");
    }

    @Test
    void wantsTagsOnWhatALaunchTemplateStarts() {
      var tags = Map.of("Project", "p", "Environment", "e", "ManagedBy", "pulumi", "System", "s");
      stack.add(
          "aws:ec2/launchTemplate:LaunchTemplate",
          "template",
          Map.of("tagSpecifications", List.of(Map.of("resourceType", "instance", "tags", tags))));

      assertThat(stack.findings("untagged"))
          .containsExactly(
              "template: starts a network interface without tag Environment, ManagedBy, Project,"
                  + " System",
              "template: starts a volume without tag Environment, ManagedBy, Project, System");
    }

    @Test
    void warnsOfLogsThatAreKeptForEver() {
      stack.add("aws:cloudwatch/logGroup:LogGroup", "kept", Map.of("retentionInDays", 30));
      stack.add("aws:cloudwatch/logGroup:LogGroup", "for-ever", Map.of());

      assertThat(stack.findings("logs-kept-for-ever"))
          .hasSize(1)
          .first()
          .asString()
          .startsWith("for-ever: ");
    }

    @Test
    void wantsATopicThatAlarmsCanPublishTo() {
      stack.add("aws:sns/topic:Topic", "silent", Map.of("kmsMasterKeyId", "alias/aws/sns"));
      stack.add("aws:sns/topic:Topic", "loud", Map.of("kmsMasterKeyId", "alias/own"));

      assertThat(stack.findings("silent-topic"))
          .hasSize(1)
          .first()
          .asString()
          .startsWith("silent: ");
    }

    @Test
    void wantsCommandsThatUpdateAndNeverDelete() {
      stack.add(
          "command:local:Command",
          "good",
          Map.of("create", "x", "update", "x", "addPreviousOutputInEnv", false));
      stack.add(
          "command:local:Command",
          "bad",
          Map.of("create", "x", "delete", "y", "triggers", List.of("a")));

      assertThat(stack.findings("command-on-delete")).hasSize(1);
      assertThat(stack.findings("command-triggers")).hasSize(1);
      assertThat(stack.findings("command-previous-output")).hasSize(1);
    }

    @Test
    void warnsOfAnImageThatIsLookedUp() {
      stack.add(
          "aws:ec2/instance:Instance",
          "newest",
          Map.of("ami", "resolve:ssm:/aws/service/canonical/ubuntu"));

      assertThat(stack.findings("image-looked-up")).hasSize(1);
    }
  }

  /** What AWS takes at most. */
  @Nested
  class Limits {
    @ParameterizedTest
    @CsvSource({
      "aws:lb/loadBalancer:LoadBalancer, name, slipway-a, true",
      "aws:lb/loadBalancer:LoadBalancer, name, slipway-a-, false",
      "aws:lb/loadBalancer:LoadBalancer, name, slipway-a23456789012345678901234, true",
      "aws:lb/loadBalancer:LoadBalancer, name, slipway-a234567890123456789012345, false",
      "aws:ec2/launchTemplate:LaunchTemplate, name, abc, true",
      "aws:ec2/launchTemplate:LaunchTemplate, name, ab, false",
      "aws:lb/loadBalancer:LoadBalancer, name, internal-a, false",
      "aws:s3/bucketV2:BucketV2, bucketPrefix, slipway-a2345678901234567-access-log-, true",
      "aws:s3/bucketV2:BucketV2, bucketPrefix, slipway-a23456789012345678-access-log-, false",
      "aws:elasticache/replicationGroup:ReplicationGroup, replicationGroupId, slipway-a--b-cache,"
          + " false",
      "aws:ssm/document:Document, name, slipway-a b, false"
    })
    void namesAreWhatAwsTakes(String type, String input, String name, boolean fits) {
      var inputs = new java.util.HashMap<String, Object>(Map.of(input, name));
      if (type.endsWith("ReplicationGroup")) {
        inputs.put("description", "a cache");
      }
      if (type.endsWith("Document")) {
        inputs.putAll(Map.of("documentType", "Command", "content", "{}"));
      }
      stack.add(type, "named", inputs);

      assertThat(stack.findings("name-limits").isEmpty()).isEqualTo(fits);
    }

    @Test
    void everyNameThatIsWrongIsSaidInTheOrderOfInputs() {
      stack.add(
          "aws:rds/instance:Instance",
          "named",
          Map.of(
              "instanceClass",
              "db.t4g.micro",
              "identifier",
              "a--b",
              "finalSnapshotIdentifier",
              "a--b"));

      assertThat(NameLimits.problems(stack.graph().resources().get(0)))
          .hasSize(2)
          .isSorted()
          .allMatch(problem -> problem.contains("is not of the form"));
    }

    private void role(int trust, int... inline) {
      stack.add(
          "aws:iam/role:Role",
          "role",
          Map.of("name", "role", "assumeRolePolicy", "x".repeat(trust)));
      for (int i = 0; i < inline.length; i++) {
        stack.add(
            "aws:iam/rolePolicy:RolePolicy",
            "policy-" + i,
            Map.of("role", "role", "policy", "x \n".repeat(inline[i])));
      }
    }

    @Test
    void policiesAreCountedByTheRole() {
      role(2048, 5000, 5240);
      assertThat(stack.findings("policy-limits")).isEmpty();

      role(2049, 5000, 5241);
      assertThat(stack.findings("policy-limits"))
          .hasSize(2)
          .anyMatch(finding -> finding.contains("trust policy of 2049 characters"))
          .anyMatch(finding -> finding.contains("inline policies of 10241 characters together"));
    }

    @Test
    void aManagedPolicyIsNoLargerThanIamTakes() {
      stack.add("aws:iam/policy:Policy", "large", Map.of("name", "a", "policy", "x".repeat(6145)));
      stack.add("aws:iam/policy:Policy", "fits", Map.of("name", "b", "policy", "x".repeat(6144)));

      assertThat(stack.findings("policy-limits"))
          .singleElement()
          .asString()
          .startsWith("large: has 6145 characters, and IAM takes 6144");
    }

    @ParameterizedTest
    @CsvSource({"60, 0", "61, 1"})
    void aGroupHasNoMoreThanSixtyRulesEachWay(int count, int found) {
      var group = stack.add("aws:ec2/securityGroup:SecurityGroup", "many", Map.of("vpcId", "v"));
      for (int i = 0; i < count; i++) {
        for (var way : List.of("Ingress", "Egress")) {
          stack.add(
              "aws:vpc/securityGroup%1$sRule:SecurityGroup%1$sRule".formatted(way),
              way + i,
              Map.of(
                  "securityGroupId",
                  group.id(),
                  "ipProtocol",
                  "tcp",
                  "cidrIpv4",
                  "192.0.2." + i + "/32"));
        }
      }

      assertThat(stack.findings("group-limits")).hasSize(2 * found);
    }

    @ParameterizedTest
    @CsvSource({"4096, Standard, 0", "4097, Standard, 1", "8192, Advanced, 0", "8193, Advanced, 1"})
    void aParameterHoldsNoMoreThanItsTierTakes(int length, String tier, int refused) {
      stack.add(
          "aws:ssm/parameter:Parameter",
          "parameter",
          Map.of("name", "/a", "type", "String", "value", "x".repeat(length), "tier", tier));

      assertThat(stack.findings("parameter-limits")).hasSize(refused);
    }

    private void certificate(String first, int more) {
      stack.add(
          "aws:acm/certificate:Certificate",
          "certificate",
          Map.of(
              "domainName",
              first,
              "subjectAlternativeNames",
              java.util.stream.IntStream.range(0, more)
                  .mapToObj(number -> "a" + number + ".example.com")
                  .toList()));
    }

    @ParameterizedTest
    @CsvSource({"9, 0, 0", "10, 0, 1", "99, 0, 1", "100, 1, 0"})
    void aCertificateHasNoMoreNamesThanAcmTakes(int more, int refused, int warned) {
      certificate("example.com", more);

      assertThat(stack.findings("certificate-limits")).hasSize(refused);
      assertThat(stack.findings("certificate-quota")).hasSize(warned);
    }

    @Test
    void aCertificatesFirstNameHasAtMost64Characters() {
      certificate("a".repeat(53) + ".example.com", 0);

      assertThat(stack.findings("certificate-limits"))
          .singleElement()
          .asString()
          .contains("has 65 characters, and ACM takes 64 there");
    }
  }

  @Test
  void everyRuleIsTestedAndExplained() {
    var tests = new TreeSet<String>();
    for (var line : TestSources.text(RulesTest.class).lines().toList()) {
      var matcher = java.util.regex.Pattern.compile("findings\\(\"([a-z0-9-]+)\"\\)").matcher(line);
      while (matcher.find()) {
        tests.add(matcher.group(1));
      }
    }
    assertThat(tests).containsExactlyElementsOf(new TreeSet<>(Rules.names().keySet()));
    assertThat(Rules.names().values()).allSatisfy(why -> assertThat(why).endsWith("."));
  }

  @Test
  void anAcceptedFindingFailsNothingAndStays() {
    stack.add("aws:ebs/volume:Volume", "volume", Map.of("availabilityZone", "z"));

    var findings = Rules.check(stack.graph(), Map.of("disk-encryption", "a test"));

    assertThat(findings)
        .filteredOn(finding -> finding.rule().equals("disk-encryption"))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.accepted()).isEqualTo("a test");
              assertThat(finding.fails()).isFalse();
            });
  }

  @Test
  void onlyAnErrorThatNobodyAcceptsFails() {
    var error = Finding.Severity.ERROR;

    assertThat(new Finding("rule", error, "", "", null).fails()).isTrue();
    assertThat(new Finding("rule", error, "", "", "a reason").fails()).isFalse();
    assertThat(new Finding("rule", Finding.Severity.WARNING, "", "", null).fails()).isFalse();
  }

  @Test
  void findingsComeByWeightAndAcceptedOnesLast() {
    stack.add("aws:ebs/volume:Volume", "volume", Map.of("availabilityZone", "z"));
    stack.add("aws:s3/bucketV2:BucketV2", "bucket", Map.of(), options().protect());

    assertThat(Rules.check(stack.graph(), Map.of("bucket-encryption", "a test")))
        .extracting(Finding::rule)
        .containsExactly(
            "bucket-public-access",
            "bucket-tls-only",
            "disk-encryption",
            "unprotected",
            "bucket-encryption");
    assertThat(Rules.severity("unprotected")).isEqualTo(Finding.Severity.WARNING);
    assertThat(Rules.severity("bucket-tls-only")).isEqualTo(Finding.Severity.ERROR);
  }
}
