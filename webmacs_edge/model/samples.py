"""Samples in flight: what one acquisition cycle saw."""

from collections.abc import Mapping
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
    fresh: bool = True  # False: the device was not read in this cycle; values are the last known

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
