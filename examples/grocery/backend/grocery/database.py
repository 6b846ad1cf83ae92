"""The primary, which takes writes, and a replica, which takes reads where there is one."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from psycopg import Connection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

log = logging.getLogger(__name__)

Pool = ConnectionPool[Connection[DictRow]]

# A request waits so long for a connection. It is short for a replica, since the primary can answer in its place.
SECONDS = 5.0
REPLICA_SECONDS = 1.0
# After a replica has failed it isn't asked for so long.
AWAY_SECONDS = 10.0


class DatabaseAway(Exception):  # noqa: N818  it says what is the matter
    """Neither of the two that could answer does."""


def _pool(name: str, url: str, connections: int, seconds: float) -> Pool:
    return ConnectionPool(
        url,
        name=name,
        min_size=0,
        max_size=connections,
        timeout=seconds,
        # A connection that died while nobody used it, by a failover say, isn't given out.
        check=ConnectionPool.check_connection,
        # What a failed attempt is followed by: it goes on for no longer than somebody waits.
        reconnect_timeout=seconds,
        max_idle=60,
        kwargs={"row_factory": dict_row, "connect_timeout": 3, "application_name": "grocery"},
        open=True,
    )


class Database:
    def __init__(self, url: str, replica_url: str | None, connections: int) -> None:
        self._primary = _pool("primary", url, connections, SECONDS)
        self._replica = _pool("replica", replica_url, connections, REPLICA_SECONDS) if replica_url else None
        self._away_until = 0.0

    def close(self) -> None:
        self._primary.close()
        if self._replica is not None:
            self._replica.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def has_replica(self) -> bool:
        return self._replica is not None

    @contextmanager
    def writing(self) -> Iterator[Connection[DictRow]]:
        """One transaction on the primary."""
        with _connected(self._primary) as connection:
            yield connection

    def read(self, query: str, *values: object, fresh: bool = False) -> tuple[list[dict[str, Any]], str]:
        """Gives the rows, and who told them. What a replica has can be some moments old; fresh asks the primary."""
        replica = self._replica
        if replica is not None and not fresh and time.monotonic() >= self._away_until:
            try:
                return _rows(replica, query, values), "replica"
            except DatabaseAway:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("the replica doesn't answer: the primary is asked for %.0f seconds", AWAY_SECONDS)
        return _rows(self._primary, query, values), "primary"

    def probe(self) -> dict[str, str]:
        """Asks each of the two: "ok", or what is wrong."""
        found = {"database": _probe(self._primary)}
        if self._replica is not None:
            found["replica"] = _probe(self._replica)
        return found


@contextmanager
def _connected(pool: Pool) -> Iterator[Connection[DictRow]]:
    try:
        with pool.connection() as connection:
            yield connection
    except (OperationalError, PoolTimeout) as e:
        # PoolTimeout is an OperationalError too, said here for who reads it.
        log.warning("%s: %s", pool.name, type(e).__name__)
        raise DatabaseAway(pool.name) from e


def _rows(pool: Pool, query: str, values: tuple[object, ...]) -> list[dict[str, Any]]:
    with _connected(pool) as connection:
        # The queries are this program's own, and what comes from outside is in the values.
        return connection.execute(query.encode(), values).fetchall()


def _probe(pool: Pool) -> str:
    try:
        _rows(pool, "SELECT 1", ())
    except DatabaseAway:
        return "can't be reached"
    return "ok"
