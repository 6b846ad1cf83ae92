package dev.slipway.plan.diagram;

import dev.slipway.core.Json;
import dev.slipway.plan.diagram.Flow.Shape;
import dev.slipway.plan.graph.Graph;
import dev.slipway.plan.graph.HostFiles;
import dev.slipway.plan.graph.PlanException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a host does at its first boot, in order: read from the scripts that it gets, so that a step
 * that comes or goes there comes or goes here. A step that no {@link #WORDS} are for has its own
 * name.
 */
final class BootDiagram {

  /** What functions of the scripts do, in words. */
  static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("slipway_fetch", "fetch the bundle that the pointer names, and verify it"),
          Map.entry("agent_refresh", "renew the SSM agent"),
          Map.entry("volume_prepare", "find and mount the data volume, if there is one"),
          Map.entry("docker_configure", "configure Docker"),
          Map.entry("packages_install", "install packages and Docker"),
          Map.entry("docker_start", "start Docker"),
          Map.entry("aws_cli_install", "install the AWS CLI"),
          Map.entry("cloudwatch_agent_install", "install the CloudWatch agent, if asked for"),
          Map.entry("security_updates", "turn on security updates"),
          Map.entry("need_configured_host", "look whether all is there"),
          Map.entry("agent_hold", "keep the SSM agent's version"),
          Map.entry("agent_check", "look at the SSM agent"),
          Map.entry("schedules", "write the schedules"),
          Map.entry("boot_service", "serve again after later boots"),
          Map.entry("runtime_configure", "what the runtime needs"),
          Map.entry("refs_resolve", "resolve tags to digests"),
          Map.entry("images_fetch", "log in to the registry, pull images by digest, with retries"),
          Map.entry("secrets_make", "make the secrets that are still missing"),
          Map.entry("database_prepare", "make the application's role in the database"),
          Map.entry("spec_write", "write what each container is made of"),
          Map.entry("cache_prepare", "make the application's user of the cache, if there is one"),
          Map.entry("caddy_fetch", "pull the proxy's image"));

  /** What the phases of a release do. */
  private static final Map<String, String> PHASES =
      Map.of(
          "snapshot", "of the database, before a migration",
          "backup", "of the data that is here",
          "migrate", "on one host alone, where the image is new",
          "start", "write the Compose project, start what doesn't run, wait for health",
          "switch", "send requests there",
          "smoke", "look whether every application answers",
          "record", "the release, as the one that serves");

  /** Helpers that are no step of their own. */
  private static final Set<String> ASIDE = Set.of("detail", "say", "finish", "systemctl", "if");

  private static final Pattern COMMAND =
      Pattern.compile("^(?:if [a-z_]+ [a-z]+; then )?(?:changed=\"\\$\\()?([a-z]+(?:_[a-z]+)*)\\b");

  private BootDiagram() {}

  static Flow of(Graph graph) {
    var flow = new Flow("TB");
    var userData =
        HostFiles.texts(graph).entrySet().stream()
            .filter(entry -> entry.getKey().startsWith("user-data/"))
            .map(Map.Entry::getValue)
            .findFirst();
    var bundle =
        HostFiles.bundles(graph).stream()
            .filter(each -> each.files().containsKey("bootstrap.sh"))
            .findFirst();
    if (userData.isPresent() && bundle.isPresent()) {
      new Sequence(flow, bundle.get()).draw(userData.get());
    }
    return flow;
  }

  private static final class Sequence {
    private final Flow flow;
    private final HostFiles bundle;
    private final String runtime;
    private final Set<String> capabilities;
    private String last = "launch";

    Sequence(Flow flow, HostFiles bundle) {
      this.flow = flow;
      this.bundle = bundle;
      this.runtime = "runtimes/" + Json.object(bundle.text("settings.json")).get("runtime") + "/";
      this.capabilities =
          new LinkedHashSet<>(bundle.text(runtime + "capabilities").lines().toList());
    }

    void draw(String userData) {
      flow.node("launch", "", Shape.ROUND, "EC2 starts the machine");
      var log = found("user data", userData, "slipway_log=(\\S+)").get(0);
      part("user data", "user data, into " + log, calls(userData, "(?m)^(slipway_fetch) [0-9]+$"));
      found("user data", userData, "(?m)^exec /opt/slipway/(bootstrap\\.sh)$");
      var bootstrap = bundle.text("bootstrap.sh");
      part("bootstrap.sh", "bootstrap.sh", calls(bootstrap, "(?m)^(agent_[a-z_]+)$"));
      for (var script :
          found(
              "bootstrap.sh",
              bootstrap,
              "(?m)^  (?:SSM_actor=bootstrap )?\"\\$BUNDLE/([a-z]+\\.sh)\"$")) {
        part(script, script, script.equals("release.sh") ? release() : configure(script));
      }
      flow.node("healthy", "", Shape.ROUND, "healthy to whoever asks");
      flow.arrow(last, "healthy", "then");
    }

    private void part(String id, String label, List<String> steps) {
      flow.group(id, "", label);
      for (var step : steps) {
        var box = id + " " + step;
        flow.node(box, id, Shape.BOX, step);
        flow.arrow(last, box, "");
        last = box;
      }
    }

    /** What stands alone at the end of a script, below its last function. */
    private List<String> configure(String script) {
      var text = bundle.text(script);
      int from = text.indexOf("\nsay \"configuring ");
      if (from < 0) {
        throw missing(script, "the line that says what is configured");
      }
      var result = new LinkedHashSet<String>();
      text.substring(from + 1)
          .lines()
          .map(String::strip)
          .forEach(
              line -> {
                var command = COMMAND.matcher(line);
                if (command.find()
                    && !ASIDE.contains(command.group(1))
                    && line.length() > 2
                    && !line.startsWith("changed=''")) {
                  result.add(command.group(1));
                }
              });
      result.removeIf(name -> !name.contains("_") && !WORDS.containsKey(name));
      return result.stream().map(BootDiagram::words).toList();
    }

    /** The step that fetches, by what the runtime does in it, then the phases. */
    private List<String> release() {
      found("release.sh", bundle.text("release.sh"), "(?m)^step fetch (runtime_fetch) ");
      var hooks = bundle.text(runtime + "hooks.sh");
      var fetch =
          found(runtime + "hooks.sh", hooks, "(?ms)^runtime_fetch\\(\\) \\{\\n(.*?)^\\}").get(0);
      var result = new ArrayList<String>();
      calls(fetch, "(?m)^  ([a-z]+_[a-z_]+)(?: |$)").stream()
          .filter(name -> !name.startsWith("values of"))
          .forEach(result::add);
      var engine = bundle.text("lib/runtime.sh");
      var phases = new ArrayList<String>();
      var early = Pattern.compile("jq -c '\\[\"([a-z]+)\"\\] \\+ \\.'").matcher(hooks);
      while (early.find()) {
        // The later one is put before the earlier one.
        phases.add(0, early.group(1));
      }
      boolean migratesFirst = phases.contains("migrate");
      var before =
          Pattern.compile("runtime_can ([a-z]+); then before\\+=\\(([a-z]+)\\)").matcher(engine);
      while (before.find()) {
        if (capabilities.contains(before.group(1))) {
          phases.add(before.group(2));
        }
      }
      var rest =
          Pattern.compile("\"\\$\\{before\\[@\\]\\}\" ([a-z]+) \"\\$@\" ([a-z ]+) \\|")
              .matcher(engine);
      if (!rest.find()) {
        throw missing("lib/runtime.sh", "the phases of a release");
      }
      phases.add(rest.group(1));
      if (capabilities.contains("migrates") && !migratesFirst) {
        phases.add("migrate");
      }
      phases.addAll(List.of(rest.group(2).split(" ")));
      phases.forEach(
          phase ->
              result.add(PHASES.containsKey(phase) ? phase + ": " + PHASES.get(phase) : phase));
      return result;
    }

    private static List<String> calls(String text, String pattern) {
      var matcher = Pattern.compile(pattern).matcher(text);
      var result = new LinkedHashSet<String>();
      while (matcher.find()) {
        result.add(words(matcher.group(1)));
      }
      return List.copyOf(result);
    }

    private static List<String> found(String script, String text, String pattern) {
      var matcher = Pattern.compile(pattern).matcher(text);
      var result = new ArrayList<String>();
      while (matcher.find()) {
        result.add(matcher.group(1));
      }
      if (result.isEmpty()) {
        throw missing(script, pattern);
      }
      return result;
    }

    private static PlanException missing(String script, String what) {
      return new PlanException(
          "the boot sequence can't be drawn: %s no longer has %s; bring BootDiagram up to date"
              .formatted(script, what));
    }
  }

  private static String words(String function) {
    return WORDS.getOrDefault(function, function.replace('_', ' '));
  }
}
