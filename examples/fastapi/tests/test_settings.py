import pytest

from app.settings import Settings, SettingsError

COMPLETE = {
    "DATABASE_URL": "postgresql://app:hunter2@db.example:5432/app?sslmode=verify-full",
    "CONTENT_BUCKET": "content",
    "ARTIFACTS_BUCKET": "artifacts",
}


def test_takes_the_usual_for_what_is_not_said() -> None:
    settings = Settings.read(COMPLETE)

    assert settings.tavily_url == "https://api.tavily.com"
    assert settings.gemini_url == "https://generativelanguage.googleapis.com"
    assert settings.tavily_api_key is None
    assert settings.release == "unknown"


def test_takes_what_is_said() -> None:
    settings = Settings.read(
        COMPLETE | {"TAVILY_URL": "http://127.0.0.1:9/", "TAVILY_API_KEY": "k", "RELEASE": "r7", "GEMINI_MODEL": "m"}
    )

    assert settings.tavily_url == "http://127.0.0.1:9"
    assert settings.tavily_api_key == "k"
    assert settings.release == "r7"
    assert settings.gemini_model == "m"


def test_chooses_the_driver_and_keeps_the_rest_of_the_url() -> None:
    url = Settings.read(COMPLETE).database_url

    assert url.drivername == "postgresql+psycopg"
    assert (url.host, url.database, url.query["sslmode"]) == ("db.example", "app", "verify-full")


def test_tells_all_problems_at_once() -> None:
    with pytest.raises(SettingsError) as told:
        Settings.read({"TAVILY_URL": "api.tavily.com", "LOG_LEVEL": "loud"})

    assert str(told.value).splitlines() == [
        "DATABASE_URL is not set",
        "LOG_LEVEL is none of debug, info, warning, error",
        "CONTENT_BUCKET is not set",
        "ARTIFACTS_BUCKET is not set",
        "TAVILY_URL is no URL: it has to start with https:// or http://",
    ]


@pytest.mark.parametrize("url", ["mysql://app:hunter2@db/app", "hunter2", "postgresql://app:hunter2@db:port/app"])
def test_shows_no_url_that_it_can_not_use(url: str) -> None:
    with pytest.raises(SettingsError) as told:
        Settings.read(COMPLETE | {"DATABASE_URL": url})

    assert str(told.value) == "DATABASE_URL is no URL of PostgreSQL: it has to start with postgresql://"
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__ or told.value.__context__ is None


def test_shows_no_secret_when_it_is_printed() -> None:
    settings = Settings.read(
        COMPLETE | {"TAVILY_API_KEY": "hunter2", "GEMINI_API_KEY": "hunter2", "API_TOKEN": "hunter2"}
    )

    assert "hunter2" not in repr(settings)
