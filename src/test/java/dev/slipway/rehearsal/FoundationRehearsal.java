package dev.slipway.rehearsal;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.time.Duration;
import java.util.List;

/** What goes before every stack, from an account with nothing to an account with nothing. */
final class FoundationRehearsal implements Play {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  private static final List<Act<FoundationRehearsal>> ACTS =
      List.of(
          Act.vital("plan", "The plan, with no engine and no account", FoundationRehearsal::plan),
          Act.ground("bootstrap", "State, key and stack", FoundationRehearsal::bootstrap),
          Act.ground("up", "pulumi up, and again", FoundationRehearsal::up),
          new Act<>("destroy", "Destroy, up again, destroy again", FoundationRehearsal::destroy));

  static final Playbook<FoundationRehearsal> PLAYBOOK =
      new Playbook<>("foundation", false, ACTS, FoundationRehearsal::new);

  private final Stage stage;
  private final EmulatedCloud cloud;
  private final Diary diary;
  private PulumiStack stack;

  FoundationRehearsal(Stage stage) {
    this.stage = stage;
    cloud = stage.cloud();
    diary = stage.diary();
  }

  @Override
  public void prepare() {
    diary.note("stack          " + stage.stack());
    diary.note("the account has nothing: no bucket for the state, no key, no role");
  }

  private void plan() {
    Shell.Result result = stage.scripts().run(MINUTE, "./scripts/plan.sh", stage.stack(), "--json");
    diary.check(result.ok(), "plan.sh exits 0", result.tail());
    JsonObject plan = JsonParser.parseString(result.printed()).getAsJsonObject();
    diary.note(plan.getAsJsonArray("resources").size() + " resources planned");
  }

  private void bootstrap() throws Exception {
    cloud.makeStateBackend();
    stage.environment().putAll(cloud.environment());
    stack =
        new PulumiStack(
            stage.stack(),
            stage.project(),
            cloud.secretsProvider(),
            stage.environment(),
            diary::echo);
  }

  private void up() {
    PulumiStack.Run first = stack.up();
    diary.check(first.ok(), "up ends well", first.output());
    diary.note(first.counts());
    PulumiStack.Run second = stack.up();
    diary.check(second.ok(), "up again ends well", second.output());
    diary.check(second.changedNothing(), "and changes nothing", second.counts());
  }

  private void destroy() {
    String name = stage.stack();
    Shell.Result all = stage.run(LONG, "./scripts/destroy.sh", name, "--yes-destroy", name);
    diary.check(all.ok(), "destroy.sh exits 0", all.tail());
    up();
  }

  @Override
  public void honesty() {
    stage.honesty(
        "the Java program, the Pulumi engine, its S3 state and KMS secrets, the scripts",
        "AWS's own timing and limits, GitHub's side of the trust: its tokens are of our own issuer");
  }

  @Override
  public void keep() throws java.io.IOException {
    stage.keep(java.util.Map.of(), "");
  }

  @Override
  public void close() throws Exception {
    if (stack != null) {
      stack.close();
    }
  }
}
