package dev.slipway.system.fastapi;

import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Setting;
import dev.slipway.core.Variables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The service: where its code is, how it is started and reached, and what it is given. */
public record ServiceSettings(
    @Setting(
            value = "Where the service's code is.",
            example = "https://github.com/example/location-content")
        @ForHosts
        String repository,
    @Setting(
            value = "The folder in it with pyproject.toml and uv.lock.",
            or = "\".\"",
            example = "backend")
        @ForHosts
        String folder,
    @Setting(
            value =
                "The name of the secret with an access token for an https:// repository; put it"
                    + " there with ./slipway secret.",
            example = "git-token")
        @ForHosts
        Optional<String> token,
    @Setting(
            value = "The name of the secret with the private key for an ssh repository.",
            example = "git-deploy-key")
        @ForHosts
        Optional<String> deployKey,
    @Setting(
            value = "The application, as an ASGI server imports it: MODULE:NAME.",
            or = "\"app.main:app\"")
        @ForHosts
        String app,
    @Setting(value = "The port by which the service is reached.", or = "8000") @ForHosts int port,
    @Setting(value = "The path that answers 200 when the service works.", or = "\"/health\"")
        @ForHosts
        String health,
    @Setting(
            value = "How long a new release may take to answer there before it is taken back.",
            or = "60")
        @ForHosts
        int healthSeconds,
    @Setting(value = "How many processes serve requests.", or = "2") @ForHosts int workers,
    @Setting(
            value =
                "How long a request may take. What was begun is answered before the former release"
                    + " goes.",
            or = "30")
        @ForHosts
        int requestSeconds,
    @Setting(
            value =
                "The memory that a release of it may take, of which two run while one takes over;"
                    + " none sets no bound.")
        @ForHosts
        Optional<Integer> memoryMiB,
    @Setting(value = "Variables of its environment; never a secret.", or = "{}") @ForHosts
        Map<String, String> environment,
    @Setting(
            value =
                "Variables that get a secret's value, by the secret's name; each is there as a file"
                    + " in $CREDENTIALS_DIRECTORY too. Bring it with ./slipway secret set.",
            or = "{}")
        @ForHosts
        Map<String, String> secrets,
    @Setting(
            value = "The variable that gets the database's URL, as libpq reads it.",
            or = "\"DATABASE_URL\"")
        @ForHosts
        String databaseUrl,
    @Setting(
            value =
                "The variables that get the names of buckets, by bucket. One that isn't named here"
                    + " has NAME_BUCKET: LOGS_BUCKET for logs.",
            or = "{}")
        @ForHosts
        Map<String, String> bucketVariables,
    @Setting(
            value =
                "What migrates the database, run in the new release's environment before the"
                    + " switch; empty migrates nothing.",
            or = "[\"alembic\", \"upgrade\", \"head\"]")
        @ForHosts
        List<String> migrate,
    @Setting(
            value =
                "The index that packages are fetched from, where it isn't PyPI. They must have the"
                    + " hashes of uv.lock all the same.",
            example = "https://pypi.example.com/simple")
        @ForHosts
        Optional<String> index,
    @Setting(
            value =
                "APIs outside AWS that the service needs, by name, which ./slipway check asks from"
                    + " the host.",
            or = "{}")
        @ForHosts
        Map<String, CheckSettings> checks) {

  /** What the unit, its shell and Python keep for themselves. */
  private static final Set<String> KEPT =
      Set.of(
          "UID",
          "EUID",
          "PPID",
          "BASHOPTS",
          "SHELLOPTS",
          "IFS",
          "ENV",
          "BASH_ENV",
          "PATH",
          "HOME",
          "USER",
          "VIRTUAL_ENV",
          "CREDENTIALS_DIRECTORY",
          "NOTIFY_SOCKET",
          "RELEASE",
          "SLIPWAY_STACK");

  private static final String A_SECRET = "[a-z][a-z0-9-]{0,62}";

  /** What was given isn't shown: it may be the secret itself. */
  private static final String NOT_A_NAME =
      "is not the name of a secret, such as tavily; the secret itself never goes here";

  public ServiceSettings {
    environment = Map.copyOf(environment);
    secrets = Map.copyOf(secrets);
    bucketVariables = Map.copyOf(bucketVariables);
    migrate = List.copyOf(migrate);
    checks = Map.copyOf(checks);
    var check = new Check();
    checkRepository(check, repository, folder, token, deployKey);
    checkProgram(check, app, port, health, migrate, index);
    check
        .that(
            healthSeconds >= 5 && healthSeconds <= 1800,
            "healthSeconds",
            healthSeconds + " is not from 5 to 1800")
        .that(workers >= 1 && workers <= 64, "workers", workers + " is not from 1 to 64")
        .that(
            requestSeconds >= 1 && requestSeconds <= 900,
            "requestSeconds",
            requestSeconds + " is not from 1 to 900")
        .that(
            memoryMiB.map(size -> size >= 64 && size <= 1048576).orElse(true),
            "memoryMiB",
            memoryMiB.orElse(0) + " is not from 64 to 1048576");
    checkVariables(check, environment, secrets, databaseUrl, bucketVariables);
    checks
        .keySet()
        .forEach(
            name ->
                check.that(
                    name.matches("[a-z][a-z0-9-]{0,39}") && !name.equals("database"),
                    "checks." + name,
                    "is not a name of at most 40 of a-z, 0-9 and -, a letter first, other than"
                        + " database"));
    check.orThrow();
  }

  private static void checkRepository(
      Check check,
      String repository,
      String folder,
      Optional<String> token,
      Optional<String> deployKey) {
    boolean ssh = repository.matches("(ssh://|[^/:@]+@).+");
    check
        .that(
            repository.matches("(https|ssh|git|http)://[^\\s'\"]+|[^/:@\\s]+@[^\\s'\"]+"),
            "repository",
            "\"" + repository + "\" is not the URL of a git repository")
        .that(
            !repository.matches("[a-z]+://[^/]*:[^/]*@.*"),
            "repository",
            "has a password in it; put it into a secret and name that in service.token")
        .that(
            folder.equals(".")
                || (folder.matches("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")),
            "folder",
            "\"" + folder + "\" is not a folder within the repository, such as backend")
        .that(
            token.isEmpty() || keepsTokens(repository),
            "token",
            "goes with an https:// repository, over which nobody reads it; for ssh name"
                + " service.deployKey")
        .that(
            deployKey.isEmpty() || ssh,
            "deployKey",
            "goes with an ssh repository; for https:// name service.token")
        .none(token.flatMap(ServiceSettings::problemWithSecret), "token")
        .none(deployKey.flatMap(ServiceSettings::problemWithSecret), "deployKey");
  }

  /** Within a private network a token may travel without TLS. */
  private static boolean keepsTokens(String url) {
    return url.startsWith("https://")
        || url.matches("http://(127|10|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\..*");
  }

  private static void checkProgram(
      Check check,
      String app,
      int port,
      String health,
      List<String> migrate,
      Optional<String> index) {
    check
        .that(
            app.matches(
                "[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*"),
            "app",
            "\"" + app + "\" is not MODULE:NAME, such as app.main:app")
        .that(
            port >= 1024 && port <= 32767,
            "port",
            port + " is not from 1024 to 32767, below the ports that Linux hands out")
        .that(
            health.matches("/[!-~]{0,1023}"),
            "health",
            "\"" + health + "\" is not a path such as /health")
        .that(
            index.map(url -> url.matches("https?://[^\\s'\"]+")).orElse(true),
            "index",
            "\"" + index.orElse("") + "\" is not the URL of an index of packages");
    for (int i = 0; i < migrate.size(); i++) {
      check.that(
          !migrate.get(i).isEmpty() && !migrate.get(i).matches("(?s).*\\p{Cntrl}.*"),
          "migrate[" + i + "]",
          "is empty or has a line break");
    }
  }

  private static void checkVariables(
      Check check,
      Map<String, String> environment,
      Map<String, String> secrets,
      String databaseUrl,
      Map<String, String> bucketVariables) {
    var ordered = new TreeMap<>(environment);
    ordered.forEach(
        (name, value) ->
            check
                .none(problemWithVariable(name), "environment." + name)
                .none(Variables.problemWithValue(value), "environment." + name));
    new TreeMap<>(secrets)
        .forEach(
            (name, secret) ->
                check
                    .none(problemWithVariable(name), "secrets." + name)
                    .none(problemWithSecret(secret), "secrets." + name));
    check.none(problemWithVariable(databaseUrl), "databaseUrl");
    new TreeMap<>(bucketVariables)
        .forEach(
            (bucket, name) -> check.none(problemWithVariable(name), "bucketVariables." + bucket));
    var given = new ArrayList<String>(ordered.keySet());
    given.addAll(new TreeSet<>(secrets.keySet()));
    given.add(databaseUrl);
    given.addAll(new TreeMap<>(bucketVariables).values());
    Variables.checkOnce(check, given);
  }

  private static Optional<String> problemWithVariable(String name) {
    if (!name.matches(Variables.NAME)) {
      return Optional.of("\"" + name + "\" is not the name of a variable");
    }
    return KEPT.contains(name)
        ? Optional.of("\"" + name + "\" is set by the host itself; give it another name")
        : Optional.empty();
  }

  /** What is wrong with the name of a secret, if anything is. */
  static Optional<String> problemWithSecret(String name) {
    return name.matches(A_SECRET) && !FastApiSettings.OWN_SECRETS.contains(name)
        ? Optional.empty()
        : Optional.of(
            FastApiSettings.OWN_SECRETS.contains(name)
                ? "\"" + name + "\" is the secret that the host makes; give yours another name"
                : NOT_A_NAME);
  }

  /** The same with a variable for each of these buckets. */
  ServiceSettings withVariablesOf(List<String> buckets) {
    var variables = new TreeMap<>(bucketVariables);
    buckets.forEach(bucket -> variables.putIfAbsent(bucket, variableOf(bucket)));
    return new ServiceSettings(
        repository,
        folder,
        token,
        deployKey,
        app,
        port,
        health,
        healthSeconds,
        workers,
        requestSeconds,
        memoryMiB,
        environment,
        secrets,
        databaseUrl,
        variables,
        migrate,
        index,
        checks);
  }

  private static String variableOf(String bucket) {
    return bucket.toUpperCase(java.util.Locale.ROOT).replace('-', '_') + "_BUCKET";
  }
}
