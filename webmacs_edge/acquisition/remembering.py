"""Keeps what formulas remember, so that a total goes on after a restart."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webmacs_edge.acquisition.conditioning import Conditioner
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every, finish

INTERVAL_S = 60.0  # flash wears: what was counted meanwhile is found again by the module's counter


@dataclass(frozen=True, slots=True)
class MemoryStore:
    """The store's functions on memories, handed over by `app.py`."""

    read: Callable[[], Awaitable[Mapping[int, tuple[Any, int]]]]  # with when, UTC ms
    write: Callable[[Mapping[int, Any]], Awaitable[None]]


class MemoryKeeper:
    """Writes what has changed once a minute, and on the way out."""

    name = "memory keeper"

    def __init__(self, conditioner: Conditioner, store: MemoryStore) -> None:
        self.health = Health(self.name)
        self._conditioner = conditioner
        self._store = store
        self._written: dict[int, Any] = {}

    async def load(self) -> None:
        """Give formulas back what they knew; before the acquisition thread starts."""
        known = await self._store.read()
        at_ms, now_s = now_ms(), time.monotonic()
        for key, (memory, changed_ms) in known.items():
            gone_s = max(0, at_ms - changed_ms) / 1000
            self._conditioner.remember({key: memory}, seen_s=now_s - gone_s)

    async def run(self) -> None:
        """Write on the beat until cancelled."""
        try:
            await every(INTERVAL_S, self._write)
        finally:
            await finish(self._write())

    async def _write(self) -> None:
        kept = self._conditioner.kept
        changed = {key: state for key, state in kept.items() if self._written.get(key) != state}
        if not changed:
            return
        try:
            await self._store.write(changed)
        except StoreError as error:
            self.health.bad(error)
        else:
            self._written |= changed
            self.health.good()
