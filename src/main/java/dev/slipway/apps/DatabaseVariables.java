package dev.slipway.apps;

import dev.slipway.core.ForHosts;
import dev.slipway.core.HostView;
import dev.slipway.core.Setting;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The variables that get the database's parts, for what takes no URL. */
public record DatabaseVariables(
    @Setting(value = "The variable that gets the database's host name.", example = "PGHOST")
        @ForHosts
        Optional<String> host,
    @Setting(value = "The one that gets its port.", example = "PGPORT") @ForHosts
        Optional<String> port,
    @Setting(value = "The one that gets the name of the database.", example = "PGDATABASE")
        @ForHosts
        Optional<String> name,
    @Setting(value = "The one that gets the user's name.", example = "PGUSER") @ForHosts
        Optional<String> user,
    @Setting(value = "The one that gets the user's password.", example = "PGPASSWORD") @ForHosts
        Optional<String> password,
    @Setting(
            value =
                "The one that gets verify-full: the connection is encrypted and the database proves"
                    + " who it is.",
            example = "PGSSLMODE")
        @ForHosts
        Optional<String> sslMode,
    @Setting(
            value =
                "The one that gets the file, in the container, with the authorities that the"
                    + " database is believed by.",
            example = "PGSSLROOTCERT")
        @ForHosts
        Optional<String> sslRootCert,
    @Setting(
            value =
                "The one that gets how many connections the application may open at most"
                    + " (database.connectionLimit).",
            example = "DB_POOL_SIZE")
        @ForHosts
        Optional<String> connectionLimit) {

  /** The variables that were given, by part. */
  Map<String, String> variables() {
    var given = new TreeMap<String, String>();
    HostView.of(this)
        .forEach(
            (part, variable) -> {
              if (variable != null) {
                given.put(part, (String) variable);
              }
            });
    return given;
  }

  /** Whether there is any. */
  boolean some() {
    return !variables().isEmpty();
  }
}
