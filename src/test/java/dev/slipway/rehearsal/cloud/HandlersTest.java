package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.plan.diff.Replacing;
import dev.slipway.plan.engine.ResourceTypes;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HandlersTest {

  private static final String CLUSTER = "aws:rds/subnetGroup:SubnetGroup";
  private static final String DATABASE = "aws:rds/instance:Instance";

  private final Handlers handlers = new Handlers("us-east-1", List.of());

  private static Handler.Request request(String token, String name, Map<String, Object> inputs) {
    return new Handler.Request(token, name, "", inputs, Map.of(), Map.of());
  }

  private static Handler.Request existing(String token, String id, Map<String, Object> inputs) {
    return new Handler.Request(token, "x", id, inputs, inputs, Map.of());
  }

  @Test
  void recordIsThereUntilItIsDeleted() {
    Handler.Made made = handlers.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    assertThat(handlers.exists(existing(CLUSTER, made.id(), Map.of()))).isTrue();
    handlers.delete(existing(CLUSTER, made.id(), Map.of()));
    assertThat(handlers.exists(existing(CLUSTER, made.id(), Map.of()))).isFalse();
    assertThat(handlers.isReal(CLUSTER)).isFalse();
  }

  @Test
  void nameThatIsTakenIsRefused() {
    handlers.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    assertThatThrownBy(() -> handlers.create(request(CLUSTER, "other", Map.of("name", "db-group"))))
        .isInstanceOf(AwsError.class)
        .hasMessageContaining("already exists");
  }

  @Test
  void whatIsInUseIsNotDeleted() {
    Handler.Made group = handlers.create(request(CLUSTER, "db", Map.of("name", "db-group")));
    Map<String, Object> database =
        Map.of(
            "instanceClass", "db.t4g.micro", "identifier", "db", "dbSubnetGroupName", group.id());
    Handler.Made user = handlers.create(request(DATABASE, "db", database));
    assertThatThrownBy(() -> handlers.delete(existing(CLUSTER, group.id(), Map.of())))
        .isInstanceOfSatisfying(
            AwsError.class, e -> assertThat(e.code()).isEqualTo("DependencyViolation"));
    handlers.delete(existing(DATABASE, user.id(), database));
    handlers.delete(existing(CLUSTER, group.id(), Map.of()));
  }

  @Test
  void nameIsMadeUpWhereTheProviderWould() {
    assertThat(handlers.autoNamed(ResourceTypes.of("aws:iam/role:Role"))).isEqualTo("name");
    assertThat(handlers.autoNamed(ResourceTypes.of("aws:s3/bucketV2:BucketV2")))
        .isEqualTo("bucket");
    assertThat(handlers.autoNamed(ResourceTypes.of(DATABASE))).isEqualTo("identifier");
    assertThat(handlers.autoNamed(ResourceTypes.of("aws:ec2/vpc:Vpc"))).isNull();
    assertThat(handlers.autoNamed(ResourceTypes.of("aws:route53/record:Record"))).isNull();
    assertThat(handlers.madeUpName(null, "role", new byte[] {1, 2, 3, 4, 5}))
        .matches("role-[0-9a-f]{7}");
    assertThat(handlers.madeUpName("slipway-", "role", new byte[] {1, 2, 3, 4, 5}))
        .matches("slipway-[0-9a-f]{7}");
  }

  /** Everything that is made for real here; none of it is called. */
  private static List<Handler> real() {
    var network = new NetworkHandlers(null);
    return Stream.of(
            network.all(),
            new MachineHandlers(network, null, List.of()).all(),
            new FleetHandlers(network, null, null, null, null).all(),
            new BalancerHandlers(null, null, null).all(),
            new DomainHandlers(null, null).all(),
            new DatabaseHandlers(null, null).all(),
            new CacheHandlers(null, null).all(),
            new IdentityHandlers(null).all(),
            new BucketHandlers(null, null).all(),
            new CdnHandlers(null).all(),
            ServiceHandlers.all(null))
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
    var emulated = new Handlers("us-east-1", real());
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
