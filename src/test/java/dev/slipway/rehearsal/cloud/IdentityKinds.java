package dev.slipway.rehearsal.cloud;

import dev.slipway.testing.PolicyEvaluator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Roles, policies and instance profiles, made in moto, from which the endpoint judges the machines'
 * calls.
 */
final class IdentityKinds {
  private final AwsClient aws;

  IdentityKinds(AwsClient aws) {
    this.aws = aws;
  }

  List<Kind> all() {
    return List.of(role(), policy(), rolePolicy(), attachment(), profile(), provider());
  }

  private Xml iam(String action, Object... parameters) {
    return aws.query("iam", action, Kind.query(parameters));
  }

  private Xml iam(String action, Map<String, String> parameters) {
    return aws.query("iam", action, parameters);
  }

  private boolean isThere(String action, Object... parameters) {
    try {
      iam(action, parameters);
      return true;
    } catch (AwsError e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private static Map<String, String> tagged(Kind.Request request, Map<String, String> query) {
    var all = new LinkedHashMap<>(query);
    int n = 0;
    for (var tag : request.tags().entrySet()) {
      n++;
      all.put("Tags.member." + n + ".Key", tag.getKey());
      all.put("Tags.member." + n + ".Value", tag.getValue());
    }
    return all;
  }

  /** moto takes any text for a trust policy. */
  private static String trust(Kind.Request request) {
    String policy = request.text("assumeRolePolicy");
    try {
      new PolicyEvaluator(List.of()).at(policy);
    } catch (IllegalArgumentException e) {
      throw new AwsError(400, "MalformedPolicyDocument", e.getMessage());
    }
    return policy;
  }

  private Kind role() {
    return Kind.of("aws:iam/role:Role")
        .create(
            request -> {
              String name = request.text("name");
              Xml made =
                  iam(
                      "CreateRole",
                      tagged(
                          request,
                          Kind.query(
                              "RoleName",
                              name,
                              "Path",
                              request.text("path", "/"),
                              "AssumeRolePolicyDocument",
                              trust(request),
                              "Description",
                              request.text("description"),
                              "MaxSessionDuration",
                              request.text("maxSessionDuration"),
                              "PermissionsBoundary",
                              request.text("permissionsBoundary"))));
              for (Map<String, Object> inline :
                  Values.maps(request.inputs().get("inlinePolicies"))) {
                iam(
                    "PutRolePolicy",
                    "RoleName",
                    name,
                    "PolicyName",
                    inline.get("name"),
                    "PolicyDocument",
                    inline.get("policy"));
              }
              for (String arn : Values.strings(request.inputs().get("managedPolicyArns"))) {
                iam("AttachRolePolicy", "RoleName", name, "PolicyArn", arn);
              }
              return Kind.Made.of(
                  name,
                  "arn",
                  made.need("Arn"),
                  "uniqueId",
                  made.need("RoleId"),
                  "createDate",
                  made.need("CreateDate"));
            })
        .update(
            request -> {
              iam(
                  "UpdateAssumeRolePolicy",
                  "RoleName",
                  request.id(),
                  "PolicyDocument",
                  trust(request));
              iam(
                  "UpdateRole",
                  "RoleName",
                  request.id(),
                  "Description",
                  request.text("description", ""),
                  "MaxSessionDuration",
                  request.text("maxSessionDuration", "3600"));
              if (request.has("permissionsBoundary")) {
                iam(
                    "PutRolePermissionsBoundary",
                    "RoleName",
                    request.id(),
                    "PermissionsBoundary",
                    request.text("permissionsBoundary"));
              } else if (request.oldText("permissionsBoundary") != null) {
                iam("DeleteRolePermissionsBoundary", "RoleName", request.id());
              }
              return Map.of();
            })
        .delete(
            request -> {
              for (Map<String, Object> inline : Values.maps(request.old().get("inlinePolicies"))) {
                iam("DeleteRolePolicy", "RoleName", request.id(), "PolicyName", inline.get("name"));
              }
              for (String arn : Values.strings(request.old().get("managedPolicyArns"))) {
                iam("DetachRolePolicy", "RoleName", request.id(), "PolicyArn", arn);
              }
              boolean used =
                  iam("ListInstanceProfilesForRole", "RoleName", request.id())
                      .anywhere("InstanceProfileName")
                      .isPresent();
              boolean holds =
                  iam("ListRolePolicies", "RoleName", request.id())
                          .at("ListRolePoliciesResult/PolicyNames")
                          .map(names -> !names.children("member").isEmpty())
                          .orElse(false)
                      || iam("ListAttachedRolePolicies", "RoleName", request.id())
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
              iam("DeleteRole", "RoleName", request.id());
            })
        .exists(request -> isThere("GetRole", "RoleName", request.id()));
  }

  private Kind policy() {
    return Kind.of("aws:iam/policy:Policy")
        .create(
            request -> {
              String arn =
                  iam(
                          "CreatePolicy",
                          tagged(
                              request,
                              Kind.query(
                                  "PolicyName",
                                  request.text("name"),
                                  "Path",
                                  request.text("path", "/"),
                                  "Description",
                                  request.text("description"),
                                  "PolicyDocument",
                                  request.text("policy"))))
                      .need("Arn");
              return Kind.Made.of(arn, "arn", arn, "attachmentCount", 0);
            })
        .update(
            request -> {
              if (request.changed("policy")) {
                for (Xml version :
                    iam("ListPolicyVersions", "PolicyArn", request.id())
                        .at("ListPolicyVersionsResult/Versions")
                        .map(versions -> versions.children("member"))
                        .orElse(List.of())) {
                  if (version.text("IsDefaultVersion").equals("false")) {
                    iam(
                        "DeletePolicyVersion",
                        "PolicyArn",
                        request.id(),
                        "VersionId",
                        version.text("VersionId"));
                  }
                }
                iam(
                    "CreatePolicyVersion",
                    "PolicyArn",
                    request.id(),
                    "PolicyDocument",
                    request.text("policy"),
                    "SetAsDefault",
                    true);
              }
              return Map.of();
            })
        .delete(request -> iam("DeletePolicy", "PolicyArn", request.id()))
        .exists(request -> isThere("GetPolicy", "PolicyArn", request.id()));
  }

  private Kind rolePolicy() {
    return Kind.of("aws:iam/rolePolicy:RolePolicy")
        .create(
            request -> {
              put(request);
              return Kind.Made.of(request.text("role") + ":" + request.text("name"));
            })
        .update(
            request -> {
              put(request);
              return Map.of();
            })
        .delete(
            request ->
                iam(
                    "DeleteRolePolicy",
                    "RoleName",
                    request.oldText("role"),
                    "PolicyName",
                    request.oldText("name")))
        .exists(
            request ->
                isThere(
                    "GetRolePolicy",
                    "RoleName",
                    request.oldText("role"),
                    "PolicyName",
                    request.oldText("name")));
  }

  private void put(Kind.Request request) {
    iam(
        "PutRolePolicy",
        "RoleName",
        request.text("role"),
        "PolicyName",
        request.text("name"),
        "PolicyDocument",
        request.text("policy"));
  }

  private Kind attachment() {
    return Kind.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        .create(
            request -> {
              iam(
                  "AttachRolePolicy",
                  "RoleName",
                  request.text("role"),
                  "PolicyArn",
                  request.text("policyArn"));
              return Kind.Made.of(request.text("role") + "/" + request.text("policyArn"));
            })
        .delete(
            request ->
                iam(
                    "DetachRolePolicy",
                    "RoleName",
                    request.oldText("role"),
                    "PolicyArn",
                    request.oldText("policyArn")))
        .exists(request -> isThere("GetRole", "RoleName", request.oldText("role")));
  }

  private Kind profile() {
    return Kind.of("aws:iam/instanceProfile:InstanceProfile")
        .create(
            request -> {
              String name = request.text("name");
              Xml made =
                  iam(
                      "CreateInstanceProfile",
                      tagged(
                          request,
                          Kind.query(
                              "InstanceProfileName", name, "Path", request.text("path", "/"))));
              if (request.has("role")) {
                iam(
                    "AddRoleToInstanceProfile",
                    "InstanceProfileName",
                    name,
                    "RoleName",
                    request.text("role"));
              }
              return Kind.Made.of(
                  name,
                  "arn",
                  made.need("Arn"),
                  "uniqueId",
                  made.need("InstanceProfileId"),
                  "createDate",
                  made.need("CreateDate"));
            })
        .update(
            request -> {
              if (request.changed("role")) {
                if (request.oldText("role") != null) {
                  removeRole(request);
                }
                iam(
                    "AddRoleToInstanceProfile",
                    "InstanceProfileName",
                    request.id(),
                    "RoleName",
                    request.text("role"));
              }
              return Map.of();
            })
        .delete(
            request -> {
              if (request.oldText("role") != null) {
                removeRole(request);
              }
              iam("DeleteInstanceProfile", "InstanceProfileName", request.id());
            })
        .exists(request -> isThere("GetInstanceProfile", "InstanceProfileName", request.id()));
  }

  /** Whose word the account takes; there is one for each issuer. */
  private Kind provider() {
    return Kind.of("aws:iam/openIdConnectProvider:OpenIdConnectProvider")
        .create(
            request -> {
              var query =
                  new LinkedHashMap<>(
                      tagged(
                          request,
                          Kind.query(
                              "Url",
                              request.text("url"),
                              "ClientIDList.member",
                              Values.list(request.inputs().get("clientIdLists")),
                              "ThumbprintList.member",
                              Values.list(request.inputs().get("thumbprintLists")))));
              String arn =
                  iam("CreateOpenIDConnectProvider", query).need("OpenIDConnectProviderArn");
              return Kind.Made.of(arn, "arn", arn);
            })
        .update(
            request -> {
              if (request.changed("clientIdLists")) {
                throw new AwsError(501, "NotEmulated", "moto has no AddClientID");
              }
              return Map.of();
            })
        .delete(
            request -> iam("DeleteOpenIDConnectProvider", "OpenIDConnectProviderArn", request.id()))
        .exists(
            request ->
                isThere("GetOpenIDConnectProvider", "OpenIDConnectProviderArn", request.id()));
  }

  private void removeRole(Kind.Request request) {
    iam(
        "RemoveRoleFromInstanceProfile",
        "InstanceProfileName",
        request.id(),
        "RoleName",
        request.oldText("role"));
  }
}
