package dev.slipway.host;

import com.google.gson.Gson;
import com.pulumi.aws.ssm.ParameterArgs;
import com.pulumi.core.Output;
import dev.slipway.core.Linkable;
import dev.slipway.core.Stack;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the one parameter says that machines follow: their bundle, and what they must know. */
final class Pointer {
  /** How many characters a parameter takes that costs nothing. */
  private static final int STANDARD = 4096;

  /** Longer than nearly every value: an ARN, a host of RDS. */
  private static final int VALUE = 100;

  private Pointer() {}

  /**
   * The parameter. With more to tell than 4 KB it is an advanced one, which takes 8 KB: by how many
   * things are told, since only AWS knows their values. <a
   * href="https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html">Once
   * it is advanced</a> it can't be a standard one again.
   */
  static ParameterArgs args(
      Stack stack, Output<String> text, List<? extends Linkable> givers, Map<String, String> tags) {
    var args =
        ParameterArgs.builder()
            .name(stack.pointer())
            .type("String")
            .description("What the hosts of this stack run, and where the rest of it is")
            .value(text)
            .tags(tags);
    int length =
        givers.stream()
            .flatMap(giver -> giver.link().values().keySet().stream())
            .mapToInt(key -> key.length() + VALUE)
            .sum();
    if (length > STANDARD) {
      args.tier("Advanced");
    }
    return args.build();
  }

  /**
   * The parameter's value, printed in the same order every time.
   *
   * @param own what the machine is told of itself
   */
  static Output<String> text(
      Stack stack,
      Artifacts.Published published,
      Map<String, Output<String>> own,
      List<? extends Linkable> givers) {
    var links = new TreeMap<String, Output<String>>(own);
    links.put("region", Output.of(stack.region()));
    links.put("stack", Output.of(stack.name()));
    for (var giver : givers) {
      giver
          .link()
          .values()
          .forEach(
              (key, value) -> {
                if (links.putIfAbsent(key, value) != null) {
                  throw new IllegalStateException(
                      "hosts would be told of two things as " + key + "; give them other names");
                }
              });
    }
    var names = List.copyOf(links.keySet());
    var values = Output.all(List.copyOf(links.values()));
    return Output.tuple(published.bucket().bucketName(), values)
        .applyValue(
            known -> {
              var json = new TreeMap<String, Object>();
              var bundle = new TreeMap<String, String>();
              bundle.put("bucket", known.t1);
              bundle.put("key", published.bundle().key());
              bundle.put("sha256", published.bundle().sha256());
              json.put("bundle", bundle);
              for (int i = 0; i < names.size(); i++) {
                json.put(names.get(i), known.t2.get(i));
              }
              return new Gson().toJson(json);
            });
  }
}
