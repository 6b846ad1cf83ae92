package dev.slipway.apps;

import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Link;
import dev.slipway.core.Linkable;
import dev.slipway.identity.Identity;
import dev.slipway.identity.ServiceRole;
import dev.slipway.identity.Statement;
import dev.slipway.storage.Buckets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Roles of applications' own, for the stack's buckets.
 *
 * <p>Creates a role for each application that asks for it ({@code apps.NAME.buckets}), which reads
 * and writes exactly these buckets, and which hosts take for it. Costs nothing. See
 * docs/decisions/0061-roles-of-apps.md.
 *
 * <pre>{@code
 * var roles = new AppRoles(named("apps"), identity, role, buckets, settings.containers(), childOptions());
 * }</pre>
 */
public final class AppRoles extends Component implements Linkable {
  static final String TYPE = "slipway:apps:AppRoles";

  private final Map<String, ServiceRole> roles = new LinkedHashMap<>();
  private final List<Resource> ready = new ArrayList<>();

  /**
   * @param hosts the role of the hosts that run them
   */
  public AppRoles(
      String name,
      Identity identity,
      ServiceRole hosts,
      Buckets buckets,
      AppsSettings settings,
      ComponentResourceOptions options) {
    super(TYPE, name, options);
    for (var app : settings.withBuckets()) {
      var role = identity.role("app-" + app, hosts);
      buckets.grantUse(role);
      ready.addAll(role.grants());
      roles.put(app, role);
    }
    if (!roles.isEmpty()) {
      ready.add(
          hosts.allow(
              "take-roles-of-apps",
              Output.all(roles.values().stream().map(ServiceRole::arn).toList())
                  .applyValue(
                      arns ->
                          List.of(
                              Statement.allow("TakeRolesOfApps")
                                  .actions("sts:AssumeRole")
                                  .resources(arns.toArray(String[]::new))))));
    }
    registerOutputs(Map.of());
  }

  /** Their ARNs, by application. */
  public Output<Map<String, String>> arns() {
    var arns = new TreeMap<String, Output<String>>();
    roles.forEach((app, role) -> arns.put(app, role.arn()));
    return byName(arns);
  }

  @Override
  public Link link() {
    var values = new TreeMap<String, Output<String>>();
    roles.forEach((app, role) -> values.put("appRole." + app, role.arn()));
    return new Link(values);
  }

  @Override
  public List<Resource> ready() {
    return List.copyOf(ready);
  }
}
