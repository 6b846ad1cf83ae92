package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.util.List;
import java.util.Map;

/**
 * Roles, policies and instance profiles, made in moto, by which the endpoint checks the machines'
 * calls.
 */
final class IdentityHandlers {
  private final AwsClient.Query iam;

  IdentityHandlers(AwsClient aws) {
    iam = new AwsClient.Query(aws, "iam");
  }

  List<Handler> all() {
    return List.of(role(), policy(), rolePolicy(), attachment(), profile(), provider());
  }

  /** moto takes any text for a trust policy. */
  private static String trust(Handler.Request request) {
    String policy = request.text("assumeRolePolicy");
    try {
      new PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError("MalformedPolicyDocument", e.getMessage());
    }
    return policy;
  }

  private Handler role() {
    return Handler.of("aws:iam/role:Role")
        .create(
            request -> {
              String name = request.text("name");
              Xml made =
                  iam.call(
                      "CreateRole",
                      request
                          .fields(
                              "RoleName=name",
                              "Path:/",
                              "Description",
                              "MaxSessionDuration",
                              "PermissionsBoundary")
                          .and("AssumeRolePolicyDocument", trust(request))
                          .tags("Tags.member", request.tags()));
              for (Map<String, Object> inline : request.maps("inlinePolicies")) {
                iam.call(
                    "PutRolePolicy",
                    Fields.table(
                        name, inline, "RoleName=#", "PolicyName=name", "PolicyDocument=policy"));
              }
              for (String arn : request.strings("managedPolicyArns")) {
                iam.call("AttachRolePolicy", "RoleName", name, "PolicyArn", arn);
              }
              return Handler.Made.of(
                  name,
                  "arn",
                  made.need("Arn"),
                  "uniqueId",
                  made.need("RoleId"),
                  "createDate",
                  made.need("CreateDate"));
            })
        .change(
            request -> {
              iam.call(
                  "UpdateAssumeRolePolicy",
                  "RoleName",
                  request.id(),
                  "PolicyDocument",
                  trust(request));
              iam.call(
                  "UpdateRole",
                  request.fields("RoleName=#", "Description:", "MaxSessionDuration:3600"));
              if (request.has("permissionsBoundary")) {
                iam.call(
                    "PutRolePermissionsBoundary",
                    request.fields("RoleName=#", "PermissionsBoundary"));
              } else if (request.oldText("permissionsBoundary") != null) {
                iam.call("DeleteRolePermissionsBoundary", "RoleName", request.id());
              }
            })
        .delete(
            request -> {
              for (Map<String, Object> inline : Values.maps(request.old().get("inlinePolicies"))) {
                iam.call(
                    "DeleteRolePolicy", "RoleName", request.id(), "PolicyName", inline.get("name"));
              }
              for (String arn : Values.strings(request.old().get("managedPolicyArns"))) {
                iam.call("DetachRolePolicy", "RoleName", request.id(), "PolicyArn", arn);
              }
              boolean used =
                  iam.call("ListInstanceProfilesForRole", "RoleName", request.id())
                      .anywhere("InstanceProfileName")
                      .isPresent();
              boolean holds =
                  iam.call("ListRolePolicies", "RoleName", request.id())
                          .at("ListRolePoliciesResult/PolicyNames")
                          .map(names -> !names.children("member").isEmpty())
                          .orElse(false)
                      || iam.call("ListAttachedRolePolicies", "RoleName", request.id())
                          .anywhere("PolicyArn")
                          .isPresent();
              if (used || holds) {
                throw new AwsError(
                    409,
                    "DeleteConflict",
                    used
                        ? "Cannot delete entity, must remove roles from instance profile first."
                        : "Cannot delete entity, must delete policies first.");
              }
              iam.call("DeleteRole", "RoleName", request.id());
            })
        .found(request -> iam.call("GetRole", "RoleName", request.id()));
  }

