package dev.slipway.rehearsal;

import dev.slipway.stackfile.StackFile;
import dev.slipway.stackfile.StackFileException;
import dev.slipway.system.Systems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What is rehearsed of a system: its steps in order, and what they need.
 *
 * @param hosts whether it has machines; without them the emulated cloud is there in seconds
 */
record Suite<P extends Scenario>(
    String system, boolean hosts, List<Step<P>> steps, Maker<P> maker) {

  /** Makes the scenario when the cloud is there. */
  interface Maker<P> {
    P make(Fixture fixture) throws Exception;
  }

  /** The one for the system that a stack's file names; the system's descriptor names its class. */
  static Suite<?> of(Path settings) {
    if (!Files.exists(settings)) {
      throw new IllegalArgumentException(settings + ": is missing; it names the stack's settings");
    }
    var name = system(settings);
    return Systems.named(name)
        .map(system -> of(system.rehearsal().suite()))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    settings
                        + ": slipway:system is \""
                        + name
                        + "\", of which there is no rehearsal; there are those of "
                        + String.join(", ", Systems.names())));
  }

  private static Suite<?> of(String owner) {
    try {
      return (Suite<?>) Class.forName(owner).getDeclaredField("SUITE").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(owner + " has no SUITE", e);
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

  /** The names of the steps, in order. */
  List<String> names() {
    return steps.stream().map(Step::name).toList();
  }

  /** Those that run when nobody says which. */
  List<String> usualNames() {
    return steps.stream().filter(step -> !step.extra()).map(Step::name).toList();
  }

  /** Takes a scenario from its beginning to its end, and tells how it went. */
  void perform(Fixture fixture) throws Exception {
    try (P scenario = maker.make(fixture)) {
      scenario.prepare();
      if (fixture.options().awsPlugin() != null) {
        fixture.diary().note("aws plugin     " + fixture.options().awsPlugin().program());
      }
      run(fixture, scenario);
      fixture.diary().summary();
      leftOut(fixture);
      scenario.honesty();
      if (fixture.options().keep()) {
        scenario.keep();
      }
    }
  }

  private void leftOut(Fixture fixture) {
    List<String> names = fixture.options().leftOut(this);
    if (!names.isEmpty()) {
      fixture
          .diary()
          .paragraph(
              "Left out",
              "%s: ./slipway rehearse %s --only %s, or --all for every step"
                  .formatted(String.join(", ", names), fixture.stack(), String.join(",", names)));
    }
  }

  private void run(Fixture fixture, P scenario) {
    List<String> wanted = fixture.options().steps(this);
    for (Step<P> step : steps) {
      if (!wanted.contains(step.name()) && !step.ground()) {
        continue;
      }
      boolean ok =
          fixture
              .diary()
              .step(step.name(), step.title(), step.mayWarn(), () -> step.body().run(scenario));
      if (!ok && step.vital()) {
        fixture.diary().note("nothing can follow; the rehearsal ends here");
        return;
      }
    }
  }
}
