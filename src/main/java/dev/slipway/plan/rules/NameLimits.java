package dev.slipway.plan.rules;

import static java.util.Map.entry;

import dev.slipway.plan.graph.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How long names may be on AWS, and of which characters: of each type that stacks here use, by
 * input. From the API references' "Length Constraints" and "Pattern" and, for prefixes, from the
 * provider, which appends 26 characters of its own.
 */
public final class NameLimits {

  /**
   * What a name may be.
   *
   * @param form the whole of it as a regular expression
   */
  record Limit(int least, int most, Pattern form) {
    static Limit of(int least, int most, String form) {
      return new Limit(least, most, Pattern.compile(form));
    }
  }

  /** What the provider appends to a prefix. */
  private static final int APPENDED = 26;

  /** RDS, ElastiCache and MemoryDB: a letter first, no two hyphens together and none at the end. */
  private static final String IDENTIFIER = "[A-Za-z](-?[A-Za-z0-9])*";

  private static final String IDENTIFIER_PREFIX = "[A-Za-z](-?[A-Za-z0-9])*-?";
  private static final String BALANCER = "(?!internal-)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
  private static final String BUCKET = "(?!xn--)[a-z0-9]([a-z0-9.-]*[a-z0-9])?";
  private static final String IAM = "[\\w+=,.@-]+";
  private static final String SCHEDULE = "[0-9A-Za-z_.-]+";
  private static final String SECRET = "[A-Za-z0-9/_+=.@-]+";
  private static final String TEXT = "[A-Za-z0-9. _:/()#,@\\[\\]+=&;{}!$*-]*";

