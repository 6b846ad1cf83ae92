package dev.slipway.rehearsal.cloud;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * ElastiCache: replication groups with a real Redis, and the users that may use it. moto knows
 * neither user groups nor how a user is changed, so that the records are here.
 *
 * <p>Sources of the rules: Amazon ElastiCache User Guide, <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html">role-based
 * access control</a>, and the API's <a
 * href="https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyUser.html">ModifyUser</a>.
 */
final class CacheHandlers {

  private static final String NAMESPACE = "http://elasticache.amazonaws.com/doc/2015-02-02/";

  private record User(
      String id, String name, String access, List<String> passwords, boolean noPassword) {

    Caches.User forRedis() {
      return new Caches.User(name, access, passwords, noPassword);
    }

    User with(String nowAccess, List<String> nowPasswords, boolean nowNoPassword) {
      return new User(id, name, nowAccess, nowPasswords, nowNoPassword);
    }
  }

  private final AwsClient aws;
  private final Caches caches;
  private final Map<String, User> users = new TreeMap<>();
  private final Map<String, List<String>> userGroups = new TreeMap<>();
  private final Map<String, Map<String, String>> parameterGroups = new TreeMap<>();
  private final Map<String, List<String>> subnetGroups = new TreeMap<>();

  /** The user groups of each replication group. */
  private final Map<String, List<String>> caching = new TreeMap<>();

  /** The parameter group of each replication group. */
  private final Map<String, String> parametersOf = new TreeMap<>();

  private final AtomicInteger serial = new AtomicInteger();

  CacheHandlers(AwsClient aws, Caches caches) {
    this.aws = aws;
    this.caches = caches;
  }

  List<Handler> all() {
    return List.of(user(), userGroup(), parameterGroup(), subnetGroup(), replicationGroup());
  }

  private String arn(String kind, String id) {
    return aws.arn("elasticache", kind + ":" + id);
  }

  private static AwsError taken(String code, String what) {
    return new AwsError(400, code, what + " already exists.");
  }

  private static AwsError wrong(String message) {
    return new AwsError("InvalidParameterValue", message);
  }

  private static AwsError together(String message) {
    return new AwsError("InvalidParameterCombination", message);
  }

  /**
   * How a type is spoken of.
   *
   * @param id the input that names a thing
   * @param arn its kind in ARNs
   * @param code its name in AWS's codes of errors
   * @param text its name in AWS's messages
   */
  private record Words(String id, String arn, String code, String text) {}

  /** A type of which a record is kept here, under a name that only one can have. */
  private <T> Handler kept(
      String token, Words words, Map<String, T> things, Function<Handler.Request, T> validated) {
    return Handler.of(token)
        .create(
            request -> {
              String id = request.text(words.id());
              synchronized (this) {
                if (things.containsKey(id)) {
                  throw taken(words.code() + "AlreadyExists", words.text() + " " + id);
                }
                things.put(id, validated.apply(request));
              }
              return Handler.Made.of(id, "arn", arn(words.arn(), id));
            })
        .delete(
            request -> {
              synchronized (this) {
                things.remove(request.id());
              }
            })
        .exists(
            request -> {
              synchronized (this) {
                return things.containsKey(request.id());
              }
            });
  }

  // --- users
  // ---------------------------------------------------------------------------------------------------------

  private Handler user() {
    return kept(
            "aws:elasticache/user:User",
            new Words("userId", "user", "User", "User"),
            users,
            request -> validated(asked(request, request.text("userId"))))
        .change(
            request -> {
              if (request.changed("accessString")
                  || request.changed("passwords")
                  || request.changed("authenticationMode")
                  || request.changed("noPasswordRequired")) {
                change(validated(asked(request, request.id())));
              }
            });
  }

  private static User asked(Handler.Request request, String id) {
    Map<String, Object> mode = Values.map(request.inputs().get("authenticationMode"));
    var passwords = new ArrayList<>(request.strings("passwords"));
    passwords.addAll(Values.strings(mode.get("passwords")));
    boolean none =
        request.flag("noPasswordRequired") || "no-password-required".equals(mode.get("type"));
    return new User(id, request.text("userName"), request.text("accessString"), passwords, none);
  }

  private static User validated(User user) {
    if (user.noPassword() && !user.passwords().isEmpty()) {
      throw together("Passwords can't be given together with no-password-required.");
    }
    if (!user.noPassword() && user.passwords().isEmpty()) {
      throw wrong("Input Authentication type: password requires at least one password.");
    }
    if (user.passwords().size() > 2) {
      throw wrong("A user can have at most 2 passwords.");
    }
    if (user.passwords().stream().anyMatch(p -> !p.matches("[\\x21-\\x7e]{16,128}"))) {
      throw wrong(
          "Passwords length must be between 16-128 characters, of those that can be printed.");
    }
    if (user.access() == null || !user.access().matches("(on|off)( .*)?")) {
      throw wrong("Access String: must begin with on or off");
    }
    return user;
  }

