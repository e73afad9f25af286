"""Joins the configuration of the device to what the store knows of the one before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.actors import APPLIANCE
from webmacs_edge.model.errors import StoreUnreachableError
from webmacs_edge.model.layouts import ChangeKind, KeptChange, PointFacts
from webmacs_edge.model.text import joined, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.layout_changes import list_changes, take_up_layout
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web import keys
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

_COUNTS = {
    ChangeKind.added: text("{count} added"),
    ChangeKind.removed: text("{count} removed"),
    ChangeKind.moved: text("{count} moved"),
    ChangeKind.changed: text("{count} changed"),
}


async def take_up(app: web.Application, points: Sequence[PointFacts]) -> None:
    """Let channels follow their points, and tell the operator what changed.

    Without the database nothing is rebound; it is done when the device is opened next.
    """
    at_ms = now_ms()

    async def work(session: "AsyncSession") -> None:
        change = await take_up_layout(session, points, at_ms=at_ms)
        if change is not None:
            await add_log_entry(
                session, _told(change), at_ms=at_ms, logging_type=LoggingType.warning
            )

    try:
        await write_as(app, APPLIANCE, work)
    except StoreUnreachableError:
        return


async def follow_up(app: web.Application) -> None:
    """Rules and interlocks go by what is known of the configuration now."""
    try:
        await app[keys.CONTROL].reload()
        await app[keys.RULES].reload()
    except StoreUnreachableError:
        return  # they keep what they had


async def changes_of(app: web.Application) -> Sequence[KeptChange]:
    """What changed, the newest first; what was known last while the database is away."""
    try:
        async with app[keys.DATABASE].read() as session:
            return await list_changes(session)
    except StoreUnreachableError:
        return app[keys.STATION].changes


def _told(change: KeptChange) -> str:
    counts = {kind: sum(row.kind is kind for row in change.rows) for kind in ChangeKind}
    return text(
        "The PiCtory configuration has changed: {parts}. Rules and interlocks on the channels "
        "concerned rest until an administrator has looked at Devices, What changed.",
        parts=joined([text(_COUNTS[kind], count=it) for kind, it in counts.items() if it]),
    )
