package dev.slipway.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bootstrap.sh says at its end, and what it refuses; the rehearsal has it make things. */
class BootstrapTest {
  private static final String KEY = "arn:aws-cn:kms:cn-north-1:123456789012:key/";

  @TempDir Path root;
  private Workplace place;

  @BeforeEach
  void start() {
    place =
        new Workplace(root)
            .fakeScript("tools.sh", ":")
            .signedIn("arn:aws-cn:iam::123456789012:user/maria")
            .fake(
                "aws s3api",
                "case $2 in *location) echo cn-north-1 ;; *versioning) echo Enabled ;; esac")
            .fake(
                "aws kms describe-key",
                "case $* in *Arn*) %s ;; *) echo 1 Enabled AWS ;; esac".formatted(describe()))
            .fakeEngine("login", ":")
            .fakeEngine("config set", ":")
            .fakeEngine("plugin", ":");
    place.file("pom.xml", "");
    place.file("src/main/java/com/pulumi/command/local/Command.java", "");
    place.file(
        "Pulumi.staging.yaml",
        """
        secretsprovider: awskms://alias/slipway?region=cn-north-1
        encryptedkey: a2V5
        config:
          aws:region: cn-north-1
          slipway:system: erpnext
        """);
    place.file(
        "Pulumi.foundation.yaml",
        """
        config:
          aws:region: cn-north-1
          slipway:state: {bucket: the-state, prefix: all}
          slipway:github:
            repository: my-company/slipway
          slipway:stacks: [{name: admin}, {name: staging, system: erpnext}]
        """);
  }

  /** The bucket's key is "ours" or another; the alias is that of "ours". */
  private static String describe() {
    return "case $* in *other*) echo CUSTOMER %1$sother ;; *) echo CUSTOMER %1$sours ;; esac"
        .formatted(KEY);
  }

