"""What PostgreSQL needs: a schema per site, time-outs, one writing appliance, words for trouble.

A URL names its schema as `?search_path=site_…`; imported only where such a URL is used.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, NullPool
from sqlalchemy.schema import CreateSchema

from webmacs_edge.model.errors import InvalidError, StoreError, StoreUnreachableError

try:
    import asyncpg
except ImportError as missing:
    raise StoreError(
        "PostgreSQL needs the extra “postgresql”. Install it with: "
        "pip install 'webmacs-edge[postgresql]'"
    ) from missing

OLDEST_VERSION = 15
CONNECT_LIMIT_S = 5.0
COMMAND_LIMIT_S = 60.0  # a server behind a pulled cable says nothing at all
_SETTINGS = {
    "application_name": "webmacs-edge",
    "statement_timeout": "60s",
    "lock_timeout": "10s",
    "synchronous_commit": "on",  # what is answered is stored, whatever the server's default
    "idle_in_transaction_session_timeout": "120s",
    "tcp_keepalives_idle": "15",  # a connection that died must let go of its lock soon
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "jit": "off",
}
# Classes of SQLSTATE that mean trouble with the server and not with what it was asked.
_TROUBLE = ("08", "25006", "28", "3D", "40", "42501", "53", "55", "57", "58", "XX")
_UNFIT_TEXT = "22021"  # it holds NUL
_AWAY = ("08", "57P")  # of these, what means that it does not answer
_REASONS = {
    "28": "It refuses the user name or the password in WEBMACS_DATABASE_URL.",
    "3D": "It has no database of the name in WEBMACS_DATABASE_URL.",
    "42501": "It lacks a right there; docs/postgresql.md names those that are needed.",
    "53100": "Free some space on the disk of the database server.",
    "53300": "It has no connection left; raise max_connections there.",
}


def make_engine(url: str, *, size: int, read_only: bool, exclusive: bool = False) -> AsyncEngine:
    """An engine on the schema that `url` names.

    `read_only` is the server's promise. `exclusive`: the first of its kind on this schema gets a
    connection, others get StoreUnreachableError until it has gone.
    """
    address, _ = split(url)
    engine = create_async_engine(
        address,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=30,
        pool_pre_ping=True,
        connect_args=_arguments(url, read_only=read_only),
    )
    _watch_connects(engine, url, exclusive=exclusive)
    return engine


def make_single_engine(url: str, *, limit_s: float) -> AsyncEngine:
    """An engine for one errand of at most `limit_s` seconds per command."""
    arguments = _arguments(url, read_only=False)
    arguments["command_timeout"] = limit_s
    arguments["server_settings"] |= {"statement_timeout": f"{limit_s:.0f}s", "lock_timeout": "0"}
    engine = create_async_engine(split(url)[0], poolclass=NullPool, connect_args=arguments)
    _watch_connects(engine, url)
    return engine


def split(url: str) -> tuple[URL, str]:
    """The server's own address, and the schema ("" where none is named)."""
    address = make_url(url)
    schema = address.query.get("search_path", "")
    mode = address.query.get("sslmode")  # as libpq calls it
    address = address.difference_update_query(["search_path", "sslmode"])
    return address.update_query_dict({"ssl": mode} if mode else {}), str(schema)


async def prepare_schema(connection: AsyncConnection, schema: str) -> None:
    """Check the server and make the schema; others who want the same wait until the commit."""
    version = int(await connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    if version < OLDEST_VERSION:
        raise StoreError(f"PostgreSQL {OLDEST_VERSION} or newer is needed; this is {version}.")
    number = lock_number("schemas")
    await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
    known = text("SELECT 1 FROM pg_namespace WHERE nspname = :schema")
    if schema and not await connection.scalar(known, {"schema": schema}):
        await connection.execute(CreateSchema(schema))


def place(url: str) -> str:
    """Where that is, in words without the password."""
    address = make_url(url)
    return f"the PostgreSQL database {address.database} at {_host(address)}"


def _host(address: URL) -> str:
    return str(address.host or address.query.get("host") or "this machine")


def lock_number(name: str) -> int:
    """The advisory lock of this name, a signed 64-bit number."""
    digest = hashlib.sha256(f"webmacs-edge {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


@contextmanager
def store_errors(url: str) -> Iterator[None]:
    """StoreError when the server is in trouble; what it was asked wrongly passes as it is."""
    try:
        yield
    except DBAPIError as error:
        if _state(error.orig) == _UNFIT_TEXT:
            raise InvalidError("Please leave out the NUL character.") from error
        if not error.connection_invalidated and not _state(error.orig).startswith(_TROUBLE):
            raise
        raise _kind(error.orig)(_sentence(url, error.orig)) from error
    except (OSError, asyncpg.InterfaceError) as error:  # no answer in time, or half an answer
        raise StoreUnreachableError(_sentence(url, error)) from error


def _kind(error: BaseException | None) -> type[StoreError]:
    state = _state(error)
    return StoreUnreachableError if not state or state.startswith(_AWAY) else StoreError


def _sentence(url: str, error: BaseException | None) -> str:
    state = _state(error)
    hint = next((words for start, words in _REASONS.items() if state.startswith(start)), "")
    where = place(url)
    if not state or state.startswith(_AWAY):
        cause = _first_line(error) or "it does not answer"
        return f"{_capital(where)} cannot be reached: {cause}. Check the server and the network."
    return f"{_capital(where)} refuses: {_first_line(error)}. {hint}".rstrip()


def _arguments(url: str, *, read_only: bool) -> dict[str, Any]:
    _, schema = split(url)
    settings = dict(_SETTINGS)
    if schema:
        settings["search_path"] = schema
    if read_only:
        settings["default_transaction_read_only"] = "on"
    return {
        "timeout": CONNECT_LIMIT_S,
        "command_timeout": COMMAND_LIMIT_S,
        "server_settings": settings,
    }


def _watch_connects(engine: AsyncEngine, url: str, *, exclusive: bool = False) -> None:
    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Any:
        try:
            connection = dialect.connect(*arguments, **parameters)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StoreUnreachableError(_sentence(url, error)) from error
        if exclusive and not _lock(connection, split(url)[1]):
            connection.close()
            raise StoreUnreachableError(
                f"Another appliance writes as {split(url)[1]} in {place(url)}. Give one of them "
                "another WEBMACS_SITE_ID; what is measured meanwhile is kept here."
            )
        return connection


def _lock(connection: Any, schema: str) -> bool:
    """Take the schema for this connection until it ends."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT pg_try_advisory_lock({lock_number(schema)})")
    (is_ours,) = cursor.fetchone()
    cursor.close()
    connection.rollback()  # the lock is the session's, not the transaction's
    return bool(is_ours)


def _state(error: BaseException | None) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _first_line(error: BaseException | None) -> str:
    line = str(error or "").strip().partition("\n")[0]
    return line.rpartition(">: ")[2].rstrip(".")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
