package dev.slipway.rehearsal.cloud;

import java.util.List;
import java.util.Map;

/** Systems Manager's parameters and documents. */
final class ParameterHandlers {
  private final AwsClient aws;
  private final AwsClient.Json ssm;

  ParameterHandlers(AwsClient aws) {
    this.aws = aws;
    ssm = new AwsClient.Json(aws, "ssm", "AmazonSSM");
  }

  List<Handler> all() {
    return List.of(parameter(), document());
  }

  private Handler parameter() {
    return Handler.of("aws:ssm/parameter:Parameter")
        .moves("version")
        .create(
            request -> {
              put(request, false);
              String name = request.text("name");
              return Handler.Made.of(
                  name,
                  "arn",
                  aws.arn("ssm", "parameter" + (name.startsWith("/") ? "" : "/") + name),
                  "version",
                  1,
                  "tier",
                  request.text("tier", "Standard"));
            })
        .update(
            request -> {
              if (request.changed("value")
                  || request.changed("type")
                  || request.changed("description")
                  || request.changed("keyId")
                  || request.changed("tier")) {
                return put(request, true);
              }
              return Map.of();
            })
        .delete(request -> ssm.call("DeleteParameter", "Name", request.id()))
        .found(request -> ssm.call("GetParameter", "Name", request.id()));
  }

  private Map<String, Object> put(Handler.Request request, boolean overwrite) {
    if (request.text("value").length() > 4096 && !"Advanced".equals(request.text("tier"))) {
      throw new AwsError(
          "ValidationException",
          "Standard tier parameters support a maximum parameter value of 4096 characters. To create"
              + " a larger parameter value, upgrade the parameter to use the advanced-parameter"
              + " tier.");
    }
    var answer =
        ssm.call(
            "PutParameter",
            request
                .fields("Name", "Type", "Value", "Description", "KeyId", "AllowedPattern", "Tier")
                .and(
                    "Overwrite",
                    overwrite || request.flag("overwrite"),
                    "Tags",
                    overwrite ? null : request.tagList("Key", "Value")));
    return Fields.of("version", answer.get("Version"));
  }

  private Handler document() {
    return Handler.of("aws:ssm/document:Document")
        .moves("latestVersion", "defaultVersion", "documentVersion", "hash")
        .create(
            request -> {
              SsmDocument.parse(request.text("name"), request.text("content"));
              var made =
                  ssm.call(
                      "CreateDocument",
                      request
                          .fields(
                              "Name",
                              "Content",
                              "DocumentType",
                              "DocumentFormat:JSON",
                              "TargetType")
                          .and("Tags", request.tagList("Key", "Value")));
              var outputs = documentOutputs(made);
              outputs.put("arn", aws.arn("ssm", "document/" + request.text("name")));
              return new Handler.Made(request.text("name"), outputs);
            })
        .update(
            request -> {
              if (!request.changed("content")) {
                return Map.of();
              }
              SsmDocument.parse(request.id(), request.text("content"));
              var made =
                  ssm.call(
                      "UpdateDocument",
                      request
                          .fields("Name=#", "Content", "DocumentFormat:JSON")
                          .and("DocumentVersion", "$LATEST"));
              var outputs = documentOutputs(made);
              ssm.call(
                  "UpdateDocumentDefaultVersion",
                  "Name",
                  request.id(),
                  "DocumentVersion",
                  outputs.get("latestVersion"));
              outputs.put("defaultVersion", outputs.get("latestVersion"));
              return outputs;
            })
        .delete(request -> ssm.call("DeleteDocument", "Name", request.id()))
        .found(request -> ssm.call("GetDocument", "Name", request.id()));
  }

  private static Map<String, Object> documentOutputs(Map<String, Object> answer) {
    Map<String, Object> description = Values.map(answer.get("DocumentDescription"));
    return Fields.of(
        "latestVersion",
        Values.text(description.get("LatestVersion")),
        "defaultVersion",
        Values.text(description.get("DefaultVersion")),
        "documentVersion",
        Values.text(description.get("DocumentVersion")),
        "hash",
        Values.text(description.get("Hash")),
        "schemaVersion",
        Values.text(description.get("SchemaVersion")),
        "status",
        "Active");
  }
}
