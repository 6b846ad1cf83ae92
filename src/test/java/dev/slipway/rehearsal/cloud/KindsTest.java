package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.engine.ResourceTypes;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KindsTest {

  private static final String CLUSTER = "aws:rds/subnetGroup:SubnetGroup";
  private static final String DATABASE = "aws:rds/instance:Instance";

  private final Kinds kinds = new Kinds("us-east-1", List.of());

  private static Kind.Request request(String token, String name, Map<String, Object> inputs) {
    return new Kind.Request(token, name, "", inputs, Map.of(), Map.of());
  }

  private static Kind.Request existing(String token, String id, Map<String, Object> inputs) {
    return new Kind.Request(token, "x", id, inputs, inputs, Map.of());
  }

  @Test
  void recordIsThereUntilItIsDeleted() {
    Kind.Made made = kinds.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    assertThat(kinds.exists(existing(CLUSTER, made.id(), Map.of()))).isTrue();
    kinds.delete(existing(CLUSTER, made.id(), Map.of()));
    assertThat(kinds.exists(existing(CLUSTER, made.id(), Map.of()))).isFalse();
    assertThat(kinds.isReal(CLUSTER)).isFalse();
  }

  @Test
  void nameThatIsTakenIsRefused() {
    kinds.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    assertThatThrownBy(() -> kinds.create(request(CLUSTER, "other", Map.of("name", "db-group"))))
        .isInstanceOf(AwsError.class)
        .hasMessageContaining("already exists");
  }

  @Test
  void whatIsInUseIsNotDeleted() {
    Kind.Made group = kinds.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    Map<String, Object> database =
        Map.of(
            "instanceClass", "db.t4g.micro", "identifier", "db", "dbSubnetGroupName", group.id());
    Kind.Made user = kinds.create(request(DATABASE, "db", database));
    assertThatThrownBy(() -> kinds.delete(existing(CLUSTER, group.id(), Map.of())))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("DependencyViolation"));
    kinds.delete(existing(DATABASE, user.id(), database));
    kinds.delete(existing(CLUSTER, group.id(), Map.of()));
  }

  @Test
  void nameIsMadeUpWhereTheProviderWould() {
    assertThat(kinds.autoNamed(ResourceTypes.of("aws:iam/role:Role"))).isEqualTo("name");
    assertThat(kinds.autoNamed(ResourceTypes.of("aws:s3/bucketV2:BucketV2"))).isEqualTo("bucket");
    assertThat(kinds.autoNamed(ResourceTypes.of(DATABASE))).isEqualTo("identifier");
    assertThat(kinds.autoNamed(ResourceTypes.of("aws:ec2/vpc:Vpc"))).isNull();
    assertThat(kinds.autoNamed(ResourceTypes.of("aws:route53/record:Record"))).isNull();
    assertThat(kinds.madeUpName(null, "role", new byte[] {1, 2, 3, 4, 5}))
        .matches("role-[0-9a-f]{7}");
    assertThat(kinds.madeUpName("slipway-", "role", new byte[] {1, 2, 3, 4, 5}))
        .matches("slipway-[0-9a-f]{7}");
  }

  /** Everything that is made for real here; none of it is called. */
  private static List<Kind> real() {
    var network = new NetworkKinds(null);
    return Stream.of(
            network.all(),
            new MachineKinds(network, null, List.of()).all(),
            new FleetKinds(network, null, null, null, null).all(),
            new BalancerKinds(null, null, null).all(),
            new DomainKinds(null, null).all(),
            new DatabaseKinds(null, null).all(),
            new CacheKinds(null, null).all(),
            new IdentityKinds(null).all(),
            new BucketKinds(null, null).all(),
            new ServiceKinds(null).all())
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void theProvidersTableSaysWhatReplacesAThing() {
    assertThat(real())
        .allSatisfy(
            kind -> {
              assertThat(Replacing.types()).contains(kind.token());
              assertThat(kind.replacing()).as(kind.token()).isEmpty();
            });
  }

  private static boolean replaces(String token, String key, Object before, Object after) {
    var emulated = new Kinds("us-east-1", real());
    return emulated.replaces(emulated.of(token), key, Map.of(key, before), Map.of(key, after));
  }

  @Test
  void changeThatAwsCantMakeReplaces() {
    assertThat(replaces("aws:ec2/vpc:Vpc", "cidrBlock", "10.0.0.0/16", "10.1.0.0/16")).isTrue();
    assertThat(replaces("aws:ec2/vpc:Vpc", "enableDnsHostnames", true, false)).isFalse();
    assertThat(replaces("aws:ssm/document:Document", "documentType", "Command", "Automation"))
        .isFalse();
    assertThat(replaces(DATABASE, "engine", "mariadb", "mysql")).isTrue();
    assertThat(replaces(DATABASE, "identifier", "one", "two")).isFalse();
    assertThat(replaces("aws:lb/targetGroup:TargetGroup", "vpcId", "vpc-1", "vpc-2")).isTrue();
  }
}