  private static final Map<String, Map<String, Limit>> ALL =
      Map.ofEntries(
          entry(
              "aws:s3/bucketV2:BucketV2",
              names("bucket", 3, 63, BUCKET, "bucketPrefix", BUCKET + "[.-]?")),
          entry("aws:lb/loadBalancer:LoadBalancer", Map.of("name", Limit.of(1, 32, BALANCER))),
          entry("aws:lb/targetGroup:TargetGroup", Map.of("name", Limit.of(1, 32, BALANCER))),
          entry(
              "aws:rds/instance:Instance",
              Map.of(
                  "identifier", Limit.of(1, 63, IDENTIFIER),
                  "identifierPrefix", Limit.of(1, 63 - APPENDED, IDENTIFIER_PREFIX),
                  "finalSnapshotIdentifier", Limit.of(1, 255, IDENTIFIER))),
          entry(
              "aws:rds/subnetGroup:SubnetGroup",
              names("name", 1, 255, IDENTIFIER, "namePrefix", IDENTIFIER_PREFIX)),
          entry(
              "aws:rds/parameterGroup:ParameterGroup",
              names("name", 1, 255, IDENTIFIER, "namePrefix", IDENTIFIER_PREFIX)),
          entry(
              "aws:elasticache/replicationGroup:ReplicationGroup",
              Map.of(
                  "replicationGroupId", Limit.of(1, 40, IDENTIFIER),
                  "finalSnapshotIdentifier", Limit.of(1, 255, IDENTIFIER))),
          entry(
              "aws:elasticache/subnetGroup:SubnetGroup",
              Map.of("name", Limit.of(1, 255, IDENTIFIER))),
          entry(
              "aws:elasticache/parameterGroup:ParameterGroup",
              Map.of("name", Limit.of(1, 255, IDENTIFIER))),
          entry("aws:elasticache/user:User", Map.of("userId", Limit.of(1, 40, IDENTIFIER))),
          entry(
              "aws:elasticache/userGroup:UserGroup",
              Map.of("userGroupId", Limit.of(1, 40, IDENTIFIER))),
          entry(
              "aws:memorydb/cluster:Cluster",
              Map.of(
                  "name", Limit.of(1, 40, IDENTIFIER),
                  "finalSnapshotName", Limit.of(1, 255, IDENTIFIER))),
          entry(
              "aws:memorydb/subnetGroup:SubnetGroup", Map.of("name", Limit.of(1, 255, IDENTIFIER))),
          entry("aws:memorydb/user:User", Map.of("userName", Limit.of(1, 40, IDENTIFIER))),
          entry("aws:memorydb/acl:Acl", Map.of("name", Limit.of(1, 40, IDENTIFIER))),
          entry("aws:iam/role:Role", names("name", 1, 64, IAM, "namePrefix", IAM)),
          entry("aws:iam/rolePolicy:RolePolicy", names("name", 1, 128, IAM, "namePrefix", IAM)),
          entry("aws:iam/policy:Policy", names("name", 1, 128, IAM, "namePrefix", IAM)),
          entry(
              "aws:iam/instanceProfile:InstanceProfile",
              names("name", 1, 128, IAM, "namePrefix", IAM)),
          entry("aws:ssm/document:Document", Map.of("name", Limit.of(3, 128, "[a-zA-Z0-9_.-]+"))),
          entry(
              "aws:ssm/parameter:Parameter", Map.of("name", Limit.of(1, 1011, "[a-zA-Z0-9_./-]+"))),
          entry(
              "aws:cloudwatch/logGroup:LogGroup",
              Map.of("name", Limit.of(1, 512, "[.\\-_/#A-Za-z0-9]+"))),
          entry(
              "aws:cloudwatch/metricAlarm:MetricAlarm",
              Map.of("name", Limit.of(1, 255, "\\P{Cntrl}+"))),
          entry(
              "aws:cloudwatch/dashboard:Dashboard",
              Map.of("dashboardName", Limit.of(1, 255, "[A-Za-z0-9_-]+"))),
          entry(
              "aws:cloudwatch/queryDefinition:QueryDefinition",
              Map.of("name", Limit.of(1, 255, "([^:*\\/]+\\/?)*[^:*\\/]+"))),
          entry(
              "aws:sns/topic:Topic",
              names("name", 1, 256, "[A-Za-z0-9_-]+", "namePrefix", "[A-Za-z0-9_-]+")),
          entry(
              "aws:scheduler/schedule:Schedule",
              names("name", 1, 64, SCHEDULE, "namePrefix", SCHEDULE)),
          entry(
              "aws:scheduler/scheduleGroup:ScheduleGroup",
              names("name", 1, 64, SCHEDULE, "namePrefix", SCHEDULE)),
          entry(
              "aws:secretsmanager/secret:Secret",
              names("name", 1, 512, SECRET, "namePrefix", SECRET)),
          entry(
              "aws:ecr/repository:Repository",
              Map.of(
                  "name",
                  Limit.of(2, 256, "([a-z0-9]+([._-][a-z0-9]+)*/)*[a-z0-9]+([._-][a-z0-9]+)*"))),
          entry(
              "aws:autoscaling/group:Group",
              names("name", 1, 255, "\\P{Cntrl}+", "namePrefix", "\\P{Cntrl}+")),
          entry(
              "aws:ec2/launchTemplate:LaunchTemplate",
              names("name", 3, 128, "[a-zA-Z0-9().\\-/_]+", "namePrefix", "[a-zA-Z0-9().\\-/_]+")),
          entry(
              "aws:ec2/securityGroup:SecurityGroup",
              Map.of("name", Limit.of(1, 255, TEXT), "description", Limit.of(1, 255, TEXT))),
          entry(
              "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
              Map.of("description", Limit.of(0, 255, TEXT))),
          entry(
              "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
              Map.of("description", Limit.of(0, 255, TEXT))),
          entry("aws:budgets/budget:Budget", Map.of("name", Limit.of(1, 100, "[^:\\\\]+"))));

  private NameLimits() {}

  private static Map<String, Limit> names(
      String name, int least, int most, String form, String prefix, String prefixForm) {
    return Map.of(
        name, Limit.of(least, most, form), prefix, Limit.of(1, most - APPENDED, prefixForm));
  }

  /** The types of which it knows anything. */
  static List<String> types() {
    return List.copyOf(ALL.keySet());
  }

  /** What is wrong with the names of a resource. */
  static List<String> problems(Resource resource) {
    var result = new ArrayList<String>();
    ALL.getOrDefault(resource.type(), Map.of())
        .forEach(
            (input, limit) ->
                problem(resource.value(input), limit)
                    .ifPresent(what -> result.add("its " + input + " " + what)));
    result.sort(null);
    return result;
  }

  private static Optional<String> problem(Object value, Limit limit) {
    if (!(value instanceof String name)) {
      return Optional.empty();
    }
    if (name.length() < limit.least() || name.length() > limit.most()) {
      return Optional.of(
          "\"%s\" has %d characters, and AWS takes %d to %d"
              .formatted(name, name.length(), limit.least(), limit.most()));
    }
    return limit.form().matcher(name).matches()
        ? Optional.empty()
        : Optional.of("\"%s\" is not of the form that AWS takes, %s".formatted(name, limit.form()));
  }
}
