package dev.slipway.rehearsal;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.FaultProxy.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From an account with nothing to a stack that can be brought up. */
final class BootstrapSteps extends StateFixture {
  private static final Pattern EXPORT = Pattern.compile("export PULUMI_BACKEND_URL='([^']+)'");

  BootstrapSteps(Fixture fixture, FaultProxy faultProxy) {
    super(fixture, faultProxy);
  }

  /** The account has nothing yet; afterwards the fixture's environment has PULUMI_BACKEND_URL. */
  void bootstrap() throws Exception {
    fixture.environment().put("PULUMI_BACKEND_URL", null);
    Shell.Result doctor = fixture.scripts().run(MINUTE, "./scripts/doctor.sh");
    diary.check(doctor.ok(), "doctor.sh finds all that is needed", doctor.tail());
    Shell.Result shown = bootstrap("what it would do");
    diary.check(
        !shown.ok() && shown.output().contains("nobody is here to ask; give --yes"),
        "without --yes it shows what it would do, and asks",
        shown.tail());
    diary.check(writes().isEmpty(), "and has done nothing", writes());

    faultProxy.rule(
        call ->
            call.operation().equals("CreateAlias")
                ? new Refusal(400, "AccessDeniedException", "not authorized: kms:CreateAlias")
                : null);
    Shell.Result half = bootstrap("cut short by a missing permission", "--yes");
    refused(half, "a permission is missing for naming it alias/slipway (kms:CreateAlias)");
    diary.check(
        half.output().contains("What was done before stays; run this again to go on."),
        "it says that it goes on from there",
        half.tail());

    faultProxy.none();
    Shell.Result whole = bootstrap("the rest of it", "--yes");
    diary.check(whole.ok(), "the next run completes it", whole.tail());
    diary.checkEquals("1", aws("kms", "list-keys", "--query", "length(Keys)"), "with one key");
    Matcher url = EXPORT.matcher(whole.output());
    if (!url.find()) {
      throw new Diary.Broken("bootstrap.sh does not say where the state is: " + whole.output());
    }
    faultProxy.none();
    Shell.Result again = bootstrap("once more");
    diary.check(
        again.ok() && again.output().contains("everything is there; nothing was changed"),
        "a second run finds everything there",
        again.tail());
    diary.check(writes().isEmpty(), "and writes nothing", writes());
    fixture.environment().put("PULUMI_BACKEND_URL", url.group(1));
    protectedBucket();
    lostSettings();
    badBuckets();
    gitHub();
  }

  private void protectedBucket() {
    String bucket = bucket();
    diary.checkEquals(
        "Enabled",
        aws("s3api", "get-bucket-versioning", "--bucket", bucket, "--query", "Status"),
        "the bucket keeps versions");
    diary.checkEquals(
        "AES256",
        aws(
            "s3api",
            "get-bucket-encryption",
            "--bucket",
            bucket,
            "--query",
            "ServerSideEncryptionConfiguration.Rules[0]"
                + ".ApplyServerSideEncryptionByDefault.SSEAlgorithm"),
        "encrypts");
    diary.checkEquals(
        "4",
        aws(
            "s3api",
            "get-public-access-block",
            "--bucket",
            bucket,
            "--query",
            "length(values(PublicAccessBlockConfiguration)[?@])"),
        "is not public, by all four blocks");
    JsonObject tlsOnly =
        JsonParser.parseString(
                aws("s3api", "get-bucket-policy", "--bucket", bucket, "--query", "Policy"))
            .getAsJsonObject()
            .getAsJsonArray("Statement")
            .asList()
            .stream()
            .map(JsonElement::getAsJsonObject)
            .filter(statement -> statement.get("Sid").getAsString().equals("SlipwayTlsOnly"))
            .findFirst()
            .orElse(new JsonObject());
    diary.checkEquals(
        "Deny to \"*\" where {\"Bool\":{\"aws:SecureTransport\":\"false\"}}",
        tlsOnly.size() == 0
            ? "no such statement"
            : tlsOnly.get("Effect").getAsString()
                + " to "
                + tlsOnly.get("Principal")
                + " where "
                + tlsOnly.get("Condition"),
        "takes nothing but TLS");
    diary.checkEquals(
        "365",
        aws(
            "s3api",
            "get-bucket-lifecycle-configuration",
            "--bucket",
            bucket,
            "--query",
            "Rules[?Status=='Enabled'].NoncurrentVersionExpiration.NoncurrentDays | [0]"),
        "keeps old versions for a year");
    denied("the bucket can't be deleted", "s3api", "delete-bucket", "--bucket", bucket);
    String version =
        aws(
            "s3api",
            "list-object-versions",
            "--bucket",
            bucket,
            "--prefix",
            key(),
            "--query",
            "Versions[0].VersionId");
    denied(
        "nor an old version",
        "s3api",
        "delete-object",
        "--bucket",
        bucket,
        "--key",
        key(),
        "--version-id",
        version);
  }

