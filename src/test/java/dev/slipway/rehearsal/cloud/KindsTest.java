package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.plan.ResourceTypes;
import java.util.List;
import java.util.Map;
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
}
