package dev.slipway.release;

import com.pulumi.command.local.Command;
import com.pulumi.command.local.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Script;
import dev.slipway.host.Host;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings a host to its configuration and to its release, over Systems Manager.
 *
 * <p>Creates two commands that run on the machine of whoever runs {@code pulumi up}: one when the
 * host's scripts, settings or machine change, and one that converges on the desired release, or on
 * the seed where there is none. Costs nothing, and removes nothing when it is removed.
 *
 * <pre>{@code
 * new Release(named("release"), host, runbook, settings.release(), seed, child());
 * }</pre>
 */
public final class Release extends Component {

  /**
   * @param seed the first release, where none was made
   */
  public Release(
      String name,
      Host host,
      Runbook runbook,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    super(Release.class, name, options);
    var before = new ArrayList<Resource>();
    before.addAll(host.ready());
    before.addAll(runbook.documents());
    var bundle = host.bundle().sha256();
    var configure =
        command(
            "configure",
            host,
            List.of("--parameter", "bundle=" + bundle),
            Runbook.CONFIGURE_SECONDS,
            Map.of("SLIPWAY_BUNDLE", bundle),
            before);
    command(
        "converge",
        host,
        List.of("--parameter", "actor=pulumi"),
        Runbook.seconds(settings),
        // The host reads these from the bundle: here a change of one makes the command run again.
        Map.of("SLIPWAY_BUNDLE", bundle, "SLIPWAY_SEED", seed),
        List.of(configure));
    offers(Map.of());
  }

  private Resource command(
      String role,
      Host host,
      List<String> parameters,
      int timeoutSeconds,
      Map<String, String> environment,
      List<Resource> before) {
    var verb = role.equals("converge") ? "release" : role;
    var text =
        host.instanceId()
            .applyValue(
                instance -> {
                  var words = new ArrayList<String>();
                  words.add("./scripts/ssm-run.sh");
                  words.addAll(List.of("--document", stack().document(verb)));
                  words.addAll(List.of("--instance", instance));
                  words.addAll(List.of("--region", stack().region()));
                  words.addAll(List.of("--timeout", Integer.toString(timeoutSeconds)));
                  words.addAll(parameters);
                  return Script.line(words);
                });
    return command(role, text, environment, before);
  }

  private Resource command(
      String role, Output<String> text, Map<String, String> environment, List<Resource> before) {
    // The same for create and update: a changed input runs it again and replaces nothing.
    return new Command(
        named(role),
        CommandArgs.builder()
            .create(text)
            .update(text)
            .environment(environment)
            // A host's earlier output can be larger than what an environment holds.
            .addPreviousOutputInEnv(false)
            .build(),
        leaf().dependsOn(before).build());
  }
}
