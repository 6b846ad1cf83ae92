package dev.slipway.aws;

import dev.slipway.aws.Drawing.Icon;
import dev.slipway.core.Stack;
import dev.slipway.identity.Statement;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Systems Manager: documents, told by their names, and parameters, told by their path. */
final class Ssm {
  private static final Prices PRICES =
      Prices.of(
          "ssm",
          "https://aws.amazon.com/systems-manager/pricing/",
          "2025-06-30",
          """
          advanced-parameter  *  0.05  parameter-month
          """);

  private static final String[] READ_DOCUMENT = {
    "ssm:DescribeDocument",
    "ssm:DescribeDocumentPermission",
    "ssm:GetDocument",
    "ssm:ListTagsForResource"
  };

  static final List<AwsType> TYPES =
      List.of(
          AwsType.of("aws:ssm/document:Document")
              .free()
              .inWords(document -> document.text("name"))
              .named("name", 3, 128, "[a-zA-Z0-9_.-]+")
              .replacedBy("name")
              .computes("id", "{name}")
              .computes("arn", "arn:aws:ssm:{region}:{account}:document/{name}")
              .computes("defaultVersion", "1")
              .computes("latestVersion", "1")
              .computes("documentVersion", "1")
              .computes("hash", "{hex64}")
              .computes("hashType", "Sha256")
              .computes("owner", "{account}")
              .computes("schemaVersion", "2.2")
              .computes("status", "Active")
              .toDeploy(
                  stack ->
                      documents(
                              stack,
                              "backup",
                              "check",
                              "configure",
                              "drill",
                              "release",
                              "rename",
                              "restore",
                              "retire",
                              "rollback",
                              "status")
                          .actions(
                              Target.and(
                                  READ_DOCUMENT,
                                  "ssm:AddTagsToResource",
                                  "ssm:CreateDocument",
                                  "ssm:DeleteDocument",
                                  "ssm:RemoveTagsFromResource",
                                  "ssm:UpdateDocument",
                                  "ssm:UpdateDocumentDefaultVersion")))
              .toRefresh(
                  any ->
                      Statement.allow("SeeDocuments")
                          .actions(READ_DOCUMENT)
                          .resources(any.arn("ssm", "document/slipway-*"))),
          // The pointer: what hosts run.
          AwsType.of("aws:ssm/parameter:Parameter")
              // Hosts keep more there than the program puts in, under the same path.
              .drawn(
                  Drawing.together("parameters", Icon.PARAMETER, "parameter")
                      .label(all -> "Parameter Store")
                      .detailsOfAll(
                          all ->
                              Drawing.lines(
                                  all.stream().map(parameter -> parameter.text("name")).toList()))
                      .knownBy(":parameter/slipway/"))
              .inWords(parameter -> parameter.text("name"))
              .costs(
                  parameter ->
                      parameter.text("tier").equals("Advanced")
                          ? List.of(
                              Charge.monthly(PRICES, "advanced-parameter", "advanced parameter"))
                          : List.of())
              .breaks("parameter-limits", Ssm::isTooLong)
              .named("name", 1, 1011, "[a-zA-Z0-9_./-]+")
              .replacedBy("name")
              .replacedWhen(
                  "tier",
                  (before, after) ->
                      "Advanced".equals(before.get("tier")) && "Standard".equals(after.get("tier")))
              .computes("id", "{name}")
              .computes("arn", "arn:aws:ssm:{region}:{account}:parameter{name}")
              .computes("version", "1")
              .computes("dataType", "text")
              .computes("tier", "Standard")
              .toDeploy(
                  stack ->
                      Statement.allow("KeepPointer")
                          .actions(
                              "ssm:AddTagsToResource",
                              "ssm:DeleteParameter",
                              "ssm:GetParameter",
                              "ssm:GetParameters",
                              "ssm:ListTagsForResource",
                              "ssm:PutParameter",
                              "ssm:RemoveTagsFromResource")
                          .resources(stack.arn("ssm", "parameter" + stack.stack().pointer())),
                  seeReleases(),
                  stack ->
                      Statement.allow("ForgetRelease")
                          .actions("ssm:DeleteParameter")
                          .resources(
                              stack.arn("ssm", "parameter" + stack.stack().desiredRelease()),
                              stack.arn(
                                  "ssm", "parameter" + stack.stack().desiredRelease() + "/*")))
              .toRead(Scopes.see("ssm:DescribeParameters"))
              .toRefreshEach(
                  stack ->
                      Statement.allow("SeePointers")
                          .actions(
                              "ssm:GetParameter", "ssm:GetParameters", "ssm:ListTagsForResource")
                          .resources(stack.arn("ssm", "parameter" + stack.stack().pointer()))));

