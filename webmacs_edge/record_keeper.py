"""Keeps notes and journals within their bounds, and says what was removed."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.text import joined, text
from webmacs_edge.model.times import DAY_MS, now_ms
from webmacs_edge.model.watching import MOST_JOURNAL, MOST_LOG, Watching
from webmacs_edge.service import Health, every
from webmacs_edge.store.emails import forget_emails
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.watching import prune_journal, prune_log, read_watching
from webmacs_edge.web import keys

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

KEEP_S = 600.0
MOST_BITES = 100  # of 1000 rows, each a transaction of its own


class RecordKeeper:
    """A service: every ten minutes, some at a time; tells the log once a day."""

    name = "record keeper"

    def __init__(self, app: web.Application) -> None:
        self._database = app[keys.DATABASE]
        self._untold: dict[str, int] = {}
        self._told_ms = 0
        self.removed = 0
        self.health = Health(self.name)

    async def run(self) -> None:
        """Until cancelled."""
        await every(KEEP_S, self.keep)

    async def keep(self) -> None:
        """Remove what is too old or too many."""
        try:
            async with self._database.read() as session:
                watching = await read_watching(session)
            for name, prune in _prunes(watching, now_ms()).items():
                await self._prune(name, prune)
            await self._tell(watching)
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()

    async def _prune(self, name: str, prune: "Callable[[AsyncSession], Awaitable[int]]") -> None:
        for _ in range(MOST_BITES):
            count = await self._database.write(prune)
            if not count:
                return
            self.removed += count
            self._untold[name] = self._untold.get(name, 0) + count

    async def _tell(self, watching: Watching) -> None:
        at_ms = now_ms()
        if not self._untold or at_ms - self._told_ms < DAY_MS:
            return
        told = text(
            "Old records were removed: {parts}. Settings, Alarms and log, says how long they "
            "are kept (journal {journal_days} days, log {log_days} days).",
            parts=joined([_words(name, count) for name, count in self._untold.items()]),
            journal_days=watching.journal_days,
            log_days=watching.log_days,
        )
        await self._database.write(lambda session: add_log_entry(session, told, at_ms=at_ms))
        self._untold, self._told_ms = {}, at_ms


def _words(name: str, count: int) -> str:
    if name == "journal":
        return text("{count:,} entries of the journal of alarms", count=count)
    if name == "log":
        return text("{count:,} log entries", count=count)
    return text("{count:,} e-mails", count=count)


def _prunes(
    watching: Watching, at_ms: int
) -> "dict[str, Callable[[AsyncSession], Awaitable[int]]]":
    journal_ms, log_ms = at_ms - watching.journal_days * DAY_MS, at_ms - watching.log_days * DAY_MS
    mail_ms = at_ms - watching.deliveries_days * DAY_MS
    return {
        "journal": lambda it: prune_journal(it, before_ms=journal_ms, most=MOST_JOURNAL),
        "log": lambda it: prune_log(it, before_ms=log_ms, most=MOST_LOG),
        "mail": lambda it: forget_emails(it, before_ms=mail_ms),
    }
