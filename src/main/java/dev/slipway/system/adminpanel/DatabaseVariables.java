package dev.slipway.system.adminpanel;

import dev.slipway.core.Setting;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The variables that get the database's parts, for what takes no URL. */
public record DatabaseVariables(
    @Setting(value = "The variable that gets the database's host name.", example = "PGHOST")
        Optional<String> host,
    @Setting(value = "The one that gets its port.", example = "PGPORT") Optional<String> port,
    @Setting(value = "The one that gets the name of the database.", example = "PGDATABASE")
        Optional<String> name,
    @Setting(value = "The one that gets the user's name.", example = "PGUSER")
        Optional<String> user,
    @Setting(value = "The one that gets the user's password.", example = "PGPASSWORD")
        Optional<String> password,
    @Setting(
            value =
                "The one that gets verify-full: the connection is encrypted and the database proves"
                    + " who it is.",
            example = "PGSSLMODE")
        Optional<String> sslMode,
    @Setting(
            value =
                "The one that gets the file, in the container, with the authorities that the"
                    + " database is believed by.",
            example = "PGSSLROOTCERT")
        Optional<String> sslRootCert,
    @Setting(
            value =
                "The one that gets how many connections the application may open at most"
                    + " (database.connectionLimit).",
            example = "DB_POOL_SIZE")
        Optional<String> connectionLimit) {

  /** The variables that were given, by part. */
  Map<String, String> variables() {
    var given = new LinkedHashMap<String, String>();
    host.ifPresent(variable -> given.put("host", variable));
    port.ifPresent(variable -> given.put("port", variable));
    name.ifPresent(variable -> given.put("name", variable));
    user.ifPresent(variable -> given.put("user", variable));
    password.ifPresent(variable -> given.put("password", variable));
    sslMode.ifPresent(variable -> given.put("sslMode", variable));
    sslRootCert.ifPresent(variable -> given.put("sslRootCert", variable));
    connectionLimit.ifPresent(variable -> given.put("connectionLimit", variable));
    return given;
  }

  /** Whether there is any. */
  boolean some() {
    return !variables().isEmpty();
  }
}
