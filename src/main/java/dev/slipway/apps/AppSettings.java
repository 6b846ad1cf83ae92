package dev.slipway.apps;

import dev.slipway.balancer.Route;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.ImageName;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Setting;
import dev.slipway.core.Variables;
import dev.slipway.registry.TagPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One application in containers: its image, how it is reached, and what it is given. */
public record AppSettings(
    @Setting(
            value = "The image's name in its registry, without a tag.",
            example = "111122223333.dkr.ecr.us-east-1.amazonaws.com/admin/api")
        @ForHosts
        String image,
    @Setting(
            value =
                "What the image's tags begin with, where its repository holds the images of several"
                    + " applications: TAG of a release means this and TAG.",
            example = "backend-")
        @ForHosts(whenGiven = true)
        Optional<String> tagPrefix,
    @Setting(
            value =
                "The image of the first release, as a digest, where no release has been made; none"
                    + " lets the hosts wait for ./slipway release.",
            example = "sha256:…")
        Optional<String> digest,
    @Setting(value = "The port that the application listens on in its container.", or = "3000")
        @ForHosts
        int port,
    @Setting(value = "The port of each host by which the balancer reaches it.", example = "8001")
        @ForHosts
        int hostPort,
    @Setting(value = "The path that answers 200 when the application works.", or = "\"/health\"")
        @ForHosts
        String health,
    @Setting(
            value =
                "How long a new container of it may take to answer there before its release is"
                    + " taken back.",
            or = "120")
        @ForHosts
        int healthSeconds,
    @Setting(
            value = "Names by which the balancer routes to it; none goes by paths alone.",
            or = "[]")
        List<String> hosts,
    @Setting(
            value =
                "Paths by which the balancer routes to it, with * and ?. What has neither hosts nor"
                    + " paths gets all the rest.",
            or = "[]")
        List<String> paths,
    @Setting(value = "Variables of its environment; never a secret.", or = "{}") @ForHosts
        Map<String, String> environment,
    @Setting(
            value =
                "Variables that get a secret's value: by the secret's name, or NAME.KEY where it"
                    + " holds JSON.",
            or = "{}")
        @ForHosts
        Map<String, String> secrets,
    @Setting(
            value =
                "The variable that gets the database's URL, as libpq reads it: psql, psycopg,"
                    + " SQLAlchemy and Prisma take it.",
            example = "DATABASE_URL")
        @ForHosts
        Optional<String> databaseUrl,
    @Setting(
            value =
                "Add connection_limit (database.connectionLimit) to that URL. Prisma alone knows"
                    + " it; libpq refuses a URL that has it.",
            or = "false")
        @ForHosts
        boolean connectionLimitInUrl,
    DatabaseVariables databaseVariables,
    @Setting(
            value =
                "The variable that gets the URL of the database's replica (database.replica), with"
                    + " the same login; without a replica it is not set.",
            example = "DATABASE_REPLICA_URL")
        @ForHosts(whenGiven = true)
        Optional<String> replicaUrl,
    @Setting(value = "The variable that gets the cache's URL.", example = "REDIS_URL") @ForHosts
        Optional<String> cacheUrl,
    @Setting(
            value =
                "The variable that gets the address by which people reach the system: https:// and"
                    + " the domain, or http:// and the load balancer's own name where there is no"
                    + " domain.",
            example = "REACT_APP_BACKEND_SERVER")
        @ForHosts(whenGiven = true)
        Optional<String> urlVariable,
    @Setting(
            value =
                "What migrates the database, run in the new image once per release, before the"
                    + " switch.",
            or = "[]",
            example = "'[\"npx\",\"prisma\",\"migrate\",\"deploy\"]'")
        List<String> migrate,
    @Setting(value = "The memory that a container of it may take; none sets no bound.") @ForHosts
        Optional<Integer> memoryMiB,
    @Setting(
            value =
                "Let it read and write all of the stack's buckets, by a role of its own whose"
                    + " credentials AWS's SDKs find. It is told each bucket's name: AVATARS_BUCKET for"
                    + " avatars; and where a CDN shows its files AVATARS_CDN_DOMAIN and"
                    + " AVATARS_CDN_KEY_ID.",
            or = "false")
        boolean buckets) {

  /** What the program itself gives to containers. */
  private static final String OURS = "NODE_EXTRA_CA_CERTS";

  /** What is given to those that have a role of their own. */
  static final Set<String> OF_ROLE =
      Set.of("AWS_CONFIG_FILE", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_REGION");

  /** Where the proxy on hosts answers for an app that has no release (caddy.sh). */
  private static final int NOBODY = 8503;

  /** What a shell, which starts the application, keeps for itself. */
  private static final Set<String> SHELLS =
      Set.of("UID", "EUID", "PPID", "BASHOPTS", "SHELLOPTS", "IFS", "ENV", "BASH_ENV", "PATH");

  public AppSettings {
    var check =
        new Check()
            .none(ImageName.problemWithRepository(image), "image")
            .none(tagPrefix.flatMap(TagPrefix::problem), "tagPrefix")
            .that(
                digest.map(value -> value.matches("sha256:[0-9a-f]{64}")).orElse(true),
                "digest",
                "\"" + digest.orElse("") + "\" is not sha256: and 64 digits; tags move")
            .that(port >= 1 && port <= 65535, "port", port + " is not a port")
            .that(
                hostPort >= 1024 && hostPort <= 32767,
                "hostPort",
                hostPort + " is not from 1024 to 32767, below the ports that Linux hands out")
            .that(
                hostPort != NOBODY,
                "hostPort",
                NOBODY + " is the proxy's own, for apps without a release; use another")
            .that(
                healthSeconds >= 5 && healthSeconds <= 1800,
                "healthSeconds",
                healthSeconds + " is not from 5 to 1800");
    try {
      new Route(hostPort, health, hosts, paths);
    } catch (InvalidSettings invalid) {
      invalid.problems().stream()
          .filter(problem -> !problem.path().equals("hostPort"))
          .forEach(problem -> check.that(false, problem.path(), problem.message()));
    }
    checkVariables(
        check,
        environment,
        secrets,
        databaseVariables.variables(),
        urls(databaseUrl, replicaUrl, cacheUrl),
        urlVariable);
    image = ImageName.repository(image);
    for (int i = 0; i < migrate.size(); i++) {
      check.that(
          !migrate.get(i).isEmpty() && !migrate.get(i).matches("(?s).*\\p{Cntrl}.*"),
          "migrate[" + i + "]",
          "is empty or has a line break");
    }
    check
        .that(
            migrate.isEmpty() || databaseUrl.isPresent() || databaseVariables.some(),
            "databaseUrl",
            "is missing, and migrate needs it or databaseVariables; set it with: pulumi config set"
                + " --path slipway:apps.APP.databaseUrl DATABASE_URL")
        .that(
            !connectionLimitInUrl || databaseUrl.isPresent() || replicaUrl.isPresent(),
            "connectionLimitInUrl",
            "is about databaseUrl, and there is none")
        .that(
            memoryMiB.map(size -> size >= 32 && size <= 1048576).orElse(true),
            "memoryMiB",
            memoryMiB.orElse(0) + " is not from 32 to 1048576")
        .orThrow();
  }

  private static void checkVariables(
      Check check,
      Map<String, String> environment,
      Map<String, String> secrets,
      Map<String, String> databaseVariables,
      Map<String, String> urls,
      Optional<String> urlVariable) {
    environment.forEach(
        (name, value) ->
            check
                .none(problemWithPlain(name), "environment." + name)
                .none(Variables.problemWithValue(value), "environment." + name));
    urlVariable.ifPresent(name -> check.none(problemWithPlain(name), "urlVariable"));
    secrets.forEach(
        (name, secret) ->
            check
                .none(problemWithSecret(name), "secrets." + name)
                .that(
                    secret.matches("[a-z][a-z0-9-]{0,39}(\\.[A-Za-z0-9_]{1,60})?"),
                    "secrets." + name,
                    "is not the name of a secret, or NAME.KEY; the secret itself never goes here"));
    databaseVariables.forEach(
        (part, name) -> check.none(problemWithSecret(name), "databaseVariables." + part));
    urls.forEach((setting, name) -> check.none(problemWithSecret(name), setting));
    var given = new ArrayList<String>(environment.keySet());
    given.addAll(secrets.keySet());
    given.addAll(databaseVariables.values());
    given.addAll(urls.values());
    urlVariable.ifPresent(given::add);
    Variables.checkOnce(check, given);
  }

  private static Optional<String> problemWithPlain(String name) {
    if (!name.matches(Variables.NAME)) {
      return Optional.of("\"" + name + "\" is not the name of a variable");
    }
    return name.equals(OURS)
        ? Optional.of(name + " is set by the program; see trustedCa")
        : Optional.empty();
  }

  /** The variables that get an URL with a login, by the settings that name them. */
  private static Map<String, String> urls(
      Optional<String> database, Optional<String> replica, Optional<String> cache) {
    var urls = new LinkedHashMap<String, String>();
    database.ifPresent(name -> urls.put("databaseUrl", name));
    replica.ifPresent(name -> urls.put("replicaUrl", name));
    cache.ifPresent(name -> urls.put("cacheUrl", name));
    return urls;
  }

  /** Secrets are set by the shell that starts the application, which keeps some names. */
  private static Optional<String> problemWithSecret(String name) {
    if (!name.matches(Variables.NAME)) {
      return Optional.of("\"" + name + "\" is not the name of a variable");
    }
    return SHELLS.contains(name) || name.equals(OURS)
        ? Optional.of("\"" + name + "\" can't be set so; give it another name")
        : Optional.empty();
  }

  /** The variables that get the database's parts, by part, if it takes any. */
  @ForHosts("databaseVariables")
  Optional<Map<String, String>> partsOfDatabase() {
    return Optional.of(databaseVariables.variables()).filter(given -> !given.isEmpty());
  }

  /** What migrates the database, if anything does. */
  @ForHosts("migrate")
  Optional<List<String>> migration() {
    return Optional.of(migrate).filter(words -> !words.isEmpty());
  }

  /** Whether it has a role of its own; hosts are told of those that have. */
  @ForHosts(value = "buckets", whenGiven = true)
  Optional<Boolean> usesBuckets() {
    return Optional.of(buckets).filter(used -> used);
  }

  /** All variables that it is given by its settings. */
  Set<String> variables() {
    var names = new HashSet<>(environment.keySet());
    names.addAll(secrets.keySet());
    names.addAll(databaseVariables.variables().values());
    names.addAll(urls(databaseUrl, replicaUrl, cacheUrl).values());
    return names;
  }

  /** Whether it is given the database, in whichever form. */
  boolean usesDatabase() {
    return databaseUrl.isPresent() || databaseVariables.some() || replicaUrl.isPresent();
  }

  /** How the balancer reaches it. */
  Route route() {
    return new Route(hostPort, health, hosts, paths);
  }

  /** Whether the balancer sends it what nobody else takes. */
  boolean takesTheRest() {
    return hosts.isEmpty() && paths.isEmpty();
  }
}
