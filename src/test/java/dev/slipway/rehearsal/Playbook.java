package dev.slipway.rehearsal;

import dev.slipway.stackfile.StackFile;
import dev.slipway.stackfile.StackFileException;
import dev.slipway.system.Systems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is rehearsed of a system: its acts in order, and what they need.
 *
 * @param hosts whether it has machines; without them the emulated cloud is there in seconds
 */
record Playbook<P extends Play>(String system, boolean hosts, List<Act<P>> acts, Maker<P> maker) {

  /** Makes the play when the cloud is there. */
  interface Maker<P> {
    P make(Stage stage) throws Exception;
  }

  /** The one for the system that a stack's file names; the system's descriptor names its class. */
  static Playbook<?> of(Path settings) {
    if (!Files.exists(settings)) {
      throw new IllegalArgumentException(settings + ": is missing; it names the stack's settings");
    }
    var name = system(settings);
    return Systems.named(name)
        .map(system -> of(system.rehearsal().playbook()))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    settings
                        + ": slipway:system is \""
                        + name
                        + "\", of which there is no rehearsal; there are those of "
                        + String.join(", ", Systems.names())));
  }

  private static Playbook<?> of(String owner) {
    try {
      return (Playbook<?>) Class.forName(owner).getDeclaredField("PLAYBOOK").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(owner + " has no PLAYBOOK", e);
    }
  }

  private static String system(Path settings) {
    var name = settings.getFileName().toString();
    try {
      var file =
          StackFile.read(
              settings.toAbsolutePath().getParent(),
              name.substring("Pulumi.".length(), name.length() - ".yaml".length()));
      return file.config().getOrDefault(file.project() + ":system", "");
    } catch (StackFileException wrong) {
      throw new IllegalArgumentException(wrong.getMessage());
    }
  }

  /** The names of the acts, in order. */
  List<String> steps() {
    return acts.stream().map(Act::name).toList();
  }

  /** Those that are played when nobody says which. */
  List<String> usualSteps() {
    return acts.stream().filter(act -> !act.extra()).map(Act::name).toList();
  }

  /** Takes a play from its beginning to its end, and tells how it went. */
  void perform(Stage stage) throws Exception {
    try (P play = maker.make(stage)) {
      play.prepare();
      if (stage.options().awsPlugin() != null) {
        stage.diary().note("aws plugin     " + stage.options().awsPlugin().program());
      }
      play(stage, play);
      stage.diary().summary();
      leftOut(stage);
      play.honesty();
      if (stage.options().keep()) {
        play.keep();
      }
    }
  }

  private void leftOut(Stage stage) {
    List<String> names = stage.options().leftOut(this);
    if (!names.isEmpty()) {
      stage
          .diary()
          .paragraph(
              "Left out",
              "%s: ./slipway rehearse %s --only %s, or --all for every act"
                  .formatted(String.join(", ", names), stage.stack(), String.join(",", names)));
    }
  }

  private void play(Stage stage, P play) {
    List<String> wanted = stage.options().steps(this);
    for (Act<P> act : acts) {
      if (!wanted.contains(act.name()) && !act.ground()) {
        continue;
      }
      boolean ok =
          stage.diary().step(act.name(), act.title(), act.mayWarn(), () -> act.body().run(play));
      if (!ok && act.vital()) {
        stage.diary().note("nothing can follow; the rehearsal ends here");
        return;
      }
    }
  }
}