  @Test
  void itEndsWithWhatGitHubAndTheStackFileNeed() {
    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output().lines().map(String::strip))
        .contains(
            "gh variable set PULUMI_STATE_BUCKET --body the-state --repo my-company/slipway",
            "gh variable set PULUMI_STATE_REGION --body cn-north-1 --repo my-company/slipway",
            "gh variable set PULUMI_STATE_PREFIX --body all --repo my-company/slipway",
            "gh variable set AWS_REGION --body cn-north-1 --env staging --repo my-company/slipway",
            "gh variable set AWS_DEPLOY_ROLE_ARN --body"
                + " arn:aws-cn:iam::123456789012:role/slipway/github/slipway-deploy-staging"
                + " --env staging --repo my-company/slipway",
            "pulumi config set -s foundation --type string --path slipway:github.ids.owner"
                + " \"${ids% *}\"");
  }

  @Test
  void accountAndBoundaryAreWrittenIntoTheStacksFile() {
    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .contains(
            "+ slipway:account 123456789012 in Pulumi.staging.yaml",
            "+ slipway:identity.permissionsBoundary in Pulumi.staging.yaml");
    assertThat(place.calls("pulumi config set"))
        .satisfiesExactly(
            account ->
                assertThat(account)
                    .startsWith("pulumi config set slipway:account 123456789012 ")
                    .endsWith("--stack staging"),
            boundary ->
                assertThat(boundary)
                    .startsWith(
                        "pulumi config set --path slipway:identity.permissionsBoundary"
                            + " arn:aws-cn:iam::123456789012:policy/slipway/github/slipway-boundary-staging "));
  }

  @Test
  void aStackThatTheFoundationDoesNotNameHasNoBoundary() {
    place.file(
        "Pulumi.foundation.yaml",
        text("Pulumi.foundation.yaml").replace("name: staging", "name: qa"));

    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(place.calls("pulumi config set")).hasSize(1);
  }

  @Test
  void theStateIsWhereTheRolesOfWorkflowsLookForIt() {
    for (var words :
        List.of(
            List.of("staging", "--bucket", "another", "--prefix", "all"),
            List.of("staging", "--prefix", "none"))) {
      var ended = place.run("bootstrap.sh", words.toArray(String[]::new));
      assertThat(ended.exit()).as(ended.all()).isEqualTo(1);
      assertThat(ended.errors())
          .contains("the roles of workflows get s3://the-state/all", "slipway:state.bucket");
    }

    // Without that setting it is the bucket of the foundation's region.
    place.file(
        "Pulumi.foundation.yaml",
        text("Pulumi.foundation.yaml").replaceFirst("(?m)^ *slipway:state:.*\n", ""));
    place.with(
        "PULUMI_BACKEND_URL", "s3://slipway-state-123456789012-cn-north-1?region=cn-north-1");
    assertThat(place.run("bootstrap.sh", "staging", "--yes").exit()).isZero();
    place.with("PULUMI_BACKEND_URL", "s3://state-elsewhere?region=cn-north-1");
    assertThat(place.run("bootstrap.sh", "staging", "--yes").errors())
        .contains("get s3://slipway-state-123456789012-cn-north-1, as Pulumi.foundation.yaml says");
  }

  @Test
  void aStackIsWhereTheFoundationGivesItRights() {
    place.file(
        "Pulumi.foundation.yaml",
        text("Pulumi.foundation.yaml")
            .replace("aws:region: cn-north-1", "aws:region: cn-northwest-1"));

    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isEqualTo(1);
    assertThat(ended.errors())
        .contains(
            "staging is in cn-north-1, and Pulumi.foundation.yaml, which names it, gives it rights in"
                + " cn-northwest-1 alone");
    assertThat(place.calls("pulumi config set")).isEmpty();
  }

  @Test
  void imagesArePushedToTheFoundationsRegion() {
    place.file(
        "Pulumi.foundation.yaml",
        """
        secretsprovider: awskms://alias/slipway?region=cn-northwest-1
        encryptedkey: a2V5
        config:
          aws:region: cn-northwest-1
          slipway:system: foundation
          slipway:state: {bucket: the-state}
          slipway:github: {repository: my-company/slipway}
          slipway:stacks: [{name: staging, system: erpnext, region: cn-north-1}]
          slipway:applications:
            - {name: erp, repository: my-company/erp, environment: dev, stack: staging, ecr: {}}
        """);

    var stack = place.run("bootstrap.sh", "staging", "--yes");
    assertThat(stack.exit()).as(stack.all()).isZero();
    assertThat(stack.output().lines().map(String::strip))
        .contains(
            "gh variable set AWS_REGION --body cn-north-1 --env staging --repo my-company/slipway",
            "gh variable set AWS_REGISTRY_REGION --body cn-northwest-1 --env staging --repo"
                + " my-company/slipway");

    place.fake(
        "aws s3api",
        "case $2 in *location) echo cn-northwest-1 ;; *versioning) echo Enabled ;; esac");
    var foundation = place.run("bootstrap.sh", "foundation", "--yes");
    assertThat(foundation.exit()).as(foundation.all()).isZero();
    assertThat(foundation.output().lines().map(String::strip))
        .contains(
            "gh variable set AWS_REGION --body cn-north-1 --env dev --repo my-company/erp",
            "gh variable set AWS_REGISTRY_REGION --body cn-northwest-1 --env dev --repo"
                + " my-company/erp");
  }

  @Test
  void whatIsSetAlreadyIsNotAskedFor() {
    var stack =
        "  slipway:account: '123456789012'\n  slipway:identity: {permissionsBoundary: arn}\n";
    place.file("Pulumi.staging.yaml", text("Pulumi.staging.yaml") + stack);
    place.file(
        "Pulumi.foundation.yaml",
        text("Pulumi.foundation.yaml")
            .replace("slipway:stacks", "slipway:budget: {monthlyUsd: 1}\n  slipway:stacks")
            .replace(
                "my-company/slipway\n",
                "my-company/slipway\n    ids: {owner: '1', repository: '2'}\n"));

    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    assertThat(ended.output())
        .contains("= slipway:account 123456789012", "= slipway:identity.permissionsBoundary")
        .doesNotContain("pulumi config set");
    assertThat(place.calls("pulumi config set")).isEmpty();
  }

  @Test
  void aFoundationNamesTheRepositoriesOfApplicationsToo() {
    place.file(
        "Pulumi.foundation.yaml",
        """
        secretsprovider: awskms://alias/slipway?region=cn-north-1
        encryptedkey: a2V5
        config:
          aws:region: cn-north-1
          slipway:system: foundation
          slipway:applications:
            - name: erp # a comment
              ids: {owner: '1', repository: '2'}
              repository: my-company/erp
              environment: staging
              stack: staging
              ecr:
                name: another
            - {name: "web", repository: my-company/web, environment: live, stack: web}
          slipway:budget: {monthlyUsd: 1}
        """);

    var ended = place.run("bootstrap.sh", "foundation", "--yes");

    assertThat(ended.exit()).as(ended.all()).isZero();
    String roles = " --body arn:aws-cn:iam::123456789012:role/slipway/github/slipway-";
    assertThat(
            ended.output().lines().map(String::strip).filter(line -> line.contains("my-company")))
        .isEqualTo(
            List.of(
                "gh variable set AWS_REGION --body cn-north-1 --env staging --repo my-company/erp",
                "gh variable set AWS_BUILD_ROLE_ARN"
                    + roles
                    + "build-erp --env staging --repo my-company/erp",
                "gh variable set AWS_RELEASE_ROLE_ARN"
                    + roles
                    + "release-staging --env staging --repo my-company/erp",
                "gh variable set AWS_REGION --body cn-north-1 --env live --repo my-company/web",
                "gh variable set AWS_RELEASE_ROLE_ARN"
                    + roles
                    + "release-web --env live --repo my-company/web"));
  }

  @Test
  void theBucketsKeyHasToBeOneThatRolesGet() {
    for (String key : List.of(KEY + "ours", "None")) {
      place.fake("aws s3api get-bucket-encryption", "echo aws:kms " + key);
      var ended = place.run("bootstrap.sh", "staging", "--yes");
      assertThat(ended.exit()).as(ended.all()).isZero();
      assertThat(ended.output()).contains("= encryption: aws:kms");
    }
    place.fake("aws s3api get-bucket-encryption", "echo aws:kms " + KEY + "other");

    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors())
        .contains(KEY + "other, which the roles of workflows may not use", "Nothing was changed.");
  }

  @Test
  void keysThatCannotBeListedAreNoReasonForAnother() {
    place
        .fake(
            "aws kms describe-key",
            "echo 'An error occurred (NotFoundException) when calling the DescribeKey operation' >&2; exit 254")
        .fake(
            "aws kms list-keys",
            "echo 'An error occurred (AccessDeniedException) when calling the ListKeys operation' >&2; exit 254");

    var ended = place.run("bootstrap.sh", "staging", "--yes");

    assertThat(ended.exit()).isEqualTo(1);
    assertThat(ended.errors()).contains("(kms:ListKeys)", "Nothing was changed.");
    assertThat(place.calls("aws kms create-key")).isEmpty();
  }

  private String text(String name) {
    try {
      return Files.readString(place.path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
