"""Brings the database's tables up to date: python -m grocery.migrate.

Each file in migrations/ runs once, in the order of names; all that are new in one transaction, so that one that fails
leaves nothing behind. What was run is in the table schema_migrations, with the checksum of its file.
"""

import hashlib
import os
import sys
from pathlib import Path

import psycopg

from grocery.settings import SettingsError, read_database_url

FOLDER = Path(__file__).parent / "migrations"


class MigrationError(Exception):
    """What has to be looked at before the database can be migrated."""


def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Gives the names of those that were run."""
    with psycopg.connect(url, connect_timeout=10, application_name="grocery migrations") as connection:
        # One at a time, whoever starts them; who waited finds nothing left to do. It goes with the transaction.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('grocery migrations'))")
        # The release that serves meanwhile waits for what a migration locks: rather fail soon than make it wait.
        connection.execute("SET LOCAL lock_timeout = '5s'")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (name text PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())"
        )
        done: dict[str, str] = dict(connection.execute("SELECT name, checksum FROM schema_migrations").fetchall())
        run: list[str] = []
        for file in sorted(folder.glob("*.sql")):
            text = file.read_bytes()
            checksum = hashlib.sha256(text).hexdigest()
            if file.stem in done:
                if done[file.stem] != checksum:
                    raise MigrationError(f"{file.name} was changed after it had been run; write another one instead")
                continue
            connection.execute(text)
            connection.execute("INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)", (file.stem, checksum))
            run.append(file.stem)
        return run


def main() -> None:
    try:
        run = migrate(read_database_url(os.environ))
    except (SettingsError, MigrationError, psycopg.Error) as e:
        # Without the trace. A message of psycopg's names host and user, and no password.
        sys.exit(f"not migrated: {e}")
    sys.stdout.write(f"migrated: {', '.join(run)}\n" if run else "nothing to migrate\n")


if __name__ == "__main__":
    main()
