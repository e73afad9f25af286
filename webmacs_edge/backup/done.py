"""The newest backup that was made by itself, as it is remembered over restarts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webmacs_edge.store.site_settings import read_site_value, write_site_value

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_KEY = "backup.state"
_LIST = 1000


@dataclass(frozen=True, slots=True)
class Done:
    """The newest one."""

    at_ms: int
    name: str
    size_bytes: int
    was_read_back: bool
    names: tuple[str, ...] = ()  # of those on a server, newest last
    to: str = ""  # which server that is


async def read_done(session: "AsyncSession") -> Done | None:
    """None where none was made yet."""
    found: Any = await read_site_value(session, _KEY)
    if not isinstance(found, dict):
        return None
    names = tuple(map(str, found.get("names", ())))
    return Done(
        int(found["at_ms"]), str(found["name"]), int(found["size_bytes"]),
        was_read_back=bool(found["was_read_back"]), names=names, to=str(found.get("to", "")),
    )  # fmt: skip


async def write_done(session: "AsyncSession", done: Done) -> None:
    """Store it."""
    value = {
        "at_ms": done.at_ms, "name": done.name, "size_bytes": done.size_bytes,
        "was_read_back": done.was_read_back, "names": list(done.names[-_LIST:]), "to": done.to,
    }  # fmt: skip
    await write_site_value(session, _KEY, value, at_ms=done.at_ms)
