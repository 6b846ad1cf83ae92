import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from grocery.migrate import FOLDER, MigrationError, migrate


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in found}


def test_all_are_run_once_and_in_order(empty_database: str) -> None:
    assert migrate(empty_database) == sorted(file.stem for file in FOLDER.glob("*.sql"))
    assert tables(empty_database) == {"items", "people", "schema_migrations"}
    assert migrate(empty_database) == []


def test_of_two_at_once_one_waits_and_finds_nothing_to_do(empty_database: str) -> None:
    with ThreadPoolExecutor(2) as both:
        ended = list(both.map(migrate, [empty_database] * 2))

    assert sorted(len(run) for run in ended) == [0, len(list(FOLDER.glob("*.sql")))]


def test_one_that_fails_leaves_nothing_behind(empty_database: str, tmp_path: Path) -> None:
    (tmp_path / "0001_good.sql").write_text("CREATE TABLE good (id int)")
    (tmp_path / "0002_bad.sql").write_text("CREATE TABLE bad (id int); SELECT 1/0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(empty_database, tmp_path)

    assert tables(empty_database) == set()


def test_one_that_was_run_and_changed_is_refused(empty_database: str, tmp_path: Path) -> None:
    file = tmp_path / "0001_good.sql"
    file.write_text("CREATE TABLE good (id int)")
    migrate(empty_database, tmp_path)
    file.write_text("CREATE TABLE better (id int)")

    with pytest.raises(MigrationError, match=r"0001_good\.sql was changed after it had been run"):
        migrate(empty_database, tmp_path)


def test_one_that_would_hold_up_requests_fails_soon(database: str, tmp_path: Path) -> None:
    (tmp_path / "0003_slow.sql").write_text("SET LOCAL lock_timeout = '50ms'; ALTER TABLE items ADD COLUMN x int")
    with psycopg.connect(database) as reader:
        reader.execute("SELECT * FROM items")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(database, tmp_path)


def run(url: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "grocery.migrate"],
        env={"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_as_a_command_it_says_what_it_did(server: str) -> None:
    ended = run("")
    assert (ended.returncode, ended.stderr) == (1, "not migrated: DATABASE_URL is not set\n")

    ended = run("postgresql://nobody:geheim@127.0.0.1:1/none")
    assert ended.returncode == 1
    assert "geheim" not in ended.stderr
    assert "Traceback" not in ended.stderr
    assert server
