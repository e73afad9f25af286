"""Tells people what happened to the clock: in the log, beside the values, and for exports."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.clock_marks import ClockEvent, ClockMark
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import LoggingType
from webmacs_edge.service import Health, every
from webmacs_edge.store.annotations import add_annotation
from webmacs_edge.store.clock_marks import add_clock_marks
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.web import keys

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

LOOK_S = 2.0
AUTHOR = "WebMACS Edge"
MOST_TOLD = 5  # at a time: a clock gone wild must not fill the log


class Timekeeper:
    """Writes down what the recorder notices of the clock; keeps it while the disk refuses."""

    name = "timekeeper"

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self.health = Health(self.name)

    async def run(self) -> None:
        """Look until cancelled."""
        await every(LOOK_S, self.look)

    async def look(self) -> None:
        """Write down what is new."""
        news = self._app[keys.HISTORY].recorder.clock.news
        told = list(news)
        if not told:
            return
        try:
            await self._app[keys.DATABASE].write(lambda session: tell(session, told))
        except StoreError as error:
            self.health.bad(error)
            return
        self.health.good()
        for _ in told:
            news.popleft()


async def tell(session: "AsyncSession", news: list[ClockMark]) -> None:
    """Keep the marks, note them in the log and in the trends."""
    at_ms = now_ms()
    for mark in (await add_clock_marks(session, news, at_ms=at_ms))[:MOST_TOLD]:
        is_good = mark.event is ClockEvent.held
        kind = LoggingType.info if is_good else LoggingType.warning
        await add_log_entry(session, mark.words, at_ms=at_ms, logging_type=kind)
        await add_annotation(
            session,
            author=AUTHOR,
            at_ms=at_ms,
            values={"at_ms": mark.at_ms, "text": str(mark.words)},
        )
