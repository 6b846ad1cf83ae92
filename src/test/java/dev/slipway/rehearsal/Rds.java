package dev.slipway.rehearsal;

import dev.slipway.rehearsal.cloud.EmulatedCloud;
import java.util.ArrayList;
import java.util.List;

/** The first database that RDS keeps in the account, and what its own administrator sees in it. */
final class Rds {
  private final EmulatedCloud cloud;
  private final Shell scripts;

  Rds(EmulatedCloud cloud, Shell scripts) {
    this.cloud = cloud;
    this.scripts = scripts;
  }

  /** A call of the AWS CLI's, {@code aws rds …}, that has to succeed. */
  String ask(String... words) {
    var all = new ArrayList<>(List.of("rds"));
    all.addAll(List.of(words));
    return scripts.aws(all.toArray(String[]::new));
  }

  String instance() {
    return ask("describe-db-instances", "--query", "DBInstances[0].DBInstanceIdentifier");
  }

  String database() {
    return ask("describe-db-instances", "--query", "DBInstances[0].DBName");
  }

  String query(String sql) {
    return cloud.query(instance(), database(), sql).strip();
  }
}
