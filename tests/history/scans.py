"""Scans and readings for the tests of the history."""

from collections.abc import Sequence

from webmacs_edge.history.history import History
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Scan
from webmacs_edge.model.times import HOUR_MS

NOON_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS  # a full hour
FOREVER_MS = NOON_MS + 10_000 * HOUR_MS

Row = tuple[int, float, int]


def scan(
    at_ms: int,
    values: Sequence[float | None],
    *,
    quality: Quality = Quality.GOOD,
    mono_ns: int = 0,
) -> Scan:
    """A scan of channels 1, 2, … that records all of them."""
    count = len(values)
    return Scan(
        at_ms=at_ms,
        mono_ns=mono_ns or at_ms * 1_000_000,
        keys=tuple(range(1, count + 1)),
        values=tuple(values),
        qualities=(quality,) * count,
        recorded=tuple(range(count)),
    )


def take(history: History, rows: Sequence[tuple[int, float | None]]) -> None:
    """Record samples of channel 1."""
    for at_ms, value in rows:
        history.recorder.take(scan(at_ms, [value]))


async def stored(history: History, key: int = 1) -> list[Row]:
    """Every sample of a channel: stamp, value, quality."""
    rows: list[Row] = []
    async for at_ms, values, qualities in history.raw(key, 0, FOREVER_MS):
        rows += zip(at_ms.tolist(), values.tolist(), qualities.tolist(), strict=True)
    return rows


def good(rows: Sequence[Row]) -> list[Row]:
    """Without the marks of gaps, as restarts leave them."""
    return [row for row in rows if row[2] == Quality.GOOD]


def seconds(start_ms: int, count: int, *, step_ms: int = 1000) -> list[tuple[int, float | None]]:
    """One sample a second: 0.0, 1.0, 2.0, …"""
    return [(start_ms + second * step_ms, float(second)) for second in range(count)]
