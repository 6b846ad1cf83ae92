"""What tests work with: an empty database with the tables in it, and a bucket in memory."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from flask.testing import FlaskClient
from moto import mock_aws

from grocery import avatars
from grocery.app import create_app
from grocery.migrate import migrate
from grocery.settings import Settings

BUCKET = "avatars"
REGION = "eu-central-1"


@pytest.fixture(scope="session")
def server() -> str:
    """Where a role may make databases; what stands in its own is left alone."""
    address = os.environ.get("TEST_DATABASE_URL")
    if not address:
        pytest.fail("TEST_DATABASE_URL is not set: give the URL of a PostgreSQL whose role may create databases")
    return address


@contextmanager
def made_database(server: str) -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    with made_database(server) as url:
        yield url


@pytest.fixture
def database(empty_database: str) -> str:
    migrate(empty_database)
    return empty_database


@pytest.fixture
def replica(server: str) -> Iterator[str]:
    """Another database with the tables: what is read from it can't be from the primary."""
    with made_database(server) as url:
        migrate(url)
        yield url


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        avatars.client().create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield BUCKET


@pytest.fixture
def settings(database: str) -> Settings:
    return Settings(database_url=database, connections=2, release="r1")


@contextmanager
def served(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(settings)
    try:
        yield app.test_client()
    finally:
        app.extensions["database"].close()


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    with served(settings) as client:
        yield client


@pytest.fixture
def client_with_bucket(settings: Settings, bucket: str) -> Iterator[FlaskClient]:
    with served(replace(settings, avatars_bucket=bucket, avatar_bytes=1000)) as client:
        yield client
