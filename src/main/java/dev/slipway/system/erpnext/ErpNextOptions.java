package dev.slipway.system.erpnext;

import dev.slipway.aws.Architecture;
import dev.slipway.core.Branch;
import dev.slipway.core.Check;
import dev.slipway.core.Domains;
import dev.slipway.core.ForHosts;
import dev.slipway.core.ImageName;
import dev.slipway.core.Setting;
import dev.slipway.core.Variables;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What of ERPNext runs on the host, and from which of upstream's files. */
public record ErpNextOptions(
    @Setting(
            value = "The sites: each has a name, by which it is reached, and apps.",
            example = "'[{\"name\":\"erp.example.com\"}]'")
        List<Site> sites,
    @Setting("Where upstream's Compose files come from.") @ForHosts("source")
        FrappeDocker frappeDocker,
    @Setting(
            value =
                "Upstream's files that make up the project; ours are added. pwd.yml is accepted"
                    + " alone.",
            or =
                "[\"compose.yaml\",\"overrides/compose.mariadb.yaml\","
                    + "\"overrides/compose.mariadb-secrets.yaml\","
                    + "\"overrides/compose.redis.yaml\",\"overrides/compose.https.yaml\"]")
        @ForHosts("files")
        List<String> composeFiles,
    @Setting("The image that the services run.") @ForHosts Image image,
    @Setting(
            value = "More variables for Compose, such as GUNICORN_WORKERS; never a secret.",
            or = "{}")
        @ForHosts
        Map<String, String> environment,
    @Setting(
            value =
                "How long a visitor may take to send a request with its upload, in seconds. Upstream's"
                    + " limit of 50 MB (CLIENT_MAX_BODY_SIZE) takes ten minutes at 0.7 Mbit/s; Traefik"
                    + " would break off after one.",
            or = "600")
        @ForHosts
        int uploadSeconds,
    @Setting("A MariaDB of your own in place of the host's.") @ForHosts Database database,
    @Setting("A Redis of your own in place of the host's.") @ForHosts Redis redis) {

  /** What the program itself gives to Compose. */
  private static final Set<String> OURS =
      Set.of(
          "SITES_RULE",
          "LETSENCRYPT_EMAIL",
          "ERPNEXT_VERSION",
          "CUSTOM_IMAGE",
          "CUSTOM_TAG",
          "PULL_POLICY",
          "RESTART_POLICY",
          "DB_HOST",
          "DB_PORT",
          "DB_PASSWORD",
          "DB_PASSWORD_SECRETS_FILE",
          "REDIS_CACHE",
          "REDIS_QUEUE",
          "FRAPPE_SITE_NAME_HEADER");

  public ErpNextOptions {
    var check =
        new Check()
            .that(!sites.isEmpty(), "sites", "is empty; name at least one site")
            .that(
                new HashSet<>(sites.stream().map(Site::name).toList()).size() == sites.size(),
                "sites",
                "has the same name twice")
            .that(!composeFiles.isEmpty(), "composeFiles", "is empty")
            .that(
                uploadSeconds >= 10 && uploadSeconds <= 86400,
                "uploadSeconds",
                uploadSeconds + " is not from 10 to 86400 seconds (a day)");
    for (int i = 0; i < composeFiles.size(); i++) {
      var file = composeFiles.get(i);
      check.that(
          file.matches("[A-Za-z0-9][A-Za-z0-9._/-]*\\.ya?ml") && !file.contains(".."),
          "composeFiles[" + i + "]",
          "\"" + file + "\" is not a YAML file within the repository of frappeDocker");
    }
    check
        .that(
            !composeFiles.contains("pwd.yml") || composeFiles.size() == 1,
            "composeFiles",
            "pwd.yml is a whole project; name it alone, or the others without it")
        .that(
            database.host().isEmpty()
                || composeFiles.stream().noneMatch(file -> file.contains("mariadb")),
            "database.host",
            "is given, and composeFiles has a MariaDB; take its files out")
        .that(
            redis.cache().isEmpty()
                || composeFiles.stream().noneMatch(file -> file.contains("compose.redis")),
            "redis.cache",
            "is given, and composeFiles has a Redis; take its file out");
    environment.forEach(
        (name, value) -> {
          var path = "environment." + name;
          check
              .that(name.matches(Variables.NAME), path, "is not the name of a variable")
              .that(!OURS.contains(name), path, "is set by the program from other settings")
              .that(
                  !name.matches("COMPOSE_.*|DOCKER_.*|BUILDKIT_.*|BUILDX_.*|PATH|HOME|LD_.*"),
                  path,
                  "is read by Compose and Docker themselves; give it another name")
              .none(Variables.problemWithValue(value), path);
        });
    check.orThrow();
  }

  /** Whether the project has a proxy that ends TLS; pwd.yml is given upstream's. */
  boolean servesHttps() {
    return composeFiles.stream()
        .anyMatch(file -> file.equals("pwd.yml") || file.endsWith("compose.https.yaml"));
  }

  /** One site of Frappe's. */
  public record Site(
      @Setting(value = "The domain by which it is reached.", example = "erp.example.com") @ForHosts
          String name,
      @Setting(value = "What is installed in it beside frappe.", or = "[\"erpnext\"]") @ForHosts
          List<String> apps,
      @Setting(
              value =
                  "The name leads to a proxy in front of the host, such as Cloudflare's, which hands"
                      + " requests on to it. Its certificate is then asked for wherever the name"
                      + " leads.",
              or = "false")
          @ForHosts
          boolean proxied) {

    public Site {
      var check =
          new Check()
              .that(
                  Domains.isDomain(name),
                  "name",
                  "\"" + name + "\" is not a domain such as erp.example.com");
      for (int i = 0; i < apps.size(); i++) {
        check.that(
            apps.get(i).matches("[a-z][a-z0-9_]*"),
            "apps[" + i + "]",
            "\"" + apps.get(i) + "\" is not the name of a Frappe app");
      }
      check.orThrow();
    }
  }

  /** Upstream's repository, pinned. */
  public record FrappeDocker(
      @Setting(value = "The repository.", or = "\"https://github.com/frappe/frappe_docker\"")
          @ForHosts
          String repository,
      @Setting(
              value = "The commit; this one is v3.2.2.",
              or = "\"3061850feface8fbbad15b5dc08a110c596107cb\"")
          @ForHosts
          String commit) {

    public FrappeDocker {
      new Check()
          .that(
              repository.matches("(https|http|git|ssh|file)://[^\\s'\"]+"),
              "repository",
              "\"" + repository + "\" is not the URL of a git repository")
          .that(
              commit.matches("[0-9a-f]{40}"),
              "commit",
              "\"" + commit + "\" is not a commit of 40 digits; branches and tags move")
          .orThrow();
    }
  }

  /** Where the image comes from. */
  public enum Source {
    registry,
    build
  }

  /** The image. */
  public record Image(
      @Setting(
              value =
                  "registry pulls it; build makes it on the host from the application's repository,"
                      + " which wants 8 GiB of memory.",
              or = "\"registry\"")
          @ForHosts
          Source source,
      @Setting(value = "The image's name in its registry.", or = "\"frappe/erpnext\"") @ForHosts
          String name,
      @Setting(
              value =
                  "What that image is built for; upstream publishes x86_64. It must be the host's"
                      + " architecture. A build is always for its host.",
              or = "\"x86_64\"")
          Architecture architecture,
      @Setting(value = "The branch of Frappe that a build takes.", or = "\"version-16\"") @ForHosts
          String frappeBranch,
      @Setting(
              value = "Upstream's Containerfile that a build uses.",
              or = "\"images/layered/Containerfile\"")
          @ForHosts
          String containerfile,
      @Setting(value = "How much memory a build may take.", or = "\"3g\"") @ForHosts
          String buildMemory) {

    public Image {
      new Check()
          .none(ImageName.problemWithRepository(name), "name")
          .none(Branch.problem(frappeBranch), "frappeBranch")
          .that(
              containerfile.matches("[A-Za-z0-9][A-Za-z0-9._/-]*") && !containerfile.contains(".."),
              "containerfile",
              "\"" + containerfile + "\" is not a file within the repository of frappeDocker")
          .that(
              buildMemory.matches("[1-9][0-9]*[mg]"),
              "buildMemory",
              "\"" + buildMemory + "\" is not an amount such as 3g")
          .orThrow();
      name = ImageName.repository(name);
    }
  }

  /** A database elsewhere. */
  public record Database(
      @Setting(value = "Its address; none runs MariaDB on the host.", example = "db.example.com")
          @ForHosts
          Optional<String> host,
      @Setting(value = "Its port.", or = "3306") @ForHosts int port) {

    public Database {
      new Check()
          .that(isAddress(host), "host", "\"" + host.orElse("") + "\" is not an address")
          .that(port > 0 && port < 65536, "port", port + " is not a port")
          .orThrow();
    }
  }

  /** A Redis elsewhere. */
  public record Redis(
      @Setting(
              value = "The cache's host:port; none runs Redis on the host.",
              example = "cache.example.com:6379")
          @ForHosts
          Optional<String> cache,
      @Setting(value = "The queue's host:port.", example = "queue.example.com:6379") @ForHosts
          Optional<String> queue) {

    public Redis {
      new Check()
          .that(isEndpoint(cache), "cache", "\"" + cache.orElse("") + "\" is not a host:port")
          .that(isEndpoint(queue), "queue", "\"" + queue.orElse("") + "\" is not a host:port")
          .that(
              cache.isPresent() == queue.isPresent(),
              cache.isPresent() ? "queue" : "cache",
              "is missing: cache and queue go together, and are two servers or two databases")
          .orThrow();
    }
  }

  private static boolean isAddress(Optional<String> host) {
    return host.map(name -> name.matches("[A-Za-z0-9][A-Za-z0-9.-]*")).orElse(true);
  }

  private static boolean isEndpoint(Optional<String> endpoint) {
    return endpoint.map(e -> e.matches("[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}")).orElse(true);
  }
}
