"""Ends forced values when their time is up, and says so."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from webmacs_edge.acquisition.forcing import Forcing
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.forced import Forced
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every

LOOK_INTERVAL_S = 1.0


@dataclass(frozen=True, slots=True)
class ForcedStore:
    """The store's functions on forced values, handed over by `app.py`."""

    read: Callable[[], Awaitable[Sequence[Forced]]]
    note_ended: Callable[[Forced, int], Awaitable[None]]  # with when; also in the log


class ForcingKeeper:
    """Keeps what is forced in step with the store."""

    name = "forced values"

    def __init__(self, forcing: Forcing, store: ForcedStore) -> None:
        self.health = Health(self.name)
        self._forcing = forcing
        self._store = store

    @property
    def keys(self) -> frozenset[int]:
        """The channels that are forced now."""
        return frozenset(self._forcing.standing(time.monotonic_ns()))

    async def reload(self) -> None:
        """Go by what is stored from now on."""
        self._forcing.use(await self._store.read(), at_ms=now_ms())

    async def run(self) -> None:
        """Look once a second until cancelled."""
        await every(LOOK_INTERVAL_S, self._look)

    async def _look(self) -> None:
        ended = self._forcing.ended(time.monotonic_ns())
        if not ended:
            return
        try:
            for forced in ended:
                await self._store.note_ended(forced, now_ms())
            await self.reload()
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()
