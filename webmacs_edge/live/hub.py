"""Hands the newest samples to whoever watches; slow watchers skip, they never queue."""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Arrivals, Sample, Scan

SPARK_POINTS = 40
SPARK_INTERVAL_MS = 3_000
MAX_WATCHERS = 200
CLOCK_SLACK_MS = 60_000  # how far in the future a stamp from outside may lie


class Watcher:
    """One page or program that follows the plant; remembers what it has seen."""

    def __init__(self, hub: "Hub") -> None:
        self._hub = hub
        self._seen = 0

    async def changed(self, timeout_s: float | None = None) -> bool:
        """Wait for something new; False once the hub is closed.

        With `timeout_s` it also returns True when nothing came in that time, so that a stream
        can show that it is alive.
        """
        await self._hub.wait_beyond(self._seen, timeout_s)
        return not self._hub.is_closed

    def take_changes(self) -> list[Sample]:
        """The newest sample of every channel that changed since the last call."""
        since, self._seen = self._seen, self._hub.version
        return self._hub.changed_since(since)


@dataclass(slots=True)
class _Entry:
    sample: Sample
    version: int


class Hub:
    """A sink of scans: newest sample per channel in RAM, with a short trail for sparklines."""

    def __init__(self) -> None:
        self.version = 0
        self.is_closed = False
        self.watchers = 0
        self._entries: dict[int, _Entry] = {}
        self._trails: dict[int, deque[float | None]] = {}
        self._next_sparks_ms: dict[int, int] = {}  # by channel; of a scan, by its first channel
        self._waiting: asyncio.Future[None] | None = None

    def take(self, scan: Scan) -> None:
        """Note a scan and wake the watchers."""
        self.version += 1
        for position, key in enumerate(scan.keys):
            self._note(scan, position, key)
        self._extend_trails(scan)
        self._wake()

    def take_arrivals(self, arrivals: Arrivals) -> None:
        """Note the newest value of each channel and wake the watchers."""
        self.version += 1
        at_ms, entries = arrivals.at_ms, self._entries
        for key, stamp, value in zip(arrivals.keys, arrivals.stamps, arrivals.values, strict=True):
            entry = entries.get(key)
            if entry is not None and _is_newer(entry.sample, stamp, at_ms):
                continue
            sample = Sample(key, value, Quality.GOOD, at_ms, stamp)
            entries[key] = _Entry(sample, self.version)
            if stamp >= self._next_sparks_ms.get(key, 0):
                self._next_sparks_ms[key] = stamp + SPARK_INTERVAL_MS
                self._extend_trail(key, value)
        self._wake()

    def mark_stale(self, keys: Iterable[int], reason: str, *, at_ms: int) -> None:
        """Channels whose values have stopped coming; the last ones stay to be seen."""
        self.version += 1
        for key in keys:
            entry = self._entries.get(key)
            if entry is not None:
                sample = replace(entry.sample, quality=Quality.STALE, at_ms=at_ms, reason=reason)
                self._entries[key] = _Entry(sample, self.version)
        self._wake()

    def forget(self, keys: Iterable[int]) -> None:
        """Drop channels that are no longer configured."""
        for key in keys:
            self._entries.pop(key, None)
            self._trails.pop(key, None)
            self._next_sparks_ms.pop(key, None)

    def forget_value(self, key: int, at_ms: int) -> None:
        """Drop the newest value of a channel if it is the one of this time."""
        entry = self._entries.get(key)
        if entry is not None and entry.sample.read_at_ms == at_ms:
            del self._entries[key]

    def latest(self, key: int) -> Sample | None:
        """The newest sample of a channel; None when it never had one."""
        entry = self._entries.get(key)
        return entry.sample if entry else None

    def all_latest(self) -> list[Sample]:
        """The newest sample of every channel."""
        return [entry.sample for entry in self._entries.values()]

    def trail(self, key: int) -> tuple[float | None, ...]:
        """Up to 40 values, 3 s apart, oldest first; None where there was no good value."""
        return tuple(self._trails.get(key, ()))

    def changed_since(self, version: int) -> list[Sample]:
        """Channels whose sample is newer than that version of the hub."""
        return [entry.sample for entry in self._entries.values() if entry.version > version]

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        """Follow the hub inside the block; counted in `watchers`."""
        self.watchers += 1
        try:
            yield Watcher(self)
        finally:
            self.watchers -= 1

    async def wait_beyond(self, version: int, timeout_s: float | None) -> None:
        """Return once the hub is newer than `version`, is closed, or the time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.version <= version and not self.is_closed:
                    await asyncio.shield(self._next())
        except TimeoutError:
            return

    def close(self) -> None:
        """Send every watcher home; called when the appliance stops."""
        self.is_closed = True
        self._wake()

    def _note(self, scan: Scan, position: int, key: int) -> None:
        entry = self._entries.get(key)
        quality, value = scan.qualities[position], scan.values[position]
        old = entry.sample if entry else None
        read_at_ms = scan.at_ms if scan.fresh or old is None else old.read_at_ms
        sample = Sample(key, value, quality, scan.at_ms, read_at_ms, scan.reasons.get(position, ""))
        self._entries[key] = _Entry(sample, self.version)

    def _extend_trails(self, scan: Scan) -> None:
        """From time to time; scans of several sources do not get in each other's way."""
        if not scan.keys:
            return
        due_ms = self._next_sparks_ms.get(scan.keys[0], 0)
        if due_ms - CLOCK_SLACK_MS <= scan.at_ms < due_ms:
            return
        self._next_sparks_ms[scan.keys[0]] = scan.at_ms + SPARK_INTERVAL_MS
        for position, key in enumerate(scan.keys):
            good = scan.qualities[position] < Quality.BAD
            self._extend_trail(key, scan.values[position] if good else None)

    def _extend_trail(self, key: int, value: float | None) -> None:
        trail = self._trails.get(key)
        if trail is None:
            trail = self._trails[key] = deque(maxlen=SPARK_POINTS)
        trail.append(value)

    def _next(self) -> asyncio.Future[None]:
        if self._waiting is None or self._waiting.done():
            self._waiting = asyncio.get_running_loop().create_future()
        return self._waiting

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _is_newer(sample: Sample, stamp: int, at_ms: int) -> bool:
    """Whether a channel's sample is newer than one of that stamp; not if our clock was set back."""
    return sample.value is not None and stamp < sample.read_at_ms <= at_ms + CLOCK_SLACK_MS
