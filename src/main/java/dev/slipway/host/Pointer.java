package dev.slipway.host;

import com.google.gson.Gson;
import com.pulumi.core.Output;
import dev.slipway.core.Stack;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the one parameter says that machines follow: their bundle, and what they must know. */
final class Pointer {
  static final String DESCRIPTION = "What the hosts of this stack run, and where the rest of it is";

  private Pointer() {}

  /**
   * The parameter's value, printed in the same order every time.
   *
   * @param own facts of the machine, beside those of its informers
   */
  static Output<String> text(
      Stack stack,
      Artifacts.Published published,
      Map<String, Output<String>> own,
      List<? extends Informs> informers) {
    var facts = new TreeMap<String, Output<String>>(own);
    facts.put("region", Output.of(stack.region()));
    facts.put("stack", Output.of(stack.name()));
    informers.forEach(informer -> facts.putAll(informer.facts()));
    var names = List.copyOf(facts.keySet());
    var values = Output.all(List.copyOf(facts.values()));
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
