package dev.slipway.rehearsal.cloud;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A MariaDB outside of every host, whose master {@code root} may do what that of RDS may, and no
 * more. As RDS has it where it makes backups, it keeps a binary log and trusts nobody who makes
 * functions.
 */
public final class ExternalDatabase {
  /**
   * <a
   * href="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html">What
   * the master of RDS for MariaDB has.</a>
   */
  private static final String MASTER_OF_RDS =
      "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER,"
          + " SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION CLIENT,"
          + " CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER,"
          + " REPLICATION SLAVE";

  /** Takes from the master of a new server what that of RDS does not have. */
  public static final String AS_RDS =
      "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'root'@'%'; GRANT "
          + MASTER_OF_RDS
          + " ON *.* TO 'root'@'%' WITH GRANT OPTION";

  private static final String NAME = "external-database";

  private final Appliances appliances;
  private final String image;

  /**
   * Starts it.
   *
   * @param image where this machine pulls it from
   * @param address the name under which machines reach it
   * @param password the master's
   */
  ExternalDatabase(Appliances appliances, String image, String address, String password) {
    this.appliances = appliances;
    this.image = image;
    Programs.docker("pull", "--quiet", image);
    Path superuser = appliances.write(NAME, "superuser", "only-for-the-rehearsal");
    appliances.start(
        NAME,
        image,
        address,
        List.of(
            "--volume",
            superuser + ":/run/superuser:ro",
            "--env",
            "MARIADB_ROOT_PASSWORD_FILE=/run/superuser"),
        List.of(
            "mariadbd",
            "--log-bin",
            "--server-id=1",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci"),
        List.of("healthcheck.sh", "--connect", "--innodb_initialized"));
    query(
        "ALTER USER 'root'@'%' IDENTIFIED BY '"
            + password.replace("\\", "\\\\").replace("'", "''")
            + "'; "
            + AS_RDS);
  }

  /** What the server's own superuser is told, whom hosts never are. */
  public String query(String sql) {
    Result result =
        appliances.exec(
            NAME,
            sql.getBytes(StandardCharsets.UTF_8),
            "sh",
            "-c",
            "MYSQL_PWD=\"$(cat /run/superuser)\""
                + " exec mariadb --user=root --batch --skip-column-names");
    if (!result.ok()) {
      throw new IllegalStateException(
          "the external database: " + sql + ": " + result.output().strip());
    }
    return result.out().strip();
  }

  /** Takes it away with all that is in it. */
  public void remove() {
    appliances.remove(NAME);
    Programs.tryDocker("image", "rm", image);
  }
}
