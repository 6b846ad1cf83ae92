package dev.slipway.release;

import com.pulumi.command.local.Command;
import com.pulumi.command.local.CommandArgs;
import com.pulumi.core.Output;
import com.pulumi.resources.ComponentResourceOptions;
import com.pulumi.resources.Resource;
import dev.slipway.core.Component;
import dev.slipway.core.Script;
import dev.slipway.host.HostBundle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The commands that bring machines to their configuration and release, be it one or many. */
abstract class ReleaseCommands extends Component {

  ReleaseCommands(String type, String name, ComponentResourceOptions options) {
    super(type, name, options);
  }

  /**
   * Makes both commands.
   *
   * @param machines the words that tell ./slipway ssm-run which machines are meant
   * @param kind variables that change when the machines are others than before
   * @param ready what must be there before
   * @param seed the first release, where none was made
   */
  final void run(
      Output<List<String>> machines,
      Output<Map<String, String>> kind,
      List<Resource> ready,
      HostBundle bundle,
      Runbook runbook,
      ReleaseSettings settings,
      String seed) {
    var before = new ArrayList<Resource>();
    before.addAll(ready);
    before.addAll(runbook.documents());
    var sha256 = bundle.sha256();
    var configure =
        command(
            "configure",
            send("configure", machines, Runbook.CONFIGURE_SECONDS, "bundle=" + sha256),
            with(kind, Map.of("SLIPWAY_BUNDLE", sha256)),
            before);
    command(
        "converge",
        send("release", machines, Runbook.seconds(settings), "actor=pulumi"),
        // The host reads these from the bundle: here a change of one makes the command run again.
        with(kind, Map.of("SLIPWAY_BUNDLE", sha256, "SLIPWAY_SEED", seed)),
        List.of(configure));
    offers(Map.of());
  }

  /** These variables and more. */
  static Output<Map<String, String>> with(
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
  final Resource command(
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
