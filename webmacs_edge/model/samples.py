"""Samples in flight: what one acquisition cycle saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from webmacs_edge.model.quality import Quality


@dataclass(frozen=True, slots=True)
class Scan:
    """All samples of one cycle: parallel sequences, one entry per channel.

    `values[i]` is None where the channel has never been read. `reasons` says in words why a
    channel is not good, by position. `recorded` lists the positions that belong into the history.
    """

    at_ms: int  # UTC, milliseconds
    mono_ns: int  # CLOCK_MONOTONIC at the read
    keys: tuple[int, ...]  # channel keys (events.id)
    values: tuple[float | None, ...]
    qualities: tuple[Quality, ...]
    recorded: tuple[int, ...] = ()
    reasons: Mapping[int, str] = field(default_factory=dict)
    forced: frozenset[int] = frozenset()  # positions whose value somebody typed
    fresh: bool = True  # False: the device was not read in this cycle; values are the last known

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Values that were sent from outside: parallel sequences, a channel may come several times.

    All are good, as far as we know: whoever sent them says no more.
    """

    at_ms: int  # UTC, milliseconds: when they came
    mono_ns: int  # CLOCK_MONOTONIC then
    keys: Sequence[int]  # channel keys (events.id)
    stamps: Sequence[int]  # UTC, milliseconds: when they were measured
    values: Sequence[float]  # finite

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Sample:
    """The newest state of one channel, as watchers see it."""

    key: int
    value: float | None
    quality: Quality
    at_ms: int  # UTC, ms: when this state was seen
    read_at_ms: int  # UTC, ms: when the value was last really read from the device
    reason: str = ""
