package dev.slipway.access;

import static dev.slipway.access.Accounts.STACK;
import static dev.slipway.access.Accounts.may;
import static dev.slipway.access.Accounts.request;
import static dev.slipway.access.Accounts.rights;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.Main;
import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.LoadBalancer;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.balancer.Route;
import dev.slipway.cache.RedisCache;
import dev.slipway.cache.RedisSettings;
import dev.slipway.core.Problems;
import dev.slipway.core.Resources;
import dev.slipway.core.SettingsBinder;
import dev.slipway.database.PostgresDatabase;
import dev.slipway.database.PostgresSettings;
import dev.slipway.identity.Policy;
import dev.slipway.identity.Statement;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.monitoring.Monitoring;
import dev.slipway.network.Nat;
import dev.slipway.plan.Plan;
import dev.slipway.plan.graph.Resource;
import dev.slipway.secret.ApplicationSecrets;
import dev.slipway.secret.ApplicationSecretsSettings;
import dev.slipway.system.Systems;
import dev.slipway.testing.EveryOption;
import dev.slipway.testing.FakeCloud;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.PolicyEvaluator;
import dev.slipway.testing.PolicyEvaluator.Outcome;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.StackConfig;
import dev.slipway.testing.Trial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A deploy role can do all that its stack's update takes, and nothing of another's. */
class DeployRightsTest {
  private static final String ACCOUNT = "123456789012";
  private static final String BOUNDARY =
      "arn:aws:iam::123456789012:policy/slipway/github/slipway-boundary-staging";
  private static final String ROLE =
      "arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567";
  private static final String KEY = "arn:aws:kms:us-east-1:123456789012:key/1234";

  /** A call that the provider makes. */
  private record Need(String phase, String action, String on, List<String> more) {}

  private static final Map<String, List<Need>> NEEDS = needs();

  private static Map<String, List<Need>> needs() {
    var all = new LinkedHashMap<String, List<Need>>();
    var current = new ArrayList<Need>();
    for (var line :
        Resources.text(DeployRightsTest.class, "required-permissions.txt").lines().toList()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      if (line.startsWith(" ")) {
        var words = line.strip().split(" +", 3);
        var parts = List.of(words[2].split(", "));
        current.add(new Need(words[0], words[1], parts.get(0), parts.subList(1, parts.size())));
      } else {
        current = new ArrayList<>();
        all.put(line.strip(), current);
      }
    }
    return all;
  }

