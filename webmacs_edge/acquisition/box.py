"""Watches the box itself: its figures become samples of channels like any others."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms
from webmacs_edge.service import Health, every, finish

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

INTERVAL_S = 5.0
_NOT_SAID = "This box does not say."

Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was last recorded of a channel."""

    value: float
    quality: Quality
    at_s: float


class BoxWatch:
    """Reads the figures of this box on a beat, in a thread, and hands them on as scans.

    `channels` says which figures belong to which channels; without any, nothing is read.
    """

    name = "box"

    def __init__(
        self,
        read: Callable[[], Figures],
        *,
        channels: Callable[[], Sequence[tuple[str, "Event"]]],
        hand_on: Callable[[Scan], None],
        interval_s: float = INTERVAL_S,
    ) -> None:
        self.health = Health(self.name)
        self._read = read
        self._channels = channels
        self._hand_on = hand_on
        self._interval_s = interval_s
        self._seen: dict[int, float] = {}  # by channel key, the last value
        self._kept: dict[int, _Kept] = {}

    async def run(self) -> None:
        """Look at once, then on the beat until cancelled."""
        await self._look()
        await every(self._interval_s, self._look)

    async def _look(self) -> None:
        if not self._channels():
            self._kept.clear()
            return
        figures = await finish(asyncio.to_thread(self._read))
        channels = self._channels()  # as they are now
        if channels:
            self._hand_on(self._scan(channels, figures))
        self._judge(figures)

    def _judge(self, figures: Figures) -> None:
        if all(value is None for value in figures.values()):
            self.health.bad("The system tells nothing about this box.")
        else:
            self.health.good()

    def _scan(self, channels: Sequence[tuple[str, "Event"]], figures: Figures) -> Scan:
        at_s = time.monotonic()
        readings = [self._reading(event, figures.get(id_)) for id_, event in channels]
        recorded = [
            position
            for position, (_, event) in enumerate(channels)
            if self._is_due(event, readings[position], at_s=at_s)
        ]
        stale = (at for at, (_, quality) in enumerate(readings) if quality is not Quality.GOOD)
        return Scan(
            at_ms=now_ms(),
            mono_ns=time.monotonic_ns(),
            keys=tuple(event.id for _, event in channels),
            values=tuple(value for value, _ in readings),
            qualities=tuple(quality for _, quality in readings),
            recorded=tuple(recorded),
            reasons=dict.fromkeys(stale, _NOT_SAID),
        )

    def _reading(self, event: "Event", figure: float | None) -> tuple[float | None, Quality]:
        if figure is None:
            return self._seen.get(event.id), Quality.STALE
        value = self._seen[event.id] = round(event.factor * figure + event.offset, event.decimals)
        return value, Quality.GOOD

    def _is_due(
        self, event: "Event", reading: tuple[float | None, Quality], *, at_s: float
    ) -> bool:
        """Whether the history wants it: it moved, its quality changed, or it was silent."""
        value, quality = reading
        if value is None or not event.recorded:
            return False
        kept = self._kept.get(event.id)
        if kept is not None and kept.quality is quality:
            calm = abs(value - kept.value) <= event.deadband
            if calm and at_s - kept.at_s < event.silence_s:
                return False
        self._kept[event.id] = _Kept(value, quality, at_s)
        return True
