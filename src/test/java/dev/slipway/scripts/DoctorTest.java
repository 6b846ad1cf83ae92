package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the doctor says of an account's quotas and zones, with an AWS that is a fake. */
class DoctorTest {
  private static final String QUOTA = "aws service-quotas get-service-quota";
  private static final String OFFERINGS = "aws ec2 describe-instance-type-offerings";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() throws Exception {
    place = new Workplace(root).signedIn("arn:aws:iam::123456789012:user/ann");
    for (String pinned :
        List.of(
            "pom.xml",
            "scripts/tools/pulumi/go.mod",
            "scripts/tools/python/requirements.txt",
            "Pulumi.staging.yaml",
            "Pulumi.admin-qa.yaml",
            "Pulumi.admin-prod.yaml")) {
      place.file(pinned, Files.readString(Path.of(pinned)));
    }
    for (String program : List.of("javac", "mvn", "pulumi", "docker", "gh", "python3")) {
      place.fake(program, "echo 99.0");
    }
    place
        .fake(
            "aws ec2 describe-instance-types",
            "[[ $* != *t3.small* && $* != *t3.medium* ]] || echo 2")
        .fake(OFFERINGS, "printf 'us-east-1b\\tus-east-1a\\tus-east-1c\\n'");
    quotas(5, 5, 5, 50);
  }

  private void quotas(int processors, int addresses, int networks, int balancers) {
    place.fake(
        QUOTA,
        """
        case $* in
          *L-1216C47A*) echo %d.0 ;;
          *L-0263D0A3*) echo %d.0 ;;
          *L-F678F1CE*) echo %d.0 ;;
          *L-53DA6B97*) echo %d.0 ;;
        esac"""
            .formatted(processors, addresses, networks, balancers));
  }

  private JsonObject row(String name) {
    var ended = place.run("doctor.sh", "--json");
    assertThat(ended.exit()).as(ended.all()).isIn(0, 1);
    return StreamSupport.stream(
            JsonParser.parseString(ended.output()).getAsJsonArray().spliterator(), false)
        .map(row -> row.getAsJsonObject())
        .filter(row -> row.get("name").getAsString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in " + ended.all()));
  }

  @Test
  void aNewAccountsFiveProcessorsAreTooFewForThreeStacks() {
    var row = row("vCPUs");

    assertThat(row.get("state").getAsString()).isEqualTo("low");
    assertThat(row.get("found").getAsString()).isEqualTo("5");
    assertThat(row.get("needed").getAsString()).isEqualTo("10");
    assertThat(row.get("required").getAsBoolean()).isFalse();
    assertThat(row.get("how").getAsString())
        .contains("request-service-quota-increase", "L-1216C47A", "--desired-value 10");
    assertThat(row("addresses").get("needed").getAsString()).isEqualTo("4");
    assertThat(row("VPCs").get("needed").getAsString()).isEqualTo("3");
    assertThat(row("balancers").get("needed").getAsString()).isEqualTo("2");
    assertThat(place.run("doctor.sh").output()).contains("low      vCPUs", "10+");
  }

  @Test
  void enoughIsEnough() {
    quotas(10, 4, 3, 2);

    for (String name : List.of("vCPUs", "addresses", "VPCs", "balancers")) {
      assertThat(row(name).get("state").getAsString()).as(name).isEqualTo("ok");
    }
  }

  @Test
  void whereTheAccountWasGivenNoOtherTheDefaultCounts() {
    place
        .fake(
            QUOTA,
            "echo 'An error occurred (NoSuchResourceException) when calling the GetServiceQuota operation: no' >&2; exit 254")
        .fake("aws service-quotas get-aws-default-service-quota", "echo 32.0");

    assertThat(row("vCPUs").get("found").getAsString()).isEqualTo("32");
  }

  @Test
  void aQuotaThatMayNotBeReadIsUnknownAndFailsNothing() {
    place.fake(
        QUOTA,
        "echo 'An error occurred (AccessDeniedException) when calling the GetServiceQuota operation: no' >&2; exit 254");

    var row = row("vCPUs");

    assertThat(row.get("state").getAsString()).isEqualTo("unknown");
    assertThat(row.get("how").getAsString()).contains("can't be read", "AccessDeniedException");
  }

  /** S3's conditional writes, by which releases of several hosts take their lock, came to both. */
  @ParameterizedTest
  @CsvSource({"2.23.0, ok", "2.33.1, ok", "1.46.3, ok", "2.9.0, old", "1.29.85, old"})
  void theAwsCliKnowsConditionalWrites(String version, String state) {
    place.fake("aws --version", "echo aws-cli/" + version + " Python/3.12");

    assertThat(row("AWS CLI").get("state").getAsString()).isEqualTo(state);
  }

  @Test
  void withoutCredentialsItSaysThatItCannotAsk() {
    place.fake("aws sts get-caller-identity", "echo 'Unable to locate credentials' >&2; exit 253");

    var row = row("AWS");

    assertThat(row.get("state").getAsString()).isEqualTo("unknown");
    assertThat(row.get("how").getAsString()).contains("there are no AWS credentials: sign in with");
    assertThat(place.calls(QUOTA)).isEmpty();
  }

  @Test
  void stacksOfOtherAccountsDoNotCount() {
    place.file(
        "Pulumi.staging.yaml",
        "config:\n  aws:region: us-east-1\n  slipway:system: erpnext\n  slipway:account: \"999999999999\"\n");

    assertThat(row("vCPUs").get("needed").getAsString()).isEqualTo("8");
  }

  /** A single host may have a balancer, and its network a gateway in each zone. */
  @ParameterizedTest
  @CsvSource({
    "alb: false, none, 1, 0",
    "alb: true, none, 1, 1",
    "alb: true, one, 1, 1",
    "alb: true, each, 3, 1"
  })
  void aSingleHostIsCountedByItsSettings(
      String balancer, String nat, String addresses, String balancers) throws Exception {
    for (String other : List.of("staging", "admin-qa", "admin-prod")) {
      Files.delete(root.resolve("Pulumi." + other + ".yaml"));
    }
    place.file(
        "Pulumi.content.yaml",
        """
        config:
          aws:region: us-east-1
          slipway:system: fastapi
          slipway:%s
          slipway:network:
            zones: [b, c, d]
            nat: %s
          slipway:host: {instanceType: t3.small}
        """
            .formatted(balancer, nat));

    assertThat(row("addresses").get("needed").getAsString()).isEqualTo(addresses);
    assertThat(row("vCPUs").get("needed").getAsString()).isEqualTo("2");
    if (balancers.equals("0")) {
      assertThat(place.run("doctor.sh").output()).doesNotContain("load balancers of");
    } else {
      assertThat(row("balancers").get("needed").getAsString()).isEqualTo(balancers);
    }
  }

  @Test
  void aZoneWithoutTheInstanceTypeIsNamedWithThoseThatHaveIt() {
    place.fake(OFFERINGS, "printf 'us-east-1c\\tus-east-1b\\n'");

    var row = row("zones");

    assertThat(row.get("state").getAsString()).isEqualTo("low");
    assertThat(row.get("how").getAsString())
        .contains("not offered in us-east-1a, and is in us-east-1b us-east-1c");
  }
}
