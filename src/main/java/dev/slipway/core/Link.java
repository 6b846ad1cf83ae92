package dev.slipway.core;

import com.pulumi.core.Output;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a component tells hosts: names and ARNs, never a secret.
 *
 * <pre>{@code
 * Link.of("database", Map.of("host", instance.address()))  // databaseHost
 * }</pre>
 *
 * @param values keys of {@code /etc/slipway/environment.json} and their values
 */
public record Link(Map<String, Output<String>> values) {

  /** Values that begin with their giver's name, so that a second database has others. */
  public static Link of(String giver, Map<String, Output<String>> values) {
    var named = new TreeMap<String, Output<String>>();
    values.forEach(
        (what, value) ->
            named.put(giver + Character.toUpperCase(what.charAt(0)) + what.substring(1), value));
    return new Link(named);
  }
}
