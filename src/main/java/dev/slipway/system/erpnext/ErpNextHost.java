package dev.slipway.system.erpnext;

import com.google.gson.GsonBuilder;
import dev.slipway.core.Stack;
import dev.slipway.system.Systems;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Renders what the scripts on an ERPNext host read of the settings: settings.json. */
final class ErpNextHost {
  private ErpNextHost() {}

  static String settingsJson(Stack stack, ErpNextSettings settings) {
    var json =
        map(
            "stack", stack.name(),
            "system", stack.system(),
            "runtime", Systems.named(stack.system()).orElseThrow().runtime().orElseThrow(),
            "release", release(settings),
            "application", application(stack, settings.application()),
            "compose", compose(settings),
            "sites", sites(settings.erpnext()),
            "https", https(settings.https()),
            "backup", backup(settings),
            "parameters",
                map(
                    "prefix", stack.path(),
                    "desired", stack.desiredRelease(),
                    "secrets", stack.secrets()),
            "cloudwatchAgent", settings.alerts().cloudwatchAgent());
    return new GsonBuilder()
            .serializeNulls()
            .disableHtmlEscaping()
            .setPrettyPrinting()
            .create()
            .toJson(json)
        + "\n";
  }

  private static Map<String, Object> release(ErpNextSettings settings) {
    return map(
        "seed", settings.seed(),
        "keep", settings.release().keep(),
        "minFreeGiB", settings.release().minFreeGiB());
  }

  private static Map<String, Object> application(Stack stack, ApplicationSettings application) {
    return map(
        "repository", orNull(application.repository()),
        "branch", application.branch(),
        "tokenParameter", orNull(application.token().map(name -> stack.secrets() + "/" + name)),
        "deployKeyParameter",
            orNull(application.deployKey().map(name -> stack.secrets() + "/" + name)));
  }

  private static Map<String, Object> compose(ErpNextSettings settings) {
    var erpnext = settings.erpnext();
    return map(
        "project", "erpnext",
        "source",
            map(
                "repository", erpnext.frappeDocker().repository(),
                "commit", erpnext.frappeDocker().commit()),
        "files", erpnext.composeFiles(),
        "environment", new TreeMap<>(erpnext.environment()),
        "plain",
            erpnext.environment().keySet().stream()
                .filter(
                    name -> settings.common().plain().containsKey("erpnext.environment." + name))
                .sorted()
                .toList(),
        "uploadSeconds", erpnext.uploadSeconds(),
        "image",
            map(
                "source", erpnext.image().source().name(),
                "name", erpnext.image().name(),
                "frappeBranch", erpnext.image().frappeBranch(),
                "containerfile", erpnext.image().containerfile(),
                "buildMemory", erpnext.image().buildMemory()),
        "database",
            map("host", orNull(erpnext.database().host()), "port", erpnext.database().port()),
        "redis",
            map(
                "cache", orNull(erpnext.redis().cache()),
                "queue", orNull(erpnext.redis().queue())),
        "architecture", settings.host().ami().architecture().name());
  }

  private static List<Object> sites(ErpNextOptions erpnext) {
    var sites = new ArrayList<Object>();
    erpnext
        .sites()
        .forEach(
            site ->
                sites.add(
                    map("name", site.name(), "apps", site.apps(), "proxied", site.proxied())));
    return sites;
  }

  private static Map<String, Object> https(HttpsSettings https) {
    return map(
        "email", https.email(),
        "server", https.directory(),
        "trustedCa", orNull(https.trustedCa()),
        "certificateHours", https.certificateHours());
  }

  private static Map<String, Object> backup(ErpNextSettings settings) {
    return map(
        "cron", settings.backup().cron(),
        "keepLocal", settings.backup().keepLocal(),
        "drillCron", settings.backup().drillCron(),
        "drillMaxAgeHours", settings.backup().drillMaxAgeHours());
  }

  private static Object orNull(Optional<String> value) {
    return value.orElse(null);
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    var map = new LinkedHashMap<String, Object>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }
}
