"""Checks under way: one per channel, in RAM; what is not stored is forgotten with a restart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.commissioning import LONGEST_RUN_MS, CheckRun
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.web.keys import HUB

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MAX_RUNS = 50


@dataclass(slots=True)
class Running:
    """A check and who does it."""

    run: CheckRun
    person: str
    fingerprint: str


class CheckRuns:
    """Bounded; a check that nobody finishes within an hour is dropped."""

    def __init__(self) -> None:
        self._runs: dict[str, Running] = {}

    def start(self, public_id: str, running: Running, *, at_ms: int) -> None:
        """Begin anew; an older check of the channel that was not stored is dropped."""
        old = [key for key, it in self._runs.items() if at_ms - it.run.started_ms > LONGEST_RUN_MS]
        for key in old:
            del self._runs[key]
        if public_id not in self._runs and len(self._runs) >= MAX_RUNS:
            raise ConflictError(text("{count} checks are under way. Finish some.", count=MAX_RUNS))
        self._runs[public_id] = running

    def get(self, public_id: str) -> Running | None:
        """The check of this channel that is under way."""
        return self._runs.get(public_id)

    def drop(self, public_id: str) -> None:
        """It is over."""
        self._runs.pop(public_id, None)

    def observe(self, app: web.Application, event: "Event", *, at_ms: int) -> Running | None:
        """Let the check of the channel look at its present value."""
        running = self._runs.get(event.public_id)
        sample = app[HUB].latest(event.id)
        if running is not None and sample is not None:
            running.run.observe(sample.value, sample.quality, at_ms=at_ms)
        return running


CHECK_RUNS = web.AppKey("check_runs", CheckRuns)
