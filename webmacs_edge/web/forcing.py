"""Forcing a value and letting the measured one through again: stored, told, then obeyed."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.text import figure, text
from webmacs_edge.model.times import MINUTE_MS, now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.events import get_event
from webmacs_edge.store.forced_values import end_forced, force_value
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web.keys import FORCING, USER
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def force(
    request: web.Request, event_public_id: str, *, value: float, reason: str, minutes: int
) -> str:
    """Force a channel from the next scan on; returns its name."""
    user, at_ms, length_ms = request[USER], now_ms(), minutes * MINUTE_MS

    async def work(session: "AsyncSession") -> str:
        event = await get_event(session, event_public_id)
        await force_value(
            session, event_public_id, value, reason=reason, by=user.username, length_ms=length_ms,
            at_ms=at_ms, user_public_id=user.public_id,
        )  # fmt: skip
        said = figure(value, ".6g", event.unit)
        await _note(
            session,
            request,
            text(
                "“{name}” was forced to {said} for {minutes} min: {reason} ({user}).",
                name=event.name,
                said=said,
                minutes=minutes,
                reason=reason,
                user=user.username,
            ),
        )
        return event.name

    name = await write(request, work)
    await request.app[FORCING].reload()
    return name


async def release(request: web.Request, event_public_id: str) -> str:
    """Let the measured value through from the next scan on; returns the channel's name."""
    user, at_ms = request[USER], now_ms()

    async def work(session: "AsyncSession") -> str:
        event = await get_event(session, event_public_id)
        await end_forced(session, event_public_id, by=user.username, at_ms=at_ms)
        words = text(
            "“{name}” is measured again, by order ({user}).", name=event.name, user=user.username
        )
        await _note(session, request, words)
        return event.name

    name = await write(request, work)
    await request.app[FORCING].reload()
    return name


async def _note(session: "AsyncSession", request: web.Request, words: str) -> None:
    await add_log_entry(
        session,
        words,
        at_ms=now_ms(),
        logging_type=LoggingType.warning,
        user_public_id=request[USER].public_id,
    )
