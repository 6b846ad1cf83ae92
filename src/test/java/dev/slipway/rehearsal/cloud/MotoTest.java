package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the emulated AWS refuses with moto behind it. It needs moto, so that only scripts/test.sh
 * runs it, or {@code mvn test -DexcludedGroups=} after {@code scripts/tools.sh python}.
 */
@Tag("moto")
class MotoTest {

  @TempDir static Path directory;
  private static Children children;
  private static Kinds kinds;

  @BeforeAll
  static void start() throws Exception {
    String home = System.getenv().getOrDefault("SLIPWAY_HOME", ".slipway");
    children = new Children(directory);
    var moto = Moto.start(new Tools(Path.of(home, "tools").toAbsolutePath()), directory, children);
    var aws = new AwsClient(moto.address(), "us-east-1");
    kinds =
        new Kinds(
            "us-east-1",
            Stream.of(new NetworkKinds(aws).all(), new IdentityKinds(aws).all())
                .flatMap(List::stream)
                .toList());
  }

  @AfterAll
  static void end() {
    children.close();
  }

  private static String create(String token, Map<String, Object> inputs) {
    return kinds.create(new Kind.Request(token, "it", "", inputs, Map.of(), Map.of())).id();
  }

  private static String network() {
    return create("aws:ec2/vpc:Vpc", Map.of("cidrBlock", "10.20.0.0/16"));
  }

  private static void subnet(String network, String cidr) {
    create("aws:ec2/subnet:Subnet", Map.of("vpcId", network, "cidrBlock", cidr));
  }

  private static void refuses(String code, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(AwsError.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void aSubnetOutsideItsNetwork() {
    String network = network();
    subnet(network, "10.20.0.0/24");

    refuses("InvalidSubnet.Range", () -> subnet(network, "10.21.0.0/24"));
    refuses("InvalidSubnet.Conflict", () -> subnet(network, "10.20.0.128/25"));
    refuses("InvalidVpcID.NotFound", () -> subnet("vpc-0", "10.20.1.0/24"));
  }

  @Test
  void aNetworkOfASizeThatThereIsNot() {
    refuses("InvalidVpc.Range", () -> create("aws:ec2/vpc:Vpc", Map.of("cidrBlock", "10.0.0.0/8")));
  }

  @Test
  void aNetworkThatIsInUse() {
    String network = network();
    subnet(network, "10.20.0.0/24");

    refuses(
        "DependencyViolation",
        () ->
            kinds.delete(
                new Kind.Request("aws:ec2/vpc:Vpc", "it", network, Map.of(), Map.of(), Map.of())));
  }

  @Test
  void namesThatAreTaken() {
    String network = network();
    Map<String, Object> group = Map.of("name", "host", "vpcId", network);
    create("aws:ec2/securityGroup:SecurityGroup", group);
    Map<String, Object> role =
        Map.of(
            "name",
            "host",
            "assumeRolePolicy",
            "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\","
                + " \"Principal\": {\"Service\": \"ec2.amazonaws.com\"}, \"Action\":"
                + " \"sts:AssumeRole\"}]}");
    create("aws:iam/role:Role", role);

    refuses("InvalidGroup.Duplicate", () -> create("aws:ec2/securityGroup:SecurityGroup", group));
    refuses("EntityAlreadyExists", () -> create("aws:iam/role:Role", role));
  }

  @Test
  void aTrustPolicyThatIsNone() {
    refuses(
        "MalformedPolicyDocument",
        () ->
            create("aws:iam/role:Role", Map.of("name", "other", "assumeRolePolicy", "{\"a\": 1}")));
  }
}