  private Ssm() {}

  private static String isTooLong(PlannedResource parameter) {
    boolean advanced = parameter.text("tier").equals("Advanced");
    int most = advanced ? 8192 : 4096;
    int length = parameter.text("value").getBytes(StandardCharsets.UTF_8).length;
    return length > most
        ? "is %,d bytes, and %s parameter takes %,d%s"
            .formatted(
                length,
                advanced ? "an advanced" : "a standard",
                most,
                advanced ? "" : "; make it an advanced one, or split it")
        : "";
  }

  /** Whether there was a release. */
  static Right seeReleases() {
    return stack ->
        Statement.allow("SeeReleases")
            .actions("ssm:GetParametersByPath")
            .resources(stack.arn("ssm", "parameter" + stack.stack().releases()));
  }

  /** The document by which machines are stopped for the night, beside the others. */
  static Right stopDocument() {
    return stack -> documents(stack, "stop");
  }

  /** The document by which hosts make and restore dumps. */
  static Right dumpDocument() {
    return stack -> documents(stack, "dump");
  }

  private static Statement documents(Target stack, String... verbs) {
    return Statement.allow("KeepDocuments").resources(stack.documents(verbs));
  }

  /** The most that the agent of a host and what is on it can do. */
  static Right[] ofHosts() {
    return new Right[] {
      stack ->
          Statement.allow("AgentChannels")
              .actions(
                  "ec2messages:AcknowledgeMessage",
                  "ec2messages:DeleteMessage",
                  "ec2messages:FailMessage",
                  "ec2messages:GetEndpoint",
                  "ec2messages:GetMessages",
                  "ec2messages:SendReply",
                  "ssmmessages:CreateControlChannel",
                  "ssmmessages:CreateDataChannel",
                  "ssmmessages:OpenControlChannel",
                  "ssmmessages:OpenDataChannel")
              .resources("*"),
      stack ->
          Statement.allow("AgentReports")
              .actions(
                  "ssm:GetDeployablePatchSnapshotForInstance",
                  "ssm:GetManifest",
                  "ssm:ListAssociations",
                  "ssm:PutComplianceItems",
                  "ssm:PutConfigurePackageResult",
                  "ssm:PutInventory",
                  "ssm:UpdateInstanceInformation")
              .resources("*"),
      stack ->
          Statement.allow("AgentReads")
              .actions(
                  "ssm:DescribeAssociation",
                  "ssm:DescribeDocument",
                  "ssm:GetDocument",
                  "ssm:ListInstanceAssociations",
                  "ssm:UpdateAssociationStatus",
                  "ssm:UpdateInstanceAssociationStatus")
              .resources(
                  Target.and(
                      stack.ec2("instance"),
                      stack.arn("ssm", "association/*"),
                      stack.arn("ssm", "document/*"),
                      stack.ofAws("ssm", "document/*"))),
      stack ->
          Statement.allow("OwnParameters")
              .actions(
                  "ssm:DeleteParameter",
                  "ssm:GetParameter",
                  "ssm:GetParameterHistory",
                  "ssm:GetParameters",
                  "ssm:GetParametersByPath",
                  "ssm:PutParameter")
              .resources(
                  stack.arn("ssm", "parameter" + stack.stack().path()),
                  stack.arn("ssm", "parameter" + stack.stack().path() + "/*")),
      stack ->
          Statement.allow("ParametersOfAws")
              .actions("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
              .resources(stack.ofAws("ssm", "parameter/aws/*"))
    };
  }

  /** The most that a schedule can do: stop the stack's own machines, and start them. */
  static Right[] ofSchedules() {
    return new Right[] {
      stack ->
          Statement.allow("StopByDocument")
              .actions("ssm:SendCommand")
              .resources(stack.documents("stop")),
      stack ->
          Statement.allow("StopAndStartOwnMachines")
              .actions("ssm:SendCommand", "ec2:StartInstances")
              .resources(stack.ec2("instance"))
              .when("StringEquals", Scopes.HAS + Stack.STACK_TAG, stack.stack().name())
    };
  }
}
