package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A job of a GitHub workflow: it has a token that says who it is, no key of its own, and for the
 * token AWS gives it the roles that trust it.
 */
final class WorkflowJob {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Fixture fixture;
  private final String repository;
  private final String job;
  private final Path profiles;
  private final Map<String, String> environment = new HashMap<>();

  /**
   * @param repository e.g. {@code my-company/slipway}
   * @param job e.g. {@code environment:staging}, or {@code pull_request}
   */
  WorkflowJob(Fixture fixture, String repository, String job) throws IOException {
    this.fixture = fixture;
    this.repository = repository;
    this.job = job;
    profiles = Files.createTempFile(fixture.cloud().directory(), "job-", ".credentials");
    environment.put("AWS_ACCESS_KEY_ID", null);
    environment.put("AWS_SECRET_ACCESS_KEY", null);
    environment.put("AWS_SHARED_CREDENTIALS_FILE", profiles.toString());
    environment.put("GITHUB_ACTOR", "octocat");
    environment.put("GITHUB_REPOSITORY", repository.replaceAll("@[0-9]+", ""));
    environment.put("GITHUB_RUN_ID", "1");
  }

  /** What is in the job's environment on top of the person's own: no key of anybody. */
  Map<String, String> environment() {
    return environment;
  }

  /** The same with the credentials of a role that it has taken. */
  Map<String, String> environment(String profile) {
    var more = new HashMap<>(environment);
    more.put("AWS_PROFILE", profile);
    return more;
  }

  /** Asks for a role with the job's token, and says what came of it. */
  Shell.Result ask(String role) {
    return ask(role, fixture.cloud().gitHub().token(repository, job));
  }

  Shell.Result ask(String role, String token) {
    var all = new HashMap<>(fixture.environment());
    all.putAll(environment);
    return new Shell(fixture.options().repository(), all)
        .run(
            MINUTE,
            "aws",
            "sts",
            "assume-role-with-web-identity",
            "--role-arn",
            arn(role),
            "--role-session-name",
            "run-1",
            "--duration-seconds",
            seconds(role),
            "--web-identity-token",
            token,
            "--output",
            "json");
  }

  /** As the workflows ask: longer than the longest release, so that its end is written down. */
  private static String seconds(String role) {
    return role.matches("slipway-(deploy|release)-.*") ? "14400" : "3600";
  }

  static String arn(String role) {
    return "arn:aws:iam::123456789012:role/slipway/github/" + role;
  }

  /**
   * Takes a role, keeps its credentials as a profile, and gives them as variables.
   *
   * @throws Diary.Broken where the role doesn't trust the job
   */
  Map<String, String> take(String role, String profile) throws IOException {
    Shell.Result answer = ask(role);
    if (!answer.ok()) {
      throw new Diary.Broken(
          repository + ", " + job + ", can't take " + role + ": " + answer.tail());
    }
    JsonObject made =
        JsonParser.parseString(answer.printed()).getAsJsonObject().getAsJsonObject("Credentials");
    var variables = new LinkedHashMap<String, String>();
    variables.put("AWS_ACCESS_KEY_ID", made.get("AccessKeyId").getAsString());
    variables.put("AWS_SECRET_ACCESS_KEY", made.get("SecretAccessKey").getAsString());
    variables.put("AWS_SESSION_TOKEN", made.get("SessionToken").getAsString());
    var lines = new StringBuilder(Files.readString(profiles)).append("[" + profile + "]\n");
    variables.forEach(
        (name, value) -> lines.append(name.toLowerCase()).append(" = ").append(value).append('\n'));
    Files.writeString(profiles, lines);
    return variables;
  }
}
