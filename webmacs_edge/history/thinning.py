"""Tells what retention has removed, and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, from_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.site_settings import SiteSettings, read_site_value, write_site_value
from webmacs_edge.store.tables import Thinned
from webmacs_edge.store.thinned import add_thinned
from webmacs_edge.store.upkeep import Stored

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

NOTED_DAY = "retention.noted_day"
_WHAT = {True: text("Samples"), False: text("Hourly summaries")}


async def note_thinning(
    session: "AsyncSession",
    doomed: Sequence[Stored],
    *,
    why: str,
    kind: str,
    site: SiteSettings,
    at_ms: int,
) -> None:
    """List what was removed; once a day the operator is told too."""
    channels = {row.channel for row in doomed}
    row = Thinned(
        at_ms=at_ms,
        channel=channels.pop() if len(channels) == 1 else None,
        from_ms=min(row.t0 for row in doomed),
        to_ms=max(row.t1 for row in doomed),
        kind=kind,
        samples=sum(row.n for row in doomed),
        bytes=sum(row.bytes for row in doomed),
        why=why,
    )
    sentence = _sentence(row, site)
    await add_thinned(session, row)
    today = at_ms // DAY_MS
    if await read_site_value(session, NOTED_DAY) == today:
        return
    await write_site_value(session, NOTED_DAY, today, at_ms=at_ms)
    level = LoggingType.info if why == "age" else LoggingType.warning
    await add_log_entry(session, sentence, at_ms=at_ms, logging_type=level)


def _sentence(row: Thinned, site: SiteSettings) -> str:
    """What an operator should know; the rest stands in the list of what was thinned."""
    what, day = _WHAT[row.kind == "raw"], f"{from_ms(row.to_ms):%Y-%m-%d}"
    if row.why == "budget":
        return text(
            "{what} up to {day} are being removed, because the history has reached its budget. "
            "Give it more in Settings.",
            what=what,
            day=day,
        )
    if row.why == "space":
        return text(
            "{what} up to {day} are being removed, because less than {percent} % of the disk is "
            "free. Make room, or keep less.",
            what=what,
            day=day,
            percent=site.min_free_percent,
        )
    words = text(
        "{what} up to {day} are being removed, as their retention says.", what=what, day=day
    )
    if row.kind != "raw":
        return words
    return text("{words} Their hourly summaries stay.", words=words)