  /** Those that workflows deploy. */
  static List<String> stacks() {
    return EveryOption.stacks().entrySet().stream()
        .filter(stack -> Systems.named(system(stack.getValue())).orElseThrow().workflows())
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String system(StackConfig config) {
    return config.values().get("slipway:system");
  }

  private static Plan plan(String stack, StackConfig config) {
    var plan = Plan.of("slipway", stack, config.values(), Main::stack);
    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  /** A call that is about an input which this one has not: a replica's subnet group, say. */
  private static boolean isOfAnother(Need need, Resource resource) {
    return need.on().matches("arn:.*\\{(dbSubnetGroupName|replicateSourceDb)}.*")
        && filled(need.on(), "", resource).endsWith(":");
  }

  private static String filled(String text, String stack, Resource resource) {
    var matcher = java.util.regex.Pattern.compile("\\{([A-Za-z0-9]+)}").matcher(text);
    return matcher.replaceAll(
        found ->
            switch (found.group(1)) {
              case "stack" -> stack;
              case "boundary" -> BOUNDARY.replace("staging", stack);
              default -> resource.text(found.group(1));
            });
  }

  private static Request requestFor(Need need, String role, String stack, Resource resource) {
    var words = need.on().split(" ");
    var ec2 = "arn:aws:ec2:us-east-1:" + ACCOUNT + ":" + words[words.length - 1] + "/x-0123456789";
    var resourceArn =
        switch (words[0]) {
          case "new", "own", "bare", "of" -> ec2;
          case "any" -> "*";
          case "self" -> resource.text("arn");
          default -> filled(need.on(), stack, resource);
        };
    var principal = "arn:aws:iam::" + ACCOUNT + ":role/slipway/github/slipway-" + role;
    var request = Request.of(principal, need.action(), resourceArn);
    if (List.of("new", "bare", "of").contains(words[0])) {
      request = request.with("aws:RequestTag/slipway:owner", stack);
      if (List.of("instance", "volume").contains(words[words.length - 1])
          && !words[0].equals("bare")) {
        request = request.with("aws:RequestTag/slipway:stack", stack);
      }
    }
    if (words[0].equals("of")) {
      request = request.with("ec2:CreateAction", words[1]);
    }
    if (words[0].equals("own")) {
      request = request.with("aws:ResourceTag/slipway:owner", stack);
      if (List.of("instance", "volume").contains(words[1])) {
        request = request.with("aws:ResourceTag/slipway:stack", stack);
      }
    }
    for (var more : need.more()) {
      if (more.contains("=")) {
        var pair = filled(more, stack, resource).split("=", 2);
        request = request.with(pair[0], pair[1]);
      }
    }
    return request;
  }

  private static void canKeep(String stack, Plan plan, StackConfig foundation) {
    canKeep(stack, plan.graph().resources(), foundation);
  }

  private static void canKeep(String stack, List<Resource> resources, StackConfig foundation) {
    var account = FakeCloud.stack("foundation", foundation);
    canKeep(
        stack,
        resources,
        account.policiesOf("deploy-" + stack),
        account.policiesOf("deploy-neighbour"));
  }

  private static void canKeep(
      String stack, List<Resource> resources, PolicyEvaluator mine, PolicyEvaluator theirs) {
    var deploy = "deploy-" + stack;
    var neighbour = "arn:aws:iam::" + ACCOUNT + ":role/slipway/github/slipway-deploy-neighbour";
    var refused = new TreeSet<String>();
    var shared = new TreeSet<String>();
    for (var resource : resources) {
      if (!resource.custom() || resource.type().equals("pulumi:pulumi:Stack")) {
        continue;
      }
      assertThat(NEEDS)
          .as("required-permissions.txt knows what the provider calls")
          .containsKey(resource.type());
      for (var need : NEEDS.get(resource.type())) {
        if (isOfAnother(need, resource)) {
          continue;
        }
        var line = need.action() + " " + need.on() + " (" + resource.name() + ")";
        if (!mine.evaluate(requestFor(need, deploy, stack, resource)).allowed()) {
          refused.add(line);
        }
        boolean everybodys = need.on().equals("any") || need.more().contains("shared");
        var bare =
            Request.of(
                    neighbour, need.action(), requestFor(need, deploy, stack, resource).resource())
                .with("aws:SecureTransport", "true");
        if (need.action().startsWith("kms:")) {
          // A key without our tags is the account's own; a stack's always has them.
          bare = bare.with("aws:ResourceTag/slipway:owner", stack);
        }
        if (!everybodys && theirs.evaluate(bare).allowed()) {
          shared.add(line);
        }
        if (!everybodys && theirs.evaluate(as(neighbour, need, stack, resource)).allowed()) {
          shared.add(line);
        }
      }
    }
    assertThat(refused).as("what the deploy role can't do").isEmpty();
    assertThat(shared).as("what another stack's deploy role could do").isEmpty();
  }

  private static Request as(String principal, Need need, String stack, Resource resource) {
    var request = requestFor(need, "deploy-staging", stack, resource);
    return new Request(
        principal,
        request.action(),
        request.resource(),
        request.context().entrySet().stream()
            .filter(entry -> !entry.getKey().startsWith("aws:Principal"))
            .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  private static StackConfig foundationOf(String stack, String system) {
    return StackConfig.file("foundation")
        .without("slipway:applications")
        .with(
            "slipway:stacks",
            List.of(
                Map.of(
                    "name",
                    stack,
                    "system",
                    system,
                    "hostedZones",
                    List.of("Z0123456789ABCDEFGHIJ", "Z0123456789EXAMPLE")),
                Map.of("name", "neighbour", "system", system)));
  }

  @ParameterizedTest
  @MethodSource("stacks")
  void makesReadsChangesAndRemovesWhatItsStackIsMadeOf(String stack) {
    var config = here(EveryOption.stacks().get(stack));

    canKeep(stack, plan(stack, config), foundationOf(stack, system(config)));
  }

  /** In the foundation's region, of which the table of calls speaks. */
  private static StackConfig here(StackConfig config) {
    return config.values().get("aws:region").equals("us-east-1")
        ? config
        : config.with("aws:region", "us-east-1").with("slipway:hosts.ami.region", "us-east-1");
  }

  private static void build(Trial trial, RedisSettings cache) {
    var network = trial.network(Trial.zones(Nat.none, "a", "b"));
    new ApplicationSecrets(
        trial.called("secrets"),
        ApplicationSecrets.OWN,
        new ApplicationSecretsSettings(List.of("jwt"), List.of("oauth"), true),
        trial.part());
    var database =
        new PostgresDatabase(
            trial.called("database"),
            network,
            new SettingsBinder("slipway", new Problems())
                .bind(PostgresSettings.class, Map.of("monitoringSeconds", "60"))
                .orElseThrow(),
            trial.identity(),
            trial.part());
    var alerts = new AlertSettings(Optional.empty(), Optional.empty(), false, 30);
    var monitoring = new Monitoring(trial.called("monitoring"), alerts, trial.part());
    monitoring.appLogs(List.of("api"));
    monitoring.watch(database);
    monitoring.show();
    new RedisCache(trial.called("cache"), network, cache, trial.part());
  }

  @ParameterizedTest
  @CsvSource({
    "snapshots, cache.t3.micro, aws:elasticache/replicationGroup:ReplicationGroup",
    "durable, db.t4g.small, aws:memorydb/cluster:Cluster"
  })
  void doesSoWithDatabasesCachesAndSecrets(String persistence, String nodeType, String cache) {
    var settings = new RedisSettings(nodeType, "7.1", 1, persistence, 7, true);
    var plan = Trial.plan(trial -> build(trial, settings));
    var resources =
        plan.graph().resources().stream()
            .filter(
                resource ->
                    resource
                        .type()
                        .matches(
                            "aws:(rds|elasticache|memorydb|secretsmanager|kms|iam|cloudwatch)/.*"))
            .toList();

    assertThat(plan.problems()).isEmpty();
    assertThat(resources)
        .extracting(Resource::type)
        .contains("aws:rds/instance:Instance", "aws:secretsmanager/secret:Secret", cache);
    canKeep("trial", resources, foundationOf("trial", "admin-panel"));
  }

  private static List<Statement> statements(StackAccess access, String region) {
    var state = new StateSettings(Optional.empty(), Optional.empty(), "alias/slipway");
    return DeployRights.of(access.in(region, ACCOUNT), Systems.types(access.system()), state);
  }

  /** The rights to a stack of a system whose hosts stand behind a load balancer. */
  private static PolicyEvaluator serving(String stack) {
    var access =
        new StackAccess(
            stack, "admin-panel", List.of("Z0123456789ABCDEFGHIJ"), false, Optional.empty());
    return new PolicyEvaluator(List.of(Policy.of(statements(access, "us-east-1"))));
  }

  @Test
  void doesSoWithAFleetBehindALoadBalancer() {
    var plan =
        Trial.plan(
            trial -> {
              var network = trial.network(Trial.zones(Nat.each, "a", "b"));
              var balancer =
                  new LoadBalancer(
                      trial.called("balancer"),
                      network,
                      Optional.of(
                          new DomainSettings(
                              "example.com",
                              Optional.of("Z0123456789ABCDEFGHIJ"),
                              Optional.empty())),
                      new LoadBalancerSettings(true, 60, 90, 365),
                      trial.part());
              balancer.routeTo(
                  trial.fleet(network, Trial.hosts(2)),
                  Map.of(
                      "api", new Route(8001, "/health", List.of(), List.of("/api/*")),
                      "web", new Route(8002, "/", List.of(), List.of())));
            });
    var resources =
        plan.graph().resources().stream()
            .filter(
                // A neighbour that is given the same zone makes records in it, too.
                resource -> !resource.isA("aws:route53/record:Record"))
            .filter(resource -> !resource.type().startsWith("aws:iam/"))
            .toList();

    assertThat(plan.problems()).isEmpty();
    assertThat(resources)
        .extracting(Resource::type)
        .contains(
            "aws:autoscaling/group:Group",
            "aws:lb/listenerRule:ListenerRule",
            "aws:acm/certificate:Certificate",
            "aws:ec2/natGateway:NatGateway");
    canKeep("trial", resources, serving("trial"), serving("neighbour"));
  }

  @Test
  void doesSoWithOneHostBehindALoadBalancer() {
    var plan =
        Trial.plan(
            trial -> {
              var network = trial.network(Trial.tiers(Nat.none));
              var balancer =
                  new LoadBalancer(
                      trial.called("balancer"),
                      network,
                      Optional.of(
                          new DomainSettings(
                              "example.com",
                              Optional.of("Z0123456789ABCDEFGHIJ"),
                              Optional.empty())),
                      new LoadBalancerSettings(true, 60, 90, 365),
                      trial.part());
              balancer.routeTo(
                  trial.host(network, Trial.machine(false, true)),
                  Map.of("service", new Route(8000, "/health", List.of(), List.of())));
            });
    var resources =
        plan.graph().resources().stream()
            .filter(resource -> !resource.isA("aws:route53/record:Record"))
            .filter(resource -> !resource.type().startsWith("aws:iam/"))
            .toList();

    assertThat(plan.problems()).isEmpty();
    assertThat(resources)
        .extracting(Resource::type)
        .contains("aws:lb/targetGroupAttachment:TargetGroupAttachment");
    canKeep("trial", resources, ofService("trial"), ofService("neighbour"));
  }

  /** The rights to a stack of a system of one host that may stand behind a load balancer. */
  private static PolicyEvaluator ofService(String stack) {
    var access =
        new StackAccess(
            stack, "fastapi", List.of("Z0123456789ABCDEFGHIJ"), false, Optional.empty());
    return new PolicyEvaluator(List.of(Policy.of(statements(access, "us-east-1"))));
  }

  @Test
  void startsNoMachinesFromATemplateThatNobodyJudged() {
    var group =
        "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1:autoScalingGroupName/slipway-trial-fleet-1";
    for (var action :
        List.of("autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup")) {
      var request = request("deploy-trial", action, group);

      assertThat(serving("trial").evaluate(request).allowed()).as(action).isTrue();
      assertThat(
              serving("trial")
                  .evaluate(request.with("autoscaling:LaunchTemplateVersionSpecified", "false"))
                  .outcome())
          .as(action)
          .isEqualTo(Outcome.DENIED_EXPLICIT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "elasticloadbalancing:DeleteLoadBalancer, elasticloadbalancing,"
        + " loadbalancer/app/slipway-trial2/1",
    "elasticloadbalancing:DeleteTargetGroup, elasticloadbalancing, targetgroup/trial-api-123456/1",
    "elasticloadbalancing:ModifyListener, elasticloadbalancing, listener/app/slipway-qa/1/2",
    "autoscaling:UpdateAutoScalingGroup, autoscaling,"
        + " autoScalingGroup:1:autoScalingGroupName/other",
    "acm:DeleteCertificate, acm, certificate/1",
    "ec2:DeleteNatGateway, ec2, natgateway/nat-1",
    "ec2:RunInstances, ec2, launch-template/lt-1",
    "s3:DeleteObject, s3, slipway-trial-access-log-1/AWSLogs/1"
  })
  void servesWithNothingOfOthers(String action, String service, String resource) {
    var arn =
        service.equals("s3")
            ? "arn:aws:s3:::" + resource
            : "arn:aws:%s:us-east-1:%s:%s".formatted(service, ACCOUNT, resource);

    assertThat(serving("trial").evaluate(request("deploy-trial", action, arn)).allowed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acm",
        "autoscaling",
        "elasticache",
        "elasticloadbalancing",
        "memorydb",
        "rds",
        "secretsmanager"
      })
  void mayDoNothingWithServicesThatItsSystemHasNothingOf(String service) {
    for (var role : List.of("deploy-staging", "deploy-panel")) {
      assertThat(Accounts.actions(Accounts.statementsOf(STACK, role)))
          .as(role)
          .matches(
              actions ->
                  actions.stream().anyMatch(action -> action.startsWith(service + ":"))
                      == role.equals("deploy-panel"));
    }
  }

  @ParameterizedTest
  @CsvSource({"erpnext, 4", "admin-panel, 6", "fastapi, 6", "grocery, 6"})
  void fitsIntoWhatAwsTakesForPolicies(String system, int policies) {
    var access =
        new StackAccess(
            "a-stack-of-17-ltr", system, List.of("Z0123456789"), true, Optional.empty());
    var packed = PolicyPacking.of(statements(access, "ap-southeast-1"));

    assertThat(packed).hasSize(policies);
    assertThat(packed)
        .allSatisfy(
            statements -> {
              assertThat(Policy.of(statements).replaceAll("\\s", "").length())
                  .isLessThanOrEqualTo(PolicyPacking.MOST_CHARACTERS);
              assertThat(statements.stream().map(Statement::sid)).doesNotHaveDuplicates();
            });
  }

  /** Else a deny would be missing for a moment where a new type moves it to another policy. */
  @ParameterizedTest
  @ValueSource(strings = {"erpnext", "admin-panel", "fastapi", "grocery"})
  void isDeniedAllThatItIsByItsFirstPolicy(String system) {
    var access =
        new StackAccess("staging", system, List.of("Z0123456789"), false, Optional.empty());
    var packed = PolicyPacking.of(statements(access, "us-east-1"));

    assertThat(packed.get(0)).anyMatch(statement -> !statement.allows());
    assertThat(packed.subList(1, packed.size()))
        .allSatisfy(statements -> assertThat(statements).allMatch(Statement::allows));
  }

  @ParameterizedTest
  @ValueSource(strings = {"staging", "panel"})
  void hasItsFirstPolicyBeforeAnyOtherTakesTheFormersPlace(String stack) {
    var rights = "foundation-" + stack + "-deploy-rights-";
    var first =
        STACK.only("aws:iam/rolePolicyAttachment:RolePolicyAttachment", rights + "1-attached");
    var others =
        STACK.all("aws:iam/policy:Policy").stream()
            .filter(policy -> policy.name().startsWith(rights) && !policy.name().endsWith("-1"))
            .toList();

    assertThat(others).isNotEmpty().allMatch(policy -> policy.waitsFor(first));
  }

  /** With the former ones and these a role would have more policies than AWS gives it. */
  @ParameterizedTest
  @CsvSource({"staging, 4", "panel, 6"})
  void putsItsPoliciesInThePlaceOfTheFormerOnes(String stack, int policies) {
    var role = "foundation-" + stack + "-deploy-";
    var former =
        Stream.of("state", "network", "tags", "machines", "identity", "storage")
            .limit(policies)
            .map(name -> role + name)
            .toList();

    assertThat(formerNames("aws:iam/policy:Policy", role + "rights-")).isEqualTo(former);
    assertThat(formerNames("aws:iam/rolePolicyAttachment:RolePolicyAttachment", role + "rights-"))
        .isEqualTo(former.stream().map(name -> name + "-attached").toList());
  }

  private static List<String> formerNames(String type, String prefix) {
    return STACK.all(type).stream()
        .filter(resource -> resource.name().startsWith(prefix))
        .sorted(Comparator.comparing(FakeResource::name))
        .flatMap(resource -> resource.formerNames().stream())
        .toList();
  }

  @Test
  void makesNoRoleWithoutTheBoundary() {
    assertThat(may("deploy-staging", "iam:CreateRole", ROLE, "iam:PermissionsBoundary", BOUNDARY))
        .isTrue();
    assertThat(may("deploy-staging", "iam:CreateRole", ROLE)).isFalse();
    for (var other :
        List.of(
            BOUNDARY.replace("staging", "production"),
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::123456789012:policy/slipway-boundary-staging")) {
      for (var action :
          List.of("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")) {
        assertThat(may("deploy-staging", action, ROLE, "iam:PermissionsBoundary", other))
            .as(action + " " + other)
            .isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "role/host",
        "role/slipway/host",
        "role/slipway/production/erpnext-identity-host-role-1234567",
        "role/slipway/staging2/erpnext-identity-host-role-1234567",
        "role/slipway/github/slipway-deploy-staging",
        "role/slipway/github/slipway-deploy-production",
        "role/slipway/github/another",
        "role/aws-service-role/x/y"
      })
  void changesNoRoleOutsideOfItsPath(String path) {
    for (var action :
        List.of(
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:AttachRolePolicy",
            "iam:DeleteRole",
            "iam:UpdateRole",
            "iam:PassRole")) {
      assertThat(
              may(
                  "deploy-staging",
                  action,
                  "arn:aws:iam::123456789012:" + path,
                  "iam:PermissionsBoundary",
                  BOUNDARY,
                  "iam:PassedToService",
                  "ec2.amazonaws.com"))
          .as(action)
          .isFalse();
    }
  }

  @Test
  void takesNoBoundaryOffAndChangesNone() {
    assertThat(
            rights("deploy-staging")
                .evaluate(
                    request(
                        "deploy-staging",
                        "iam:DeleteRolePermissionsBoundary",
                        ROLE,
                        "iam:PermissionsBoundary",
                        BOUNDARY))
                .outcome())
        .isEqualTo(Outcome.DENIED_EXPLICIT);
    for (var action :
        List.of(
            "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion")) {
      assertThat(
              rights("deploy-staging")
                  .evaluate(request("deploy-staging", action, BOUNDARY))
                  .outcome())
          .as(action)
          .isEqualTo(Outcome.DENIED_EXPLICIT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/IAMFullAccess",
    "arn:aws:iam::aws:policy/AmazonSSMFullAccess",
    "arn:aws:iam::123456789012:policy/mine"
  })
  void attachesNoPolicyButTheTwoThatHostsHave(String policy) {
    assertThat(
            may(
                "deploy-staging",
                "iam:AttachRolePolicy",
                ROLE,
                "iam:PermissionsBoundary",
                BOUNDARY,
                "iam:PolicyARN",
                policy))
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "glue.amazonaws.com", ""})
  void passesItsRolesToTheServicesThatItUsesAlone(String service) {
    assertThat(
            may("deploy-staging", "iam:PassRole", ROLE, "iam:PassedToService", "ec2.amazonaws.com"))
        .isTrue();
    assertThat(
            service.isEmpty()
                ? may("deploy-staging", "iam:PassRole", ROLE)
                : may("deploy-staging", "iam:PassRole", ROLE, "iam:PassedToService", service))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "iam:CreateUser, arn:aws:iam::123456789012:user/x",
    "iam:CreateAccessKey, arn:aws:iam::123456789012:user/x",
    "iam:CreatePolicy, arn:aws:iam::123456789012:policy/slipway/staging/x",
    "iam:UpdateOpenIDConnectProviderThumbprint,"
        + " arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "iam:DeleteOpenIDConnectProvider,"
        + " arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
    "sts:AssumeRole,"
        + " arn:aws:iam::123456789012:role/slipway/staging/erpnext-identity-host-role-1234567",
    "ssm:GetParameter,"
        + " arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/secrets/db-root-password",
    "ssm:PutParameter,"
        + " arn:aws:ssm:us-east-1:123456789012:parameter/slipway/staging/release/desired",
    "ssm:StartSession, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "s3:GetObject, arn:aws:s3:::slipway-staging-backup-1/staging/erp/1/database.sql.gz",
    "s3:DeleteObject, arn:aws:s3:::slipway-staging-backup-1/staging/erp/1/manifest.json",
    "s3:DeleteObjectVersion, arn:aws:s3:::slipway-staging-backup-1/staging/erp/1/manifest.json",
    "s3:PutBucketPolicy, arn:aws:s3:::slipway-state-123456789012-us-east-1",
    "s3:PutBucketVersioning, arn:aws:s3:::slipway-state-123456789012-us-east-1",
    "s3:DeleteObjectVersion,"
        + " arn:aws:s3:::slipway-state-123456789012-us-east-1/.pulumi/stacks/slipway/staging.json",
    "secretsmanager:GetSecretValue, arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "secretsmanager:GetSecretValue,"
        + " arn:aws:secretsmanager:us-east-1:123456789012:secret:slipway/staging/jwt-1-abcdef",
    "secretsmanager:PutSecretValue,"
        + " arn:aws:secretsmanager:us-east-1:123456789012:secret:slipway/staging/jwt-1-abcdef",
    "secretsmanager:DeleteSecret,"
        + " arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-1-abcdef",
    "rds:ModifyDBInstance, arn:aws:rds:us-east-1:123456789012:db:slipway-production-db-1",
    "rds:DeleteDBSnapshot, arn:aws:rds:us-east-1:123456789012:snapshot:slipway-staging-release-1",
    "elasticache:ModifyUser,"
        + " arn:aws:elasticache:us-east-1:123456789012:user:slipway-production-app",
    "kms:Decrypt, arn:aws:kms:us-east-1:123456789012:key/1234",
    "ec2:CreateKeyPair, arn:aws:ec2:us-east-1:123456789012:key-pair/x",
    "ec2:CreateSnapshot, arn:aws:ec2:us-east-1:123456789012:volume/vol-1",
    "ec2:GetConsoleOutput, arn:aws:ec2:us-east-1:123456789012:instance/i-1",
    "ssm:UpdateServiceSetting,"
        + " arn:aws:ssm:us-east-1:123456789012:servicesetting/ssm/documents/console/public-sharing-permission",
    "ssm:ModifyDocumentPermission,"
        + " arn:aws:ssm:us-east-1:123456789012:document/slipway-staging-release",
    "ec2:DisableEbsEncryptionByDefault, *",
    "s3:PutAccountPublicAccessBlock, *",
  })
  void doesNothingElse(String action, String resource) {
    for (var stack : List.of("staging", "panel")) {
      var itsOwn = resource.replace("staging", stack);

      assertThat(may("deploy-" + stack, action, itsOwn)).as("of " + stack).isFalse();
    }
  }

  /** A destroy says which are left, by their names among all. */
  @ParameterizedTest
  @CsvSource({
    "rds:DescribeDBSnapshots, arn:aws:rds:us-east-1:123456789012:snapshot:*",
    "elasticache:DescribeSnapshots, arn:aws:elasticache:us-east-1:123456789012:snapshot:*",
    "memorydb:DescribeSnapshots, arn:aws:memorydb:us-east-1:123456789012:snapshot/*"
  })
  void findsTheSnapshotsThatAreLeftOfAStack(String action, String snapshots) {
    assertThat(may("deploy-panel", action, snapshots)).isTrue();
    assertThat(may("deploy-staging", action, snapshots)).isFalse();
  }

  @Test
  void emptiesTheBackupsOfAStackThatIsThrownAwayAlone() {
    var object = "arn:aws:s3:::slipway-%s-backup-1/%s/erp/1/manifest.json";

    assertThat(may("deploy-trial", "s3:DeleteObjectVersion", object.formatted("trial", "trial")))
        .isTrue();
    assertThat(
            may(
                "deploy-production",
                "s3:DeleteObjectVersion",
                object.formatted("production", "production")))
        .isFalse();
  }

  @Test
  void looksAtTheAccountsOwnKeyForSecretsAndNoOther() {
    var action = "kms:DescribeKey";
    var aliases = "kms:ResourceAliases";

    assertThat(may("deploy-panel", action, KEY, aliases, "alias/aws/secretsmanager")).isTrue();
    // The key is made when it is first looked for.
    assertThat(may("deploy-panel", action, KEY)).isTrue();
    assertThat(may("deploy-panel", action, KEY, aliases, "alias/payroll")).isFalse();
    for (var role : List.of("deploy-panel", "deploy-staging")) {
      assertThat(may(role, action, KEY, "aws:ResourceTag/slipway:owner", "production")).isFalse();
    }
  }

  @Test
  void keepsTheStateOfItsStackAlone() {
    var bucket = "arn:aws:s3:::slipway-state-123456789012-us-east-1/";
    for (var own :
        List.of(
            ".pulumi/stacks/slipway/staging.json",
            ".pulumi/stacks/slipway/staging.json.bak",
            ".pulumi/history/slipway/staging/staging-1.history.json",
            ".pulumi/locks/organization/slipway/staging/1.json",
            ".pulumi/backups/slipway/staging/staging.1.json",
            ".slipway/runs/staging/1.json")) {
      for (var action : List.of("s3:GetObject", "s3:PutObject", "s3:DeleteObject")) {
        assertThat(may("deploy-staging", action, bucket + own)).as(action + " " + own).isTrue();
        assertThat(may("deploy-production", action, bucket + own)).as(action + " " + own).isFalse();
      }
    }
    assertThat(may("deploy-staging", "s3:GetObject", bucket + ".pulumi/meta.yaml")).isTrue();
    assertThat(may("deploy-staging", "s3:PutObject", bucket + ".pulumi/meta.yaml")).isFalse();
  }

  @Test
  void usesPulumisKeyByItsAliasAndCannotHarmIt() {
    var byAlias = "kms:ResourceAliases";
    for (var action : List.of("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")) {
      assertThat(may("deploy-staging", action, KEY, byAlias, "alias/slipway")).isTrue();
      assertThat(may("deploy-staging", action, KEY, byAlias, "alias/payroll")).isFalse();
      assertThat(may("deploy-staging", action, KEY)).isFalse();
    }
    for (var action : List.of("kms:TagResource", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy")) {
      assertThat(
              may(
                  "deploy-staging",
                  action,
                  KEY,
                  byAlias,
                  "alias/slipway",
                  "aws:RequestTag/slipway:owner",
                  "staging"))
          .as(action)
          .isFalse();
      assertThat(
              may(
                  "deploy-staging",
                  action,
                  KEY,
                  byAlias,
                  "alias/slipway",
                  "aws:ResourceTag/slipway:owner",
                  "staging"))
          .as(action)
          .isFalse();
    }
  }

  @Test
  void claimsADiskWithoutGettingAtWhatIsOnIt() {
    var volume = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1";
    var stranger = new String[] {"aws:RequestTag/slipway:owner", "staging"};

    // The first disk of a machine has no tags; neither may somebody else's.
    assertThat(may("deploy-staging", "ec2:CreateTags", volume, stranger)).isTrue();
    for (var action : List.of("ec2:AttachVolume", "ec2:DetachVolume", "ec2:DeleteVolume")) {
      assertThat(may("deploy-staging", action, volume, "aws:ResourceTag/slipway:owner", "staging"))
          .as(action)
          .isFalse();
    }
    assertThat(
            may(
                "deploy-staging",
                "ec2:CreateTags",
                volume,
                "aws:RequestTag/slipway:owner",
                "staging",
                "aws:RequestTag/slipway:stack",
                "staging"))
        .isFalse();
    assertThat(
            may(
                "deploy-staging",
                "ec2:CreateTags",
                volume,
                "aws:ResourceTag/slipway:owner",
                "staging",
                "aws:RequestTag/slipway:stack",
                "staging"))
        .isFalse();
    assertThat(
            may(
                "deploy-staging",
                "ec2:CreateTags",
                volume,
                "aws:ResourceTag/slipway:owner",
                "production",
                "aws:RequestTag/slipway:owner",
                "staging"))
        .isFalse();
  }

  @Test
  void givesNoMachineTheTagOfAnotherStack() {
    var machine = "arn:aws:ec2:us-east-1:123456789012:instance/i-1";

    assertThat(
            may(
                "deploy-staging",
                "ec2:CreateTags",
                machine,
                "aws:RequestTag/slipway:owner",
                "staging",
                "aws:RequestTag/slipway:stack",
                "production",
                "ec2:CreateAction",
                "RunInstances"))
        .isFalse();
    var own = "aws:ResourceTag/slipway:owner";
    assertThat(
            may("deploy-staging", "ec2:DeleteTags", machine, own, "staging", "aws:TagKeys", "Name"))
        .isTrue();
    for (var key : List.of("slipway:owner", "slipway:stack")) {
      assertThat(
              may("deploy-staging", "ec2:DeleteTags", machine, own, "staging", "aws:TagKeys", key))
          .as(key)
          .isFalse();
    }
    assertThat(may("deploy-staging", "ec2:DeleteTags", machine, own, "staging")).isFalse();
  }
}