  private void denied(String claim, String... words) {
    Shell.Result result = fixture.scripts().run(MINUTE, Shell.awsCommand(List.of(words)));
    diary.check(!result.ok() && result.output().contains("AccessDenied"), claim, result.tail());
  }

  /** A stack that is there, with a file that has lost its provider and key. */
  private void lostSettings() throws IOException {
    String before = Files.readString(file());
    Files.writeString(file(), withoutProvider(before));
    Shell.Result result = bootstrap("the stack's file has lost its provider", "--yes");
    diary.check(result.ok(), "bootstrap.sh ends well", result.tail());
    diary.checkEquals(line(before, "encryptedkey"), line(read(), "encryptedkey"), "the same key");
  }

  private void badBuckets() {
    faultProxy.rule(
        call ->
            call.method().equals("HEAD") && call.path().equals("/taken-by-others")
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    unchanged(
        bootstrap("a name that is taken", "--bucket", "taken-by-others", "--yes"),
        "taken-by-others is taken by somebody else");

    faultProxy.rule(
        call ->
            call.method().equals("HEAD") && call.path().equals("/" + bucket())
                ? new Refusal(403, "AccessDenied", "Access Denied")
                : null);
    unchanged(
        bootstrap("a permission is missing", "--yes"),
        "is this account's, and a permission on it is missing");

    aws(
        "s3api",
        "create-bucket",
        "--bucket",
        "slipway-far-away",
        "--create-bucket-configuration",
        "LocationConstraint=eu-west-1");
    faultProxy.none();
    unchanged(
        bootstrap("a bucket in another region", "--bucket", "slipway-far-away", "--yes"),
        "slipway-far-away is in eu-west-1, and not in us-east-1");

    String own = aws("kms", "create-key", "--query", "KeyMetadata.KeyId");
    aws("s3api", "create-bucket", "--bucket", "slipway-own-key");
    aws(
        "s3api",
        "put-bucket-encryption",
        "--bucket",
        "slipway-own-key",
        "--server-side-encryption-configuration",
        "{\"Rules\": [{\"ApplyServerSideEncryptionByDefault\":"
            + " {\"SSEAlgorithm\": \"aws:kms\", \"KMSMasterKeyID\": \""
            + own
            + "\"}}]}");
    faultProxy.none();
    unchanged(
        bootstrap("a bucket with a key of its own", "--bucket", "slipway-own-key", "--yes"),
        "which the roles of workflows may not use");
  }

  /** With a gh that only writes down what it is asked for. */
  private void gitHub() throws IOException {
    Path tools = Files.createDirectories(fixture.cloud().directory().resolve("gh"));
    Path asked = tools.resolve("asked");
    Files.writeString(tools.resolve("gh"), "#!/bin/sh\necho \"$*\" >>'" + asked + "'\n");
    if (!tools.resolve("gh").toFile().setExecutable(true)) {
      throw new Diary.Broken("the stand-in for gh can't be made executable");
    }
    var environment = new HashMap<String, String>();
    environment.put("PATH", tools + ":" + fixture.environment().get("PATH"));
    Shell.Result result =
        fixture.run(environment, LONG, "./scripts/bootstrap.sh", stack, "--github");
    diary.check(result.ok(), "bootstrap.sh --github ends well", result.tail());
    var printed =
        result
            .printed()
            .lines()
            .filter(line -> line.startsWith("  gh "))
            .map(line -> line.replaceFirst("^ +gh ", ""))
            .toList();
    diary.checkEquals(printed, Files.readAllLines(asked), "gh is asked for what is printed");
    diary.check(
        printed.contains("variable set PULUMI_STATE_BUCKET --body " + bucket() + repository()),
        "the bucket's name among it",
        printed);
    diary.check(
        printed.stream()
            .anyMatch(
                line -> line.endsWith("slipway-build-erp --env staging --repo my-company/erp")),
        "and what an application's repository needs",
        printed);
  }

  private String repository() throws IOException {
    Matcher named = Pattern.compile("(?m)^ +repository: (\\S+)$").matcher(read());
    return named.find() ? " --repo " + named.group(1) : "";
  }
}
