package dev.slipway.apps;

import dev.slipway.aws.InstanceTypes;
import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.Route;
import dev.slipway.balancer.Routes;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.ImageName;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Setting;
import dev.slipway.core.Suggestion;
import dev.slipway.database.PostgresSettings;
import dev.slipway.host.FleetSettings;
import dev.slipway.registry.TagPrefix;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.secret.ApplicationSecretsSettings;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the runtime {@code apps} runs: containers behind one proxy, the same on every host. */
public record AppsSettings(
    @Setting(
            value =
                "The image of Caddy, through which each host switches between an application's old"
                    + " and new container.",
            or = "\"caddy:2.11.9\"")
        @ForHosts
        String proxyImage,
    @Setting(
            value =
                "The folder on each host for the Compose project of its containers, which docker"
                    + " compose -f FOLDER/compose.yaml ps shows.",
            or = "\"/srv/slipway/apps/compose\"")
        @ForHosts
        String composeFolder,
    @Setting("The applications by name; each is a container on every host.") @ForHosts
        Map<String, AppSettings> apps,
    @Setting(
            value =
                "The tag of every application's image in the first release, where no release has been"
                    + " made. A host looks up the digests once, and they are what is recorded and what"
                    + " other hosts get: that the tag moves later changes nothing.",
            example = "latest")
        Optional<String> imageTag,
    @Setting(
            value =
                "One more certificate authority, in PEM, for connections to database and cache;"
                    + " none trusts Amazon's.")
        @ForHosts
        Optional<String> trustedCa) {

  /**
   * Names that containers, hosts, networks and resources of ours have: an application's name is
   * that of its container, of its host in the containers' network, of a server of Caddy's, of a
   * file, and part of its resources' names.
   */
  public static final Set<String> RESERVED =
      Set.of(
          "balancer",
          "cache",
          "caddy",
          "database",
          "flow",
          "hosts",
          "localhost",
          "migrate",
          "nobody",
          "root",
          "sha256",
          "slipway");

  /** What the names of an application's two containers end in, which Compose makes hosts of. */
  private static final List<String> COLORS = List.of("-blue", "-green");

  public AppsSettings {
    var check =
        new Check().that(!apps.isEmpty(), "apps", "is empty; name at least one application");
    checkApps(check, apps);
    checkImages(check, apps);
    checkSeed(check, apps, imageTag);
    check
        .none(ImageName.problemWithImage(proxyImage), "proxyImage")
        .that(
            composeFolder.matches("(/[A-Za-z0-9_][A-Za-z0-9._-]*)+")
                && !composeFolder.matches("/(dev|proc|run|sys|tmp)(/.*)?"),
            "composeFolder",
            "\"%s\" is not a folder's path, as in /srv/panel, that outlives a boot"
                .formatted(composeFolder));
    check.orThrow();
    proxyImage = ImageName.normal(proxyImage);
  }

  private static void checkApps(Check check, Map<String, AppSettings> apps) {
    var ports = new HashMap<Integer, String>();
    var rest = new TreeSet<String>();
    apps.forEach(
        (name, app) -> {
          var path = "apps." + name;
          var other = ports.putIfAbsent(app.hostPort(), name);
          check
              .that(
                  name.length() <= 20 && name.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*"),
                  path,
                  "is not a name of up to 20 of a-z, 0-9 and single hyphens within, a letter first")
              .that(
                  !RESERVED.contains(name)
                      && !name.startsWith("migrate-")
                      && COLORS.stream().noneMatch(name::endsWith),
                  path,
                  "is what the program or its hosts call something of their own; give the"
                      + " application another name")
              .that(
                  other == null,
                  path + ".hostPort",
                  app.hostPort() + " is " + other + "'s already; each needs its own");
          if (app.takesTheRest()) {
            rest.add(name);
          }
        });
    checkHosts(check, apps);
    try {
      new Routes(routes(apps));
    } catch (InvalidSettings invalid) {
      // What is said above of names, ports and the rest isn't said again.
      invalid.problems().stream()
          .filter(problem -> problem.path().endsWith(".paths"))
          .forEach(problem -> check.that(false, "apps." + problem.path(), problem.message()));
    }
    check.that(
        rest.size() < 2,
        "apps",
        String.join(" and ", rest) + " have neither hosts nor paths, and one can have the rest");
  }

  /** A record for *.example.com is called as one for any.example.com would be. */
  private static void checkHosts(Check check, Map<String, AppSettings> apps) {
    var patterns = new HashMap<String, String>();
    apps.forEach(
        (name, app) -> {
          for (int i = 0; i < app.hosts().size(); i++) {
            var host = app.hosts().get(i);
            var other = patterns.putIfAbsent(host.replace("*", "any"), host);
            check.that(
                other == null || other.equals(host),
                "apps." + name + ".hosts[" + i + "]",
                "\"" + host + "\" and \"" + other + "\" can't both be there");
          }
        });
  }

  /** Of two applications in one repository a tag has to say whose image it is. */
  private static void checkImages(Check check, Map<String, AppSettings> apps) {
    new TreeMap<>(apps)
        .forEach(
            (name, app) ->
                apps.keySet().stream()
                    .filter(other -> other.compareTo(name) < 0)
                    .filter(other -> apps.get(other).image().equals(app.image()))
                    .filter(other -> !TagPrefix.tellApart(prefix(app), prefix(apps.get(other))))
                    .findFirst()
                    .ifPresent(
                        other ->
                            check.that(
                                false,
                                "apps." + name + ".tagPrefix",
                                "\"%s\" and %s's, \"%s\", don't tell apart which images of %s are whose; give each its own, such as %s-, of which none begins with another"
                                    .formatted(
                                        prefix(app),
                                        other,
                                        prefix(apps.get(other)),
                                        app.image(),
                                        name))));
  }

  private static String prefix(AppSettings app) {
    return app.tagPrefix().orElse("");
  }

  /** A first release has all images or none: half an application helps nobody. */
  private static void checkSeed(
      Check check, Map<String, AppSettings> apps, Optional<String> imageTag) {
    imageTag.ifPresent(
        tag ->
            check
                .that(
                    tag.matches("[A-Za-z0-9_][A-Za-z0-9._-]*")
                        && apps.values().stream()
                            .allMatch(app -> (prefix(app) + tag).length() <= 128),
                    "imageTag",
                    "\"%s\" is not a tag of letters, digits and _.-, of up to 128 with what stands before it"
                        .formatted(tag))
                .that(
                    apps.values().stream().allMatch(app -> app.digest().isEmpty()),
                    "imageTag",
                    "and the digest of an application are both there; the first release is made of one"
                        + " tag, or of digests"));
    boolean some = apps.values().stream().anyMatch(app -> app.digest().isPresent());
    apps.forEach(
        (name, app) ->
            check.that(
                !some || app.digest().isPresent(),
                "apps." + name + ".digest",
                "is missing, and others have one; the first release is made of all of them, or of"
                    + " none"));
  }

  /** Notes what the secrets that they name have not. */
  public void check(Check check, ApplicationSecretsSettings secrets) {
    var known = new TreeSet<String>(secrets.generated());
    known.addAll(secrets.external());
    apps.forEach(
        (name, app) ->
            app.secrets()
                .forEach(
                    (variable, secret) ->
                        check.that(
                            known.contains(secret.split("\\.")[0]),
                            "apps." + name + ".secrets." + variable,
                            "\""
                                + secret
                                + "\" is none of slipway:secrets"
                                + Suggestion.sentence(secret, known))));
  }

  /**
   * Notes what doesn't go with the stack's buckets.
   *
   * @param buckets their names
   * @param withCdn the one of them whose files a CDN shows
   */
  public void check(Check check, Collection<String> buckets, Optional<String> withCdn) {
    var told = new TreeMap<String, String>();
    buckets.forEach(
        bucket -> told.put(variableOf(bucket, "_BUCKET"), "it gets the name of a bucket"));
    withCdn.ifPresent(
        bucket -> {
          told.put(variableOf(bucket, "_CDN_DOMAIN"), "it gets the name of the CDN");
          told.put(variableOf(bucket, "_CDN_KEY_ID"), "it gets the id of the CDN's key");
          checkSigner(check, variableOf(bucket, "_CDN_PRIVATE_KEY"));
        });
    AppSettings.OF_ROLE.forEach(name -> told.put(name, "AWS's SDKs read in it who the app is"));
    apps.forEach(
        (name, app) -> {
          var path = "apps." + name;
          check.that(
              !app.buckets() || !buckets.isEmpty(),
              path + ".buckets",
              "is true, and the stack has no bucket; name one in slipway:buckets");
          if (app.buckets()) {
            told.forEach(
                (variable, what) ->
                    check.that(
                        !app.variables().contains(variable),
                        path,
                        "can't be given " + variable + ": " + what));
          }
        });
  }

  /** A CDN shows nothing that no application signs. */
  private void checkSigner(Check check, String variable) {
    check.that(
        apps.values().stream()
            .anyMatch(app -> app.buckets() && app.secrets().containsKey(variable)),
        "cdn",
        "shows what an application has signed, and none with buckets has a key for it; bring the"
            + " private one as a secret and name it in apps.APP.secrets."
            + variable);
  }

  /** A variable that tells of a bucket, as hosts write it (spec.sh). */
  private static String variableOf(String bucket, String what) {
    return bucket.toUpperCase(Locale.ROOT).replace('-', '_') + what;
  }

  /** Those that have a role of their own, for the stack's buckets. */
  List<String> withBuckets() {
    return names().stream().filter(name -> apps.get(name).buckets()).toList();
  }

  /** Notes what ACM doesn't take, where the certificate is made here. */
  public void check(Check check, DomainSettings domain) {
    var names = new TreeSet<String>();
    names.add(domain.name());
    apps.values().forEach(app -> names.addAll(app.hosts()));
    boolean made = domain.certificate().isEmpty();
    check
        .that(
            !made || domain.name().length() <= 64,
            "domain.name",
            "\"%s\" has %d characters, and a certificate's first name at most 64; use a shorter one, or give a certificate"
                .formatted(domain.name(), domain.name().length()))
        .that(
            !made || names.size() <= 100,
            "apps",
            "have %d names with the domain, and a certificate at most 100; use a wildcard, or give a certificate"
                .formatted(names.size()));
  }

  /** Notes what machines of this type and disk can't hold. */
  public void check(Check check, FleetSettings hosts, ReleaseSettings release) {
    check
        .that(
            release.seed().isEmpty(),
            "release.seed",
            "is for systems of one image; here imageTag is for all of apps, or each has a digest")
        .that(
            release.minFreeGiB() < hosts.rootVolumeGiB(),
            "release.minFreeGiB",
            release.minFreeGiB()
                + " can't be free on a disk of hosts.rootVolumeGiB, "
                + hosts.rootVolumeGiB());
    InstanceTypes.memoryGiB(hosts.instanceType())
        .ifPresent(
            memory ->
                apps.forEach(
                    (name, app) ->
                        check.that(
                            app.memoryMiB().map(size -> size < memory * 1024).orElse(true),
                            "apps." + name + ".memoryMiB",
                            "%d is not less than the %d MiB of a %s"
                                .formatted(
                                    app.memoryMiB().orElse(0),
                                    (int) (memory * 1024),
                                    hosts.instanceType()))));
  }

  /** Notes whether they may open more connections than the database takes. */
  public void check(Check check, FleetSettings hosts, PostgresSettings database) {
    int connecting = (int) apps.values().stream().filter(AppSettings::usesDatabase).count();
    check.none(database.tooFewConnections(hosts.most(), connecting), "database.connectionLimit");
  }

  /** Whether any is told by which address people reach the system. */
  public boolean tellAddress() {
    return apps.values().stream().anyMatch(app -> app.urlVariable().isPresent());
  }

  /** How the balancer reaches them, by name. */
  public Map<String, Route> routes() {
    return routes(apps);
  }

  private static Map<String, Route> routes(Map<String, AppSettings> apps) {
    var routes = new TreeMap<String, Route>();
    apps.forEach((name, app) -> routes.put(name, app.route()));
    return routes;
  }

  /** Their names, in order. */
  public List<String> names() {
    return List.copyOf(new TreeSet<>(apps.keySet()));
  }

  /** Their images, without a tag. */
  public List<String> images() {
    return apps.values().stream().map(AppSettings::image).distinct().sorted().toList();
  }

  /** What the first release is made of: one tag, a digest for each, or nothing. */
  @ForHosts
  public String seed() {
    var parts =
        new TreeMap<>(apps)
            .entrySet().stream()
                .filter(app -> app.getValue().digest().isPresent())
                .map(app -> app.getKey() + "@" + app.getValue().digest().get())
                .toList();
    return imageTag.orElse(String.join(",", parts));
  }
}
