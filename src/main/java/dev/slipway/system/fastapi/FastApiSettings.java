package dev.slipway.system.fastapi;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.aws.InstanceTypes;
import dev.slipway.balancer.DomainSettings;
import dev.slipway.balancer.LoadBalancerSettings;
import dev.slipway.balancer.Route;
import dev.slipway.core.Check;
import dev.slipway.core.ForHosts;
import dev.slipway.core.Inline;
import dev.slipway.core.InvalidSettings;
import dev.slipway.core.Setting;
import dev.slipway.core.StackContext;
import dev.slipway.database.PostgresSettings;
import dev.slipway.host.HostSettings;
import dev.slipway.identity.IdentitySettings;
import dev.slipway.monitoring.AlertSettings;
import dev.slipway.network.Cidr;
import dev.slipway.network.TieredNetworkSettings;
import dev.slipway.release.ReleaseSettings;
import dev.slipway.storage.BucketNames;
import dev.slipway.system.CommonSettings;
import dev.slipway.system.DeliverySettings;
import dev.slipway.system.SystemSettings;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** All that a stack file says of a FastAPI service. */
public record FastApiSettings(
    @Inline CommonSettings common,
    @Inline DeliverySettings delivery,
    @Setting(
            value =
                "Put a load balancer before the host, which ends TLS: the service is then reached by"
                    + " domain.name on 443, and its own port by the balancer alone. Without one it is"
                    + " reached by its port, in plain HTTP. The subnets are the same either way.",
            or = "false")
        boolean alb,
    @Setting(
            value =
                "Blocks of addresses that reach service.port where there is no load balancer; all"
                    + " there are by default, which the stack has to accept:"
                    + " accept.open-to-the-world.",
            or = "[\"0.0.0.0/0\"]",
            example = "'[\"192.0.2.0/24\"]'")
        List<String> openTo,
    @Setting("The name of the service, for the load balancer.") Optional<DomainSettings> domain,
    LoadBalancerSettings balancer,
    TieredNetworkSettings network,
    @ForHosts HostSettings host,
    IdentitySettings identity,
    @ForHosts ServiceSettings service,
    @ForHosts PostgresSettings database,
    @Setting(
            value = "The service's buckets, which it alone reads and writes.",
            or = "[\"logs\", \"artifacts\", \"content\"]")
        List<String> buckets,
    @Setting(
            value = "Refuse to delete the buckets, with all that is in them, until this is false.",
            or = "true")
        boolean protectBuckets,
    @Setting(
            value =
                "One more certificate authority, in PEM, for connections to the database; none"
                    + " trusts Amazon's.")
        @ForHosts
        Optional<String> trustedCa,
    @ForHosts ReleaseSettings release,
    @ForHosts AlertSettings alerts)
    implements SystemSettings {

  /** What the service is called in logs, at the balancer, and on hosts. */
  static final String SERVICE = "service";

  /** The secret that the host makes for the service's user of the database. */
  static final Set<String> OWN_SECRETS = Set.of("database");

  public FastApiSettings {
    openTo = List.copyOf(openTo);
    buckets = List.copyOf(buckets);
    var check =
        new Check()
            .that(
                release.seed().isPresent(),
                "release.seed",
                "is missing; set it with: pulumi config set --path slipway:release.seed main")
            .that(
                !alb || domain.isPresent(),
                "domain.name",
                "is missing, which the load balancer's certificate is for; set it with: pulumi"
                    + " config set --path slipway:domain.name api.example.com")
            .that(
                alb || !network.hidesHosts(),
                "network.nat",
                "\""
                    + network.nat()
                    + "\" puts the host into a private subnet, where nobody reaches it without a"
                    + " load balancer; set slipway:alb to true, or network.nat to none")
            .that(
                !alb || balancer.idleTimeoutSeconds() >= service.requestSeconds(),
                "balancer.idleTimeoutSeconds",
                balancer.idleTimeoutSeconds()
                    + " is less than service.requestSeconds, "
                    + service.requestSeconds()
                    + ": the load balancer would end what the service still works at");
    checkAddresses(check, "openTo", openTo);
    checkAddresses(check, "host.sshFrom", host.sshFrom());
    checkBuckets(check, buckets, service);
    checkMachine(check, host, release, service);
    check.none(
        database.tooFewConnections(
            service.workers(), service.workers() + " processes (service.workers)"),
        "database.connectionLimit");
    var complete = complete(check, service, buckets);
    check.orThrow();
    service = complete;
  }

  /** The service with a variable for each bucket, where that can be. */
  private static ServiceSettings complete(
      Check check, ServiceSettings service, List<String> buckets) {
    try {
      return service.withVariablesOf(buckets);
    } catch (InvalidSettings invalid) {
      invalid
          .problems()
          .forEach(problem -> check.that(false, "service." + problem.path(), problem.message()));
      return service;
    }
  }

  private static void checkAddresses(Check check, String path, List<String> blocks) {
    var seen = new HashSet<Cidr>();
    for (int i = 0; i < blocks.size(); i++) {
      var block = blocks.get(i);
      var problem = Cidr.problem(block);
      check.none(problem, path + "[" + i + "]");
      if (problem.isEmpty()) {
        check
            .that(
                !Cidr.parse(block).isIpv6(),
                path + "[" + i + "]",
                "\"" + block + "\" is IPv6, which the network has not")
            .that(
                seen.add(Cidr.parse(block)),
                path + "[" + i + "]",
                "\"" + block + "\" is there already; name each once");
      }
    }
  }

  private static void checkBuckets(Check check, List<String> buckets, ServiceSettings service) {
    var known = new TreeSet<>(buckets);
    BucketNames.check(check, "buckets", buckets);
    service
        .bucketVariables()
        .keySet()
        .forEach(
            name ->
                check.that(
                    known.contains(name),
                    "service.bucketVariables." + name,
                    "\"" + name + "\" is none of slipway:buckets, " + known));
  }

  /** What a machine of this type and disk can hold. */
  private static void checkMachine(
      Check check, HostSettings host, ReleaseSettings release, ServiceSettings service) {
    int disk = host.dataVolume() ? host.dataVolumeGiB() : host.rootVolumeGiB();
    check.that(
        release.minFreeGiB() < disk,
        "release.minFreeGiB",
        "%d can't be free on a disk of host.%s, %d"
            .formatted(
                release.minFreeGiB(), host.dataVolume() ? "dataVolumeGiB" : "rootVolumeGiB", disk));
    InstanceTypes.memoryGiB(host.instanceType())
        .ifPresent(
            memory ->
                check.that(
                    service.memoryMiB().map(size -> 2 * size < memory * 1024).orElse(true),
                    "service.memoryMiB",
                    "%d is too much for a %s: the former release and the new one run beside each other, in %d MiB"
                        .formatted(
                            service.memoryMiB().orElse(0),
                            host.instanceType(),
                            (int) (memory * 1024))));
  }

  @Override
  public Map<String, Output<?>> build(
      String name, StackContext context, ComponentResourceOptions options) {
    return new FastApi(name, this, context, options).outputs();
  }

  /** The name by which a load balancer serves, where there is one. */
  Optional<DomainSettings> servedBy() {
    return domain.filter(known -> alb);
  }

  /** How the balancer reaches the service. */
  Map<String, Route> routes() {
    return Map.of(SERVICE, new Route(service.port(), service.health(), List.of(), List.of()));
  }

  /** What the first release is made of. */
  @ForHosts
  String seed() {
    return release.seed().orElseThrow();
  }
}
