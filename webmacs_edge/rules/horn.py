"""The horn: an output that calls again and again until somebody has acknowledged."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from webmacs_edge.model.errors import StoreError, WebmacsError
from webmacs_edge.model.watching import Watching, calls
from webmacs_edge.rules.alarms import Shown, alarm_views
from webmacs_edge.rules.engine import Engine
from webmacs_edge.service import Health, every

LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class HornHands:
    """Its ways to the store and the output, handed over by the composition root."""

    read: Callable[[], Awaitable[Watching]]
    sound: Callable[[Watching], Awaitable[object]]  # one call; it ends by itself
    silence: Callable[[Watching], Awaitable[object]]
    refused: Callable[[str], Awaitable[object]]  # told once why it does not sound


class Horn:
    """A service. What it does follows from the alarms alone, so that a restart changes nothing."""

    name = "horn"

    def __init__(self, engine: Engine, hands: HornHands) -> None:
        self._engine = engine
        self._hands = hands
        self._watching: Watching | None = None  # None: to be read
        self._next_s = 0.0
        self._calls = False
        self.failure = ""
        self.health = Health(self.name)

    def refresh(self) -> None:
        """Somebody has decided otherwise."""
        self._watching = None

    async def run(self) -> None:
        """Look twice a second."""
        await every(LOOK_S, self._look)

    async def _look(self) -> None:
        try:
            if self._watching is None:
                self._watching = await self._hands.read()
                self._next_s = 0.0
        except StoreError as error:
            self.health.bad(error)
            return
        if self._watching.horn_output:
            await self._follow(self._watching)

    async def _follow(self, watching: Watching) -> None:
        views = alarm_views(self._engine, Shown.active)
        wanted = calls(((it.priority, it.alarm.state) for it in views), watching.horn_least)
        if wanted and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + watching.horn_every_s
            await self._command(self._hands.sound, watching)
        elif self._calls and not wanted:
            self._next_s = 0.0
            await self._command(self._hands.silence, watching)
        self._calls = wanted

    async def _command(
        self, do: Callable[[Watching], Awaitable[object]], watching: Watching
    ) -> None:
        try:
            await do(watching)
        except StoreError as error:
            self.health.bad(error)
        except WebmacsError as error:
            await self._tell(str(error))
        else:
            self.failure = ""
            self.health.good()

    async def _tell(self, why: str) -> None:
        if why == self.failure:
            return
        self.failure = why
        try:
            await self._hands.refused(why)
        except StoreError as error:
            self.health.bad(error)
