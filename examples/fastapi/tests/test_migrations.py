from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, inspect


def test_make_the_tables_that_the_models_read(database: URL, migrations: Config) -> None:
    command.check(migrations)

    engine = create_engine(database)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", "location_metadata", "prompts", "jobs"}
    engine.dispose()


def test_change_nothing_when_they_run_again(database: URL, migrations: Config) -> None:
    command.upgrade(migrations, "head")
    command.check(migrations)

    engine = create_engine(database)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "0001"
    engine.dispose()


def test_have_one_head(migrations: Config) -> None:
    assert ScriptDirectory.from_config(migrations).get_heads() == ["0001"]
