package dev.slipway.plan.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.pulumi.asset.FileArchive;
import dev.slipway.aws.Catalog;
import dev.slipway.plan.graph.PropertyValues;
import dev.slipway.plan.graph.ResourceNames;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ResourceTypesTest {

  private static final ResourceNames NAMES =
      new ResourceNames("slipway", "staging", "eu-central-1", "123456789012");

  @Nested
  class Description {

    @Test
    void readsInputsAndOutputsFromTheSdk() {
      var instance = ResourceTypes.of("aws:ec2/instance:Instance");

      assertThat(instance.token()).isEqualTo("aws:ec2/instance:Instance");
      assertThat(instance.inputs())
          .contains("ami", "instanceType", "metadataOptions", "tags")
          .doesNotContain("arn");
      assertThat(instance.outputs()).contains("ami", "arn", "publicIp", "tagsAll");
      assertThat(instance.required()).isEmpty();
      assertThat(ResourceTypes.of("aws:ebs/volume:Volume").required())
          .containsExactly("availabilityZone");
    }

    @Test
    void knowsTheProvidersThemselves() {
      assertThat(ResourceTypes.of("pulumi:providers:aws").inputs())
          .contains("region", "defaultTags");
    }

    @Test
    void refusesAnUnknownTypeAndSuggestsTheNearest() {
      assertThatThrownBy(() -> ResourceTypes.of("aws:ec2/instanc:Instanc"))
          .isInstanceOf(UnknownResourceTypeException.class)
          .hasMessage(
              "\"aws:ec2/instanc:Instanc\" is not a type that the SDKs on the class path know;"
                  + " did you mean \"aws:ec2/instance:Instance\"?");
    }

    @Test
    void refusesATokenWhoseModuleIsSpelledDifferentlyFromTheSdks() {
      assertThatThrownBy(() -> ResourceTypes.of("aws:ec2/Instance:Instance"))
          .hasMessageContaining("did you mean \"aws:ec2/instance:Instance\"?");
    }

    @Test
    void refusesWhatIsNoTokenAtAll() {
      assertThatThrownBy(() -> ResourceTypes.of("Instance"))
          .hasMessage("\"Instance\" is not a type token like aws:ec2/vpc:Vpc");
    }
  }

  @Nested
  class Problems {

    private List<String> of(String token, Map<String, Object> inputs) {
      return ResourceTypes.of(token).problems(inputs);
    }

    @Test
    void acceptsWhatTheSdkAccepts() {
      assertThat(
              of(
                  "aws:ec2/instance:Instance",
                  Map.of(
                      "ami", "ami-1",
                      "instanceType", "t3.medium",
                      "metadataOptions",
                          Map.of("httpTokens", "required", "httpPutResponseHopLimit", 1.0),
                      "networkInterfaces",
                          List.of(Map.of("deviceIndex", 0.0, "networkInterfaceId", "eni-1")),
                      "tags", Map.of("Name", "x"))))
          .isEmpty();
    }

    @Test
    void namesAnUnknownInputAndTheNearestOne() {
      assertThat(of("aws:ec2/vpc:Vpc", Map.of("cidrBlok", "10.0.0.0/16")))
          .containsExactly(
              "cidrBlok: is not an input of aws:ec2/vpc:Vpc; did you mean \"cidrBlock\"?");
    }

    @Test
    void looksIntoNestedObjectsAndLists() {
      assertThat(
              of(
                  "aws:ec2/instance:Instance",
                  Map.of(
                      "metadataOptions", Map.of("httpToken", "required"),
                      "networkInterfaces",
                          List.of(Map.of("deviceIndex", 0, "networkInterface", "eni-1")))))
          .containsExactlyInAnyOrder(
              "metadataOptions.httpToken: is not an input of InstanceMetadataOptions; did you mean \"httpTokens\"?",
              "networkInterfaces[0].networkInterface: is not an input of InstanceNetworkInterface;"
                  + " did you mean \"networkInterfaceId\"?",
              "networkInterfaces[0].networkInterfaceId: is missing; InstanceNetworkInterface requires it");
    }

    @Test
    void namesAMissingInput() {
      assertThat(of("aws:ebs/volume:Volume", Map.of("size", 40)))
          .containsExactly("availabilityZone: is missing; aws:ebs/volume:Volume requires it");
    }

    @Test
    void checksJsonKinds() {
      var inputs = new HashMap<String, Object>();
      inputs.put("availabilityZone", 1);
      inputs.put("size", "40");
      inputs.put("throughput", 1.5);
      inputs.put("encrypted", "true");
      inputs.put("tags", List.of("a"));
      inputs.put("kmsKeyId", null);
      assertThat(of("aws:ebs/volume:Volume", inputs))
          .containsExactlyInAnyOrder(
              "availabilityZone: is a number where a string is expected",
              "size: is a string where a whole number is expected",
              "throughput: is 1.5 where a whole number is expected",
              "encrypted: is a string where a boolean is expected",
              "tags: is a list where a map is expected");
    }

    @Test
    void seesThroughSecretsAndLetsUnknownValuesPass() {
      var secret =
          Map.of(
              "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270", "value", 7);
      assertThat(
              of("aws:ebs/volume:Volume", Map.of("availabilityZone", new PropertyValues.Unknown())))
          .isEmpty();
      assertThat(of("aws:ebs/volume:Volume", Map.of("availabilityZone", secret)))
          .containsExactly("availabilityZone: is a number where a string is expected");
    }

    @Test
    void acceptsAssetsWhereTheyBelongAndOnlyThere() {
      var archive = new FileArchive("bundle.tar.gz");
      assertThat(
              of("aws:s3/bucketObjectv2:BucketObjectv2", Map.of("bucket", "b", "source", archive)))
          .isEmpty();
      assertThat(
              of("aws:s3/bucketObjectv2:BucketObjectv2", Map.of("bucket", "b", "source", "path")))
          .containsExactly("source: is a string where an asset or archive is expected");
    }

    @Test
    void acceptsEitherFormOfAValueThatHasTwo() {
      assertThat(
              of("aws:ec2/instance:Instance", Map.of("instanceType", "a-type-newer-than-the-sdk")))
          .isEmpty();
      assertThat(of("aws:ec2/instance:Instance", Map.of("instanceType", 7)))
          .containsExactly("instanceType: is a number where a string is expected");
    }
  }

  @Nested
  class Computed {

    private Map<String, Object> of(String token, String name, Map<String, Object> inputs) {
      return ResourceTypes.of(token).computed(name, inputs, NAMES);
    }

    @Test
    void formsIdsAsAwsDoes() {
      assertThat((String) of("aws:ec2/vpc:Vpc", "network", Map.of()).get("id"))
          .matches("vpc-[0-9a-f]{17}");
      assertThat((String) of("aws:ec2/eip:Eip", "address", Map.of()).get("allocationId"))
          .matches("eipalloc-[0-9a-f]{17}");
      assertThat((String) of("aws:ec2/eip:Eip", "address", Map.of()).get("publicIp"))
          .startsWith("203.0.113.");
    }

    @Test
    void isTheSameForTheSameResourceAndDifferentForAnother() {
      assertThat(of("aws:ec2/vpc:Vpc", "a", Map.of()))
          .isEqualTo(of("aws:ec2/vpc:Vpc", "a", Map.of()));
      assertThat(of("aws:ec2/vpc:Vpc", "a", Map.of()).get("id"))
          .isNotEqualTo(of("aws:ec2/vpc:Vpc", "b", Map.of()).get("id"));
      assertThat(
              ResourceTypes.of("aws:ec2/vpc:Vpc")
                  .computed(
                      "a",
                      Map.of(),
                      new ResourceNames("slipway", "production", "eu-central-1", "123456789012"))
                  .get("id"))
          .isNotEqualTo(of("aws:ec2/vpc:Vpc", "a", Map.of()).get("id"));
    }

    @Test
    void makesUpANameAsPulumiDoesAndKeepsAGivenOne() {
      assertThat((String) of("aws:s3/bucketV2:BucketV2", "backup", Map.of()).get("bucket"))
          .matches("backup-[0-9a-f]{7}");
      assertThat(of("aws:s3/bucketV2:BucketV2", "backup", Map.of("bucket", "mine")))
          .containsEntry("id", "mine")
          .containsEntry("arn", "arn:aws:s3:::mine")
          .doesNotContainKey("bucket");
    }

    @Test
    void givesNumbersWhereTheSdkHasNumbers() {
      assertThat(of("aws:ec2/launchTemplate:LaunchTemplate", "fleet", Map.of()))
          .containsEntry("latestVersion", 1);
    }

    @Test
    void givesATypeWithoutARuleAnArnByItsName() {
      assertThat(
              (String) of("aws:glue/catalogDatabase:CatalogDatabase", "lake", Map.of()).get("arn"))
          .matches("arn:aws:glue:eu-central-1:123456789012:catalog-database/lake-[0-9a-f]{7}");
    }

    @Test
    void coversOnlyOutputsThatTheTypeHas() {
      for (var token :
          List.of(
              "aws:ec2/instance:Instance",
              "aws:ec2/eip:Eip",
              "aws:ssm/document:Document",
              "aws:lb/listener:Listener")) {
        var type = ResourceTypes.of(token);
        assertThat(type.outputs())
            .as(token)
            .containsAll(without(type.computed("x", Map.of(), NAMES).keySet()));
      }
    }

    private static List<String> without(java.util.Set<String> keys) {
      return keys.stream().filter(key -> !key.equals("id")).toList();
    }

    @Test
    void validatesAnApexAndItsWildcardByOneRecord() {
      var options =
          (List<?>)
              of(
                      "aws:acm/certificate:Certificate",
                      "site",
                      Map.of(
                          "domainName",
                          "example.com",
                          "subjectAlternativeNames",
                          List.of("*.example.com")))
                  .get("domainValidationOptions");
      assertThat(options).hasSize(2);
      assertThat(
              options.stream()
                  .map(option -> ((Map<?, ?>) option).get("resourceRecordName"))
                  .distinct())
          .hasSize(1);
    }
  }

  @Test
  void everyPatternOfTheCatalogNamesARealTypeAndItsOutputs() {
    Catalog.types()
        .forEach(
            type ->
                assertThat(ResourceTypes.of(type.token()).outputs())
                    .as(type.token())
                    .containsAll(
                        type.computed().keySet().stream()
                            .filter(key -> !key.equals("id"))
                            .toList()));
  }
}
