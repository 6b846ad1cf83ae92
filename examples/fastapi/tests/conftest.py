"""What tests work with: an empty database with the tables in it, buckets in memory, and APIs that stand in."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from fastapi.testclient import TestClient
from moto import mock_aws
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from app import storage
from app.service import create_app
from app.settings import Settings
from tests.outside import Outside

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def server() -> URL:
    """Where a role may make databases; what stands in its own is left alone."""
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.fail("TEST_DATABASE_URL is not set: give the URL of a PostgreSQL whose role may create databases")
    return make_url(address).set(drivername="postgresql+psycopg")


@pytest.fixture
def empty_database(server: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[URL]:
    name = f"test_{uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            url = server.set(database=name)
            monkeypatch.setenv("DATABASE_URL", url.set(drivername="postgresql").render_as_string(hide_password=False))
            yield url
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def migrations() -> Config:
    return Config(ROOT / "alembic.ini")


@pytest.fixture
def database(empty_database: URL, migrations: Config) -> URL:
    command.upgrade(migrations, "head")
    return empty_database


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        s3 = storage.client()
        s3.create_bucket(Bucket="content")
        s3.create_bucket(Bucket="artifacts")
        yield


@pytest.fixture
def outside() -> Iterator[Outside]:
    with Outside() as server:
        yield server


@pytest.fixture
def settings(database: URL, buckets: None, outside: Outside) -> Settings:  # noqa: ARG001
    return Settings(
        database_url=database,
        content_bucket="content",
        artifacts_bucket="artifacts",
        tavily_url=outside.url,
        tavily_api_key="tavily-key",
        gemini_url=outside.url,
        gemini_api_key="gemini-key",
        release="r1",
    )


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    """Speaks to the application, as it is when it serves: jobs run."""
    with TestClient(create_app(settings)) as client:
        yield client
