package dev.slipway.rehearsal.cloud;

import java.util.List;

/**
 * Somebody else's API, which wants a key: under its own name, with TLS by the rehearsal's
 * authority, on an address of its own.
 *
 * <pre>{@code
 * var tavily = cloud.outsideApi("api.tavily.com", "Authorization: Bearer {key}", "{\"results\": []}");
 * tavily.accept(key);
 * }</pre>
 */
public final class OutsideApi {
  private static final String CONFIGURATION = "Caddyfile";

  private final Appliances appliances;
  private final String name;
  private final String header;
  private final String answer;

  /**
   * Starts it; it takes no key yet.
   *
   * @param image has Caddy in it
   * @param name the name under which machines reach it
   * @param header where the key is expected, with {@code {key}} in its place
   * @param answer what it answers to whoever has the key, as JSON
   */
  OutsideApi(Appliances appliances, String image, String name, String header, String answer) {
    this.appliances = appliances;
    this.name = name;
    this.header = header;
    this.answer = answer;
    configure("none-is-taken");
    appliances.start(
        name,
        image,
        name,
        List.of("--volume", appliances.folder(name + "/etc") + ":/etc/api:ro"),
        List.of("caddy", "run", "--config", "/etc/api/" + CONFIGURATION),
        List.of("bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/443"));
  }

  /** Takes this key from now on, and no other. */
  public void accept(String key) {
    configure(key);
    appliances.need(name, null, "caddy", "reload", "--config", "/etc/api/" + CONFIGURATION);
  }

  private void configure(String key) {
    String[] parts = header.split(": ", 2);
    appliances.write(
        name + "/etc",
        CONFIGURATION,
        """
        {
          auto_https off
        }
        https://%s {
          tls /tls/server.crt /tls/server.key
          header Content-Type application/json
          @known header %s "%s"
          respond @known `%s` 200
          respond `{"error": "Unauthorized: missing or invalid API key."}` 401
        }
        """
            .formatted(name, parts[0], parts[1].replace("{key}", key), answer));
  }
}
