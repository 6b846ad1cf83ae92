package dev.slipway.cache;

import static dev.slipway.testing.Rule.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import dev.slipway.core.Problems;
import dev.slipway.core.SettingsBinder;
import dev.slipway.testing.FakeResource;
import dev.slipway.testing.FakeStack;
import dev.slipway.testing.PolicyEvaluator.Request;
import dev.slipway.testing.Trial;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisCacheTest {
  private static final String GROUP = "aws:elasticache/replicationGroup:ReplicationGroup";
  private static final String USER = "aws:elasticache/user:User";

  private static FakeStack stack(Map<String, String> given) {
    return Trial.of(
        trial -> {
          var network = trial.network(Trial.ZONES);
          var settings =
              new SettingsBinder("slipway", new Problems())
                  .bind(RedisSettings.class, given)
                  .orElseThrow();
          var cache = new RedisCache(trial.called("cache"), network, settings, trial.part());
          cache.grantUse(trial.identity().role("release", "ec2.amazonaws.com"));
          cache.allowFrom(trial.fleet(network, Trial.hosts(1)));
        });
  }

  private final FakeStack ordinary = stack(Map.of());
  private final FakeResource group = ordinary.only(GROUP);

  /** Scenario: Create Redis cluster. */
  @Test
  void isAnEncryptedRedisInPrivateSubnets() {
    assertThat(group.input("engine")).isEqualTo("redis");
    assertThat(group.input("atRestEncryptionEnabled")).isEqualTo(true);
    assertThat(group.input("transitEncryptionEnabled")).isEqualTo(true);
    assertThat(ordinary.only("aws:elasticache/subnetGroup:SubnetGroup").input("subnetIds"))
        .isEqualTo(
            List.of("private-a", "private-b").stream()
                .map(role -> ordinary.only("aws:ec2/subnet:Subnet", role).output("id"))
                .toList());
  }

  /** Scenario: Configure Redis security groups. */
  @Test
  void isReachedFromTheHostsAloneAndReachesNobody() {
    assertThat(ordinary.ingressTo("cache")).containsExactly(tcp(6379).from("fleet"));
    assertThat(ordinary.egressFrom("cache")).isEmpty();
  }

  /** Scenario: Configure Redis parameters. */
  @Test
  void forgetsWhatIsUsedLeast() {
    var parameters = ordinary.only("aws:elasticache/parameterGroup:ParameterGroup");

    assertThat(parameters.input("family")).isEqualTo("redis7");
    assertThat(parameters.input("parameters[0].name")).isEqualTo("maxmemory-policy");
    assertThat(parameters.input("parameters[0].value")).isEqualTo("allkeys-lru");
    assertThat(group.input("parameterGroupName")).isEqualTo(parameters.output("name"));
  }

  /** Scenario: Configure Redis parameters. */
  @ParameterizedTest
  @CsvSource({"0, 1, false", "1, 2, true", "2, 3, true"})
  void failsOverByItselfWhereItHasReplicas(String replicas, long nodes, boolean failsOver) {
    var found = stack(Map.of("replicas", replicas)).only(GROUP);

    assertThat(found.input("numCacheClusters")).isEqualTo(nodes);
    assertThat(found.input("automaticFailoverEnabled")).isEqualTo(failsOver);
    assertThat(found.input("multiAzEnabled")).isEqualTo(failsOver);
  }

  @Test
  void hasUsersWithoutAccessUntilAHostGivesIt() {
    assertThat(ordinary.all(USER))
        .hasSize(2)
        .allSatisfy(
            user -> {
              assertThat(user.input("accessString")).isEqualTo("off -@all");
              assertThat(user.input("passwords")).isNull();
              assertThat(user.input("authenticationMode.passwords")).isNull();
              assertThat(user.ignoredChanges())
                  .containsExactlyInAnyOrder("accessString", "authenticationMode");
            })
        .extracting(user -> user.input("userName"))
        .containsExactlyInAnyOrder("default", "slipway-trial-app");
    assertThat(group.input("userGroupIds"))
        .isEqualTo(List.of(ordinary.only("aws:elasticache/userGroup:UserGroup").output("id")));
  }

  private static boolean may(FakeStack stack, String action, String resource) {
    return stack
        .policiesOf("identity-release")
        .evaluate(Request.of(stack.arnOf("identity-release"), action, resource))
        .allowed();
  }

  @Test
  void letsHostsSetThePasswordOfTheApplicationsUserAlone() {
    var users = "arn:aws:elasticache:us-east-1:123456789012:user:slipway-trial-";

    assertThat(may(ordinary, "elasticache:ModifyUser", users + "app")).isTrue();
    assertThat(may(ordinary, "elasticache:ModifyUser", users + "default")).isFalse();
  }

  /** Scenario: Create Redis cluster. */
  @Test
  void keepsSnapshotsForAWeekAndOneWhenItGoes() {
    assertThat(group.input("snapshotRetentionLimit")).isEqualTo(7L);
    assertThat(group.isProtected()).isTrue();
    assertThat(group.text("finalSnapshotIdentifier")).matches("slipway-trial-final-[0-9a-f]{17}");
  }

  @Test
  void keepsNothingWhereNothingIsToOutliveIt() {
    var found = stack(Map.of("persistence", "none")).only(GROUP);

    assertThat(found.input("snapshotRetentionLimit")).isEqualTo(0L);
    assertThat(found.input("finalSnapshotIdentifier")).isNull();
    assertThat(found.isProtected()).isFalse();
    assertThat(found.tags()).containsEntry("slipway:reproducible", "true");
  }

  @Test
  void isMemoryDbWhereEveryWriteHasToSurvive() {
    var durable = stack(Map.of("persistence", "durable", "nodeType", "db.t4g.small"));
    var cluster = durable.only("aws:memorydb/cluster:Cluster");
    var user = durable.only("aws:memorydb/user:User");

    assertThat(durable.all(GROUP)).isEmpty();
    assertThat(cluster.input("tlsEnabled")).isEqualTo(true);
    assertThat(cluster.isProtected()).isTrue();
    assertThat(user.input("accessString")).isEqualTo("off -@all");
    assertThat(user.ignoredChanges()).contains("accessString", "authenticationMode");
    assertThat(may(durable, "memorydb:UpdateUser", String.valueOf(user.output("arn")))).isTrue();
    assertThat(durable.ingressTo("cache")).containsExactly(tcp(6379).from("fleet"));
  }

  @ParameterizedTest
  @CsvSource({
    "snapshots, cache.t3.micro, elasticache, master.slipway-trial-cache.",
    "durable, db.t4g.small, memorydb, clustercfg.slipway-trial-cache."
  })
  void tellsHostsWhereItIs(String persistence, String nodeType, String kind, String host) {
    var stack =
        Trial.of(
            trial -> {
              var network = trial.network(Trial.ZONES);
              var settings = new RedisSettings(nodeType, "7.1", 0, persistence, 7, true);
              var cache = new RedisCache(trial.called("cache"), network, settings, trial.part());
              trial.fleet(network, Trial.hosts(1), cache);
            });
    Map<?, ?> pointer =
        new Gson().fromJson(stack.only("aws:ssm/parameter:Parameter").text("value"), Map.class);

    assertThat(pointer.get("cacheKind")).isEqualTo(kind);
    assertThat(pointer.get("cacheUser")).isEqualTo("slipway-trial-app");
    assertThat(pointer.get("cachePort")).isEqualTo("6379");
    assertThat(String.valueOf(pointer.get("cacheHost"))).startsWith(host);
  }

  private static Problems problems(Map<String, String> given) {
    var problems = new Problems();
    assertThat(new SettingsBinder("slipway", problems).bind(RedisSettings.class, given)).isEmpty();
    return problems;
  }

  /** Scenario: Create Redis cluster. */
  @ParameterizedTest
  @ValueSource(strings = {"aof", "appendonly"})
  void saysWhyThereIsNoAppendOnlyFileAndWhatIsNearest(String asked) {
    assertThat(problems(Map.of("persistence", asked)).found())
        .singleElement()
        .asString()
        .contains(
            "is not to be had", "since Redis 2.8.22", "snapshots with one replica", "MemoryDB");
  }

  @ParameterizedTest
  @ValueSource(strings = {"db.t3.small", "db.t4g.micro", "db.m6g.large", "cache.t3.micro"})
  void saysWhatMemoryDbWouldRefuse(String nodeType) {
    assertThat(problems(Map.of("persistence", "durable", "nodeType", nodeType)).found())
        .singleElement()
        .asString()
        .contains("\"" + nodeType + "\" is not a node of MemoryDB");
  }

  @ParameterizedTest
  @CsvSource({
    "persistence, snapshot, did you mean \"snapshots\"?",
    "nodeType, db.t4g.small, is not a node of ElastiCache",
    "nodeType, cache.t3.mikro, did you mean \"cache.t3.micro\"?",
    "nodeType, cache.t3.large, is not a node of ElastiCache that takes Redis 7.1",
    "nodeType, cache.t2.micro, is not a node of ElastiCache that takes Redis 7.1",
    "nodeType, cache.r6gd.xlarge, is not a node of ElastiCache that takes Redis 7.1",
    "version, 6.2, is none of 7.0",
    "replicas, 6, is not from 0 to 5",
    "snapshotDays, 0, is not from 1 to 35"
  })
  void saysWhatAwsWouldRefuse(String key, String value, String message) {
    assertThat(problems(Map.of(key, value)).found()).singleElement().asString().contains(message);
  }
}
