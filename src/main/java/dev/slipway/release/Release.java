package dev.slipway.release;

import com.pulumi.command.local.Command;
import com.pulumi.command.local.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Script;
import dev.slipway.host.Hosts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Brings hosts to their configuration and to their release, over Systems Manager.
 *
 * <p>Creates two commands that run on the machine of whoever runs {@code pulumi up}: one when the
 * hosts' scripts, settings or machines change, and one that converges on the desired release, or on
 * the seed where there is none. Costs nothing, and removes nothing when it is removed.
 *
 * <pre>{@code
 * new Release(named("release"), host, documents, settings.release(), seed, childOptions());
 * }</pre>
 */
public class Release extends Component {
  static final String TYPE = "slipway:release:Release";

  /** Below the two hours after which ./slipway up ends an update. */
  private static final int REFRESH_SECONDS = 5400;

  /**
   * @param seed the first release, where none was made
   */
  public Release(
      String name,
      Hosts hosts,
      CommandDocuments documents,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    this(TYPE, name, hosts, documents, settings, seed, options);
  }

  Release(
      String type,
      String name,
      Hosts hosts,
      CommandDocuments documents,
      ReleaseSettings settings,
      String seed,
      ComponentResourceOptions options) {
    super(type, name, options);
    var before = new ArrayList<>(hosts.ready());
    hosts.replacement().ifPresent(by -> before.add(refresh(by, hosts.ready())));
    before.addAll(documents.documents());
    var sha256 = hosts.bundle().sha256();
    var configure =
        command(
            "configure",
            send(
                "configure",
                hosts.target(),
                CommandDocuments.CONFIGURE_SECONDS,
                "bundle=" + sha256),
            with(hosts.marks(), Map.of("SLIPWAY_BUNDLE", sha256)),
            before);
    command(
        "converge",
        send("release", hosts.target(), CommandDocuments.seconds(settings), "actor=pulumi"),
        // Hosts read these from the bundle: here a change of one makes the command run again.
        with(hosts.marks(), Map.of("SLIPWAY_BUNDLE", sha256, "SLIPWAY_SEED", seed)),
        List.of(configure));
    registerOutputs(Map.of());
  }

  private Resource refresh(Hosts.Replacement by, List<Resource> ready) {
    return command(
        "refresh",
        by.group().applyValue(this::await),
        by.template().applyValue(version -> Map.of("SLIPWAY_TEMPLATE", version)),
        ready);
  }

  private String await(String group) {
    return Script.line(
        List.of(
            "./scripts/refresh-wait.sh",
            "--group",
            group,
            "--region",
            stack().region(),
            "--timeout",
            Integer.toString(REFRESH_SECONDS)));
  }

  /** These variables and more. */
  private static Output<Map<String, String>> with(
      Output<Map<String, String>> some, Map<String, String> more) {
    return some.applyValue(
        variables -> {
          var all = new TreeMap<String, String>(variables);
          all.putAll(more);
          return all;
        });
  }

  private Output<String> send(
      String verb, Output<List<String>> machines, int timeoutSeconds, String parameter) {
    return machines.applyValue(
        which -> {
          var words = new ArrayList<String>();
          words.add("./scripts/ssm-run.sh");
          words.addAll(List.of("--document", stack().document(verb)));
          words.addAll(which);
          words.addAll(List.of("--region", stack().region()));
          words.addAll(List.of("--timeout", Integer.toString(timeoutSeconds)));
          words.addAll(List.of("--parameter", parameter));
          return Script.line(words);
        });
  }

  /** A command of which a changed input runs it again and replaces nothing. */
  private Resource command(
      String role,
      Output<String> text,
      Output<Map<String, String>> environment,
      List<Resource> before) {
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
