package dev.slipway.scripts;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * As much of GitHub's API as the scripts use, for the repository my-company/slipway, and a gh that
 * asks it.
 */
final class FakeGitHub implements AutoCloseable {
  static final String REPOSITORY = "my-company/slipway";
  private static final String BOT = "github-actions[bot]";
  private static final Gson GSON = new Gson();

  /** gh's own command line, over curl. */
  private static final String GH =
      """
      shift
      method=GET input=() jq=.
      while (($#)); do
        case $1 in
          --method) method=$2; shift ;;
          --input) input=(--data-binary "@$2"); shift ;;
          --jq) jq=$2; shift ;;
          --paginate) ;;
          *) path=$1 ;;
        esac
        shift
      done
      code=$(curl -sS -o "$FAKES/gh.answer" -w '%%{http_code}' -X "$method" "${input[@]}" "%s/$path")
      if ((code >= 400)); then
        printf 'gh: %%s (HTTP %%s)\\n' "$(jq -r .message "$FAKES/gh.answer")" "$code" >&2
        exit 1
      fi
      if [[ $jq == . ]]; then cat "$FAKES/gh.answer"; else jq -r "$jq" "$FAKES/gh.answer"; fi
      """;

  final Map<Integer, JsonObject> comments = new TreeMap<>();
  final Map<Integer, JsonObject> issues = new TreeMap<>();
  final Map<Integer, JsonObject> rulesets = new TreeMap<>();
  final Map<String, JsonObject> environments = new TreeMap<>();
  final Map<String, Map<Integer, String>> policies = new TreeMap<>();
  final Map<String, JsonArray> branchRules = new TreeMap<>();
  final Map<String, Integer> teams = new LinkedHashMap<>();
  final List<String> writes = new ArrayList<>();
  private final HttpServer server;
  private int next = 100;

  FakeGitHub(Workplace place) {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", this::answer);
    server.start();
    place
        .fake("gh api", GH.formatted("http://127.0.0.1:" + server.getAddress().getPort()))
        .with("GITHUB_REPOSITORY", REPOSITORY)
        .with("GITHUB_ACTIONS", "true");
  }

  @Override
  public void close() {
    server.stop(0);
  }

