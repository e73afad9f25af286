"""Values from outside: checked, stamped, and handed to the same sinks as what is scanned."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from webmacs_edge.model.samples import Arrivals
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import EventType
from webmacs_edge.service import every

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

EARLIEST_MS = 946_684_800_000  # 2000-01-01
MAX_AHEAD_MS = 60_000  # how far in the future a stamp may lie
MAX_LEAD_MS = 1000  # how far our own stamps may run ahead where values come faster than 1000/s
SILENCES = 3  # a channel is stale after so many times its longest pause
_REFRESH_S = 1.0
_LOOK_S = 1.0
_MEASURED = frozenset({EventType.sensor, EventType.range})  # a range is read and written
_LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the values of one message."""

    accepted: int
    rejected: int
    commanded: Mapping[str, float] = field(default_factory=dict)  # set points by public id


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where values go, handed over by `app.py`."""

    record: Callable[[Arrivals], int]  # returns how many were kept
    show: Callable[[Arrivals], None]
    show_silence: Callable[[Collection[int], str], None]  # keys of stale channels, and the reason
    note_data: Callable[[Collection[int]], None]  # keys of channels that have just got values


class _Gate(NamedTuple):
    """A channel that takes values from outside."""

    key: int
    low: float
    high: float
    is_command: bool  # its values are set points of somebody else's output


class Intake:
    """Takes values for channels that are fed from outside; all others are dropped and counted.

    `accepts` says whether a channel is fed from outside now.
    """

    name = "intake"

    def __init__(
        self,
        *,
        find: Callable[[str], "Event | None"],
        accepts: Callable[["Event"], bool],
        sinks: Sinks,
    ) -> None:
        self.accepts = accepts
        self.accepted = self.rejected = 0  # values since the start
        self._find = find
        self._sinks = sinks
        self._gates: dict[str, _Gate] = {}
        self._fresh_until_s = 0.0
        self._unrecorded: set[int] = set()
        self._stamped: dict[int, int] = {}  # by channel, the last stamp that we gave
        self._heard_s: dict[int, float] = {}  # by channel, when it last got a value …
        self._patience_s: dict[int, float] = {}  # … and how long it may be silent

    def refresh(self) -> None:
        """Channels or devices have changed: ask anew who is fed from outside."""
        self._gates.clear()

    def forget(self, keys: Collection[int]) -> None:
        """Drop channels that are no longer configured."""
        for key in keys:
            self._stamped.pop(key, None)
            self._heard_s.pop(key, None)

    def take(
        self,
        public_ids: Sequence[str],
        values: Sequence[float],
        stamps: Sequence[int | None] = (),
        *,
        may_command: bool = False,
    ) -> Tally:
        """Take the values that may be taken; without a stamp they were measured just now.

        Set points are taken of whoever may command.
        """
        at_ms = now_ms()
        self._refresh_at_times()
        commanded: dict[str, float] | None = {} if may_command else None
        columns = self._admit(public_ids, values, stamps, at_ms=at_ms, commanded=commanded)
        arrivals = self._stamp(*columns, at_ms=at_ms)
        accepted = self._hand_over(arrivals) if arrivals.keys else 0
        self.count(accepted, len(values) - accepted)
        return Tally(accepted, len(values) - accepted, commanded or {})

    def count(self, accepted: int, rejected: int) -> None:
        """Count values, also those that whoever reads the messages had to refuse."""
        self.accepted += accepted
        self.rejected += rejected

    async def run(self) -> None:
        """Mark channels as stale whose values have stopped coming."""
        await every(_LOOK_S, self._look)

    def _admit(
        self,
        public_ids: Sequence[str],
        values: Sequence[float],
        stamps: Sequence[int | None],
        *,
        at_ms: int,
        commanded: dict[str, float] | None,
    ) -> tuple[list[int], list[float], list[int | None]]:
        """Keys, values and stamps of what may be taken; set points are noted in `commanded`."""
        keys, kept, when = list[int](), list[float](), list[int | None]()
        gates, latest_ms = self._gates, at_ms + MAX_AHEAD_MS
        for public_id, value, stamp in zip(
            public_ids, values, stamps or repeat(None, len(values)), strict=True
        ):
            gate = gates.get(public_id) or self._gate(public_id)
            if gate is None or not gate.low <= value <= gate.high:  # NaN is in no range
                continue
            if stamp is not None and not EARLIEST_MS <= stamp <= latest_ms:
                continue
            if gate.is_command:
                if commanded is None:
                    continue
                commanded[public_id] = value
            keys.append(gate.key)
            kept.append(value)
            when.append(stamp)
        return keys, kept, when

    def _gate(self, public_id: str) -> _Gate | None:
        """How to treat a channel, remembered for a second; None: it takes nothing."""
        event = self._find(public_id)
        if event is None or not self.accepts(event):
            return None
        low, high = -_LARGEST, _LARGEST
        if event.type is not EventType.sensor:
            low, high = event.min_value, event.max_value
        is_command = event.type not in _MEASURED
        gate = self._gates[public_id] = _Gate(event.id, low, high, is_command)
        self._patience_s[event.id] = SILENCES * event.silence_s
        self._unrecorded.discard(event.id)
        if not event.recorded:
            self._unrecorded.add(event.id)
        return gate

    def _refresh_at_times(self) -> None:
        now_s = time.monotonic()
        if now_s >= self._fresh_until_s:
            self._fresh_until_s = now_s + _REFRESH_S
            self._gates.clear()

    def _stamp(
        self,
        keys: Sequence[int],
        values: Sequence[float],
        stamps: Sequence[int | None],
        *,
        at_ms: int,
    ) -> Arrivals:
        """What has no stamp was measured now; several of a channel 1 ms apart, the last one now."""
        left = Counter(keys) if len(set(keys)) < len(keys) else {}
        in_time, kept, when = list[int](), list[float](), list[int]()
        for key, value, given in zip(keys, values, stamps, strict=True):
            stamp = given
            if stamp is None:
                stamp = self._free_stamp(key, at_ms, left=left.get(key, 1))
            if key in left:
                left[key] -= 1
            if stamp is not None:
                in_time.append(key)
                kept.append(value)
                when.append(stamp)
        return Arrivals(at_ms, time.monotonic_ns(), in_time, when, kept)

    def _free_stamp(self, key: int, at_ms: int, *, left: int) -> int | None:
        """A stamp for the value before `left - 1` more; None: it would run too far ahead."""
        last = self._stamped.get(key, 0)
        if last > at_ms + 2 * MAX_LEAD_MS:  # the clock was set back
            last = 0
        stamp = max(at_ms - left, last) + 1
        if stamp > at_ms + MAX_LEAD_MS:
            return None
        self._stamped[key] = stamp
        return stamp

    def _hand_over(self, arrivals: Arrivals) -> int:
        """Give the values to the sinks; returns how many were accepted."""
        channels = set(arrivals.keys)
        self._heard_s.update(dict.fromkeys(channels, time.monotonic()))
        self._sinks.show(arrivals)
        self._sinks.note_data(channels)
        if self._unrecorded.isdisjoint(channels):
            return self._sinks.record(arrivals)
        recorded = _without(arrivals, self._unrecorded)
        return self._sinks.record(recorded) + len(arrivals) - len(recorded)

    async def _look(self) -> None:
        now_s, patience_s = time.monotonic(), self._patience_s
        silent = tuple(
            key for key, heard_s in self._heard_s.items() if now_s - heard_s > patience_s[key]
        )
        if not silent:
            return
        for key in silent:
            del self._heard_s[key]
        self._sinks.show_silence(
            silent, text("No values have come for a while. Is the sender running?")
        )


def _without(arrivals: Arrivals, keys: Collection[int]) -> Arrivals:
    rows = zip(arrivals.keys, arrivals.stamps, arrivals.values, strict=True)
    kept = [row for row in rows if row[0] not in keys]
    columns = zip(*kept, strict=True) if kept else ((), (), ())
    return Arrivals(arrivals.at_ms, arrivals.mono_ns, *columns)
