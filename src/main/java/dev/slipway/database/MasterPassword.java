package dev.slipway.database;

/** Who keeps the password of the database's administrator. */
public enum MasterPassword {
  /** RDS, which changes it every week. A database that has a replica can't have it so. */
  rds,
  /** The stack, in a secret of its own. */
  stack
}
