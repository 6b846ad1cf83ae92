package dev.slipway.testing;

import com.pulumi.Context;
import com.pulumi.aws.Provider;
import com.pulumi.aws.ProviderArgs;
import com.pulumi.aws.inputs.ProviderDefaultTagsArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.aws.Architecture;
import dev.slipway.core.Component;
import dev.slipway.core.Linkable;
import dev.slipway.core.Stack;
import dev.slipway.core.StackContext;
import dev.slipway.host.Ami;
import dev.slipway.host.Artifacts;
import dev.slipway.host.Fleet;
import dev.slipway.host.FleetSettings;
import dev.slipway.host.HealthCheck;
import dev.slipway.host.Host;
import dev.slipway.host.HostBundle;
import dev.slipway.host.HostSettings;
import dev.slipway.identity.Identity;
import dev.slipway.identity.IdentitySettings;
import dev.slipway.network.GatewayEndpoint;
import dev.slipway.network.Nat;
import dev.slipway.network.Network;
import dev.slipway.network.NetworkSettings;
import dev.slipway.network.TieredNetworkSettings;
import dev.slipway.network.ZonedNetworkSettings;
import dev.slipway.plan.Plan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A stack of a few components, for tests of what they make together, whichever systems use them.
 *
 * <pre>{@code
 * var stack = Trial.of(trial -> trial.fleet(trial.network(Trial.ZONES), Trial.hosts(2)));
 * }</pre>
 */
public final class Trial extends Component {
  static final String TYPE = "slipway:testing:Trial";

  /** Two zones behind one NAT gateway. */
  public static final ZonedNetworkSettings ZONES = zones(Nat.one, "a", "b");

  private static final String NAME = "trial";
  private static final String REGION = "us-east-1";

  private final Identity identity;

  private Trial(StackContext context, ComponentResourceOptions options) {
    super(TYPE, "web", context, options);
    identity =
        new Identity(named("identity"), new IdentitySettings(Optional.empty()), childOptions());
  }

  /** What these components register. */
  public static FakeStack of(Consumer<Trial> build) {
    return in(FakeCloud.named(NAME), build);
  }

  /** What these components register in this cloud. */
  public static FakeStack in(FakeCloud cloud, Consumer<Trial> build) {
    return cloud.in(REGION).run(program(build));
  }

  /** The plan of these components. */
  public static Plan plan(Consumer<Trial> build) {
    return Plan.of(
        "slipway", NAME, Map.of("aws:region", REGION), (config, secrets) -> program(build));
  }

  private static Consumer<Context> program(Consumer<Trial> build) {
    return context -> {
      var stack = new Stack(NAME, NAME, REGION, Map.of("Team", "web"));
      var provider =
          new Provider(
              "aws",
              ProviderArgs.builder()
                  .region(REGION)
                  .defaultTags(ProviderDefaultTagsArgs.builder().tags(stack.tags()).build())
                  .build());
      var options = ComponentResourceOptions.builder().provider(provider).build();
      build.accept(new Trial(new StackContext(stack, Output.of(FakeCloud.ACCOUNT)), options));
    };
  }

  /** The options of a component of the stack. */
  public ComponentResourceOptions part() {
    return childOptions();
  }

  /** The name of a component of the stack. */
  public String called(String role) {
    return named(role);
  }

  /** The roles of the stack. */
  public Identity identity() {
    return identity;
  }

  /** A network. */
  public Network network(ZonedNetworkSettings settings) {
    return new Network(named("network"), settings, identity, childOptions());
  }

  /** A network of one host with a database. */
  public Network network(TieredNetworkSettings settings) {
    return new Network(named("network"), settings, identity, childOptions());
  }

  /** One host in a subnet that the internet reaches. */
  public Host host(boolean ipv6, HostSettings settings) {
    var network =
        new Network(
            named("network"),
            new NetworkSettings("10.20.0.0/16", "a", false, ipv6),
            identity,
            childOptions());
    return host(network, settings);
  }

  /** One host in a network. */
  public Host host(Network network, HostSettings settings) {
    var role = identity.hostRole();
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    artifacts.grantRead(role);
    var scripts = artifacts.publish(HostBundle.with("{}\n"));
    return new Host(named("host"), network, role, scripts, List.of(), settings, childOptions());
  }

  /** A machine with a data volume and an address that outlive it, or without. */
  public static HostSettings machine(boolean dataVolume, boolean elasticIp) {
    var ami = new Ami("ami-0123456789abcdef0", REGION, Architecture.x86_64);
    return new HostSettings(
        "t3.small", ami, 20, 40, dataVolume, elasticIp, List.of(), 1, true, Optional.empty());
  }

  /** Hosts in a network, which are told of these. */
  public Fleet fleet(Network network, FleetSettings settings, Linkable... givers) {
    var role = identity.hostRole();
    var artifacts = new Artifacts(named("artifacts"), childOptions());
    artifacts.grantRead(role);
    var scripts = artifacts.publish(HostBundle.with("{}\n"));
    return new Fleet(
        named("fleet"), network, role, scripts, List.of(givers), settings, childOptions());
  }

  /** Zones of a network, with their way out. */
  public static ZonedNetworkSettings zones(Nat nat, String... letters) {
    return new ZonedNetworkSettings(
        "10.30.0.0/16", List.of(letters), nat, false, List.of(GatewayEndpoint.s3), false);
  }

  /** Public and data subnets in two zones, and private ones where there is NAT. */
  public static TieredNetworkSettings tiers(Nat nat) {
    return new TieredNetworkSettings(
        "10.40.0.0/20", List.of("a", "b"), nat, List.of(GatewayEndpoint.s3), false);
  }

  /** So many hosts. */
  public static FleetSettings hosts(int count) {
    return hosts(count, HealthCheck.EC2);
  }

  /** So many hosts, of which AWS tells by this whether they are alive. */
  public static FleetSettings hosts(int count, HealthCheck healthCheck) {
    var ami = new Ami("ami-0123456789abcdef0", REGION, Architecture.x86_64);
    return new FleetSettings(
        count, Optional.empty(), "t3.small", ami, 30, List.of("192.0.2.0/24"), healthCheck, 1);
  }
}