  private synchronized void change(User now) {
    users.put(now.id(), now);
    for (String cache : caching.keySet()) {
      if (usersOf(cache).stream().anyMatch(user -> user.id().equals(now.id()))) {
        caches.put(cache, now.forRedis());
      }
    }
  }

  private Handler userGroup() {
    return kept(
            "aws:elasticache/userGroup:UserGroup",
            new Words("userGroupId", "usergroup", "UserGroup", "User group"),
            userGroups,
            this::validatedMembers)
        .change(request -> members(request.id(), validatedMembers(request)))
        .delete(
            request -> {
              synchronized (this) {
                if (caching.values().stream().anyMatch(all -> all.contains(request.id()))) {
                  throw new AwsError(
                      "InvalidUserGroupState",
                      "User group " + request.id() + " is associated with a replication group.");
                }
                userGroups.remove(request.id());
              }
            });
  }

  private synchronized List<String> validatedMembers(Handler.Request request) {
    List<String> ids = request.strings("userIds");
    var names = new ArrayList<String>();
    for (String id : ids) {
      if (!users.containsKey(id)) {
        throw new AwsError(404, "UserNotFound", "User " + id + " not found.");
      }
      names.add(users.get(id).name());
    }
    if (!names.contains("default")) {
      throw new AwsError(
          "DefaultUserRequired", "The user group needs a user with the user name default.");
    }
    if (names.stream().distinct().count() < names.size()) {
      throw new AwsError("DuplicateUserName", "Two users of the group have the same name.");
    }
    return ids;
  }

  private synchronized void members(String group, List<String> ids) {
    List<String> before = userGroups.put(group, ids);
    for (var cache : caching.entrySet()) {
      if (cache.getValue().contains(group)) {
        before.stream()
            .filter(id -> !ids.contains(id) && users.containsKey(id))
            .forEach(id -> caches.removeUser(cache.getKey(), users.get(id).name()));
        usersOf(cache.getKey()).forEach(user -> caches.put(cache.getKey(), user.forRedis()));
      }
    }
  }

  private List<User> usersOf(String cache) {
    return caching.get(cache).stream()
        .flatMap(group -> userGroups.get(group).stream())
        .map(users::get)
        .toList();
  }

  // --- groups of parameters and subnets
  // --------------------------------------------------------------------------------

  private Handler parameterGroup() {
    return kept(
            "aws:elasticache/parameterGroup:ParameterGroup",
            new Words("name", "parametergroup", "CacheParameterGroup", "Cache parameter group"),
            parameterGroups,
            CacheHandlers::parameters)
        .change(
            request -> {
              synchronized (this) {
                parameterGroups.put(request.id(), parameters(request));
                parametersOf.forEach(
                    (cache, group) -> {
                      if (group.equals(request.id())) {
                        parameters(request)
                            .forEach((key, value) -> caches.parameter(cache, key, value));
                      }
                    });
              }
            });
  }

  private static Map<String, String> parameters(Handler.Request request) {
    var all = new LinkedHashMap<String, String>();
    for (Map<String, Object> parameter : request.maps("parameters")) {
      String name = Values.text(parameter.get("name"));
      if (name.equals("appendonly") || name.equals("appendfsync")) {
        throw wrong("The parameter " + name + " cannot be modified.");
      }
      all.put(name, Values.text(parameter.get("value")));
    }
    return all;
  }

  private Handler subnetGroup() {
    return kept(
            "aws:elasticache/subnetGroup:SubnetGroup",
            new Words("name", "subnetgroup", "CacheSubnetGroup", "Cache subnet group"),
            subnetGroups,
            request -> {
              List<String> subnets = request.strings("subnetIds");
              for (String subnet : subnets) {
                aws.query("ec2", "DescribeSubnets", Map.of("SubnetId.1", subnet));
              }
              return subnets;
            })
        .change(
            request -> {
              synchronized (this) {
                subnetGroups.put(request.id(), request.strings("subnetIds"));
              }
            });
  }

  // --- replication groups
  // --------------------------------------------------------------------------------------------

  private Handler replicationGroup() {
    return Handler.of("aws:elasticache/replicationGroup:ReplicationGroup")
        .create(this::create)
        .change(
            request -> {
              synchronized (this) {
                String group = request.text("parameterGroupName");
                if (group != null && request.changed("parameterGroupName")) {
                  parametersOf.put(request.id(), group);
                  known(parameterGroups, group)
                      .forEach((key, value) -> caches.parameter(request.id(), key, value));
                }
              }
            })
        .delete(
            request -> {
              synchronized (this) {
                caches.remove(request.id());
                caching.remove(request.id());
                parametersOf.remove(request.id());
              }
            })
        .exists(request -> caches.isRunning(request.id()));
  }

