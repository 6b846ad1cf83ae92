package dev.slipway.rehearsal.cloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.TestKeys;
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
 * What the emulated AWS refuses with moto behind it. It needs moto, so that only ./slipway test
 * runs it, or {@code mvn test -DexcludedGroups=} after {@code ./slipway tools python}.
 */
@Tag("moto")
class MotoTest {

  @TempDir static Path directory;
  private static Children children;
  private static Handlers handlers;

  @BeforeAll
  static void start() throws Exception {
    children = new Children(directory);
    var moto = Moto.start(Tools.installed(), directory, children);
    var aws = new AwsClient(moto.address(), "us-east-1");
    handlers =
        new Handlers(
            "us-east-1",
            Stream.of(
                    new NetworkHandlers(aws).all(),
                    new IdentityHandlers(aws).all(),
                    new CdnHandlers(aws).all(),
                    ServiceHandlers.all(aws))
                .flatMap(List::stream)
                .toList());
  }

  @AfterAll
  static void end() {
    children.close();
  }

  private static String create(String token, Map<String, Object> inputs) {
    return handlers.create(new Handler.Request(token, "it", "", inputs, Map.of(), Map.of())).id();
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
            handlers.delete(
                new Handler.Request(
                    "aws:ec2/vpc:Vpc", "it", network, Map.of(), Map.of(), Map.of())));
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

  private static Handler.Request existing(String token, String id, Map<String, Object> inputs) {
    return new Handler.Request(token, "it", id, inputs, inputs, Map.of());
  }

  /** Made, found, changed, found again, and taken away: the life of each thing of an account. */
  private static void lives(String token, Map<String, Object> inputs, boolean findable) {
    String id = create(token, inputs);
    var it = existing(token, id, inputs);
    assertThat(handlers.exists(it)).as(token).isTrue();
    handlers.update(it);
    assertThat(handlers.exists(it)).as(token).isTrue();
    handlers.delete(it);
    assertThat(handlers.exists(it)).as(token).isEqualTo(!findable);
  }

  @Test
  void whatTheAccountIsSetTo() {
    lives(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        Map.of("url", "https://tokens.example.com", "clientIdLists", List.of("sts.amazonaws.com")),
        true);
    lives("aws:ebs/encryptionByDefault:EncryptionByDefault", Map.of("enabled", true), false);
    lives(
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        Map.of(
            "blockPublicAcls",
            true,
            "blockPublicPolicy",
            true,
            "ignorePublicAcls",
            true,
            "restrictPublicBuckets",
            true),
        true);
    lives(
        "aws:budgets/budget:Budget",
        Map.of(
            "name",
            "all",
            "budgetType",
            "COST",
            "timeUnit",
            "MONTHLY",
            "limitAmount",
            "100.0",
            "limitUnit",
            "USD",
            "notifications",
            List.of(
                Map.of(
                    "notificationType",
                    "ACTUAL",
                    "comparisonOperator",
                    "GREATER_THAN",
                    "threshold",
                    80.0,
                    "thresholdType",
                    "PERCENTAGE",
                    "subscriberEmailAddresses",
                    List.of("ops@example.com")))),
        true);
  }

  @Test
  void aProviderForGithubOfWhichThereIsOneAlready() {
    var github =
        Map.<String, Object>of(
            "url",
            "https://token.actions.githubusercontent.com",
            "clientIdLists",
            List.of("sts.amazonaws.com"));
    String arn = create("aws:iam/openIdConnectProvider:OpenIdConnectProvider", github);

    assertThat(arn)
        .isEqualTo("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com");
    refuses(
        "EntityAlreadyExists",
        () -> create("aws:iam/openIdConnectProvider:OpenIdConnectProvider", github));
  }

  @Test
  void aRegistryWithItsPolicies() {
    create("aws:ecr/repository:Repository", Map.of("name", "erp"));
    var policy =
        "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\","
            + " \"Principal\": {\"AWS\": \"arn:aws:iam::123456789012:root\"}, \"Action\":"
            + " \"ecr:BatchGetImage\"}]}";
    var lifecycle =
        "{\"rules\": [{\"rulePriority\": 1, \"selection\": {\"tagStatus\": \"any\","
            + " \"countType\": \"imageCountMoreThan\", \"countNumber\": 10}, \"action\":"
            + " {\"type\": \"expire\"}}]}";

    lives(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        Map.of("repository", "erp", "policy", policy),
        true);
    lives(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        Map.of("repository", "erp", "policy", lifecycle),
        true);
    refuses(
        "InvalidParameterException",
        () ->
            create(
                "aws:ecr/repositoryPolicy:RepositoryPolicy",
                Map.of("repository", "erp", "policy", "{}")));
  }

  private static Map<String, Object> distribution(String access, String keys) {
    return Map.of(
        "enabled",
        true,
        "origins",
        List.of(
            Map.of(
                "originId",
                "bucket",
                "domainName",
                "pictures.s3.eu-central-1.amazonaws.com",
                "originAccessControlId",
                access)),
        "defaultCacheBehavior",
        Map.of(
            "targetOriginId",
            "bucket",
            "viewerProtocolPolicy",
            "redirect-to-https",
            "cachePolicyId",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "responseHeadersPolicyId",
            "67f7725c-6f97-4210-82d7-5512b31e9d03",
            "allowedMethods",
            List.of("GET", "HEAD"),
            "cachedMethods",
            List.of("GET", "HEAD"),
            "trustedKeyGroups",
            List.of(keys)));
  }

  @Test
  void aDistributionWithWhatItIsGiven() {
    Map<String, Object> accessed =
        Map.of(
            "name",
            "pictures",
            "originAccessControlOriginType",
            "s3",
            "signingBehavior",
            "always",
            "signingProtocol",
            "sigv4");
    Map<String, Object> key = Map.of("name", "pictures-1", "encodedKey", TestKeys.publicKey(2048));
    lives("aws:cloudfront/originAccessControl:OriginAccessControl", accessed, true);
    lives("aws:cloudfront/publicKey:PublicKey", key, true);

    String access = create("aws:cloudfront/originAccessControl:OriginAccessControl", accessed);
    String keyId = create("aws:cloudfront/publicKey:PublicKey", key);
    Map<String, Object> group = Map.of("name", "pictures", "items", List.of(keyId));
    lives("aws:cloudfront/keyGroup:KeyGroup", group, true);
    String keys = create("aws:cloudfront/keyGroup:KeyGroup", group);
    lives("aws:cloudfront/distribution:Distribution", distribution(access, keys), true);

    create("aws:cloudfront/distribution:Distribution", distribution(access, keys));
    refuses(
        "DependencyViolation",
        () -> handlers.delete(existing("aws:cloudfront/publicKey:PublicKey", keyId, key)));
    refuses(
        "InvalidArgument",
        () ->
            create(
                "aws:cloudfront/keyGroup:KeyGroup",
                Map.of("name", "other", "items", List.of("K0"))));
    refuses(
        "TrustedKeyGroupDoesNotExist",
        () -> create("aws:cloudfront/distribution:Distribution", distribution(access, "none")));
    refuses(
        "NoSuchOriginAccessControl",
        () -> create("aws:cloudfront/distribution:Distribution", distribution("E0", keys)));
    refuses(
        "InvalidArgument",
        () ->
            create(
                "aws:cloudfront/publicKey:PublicKey",
                Map.of("name", "none", "encodedKey", "ssh-rsa AAAA")));
  }
}
