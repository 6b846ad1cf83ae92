package dev.slipway.rehearsal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

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

  private static final List<Playbook<?>> ALL =
      List.of(
          ErpNextRehearsal.PLAYBOOK, FoundationRehearsal.PLAYBOOK, AdminPanelRehearsal.PLAYBOOK);

  /** The one for the system that a stack's file names. */
  static Playbook<?> of(Path settings) {
    String system = system(settings);
    return ALL.stream()
        .filter(book -> book.system().equals(system))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    settings
                        + ": slipway:system is \""
                        + system
                        + "\", of which there is no rehearsal; there are those of "
                        + String.join(", ", ALL.stream().map(Playbook::system).toList())));
  }

  private static String system(Path settings) {
    try {
      if (new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(settings))
              instanceof Map<?, ?> file
          && file.get("config") instanceof Map<?, ?> config) {
        return String.valueOf(config.get("slipway:system"));
      }
      throw new IllegalArgumentException(settings + ": has no config");
    } catch (IOException e) {
      throw new IllegalArgumentException(settings + ": is missing; it names the stack's settings");
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
