"""Runs migrations: all of them in one transaction, so that one that fails leaves nothing behind."""

import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import NullPool, create_engine, text

from app.models import Base
from app.settings import read_database_url

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    raise SystemExit("migrations run on a database only, without --sql")

engine = create_engine(read_database_url(os.environ), poolclass=NullPool, connect_args={"connect_timeout": 10})
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        # One at a time, whoever starts them. It goes with the transaction.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('location-content migrations'))"))
        # The release that serves meanwhile waits for what a migration locks: rather fail soon than make it wait.
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        context.run_migrations()
