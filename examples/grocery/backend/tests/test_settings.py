import pytest

from grocery.settings import Settings, SettingsError

URL = "postgresql://app:geheim@db.example.com:5432/grocery?sslmode=verify-full"


def test_what_is_not_said_has_a_usual_value() -> None:
    settings = Settings.read({"DATABASE_URL": URL})

    assert settings.replica_url is None
    assert settings.avatars_bucket is None
    assert settings.connections == 5
    assert settings.release == "unknown"


def test_an_empty_replica_is_none() -> None:
    assert Settings.read({"DATABASE_URL": URL, "DATABASE_REPLICA_URL": ""}).replica_url is None


def test_processes_share_the_connections_of_a_container() -> None:
    read = {"DATABASE_URL": URL, "DATABASE_CONNECTIONS": "9"}

    assert Settings.read({**read, "WEB_CONCURRENCY": "4"}).connections == 2
    assert Settings.read({**read, "WEB_CONCURRENCY": "20"}).connections == 1


def test_everything_that_is_wrong_is_named_at_once_and_no_value_is_shown() -> None:
    with pytest.raises(SettingsError) as told:
        Settings.read(
            {"DATABASE_REPLICA_URL": "mysql://app:geheim@db/x", "DATABASE_CONNECTIONS": "geheim", "LOG_LEVEL": "loud"}
        )

    assert str(told.value).splitlines() == [
        "DATABASE_URL is not set",
        "LOG_LEVEL is none of debug, info, warning, error",
        "DATABASE_REPLICA_URL is no URL of PostgreSQL: it has to start with postgresql://",
        "DATABASE_CONNECTIONS is not a whole number from 1 on",
    ]


def test_settings_are_shown_without_passwords() -> None:
    assert "geheim" not in repr(Settings.read({"DATABASE_URL": URL, "DATABASE_REPLICA_URL": URL}))