  private synchronized Handler.Made create(Handler.Request request) {
    String id = request.text("replicationGroupId");
    if (!id.matches("[a-z]([a-z0-9]|-(?!-)){0,39}") || id.endsWith("-")) {
      throw wrong("The parameter ReplicationGroupIdentifier is not a valid identifier: " + id);
    }
    if (caching.containsKey(id)) {
      throw taken("ReplicationGroupAlreadyExists", "Replication group " + id);
    }
    long nodes = request.number("numCacheClusters", 1);
    if (request.flag("automaticFailoverEnabled") && nodes < 2) {
      throw together("Automatic failover needs at least one replica.");
    }
    if (request.flag("multiAzEnabled") && !request.flag("automaticFailoverEnabled")) {
      throw together("Must enable Auto failover to enable Multi-AZ.");
    }
    List<String> groups = request.strings("userGroupIds");
    if (!request.flag("transitEncryptionEnabled")) {
      throw together(
          groups.isEmpty()
              ? "this emulated ElastiCache serves over TLS alone: set transitEncryptionEnabled"
              : "User group based access control requires encryption-in-transit to be enabled.");
    }
    groups.forEach(group -> known(userGroups, group));
    known(subnetGroups, request.text("subnetGroupName"));
    String parameterGroup = request.text("parameterGroupName");
    Map<String, String> parameters =
        parameterGroup == null ? Map.of() : known(parameterGroups, parameterGroup);
    String random = "%06x".formatted(0xa00000 + serial.incrementAndGet());
    String domain = id + "." + random + ".use1.cache.amazonaws.com";
    caching.put(id, groups);
    try {
      caches.start(
          id, "master." + domain, parameters, usersOf(id).stream().map(User::forRedis).toList());
    } catch (RuntimeException e) {
      caching.remove(id);
      throw e;
    }
    if (parameterGroup != null) {
      parametersOf.put(id, parameterGroup);
    }
    var members = new ArrayList<String>();
    for (int n = 1; n <= nodes; n++) {
      members.add("%s-%03d".formatted(id, n));
    }
    return Handler.Made.of(
        id,
        "arn",
        arn("replicationgroup", id),
        "primaryEndpointAddress",
        "master." + domain,
        "readerEndpointAddress",
        "replica." + domain,
        "port",
        request.number("port", 6379),
        "memberClusters",
        members,
        "clusterEnabled",
        false);
  }

  private static <T> T known(Map<String, T> things, String name) {
    T thing = name == null ? null : things.get(name);
    if (thing == null) {
      throw new AwsError(
          404, "NotFound", "There is no " + name + " in this account's ElastiCache.");
    }
    return thing;
  }

  // --- what hosts and scripts call
  // -------------------------------------------------------------------------------------

  boolean serves(String operation) {
    return List.of("ModifyUser", "DescribeUsers").contains(operation);
  }

  synchronized String serve(Call call) {
    Map<String, String> form = call.form();
    String id = form.get("UserId");
    User user = id == null ? null : users.get(id);
    if (id != null && user == null) {
      throw new AwsError(404, "UserNotFound", "User " + id + " not found.");
    }
    if (call.operation().equals("DescribeUsers")) {
      List<User> all = user == null ? List.copyOf(users.values()) : List.of(user);
      return answer(
          "DescribeUsers",
          "<Users>"
              + all.stream()
                  .map(each -> "<member>" + fields(each) + "</member>")
                  .collect(Collectors.joining())
              + "</Users>");
    }
    var passwords = new ArrayList<>(call.numbered("Passwords.member"));
    passwords.addAll(call.numbered("AuthenticationMode.Passwords.member"));
    boolean none =
        "true".equals(form.get("NoPasswordRequired"))
            || "no-password-required".equals(form.get("AuthenticationMode.Type"));
    String access = form.getOrDefault("AccessString", user.access());
    if (form.containsKey("AppendAccessString")) {
      access += " " + form.get("AppendAccessString");
    }
    boolean same = passwords.isEmpty() && !none;
    User now =
        validated(
            same
                ? user.with(access, user.passwords(), user.noPassword())
                : user.with(access, passwords, none));
    change(now);
    return answer("ModifyUser", fields(now));
  }

  private String fields(User user) {
    return "<UserId>"
        + user.id()
        + "</UserId><UserName>"
        + user.name()
        + "</UserName><Status>active</Status><Engine>redis</Engine><AccessString>"
        + Xml.escape(user.access())
        + "</AccessString><Authentication><Type>"
        + (user.noPassword() ? "no-password" : "password")
        + "</Type><PasswordCount>"
        + user.passwords().size()
        + "</PasswordCount></Authentication><ARN>"
        + arn("user", user.id())
        + "</ARN>";
  }

  private static String answer(String operation, String result) {
    return "<%1$sResponse xmlns=\"%2$s\"><%1$sResult>%3$s</%1$sResult><ResponseMetadata><RequestId>slipway</RequestId></ResponseMetadata></%1$sResponse>"
        .formatted(operation, NAMESPACE, result);
  }
}
