"""What the environment says. Errors name variables, and never what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

# All of them, or none.
CDN = ("AVATARS_CDN_DOMAIN", "AVATARS_CDN_KEY_ID", "AVATARS_CDN_PRIVATE_KEY")
LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """All that is wrong with the environment, a line each."""


@dataclass(frozen=True)
class CdnSettings:
    """A CDN, and the key by which it knows an address that was signed here."""

    domain: str
    key_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    database_url: str = field(repr=False)
    # Where reads go, if there is a replica.
    replica_url: str | None = field(default=None, repr=False)
    # How many connections this process may have open to each of the two.
    connections: int = 5
    # Without a bucket there are no avatars.
    avatars_bucket: str | None = None
    avatar_bytes: int = 2 * 1024 * 1024
    # What shows pictures in place of S3, if anything does.
    avatars_cdn: CdnSettings | None = None
    log_level: str = "info"
    # Which release serves.
    release: str = "unknown"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads all of it, so that all problems are told at once."""
        problems: list[str] = []

        def url(variable: str) -> str | None:
            value = environment.get(variable)
            if not value:
                return None
            try:
                read = conninfo_to_dict(value)
            except ProgrammingError:
                read = {}
            # Not "from" the error: it shows the URL with its password.
            if not value.startswith(("postgresql://", "postgres://")) or not read.get("host"):
                problems.append(f"{variable} is no URL of PostgreSQL: it has to start with postgresql://")
            return value

        def number(variable: str, usual: int) -> int:
            value = environment.get(variable) or str(usual)
            if not value.isascii() or not value.isdecimal() or not 1 <= int(value) <= 10**9:
                problems.append(f"{variable} is not a whole number from 1 on")
                return usual
            return int(value)

        database = url("DATABASE_URL")
        if database is None:
            problems.append("DATABASE_URL is not set")
        log_level = environment.get("LOG_LEVEL") or cls.log_level
        if log_level not in LOG_LEVELS:
            problems.append(f"LOG_LEVEL is none of {', '.join(LOG_LEVELS)}")
        # The database's limit is for the container, and each of its processes has a pool.
        processes = number("WEB_CONCURRENCY", 2)
        settings = cls(
            database_url=database or "",
            replica_url=url("DATABASE_REPLICA_URL"),
            connections=max(1, number("DATABASE_CONNECTIONS", 10) // processes),
            avatars_bucket=environment.get("AVATARS_BUCKET") or None,
            avatars_cdn=_read_cdn(environment, problems),
            avatar_bytes=number("AVATAR_BYTES", cls.avatar_bytes),
            log_level=log_level,
            release=environment.get("RELEASE") or cls.release,
        )
        if problems:
            raise SettingsError("\n".join(problems))
        return settings


def _read_cdn(environment: Mapping[str, str], problems: list[str]) -> CdnSettings | None:
    parts = {name: environment.get(name, "") for name in CDN}
    if not any(parts.values()):
        return None
    problems.extend(f"{name} is not set, and the others of the CDN are" for name in CDN if not parts[name])
    return CdnSettings(*parts.values())


def read_database_url(environment: Mapping[str, str]) -> str:
    """Is all that a migration needs."""
    return Settings.read({"DATABASE_URL": environment.get("DATABASE_URL", "")}).database_url
