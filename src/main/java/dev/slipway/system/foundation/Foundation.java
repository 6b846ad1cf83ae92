package dev.slipway.system.foundation;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import dev.slipway.access.ApplicationRoles;
import dev.slipway.access.GithubProvider;
import dev.slipway.access.StackRoles;
import dev.slipway.access.Watchers;
import dev.slipway.account.AccountDefaults;
import dev.slipway.account.MonthlyBudget;
import dev.slipway.core.Component;
import dev.slipway.core.StackContext;
import dev.slipway.dns.HostedZone;
import dev.slipway.monitoring.AlertTopic;
import dev.slipway.system.Systems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What an account needs before its first stack: who may do what from GitHub, and what holds for
 * everything in it.
 *
 * <p>Creates GitHub's OIDC provider, the roles of workflows with their policies, registries for
 * applications, hosted zones, defaults of the account, a budget and the shared topic. Costs 1
 * dollar a month, 0.50 for each zone, and what images take. A person brings it up: no workflow may
 * change its own rights.
 *
 * <pre>{@code
 * new Foundation("foundation", settings, context, options);
 * }</pre>
 */
public final class Foundation extends Component {
  static final String TYPE = "slipway:system:Foundation";

  private final GithubProvider github;
  private final AlertTopic alerts;
  private final Map<String, Output<String>> roles = new TreeMap<>();
  private final Map<String, Output<String>> boundaries = new TreeMap<>();
  private final Map<String, Output<String>> registries = new TreeMap<>();
  private final Map<String, HostedZone> zones = new TreeMap<>();

  public Foundation(
      String name,
      FoundationSettings settings,
      StackContext context,
      ComponentResourceOptions options) {
    super(TYPE, name, context, options);

    // What holds for everything in the account.
    new AccountDefaults(
        named("defaults"), settings.ebsEncryption(), settings.blockPublicBuckets(), childOptions());
    alerts = new AlertTopic(named("alerts"), settings.alerts().email(), childOptions());
    for (var domain : settings.zones()) {
      zones.put(domain, new HostedZone(named("zone-" + domain), domain, childOptions()));
    }
    settings
        .budget()
        .ifPresent(budget -> new MonthlyBudget(named("budget"), budget, alerts, childOptions()));

    // Who may look.
    github = new GithubProvider(named("github"), settings.github(), childOptions());
    var watchers =
        new Watchers(
            named("watchers"),
            settings.github(),
            github,
            settings.state(),
            settings.stacks(),
            Systems::types,
            childOptions());
    roles.put("preview", watchers.preview());
    roles.put("drift", watchers.drift());

    // Who may deploy and release.
    for (var stack : settings.stacks()) {
      var applications =
          settings.applications().stream()
              .filter(application -> application.stack().equals(stack.name()))
              .toList();
      var made =
          new StackRoles(
              named(stack.name()),
              stack,
              Systems.types(stack.system()),
              settings.github(),
              github,
              settings.state(),
              applications,
              childOptions());
      roles.put("deploy-" + stack.name(), made.deploy());
      roles.put("release-" + stack.name(), made.release());
      boundaries.put(stack.name(), made.boundary());
    }

    // Who may build.
    for (var application : settings.applications()) {
      application
          .ecr()
          .ifPresent(
              registry -> {
                var made =
                    new ApplicationRoles(
                        named("app-" + application.name()),
                        application,
                        registry,
                        settings.github(),
                        github,
                        childOptions());
                roles.put("build-" + application.name(), made.build());
                registries.put(application.name(), made.url());
              });
    }
    registerOutputs(Map.copyOf(outputs()));
  }

  /** What {@code pulumi up} prints at its end. */
  public Map<String, Output<?>> outputs() {
    var outputs = new LinkedHashMap<String, Output<?>>();
    outputs.put("oidcProvider", github.arn());
    outputs.put("roles", together(roles));
    outputs.put("boundaries", together(boundaries));
    outputs.put("registries", together(registries));
    outputs.put("alertTopic", alerts.arn());
    if (!zones.isEmpty()) {
      outputs.put("zones", together(each(HostedZone::zoneId)));
      outputs.put("nameServers", together(each(HostedZone::nameServers)));
    }
    return outputs;
  }

  private <T> Map<String, Output<T>> each(Function<HostedZone, Output<T>> part) {
    var result = new TreeMap<String, Output<T>>();
    zones.forEach((domain, zone) -> result.put(domain, part.apply(zone)));
    return result;
  }

  private static <T> Output<Map<String, T>> together(Map<String, Output<T>> values) {
    var names = List.copyOf(values.keySet());
    if (names.isEmpty()) {
      return Output.of(Map.of());
    }
    return Output.all(new ArrayList<>(values.values()))
        .applyValue(
            known -> {
              var result = new TreeMap<String, T>();
              for (int i = 0; i < names.size(); i++) {
                result.put(names.get(i), known.get(i));
              }
              return result;
            });
  }
}