  static JsonObject json(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  JsonObject comment(int id, String author, String body) {
    var made = written(id, author, body);
    made.addProperty("issue_url", "https://api.github.com/repos/" + REPOSITORY + "/issues/7");
    comments.put(id, made);
    return made;
  }

  private static JsonObject written(int id, String author, String body) {
    var made = new JsonObject();
    made.addProperty("id", id);
    made.addProperty("number", id);
    made.addProperty("body", body);
    made.addProperty("state", "open");
    made.addProperty("html_url", "https://github.com/" + REPOSITORY + "/issues/" + id);
    made.add("user", json("{\"login\": \"%s\"}".formatted(author)));
    return made;
  }

  private static final class NotFound extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      String path = exchange.getRequestURI().getPath().substring(1);
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (!method.equals("GET")) {
        writes.add(method + " " + path);
      }
      int status = 200;
      JsonElement result;
      try {
        result = route(method, path, body.isEmpty() ? new JsonObject() : json(body));
      } catch (NotFound e) {
        status = 404;
        result = json("{\"message\": \"Not Found\"}");
      }
      byte[] bytes = GSON.toJson(result).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private JsonElement route(String method, String path, JsonObject body) {
    Matcher team = Pattern.compile("orgs/my-company/teams/(.+)").matcher(path);
    if (team.matches()) {
      if (!teams.containsKey(team.group(1))) {
        throw new NotFound();
      }
      return json("{\"id\": %d}".formatted(teams.get(team.group(1))));
    }
    String prefix = "repos/" + REPOSITORY + "/";
    if (!path.startsWith(prefix)) {
      throw new NotFound();
    }
    String[] part = path.substring(prefix.length()).split("/");
    return switch (part[0]) {
      case "issues" -> issues(method, part, body);
      case "rulesets" -> rulesets(method, part, body);
      case "environments" -> environments(method, part, body);
      case "rules" -> branchRules.getOrDefault(part[2], new JsonArray());
      default -> throw new NotFound();
    };
  }

  private JsonElement issues(String method, String[] part, JsonObject body) {
    boolean ofComments = part.length == 3;
    var all = ofComments ? comments : issues;
    if (method.equals("POST")) {
      int id = next++;
      String text = body.get("body").getAsString();
      if (ofComments) {
        return comment(id, BOT, text);
      }
      var made = written(id, BOT, text);
      made.add("title", body.get("title"));
      issues.put(id, made);
      return made;
    }
    if (method.equals("PATCH")) {
      var changed = all.get(Integer.valueOf(part[part.length - 1]));
      body.entrySet().forEach(field -> changed.add(field.getKey(), field.getValue()));
      return changed;
    }
    return array(
        all.values().stream()
            .filter(one -> one.get("state").getAsString().equals("open"))
            .toList());
  }

  private static JsonArray array(List<JsonObject> all) {
    var array = new JsonArray();
    all.forEach(array::add);
    return array;
  }

  private JsonElement rulesets(String method, String[] part, JsonObject body) {
    if (part.length == 1 && method.equals("GET")) {
      return array(List.copyOf(rulesets.values()));
    }
    int id = part.length == 1 ? next++ : Integer.parseInt(part[1]);
    if (!method.equals("GET")) {
      // As GitHub does: with an id and fields of its own, defaults filled in, rules in another
      // order.
      var kept = body.deepCopy();
      kept.addProperty("id", id);
      kept.addProperty("source_type", "Repository");
      kept.addProperty("current_user_can_bypass", "never");
      var rules = new ArrayList<JsonElement>(kept.getAsJsonArray("rules").asList());
      java.util.Collections.reverse(rules);
      var reversed = new JsonArray();
      for (JsonElement rule : rules) {
        if (rule.getAsJsonObject().has("parameters")) {
          rule.getAsJsonObject().getAsJsonObject("parameters").addProperty("added_by_github", true);
        }
        reversed.add(rule);
      }
      kept.add("rules", reversed);
      rulesets.put(id, kept);
    }
    return rulesets.get(id);
  }

  private JsonElement environments(String method, String[] part, JsonObject body) {
    String name = part[1];
    if (part.length == 2) {
      if (method.equals("PUT")) {
        environments.put(name, environment(name, body));
        policies.putIfAbsent(name, new TreeMap<>());
      }
      if (!environments.containsKey(name)) {
        throw new NotFound();
      }
      return environments.get(name);
    }
    var own = policies.computeIfAbsent(name, made -> new TreeMap<>());
    if (method.equals("POST")) {
      own.put(next++, body.get("name").getAsString());
    } else if (method.equals("DELETE")) {
      own.remove(Integer.valueOf(part[3]));
    }
    var list = new JsonArray();
    own.forEach(
        (id, branch) -> list.add(json("{\"id\": %d, \"name\": \"%s\"}".formatted(id, branch))));
    var result = new JsonObject();
    result.add("branch_policies", list);
    return result;
  }

  /** What was put, in the form in which GitHub tells it. */
  private JsonObject environment(String name, JsonObject body) {
    var rules = new JsonArray();
    if (!body.getAsJsonArray("reviewers").isEmpty()) {
      var reviewers = new JsonArray();
      for (JsonElement reviewer : body.getAsJsonArray("reviewers")) {
        int id = reviewer.getAsJsonObject().get("id").getAsInt();
        String slug =
            teams.entrySet().stream()
                .filter(team -> team.getValue() == id)
                .findFirst()
                .orElseThrow()
                .getKey();
        reviewers.add(
            json(
                "{\"type\": \"Team\", \"reviewer\": {\"id\": %d, \"slug\": \"%s\"}}"
                    .formatted(id, slug)));
      }
      var rule = json("{\"id\": 1, \"type\": \"required_reviewers\"}");
      rule.add("prevent_self_review", body.get("prevent_self_review"));
      rule.add("reviewers", reviewers);
      rules.add(rule);
    }
    var made = new JsonObject();
    made.addProperty("name", name);
    made.add("protection_rules", rules);
    made.add("deployment_branch_policy", body.get("deployment_branch_policy"));
    return made;
  }
}
