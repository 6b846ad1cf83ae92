"""What the environment says. Errors name variables, and never what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """All that is wrong with the environment, a line each."""


@dataclass(frozen=True)
class Settings:
    database_url: URL = field(repr=False)
    content_bucket: str
    artifacts_bucket: str
    tavily_url: str = "https://api.tavily.com"
    tavily_api_key: str | None = field(default=None, repr=False)
    gemini_url: str = "https://generativelanguage.googleapis.com"
    gemini_api_key: str | None = field(default=None, repr=False)
    gemini_model: str = "gemini-2.5-flash"
    # Callers have to know it, where it is set: everything but health and version costs something.
    api_token: str | None = field(default=None, repr=False)
    log_level: str = "info"
    # Which release serves.
    release: str = "unknown"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads all of it, so that all problems are told at once."""
        problems: list[str] = []

        def needed(variable: str) -> str:
            value = environment.get(variable, "")
            if not value:
                problems.append(f"{variable} is not set")
            return value

        def optional(variable: str) -> str | None:
            return environment.get(variable) or None

        def address(variable: str, usual: str) -> str:
            value = environment.get(variable) or usual
            if not value.startswith(("https://", "http://")):
                problems.append(f"{variable} is no URL: it has to start with https:// or http://")
            return value.rstrip("/")

        database = URL.create("postgresql")
        try:
            database = read_database_url(environment)
        except SettingsError as e:
            problems.append(str(e))
        log_level = environment.get("LOG_LEVEL") or cls.log_level
        if log_level not in LOG_LEVELS:
            problems.append(f"LOG_LEVEL is none of {', '.join(LOG_LEVELS)}")
        settings = cls(
            database_url=database,
            content_bucket=needed("CONTENT_BUCKET"),
            artifacts_bucket=needed("ARTIFACTS_BUCKET"),
            tavily_url=address("TAVILY_URL", cls.tavily_url),
            tavily_api_key=optional("TAVILY_API_KEY"),
            gemini_url=address("GEMINI_URL", cls.gemini_url),
            gemini_api_key=optional("GEMINI_API_KEY"),
            gemini_model=environment.get("GEMINI_MODEL") or cls.gemini_model,
            api_token=optional("API_TOKEN"),
            log_level=log_level,
            release=environment.get("RELEASE") or cls.release,
        )
        if problems:
            raise SettingsError("\n".join(problems))
        return settings


def read_database_url(environment: Mapping[str, str]) -> URL:
    """Is all that a migration needs. The driver is ours to choose: the URL names none."""
    value = environment.get("DATABASE_URL", "")
    if not value:
        raise SettingsError("DATABASE_URL is not set")
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        url = None
    # Not "from" the error: it shows the URL with its password.
    if url is None or url.drivername not in ("postgresql", "postgres"):
        raise SettingsError("DATABASE_URL is no URL of PostgreSQL: it has to start with postgresql://")
    return url.set(drivername="postgresql+psycopg")
