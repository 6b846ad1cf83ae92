package dev.slipway.system;

import com.google.gson.Gson;
import dev.slipway.core.Resources;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What others need to know of a system, said once: the file {@code system.json} in the system's
 * folder of resources. Java reads it as this record, scripts with jq. Beside it, {@code types.txt}
 * has the types of AWS's resources that the system makes, from which the rights of workflows
 * follow.
 *
 * @param name what {@code slipway:system} says
 * @param settings the record of its settings, which the file names so that no class here knows a
 *     system
 * @param hosts what machines it has
 * @param runtime the folder in {@code runtimes/} of the host bundle by which these run it
 * @param secrets where its secrets live
 * @param workflows whether workflows may deploy it; otherwise a person does
 * @param verbs what can be run on its hosts; each is a document
 * @param releaseGoesWith the type of the resource that a release was made for: when it is
 *     destroyed, the desired release goes as well
 * @param rehearsal what its rehearsal needs
 * @param types the types of AWS's resources that it can make, with every setting there is
 */
public record SystemDescriptor(
    String name,
    Class<? extends Record> settings,
    Hosts hosts,
    Optional<String> runtime,
    Secrets secrets,
    boolean workflows,
    List<String> verbs,
    Optional<String> releaseGoesWith,
    Rehearsal rehearsal,
    Set<String> types) {

  /** What machines a system has. */
  public enum Hosts {
    none,
    one,
    fleet
  }

  /** Where a system's secrets live: in Parameter Store, or in Secrets Manager. */
  public enum Secrets {
    none,
    parameters,
    secretsManager
  }

  /**
   * What a system's rehearsal needs.
   *
   * @param suite the class of its steps
   * @param stack the stack that scripts/test.sh rehearses
   * @param also steps of other stacks, which it rehearses with --all
   * @param tools of scripts/tools.sh, beside those that every rehearsal takes
   * @param images of scripts/dev/rehearsal-images.sh, beside those that every host takes
   * @param examples folders of the applications that it runs
   * @param composeFiles whether it needs a checkout of frappe_docker
   */
  public record Rehearsal(
      String suite,
      String stack,
      List<Part> also,
      List<String> tools,
      List<String> images,
      List<String> examples,
      boolean composeFiles) {

    /** Some steps of a stack. */
    public record Part(String stack, List<String> only) {}

    public Rehearsal {
      also = also == null ? List.of() : List.copyOf(also);
      tools = tools == null ? List.of() : List.copyOf(tools);
      images = images == null ? List.of() : List.copyOf(images);
      examples = examples == null ? List.of() : List.copyOf(examples);
    }
  }

  /** The file, as it is written. */
  private record File(
      String settings,
      Hosts hosts,
      String runtime,
      Secrets secrets,
      boolean workflows,
      List<String> verbs,
      String releaseGoesWith,
      Rehearsal rehearsal) {}

  static SystemDescriptor of(String name) {
    var file =
        new Gson()
            .fromJson(Resources.text(SystemDescriptor.class, name + "/system.json"), File.class);
    return new SystemDescriptor(
        name,
        settings(file.settings),
        file.hosts,
        Optional.ofNullable(file.runtime),
        file.secrets,
        file.workflows,
        List.copyOf(file.verbs),
        Optional.ofNullable(file.releaseGoesWith),
        file.rehearsal,
        Set.copyOf(Resources.text(SystemDescriptor.class, name + "/types.txt").lines().toList()));
  }

  private static Class<? extends Record> settings(String type) {
    try {
      return Class.forName(type).asSubclass(Record.class);
    } catch (ClassNotFoundException unknown) {
      throw new IllegalStateException(type + " is named in a system.json and isn't there", unknown);
    }
  }
}
