"""What watchers are told while the device is not being read: that every value is old."""

import time

from webmacs_edge.acquisition.points import Reading
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import now_ms


def trusted(reading: Reading) -> tuple[float | None, ...]:
    """Its values, but never a bad one."""
    known = zip(reading.values, reading.qualities, strict=True)
    return tuple(value if trust < Quality.BAD else None for value, trust in known)


def silent_scan(
    keys: tuple[int, ...], last: tuple[float | None, ...], *, recorded: tuple[int, ...], reason: str
) -> Scan:
    """All channels stale, with the last known values as far as there are any."""
    count = len(keys)
    return Scan(
        at_ms=now_ms(),
        mono_ns=time.monotonic_ns(),
        keys=keys,
        values=(*last, *(None,) * (count - len(last))),
        qualities=(Quality.STALE,) * count,
        recorded=recorded,
        reasons=dict.fromkeys(range(count), reason),
        fresh=False,
    )
