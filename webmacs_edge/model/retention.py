"""How long what is kept: pure rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webmacs_edge.model.times import DAY_MS

Span = tuple[int, int]  # [from_ms, to_ms)
LONG_AGO = -(2**62)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that samples and summaries of each channel are kept; None: for ever."""

    raw_days: int | None = None
    rollup_days: int | None = None
    raw_days_of: Mapping[int, int] | None = None  # by channel, where it has its own
    rollup_days_of: Mapping[int, int] | None = None

    def raw_groups(self, channels: Iterable[int]) -> dict[int, list[int]]:
        """Channels by the days that their samples are kept; without those kept for ever."""
        return _groups(channels, self.raw_days, self.raw_days_of or {})

    def rollup_groups(self, channels: Iterable[int]) -> dict[int, list[int]]:
        """Channels by the days that their summaries are kept; without those kept for ever.

        Never fewer than those of the samples: a summary outlives what it summarises.
        """
        channels = list(channels)
        raw = {key: days for days, keys in self.raw_groups(channels).items() for key in keys}
        kept = _groups(channels, self.rollup_days, self.rollup_days_of or {})
        groups: dict[int, list[int]] = {}
        for days, keys in kept.items():
            for key in keys:
                if key in raw:
                    groups.setdefault(max(days, raw[key]), []).append(key)
        return groups


def _groups(
    channels: Iterable[int], days: int | None, days_of: Mapping[int, int]
) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = {}
    for key in channels:
        own = days_of.get(key, days)
        if own is not None:
            groups.setdefault(own, []).append(key)
    return groups


def free_spans(protected: Iterable[Span], *, before_ms: int) -> list[Span]:
    """What of the time before `before_ms` is not protected, oldest first."""
    free: list[Span] = []
    start_ms = LONG_AGO
    for from_ms, to_ms in sorted(protected):
        if from_ms >= before_ms:
            break
        if from_ms > start_ms:
            free.append((start_ms, from_ms))
        start_ms = max(start_ms, to_ms)
    if start_ms < before_ms:
        free.append((start_ms, before_ms))
    return free


def cutoff_ms(now_ms: int, days: int) -> int:
    """What ends before it is older than `days`."""
    return now_ms - days * DAY_MS