  private Handler policy() {
    return Handler.of("aws:iam/policy:Policy")
        .create(
            request -> {
              String arn =
                  iam.call(
                          "CreatePolicy",
                          request
                              .fields(
                                  "PolicyName=name",
                                  "Path:/",
                                  "Description",
                                  "PolicyDocument=policy")
                              .tags("Tags.member", request.tags()))
                      .need("Arn");
              return Handler.Made.of(arn, "arn", arn, "attachmentCount", 0);
            })
        .change(
            request -> {
              if (request.changed("policy")) {
                for (Xml version :
                    iam.call("ListPolicyVersions", "PolicyArn", request.id())
                        .at("ListPolicyVersionsResult/Versions")
                        .map(versions -> versions.children("member"))
                        .orElse(List.of())) {
                  if (version.text("IsDefaultVersion").equals("false")) {
                    iam.call(
                        "DeletePolicyVersion",
                        "PolicyArn",
                        request.id(),
                        "VersionId",
                        version.text("VersionId"));
                  }
                }
                iam.call(
                    "CreatePolicyVersion",
                    request
                        .fields("PolicyArn=#", "PolicyDocument=policy")
                        .and("SetAsDefault", true));
              }
            })
        .delete(request -> iam.call("DeletePolicy", "PolicyArn", request.id()))
        .found(request -> iam.call("GetPolicy", "PolicyArn", request.id()));
  }

  private Handler rolePolicy() {
    return Handler.of("aws:iam/rolePolicy:RolePolicy")
        .put(
            this::put,
            request -> Handler.Made.of(request.text("role") + ":" + request.text("name")))
        .delete(
            request ->
                iam.call("DeleteRolePolicy", request.before("RoleName=role", "PolicyName=name")))
        .found(
            request ->
                iam.call("GetRolePolicy", request.before("RoleName=role", "PolicyName=name")));
  }

  private void put(Handler.Request request) {
    iam.call(
        "PutRolePolicy",
        request.fields("RoleName=role", "PolicyName=name", "PolicyDocument=policy"));
  }

  private Handler attachment() {
    return Handler.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        .create(
            request -> {
              iam.call("AttachRolePolicy", request.fields("RoleName=role", "PolicyArn"));
              return Handler.Made.of(request.text("role") + "/" + request.text("policyArn"));
            })
        .delete(
            request -> iam.call("DetachRolePolicy", request.before("RoleName=role", "PolicyArn")))
        .found(request -> iam.call("GetRole", "RoleName", request.oldText("role")));
  }

  private Handler profile() {
    return Handler.of("aws:iam/instanceProfile:InstanceProfile")
        .create(
            request -> {
              String name = request.text("name");
              Xml made =
                  iam.call(
                      "CreateInstanceProfile",
                      request
                          .fields("Path:/")
                          .and("InstanceProfileName", name)
                          .tags("Tags.member", request.tags()));
              if (request.has("role")) {
                iam.call(
                    "AddRoleToInstanceProfile",
                    request.fields("RoleName=role").and("InstanceProfileName", name));
              }
              return Handler.Made.of(
                  name,
                  "arn",
                  made.need("Arn"),
                  "uniqueId",
                  made.need("InstanceProfileId"),
                  "createDate",
                  made.need("CreateDate"));
            })
        .change(
            request -> {
              if (request.changed("role")) {
                if (request.oldText("role") != null) {
                  removeRole(request);
                }
                iam.call(
                    "AddRoleToInstanceProfile",
                    request.fields("InstanceProfileName=#", "RoleName=role"));
              }
            })
        .delete(
            request -> {
              if (request.oldText("role") != null) {
                removeRole(request);
              }
              iam.call("DeleteInstanceProfile", "InstanceProfileName", request.id());
            })
        .found(request -> iam.call("GetInstanceProfile", "InstanceProfileName", request.id()));
  }

  /** Whose word the account takes; there is one for each issuer. */
  private Handler provider() {
    return Handler.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
        .create(
            request -> {
              var query =
                  request
                      .fields(
                          "Url",
                          "ClientIDList.member=clientIdLists",
                          "ThumbprintList.member=thumbprintLists")
                      .tags("Tags.member", request.tags());
              String arn =
                  iam.call("CreateOpenIDConnectProvider", query).need("OpenIDConnectProviderArn");
              return Handler.Made.of(arn, "arn", arn);
            })
        .change(
            request -> {
              if (request.changed("clientIdLists")) {
                throw new AwsError(501, "NotEmulated", "moto has no AddClientID");
              }
            })
        .delete(
            request ->
                iam.call("DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", request.id()))
        .found(
            request ->
                iam.call("GetOpenIDConnectProvider", "OpenIDConnectProviderArn", request.id()));
  }

  private void removeRole(Handler.Request request) {
    iam.call(
        "RemoveRoleFromInstanceProfile", request.before("InstanceProfileName=#", "RoleName=role"));
  }
}
