"""Time as we keep it: UTC milliseconds as an integer; RFC 3339 only at the edges."""

import time
from datetime import UTC, datetime
from functools import lru_cache

from webmacs_edge.model.text import text

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_SHORTEST_INSTANT = len("2000-01-01T00:00Z")


def now_ms() -> int:
    """The wall clock, UTC, in milliseconds."""
    return time.time_ns() // 1_000_000


def from_ms(at_ms: int) -> datetime:
    """An aware UTC datetime."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).replace(microsecond=at_ms % 1000 * 1000)


def to_ms(moment: datetime) -> int:
    """Milliseconds of an aware datetime."""
    return int(moment.timestamp() * 1000 + (0.5 if moment.microsecond % 1000 else 0))


def iso_z(at_ms: int) -> str:
    """RFC 3339 with `Z` and microseconds, the fraction left out when it is zero (REST bodies)."""
    return f"{_iso(at_ms)}Z"


def iso_offset(at_ms: int) -> str:
    """RFC 3339 with `+00:00` (CSV, WebSocket and webhook payloads)."""
    return f"{_iso(at_ms)}+00:00"


def _iso(at_ms: int) -> str:
    day, rest_ms = divmod(at_ms, DAY_MS)
    minute, second_ms = divmod(rest_ms, MINUTE_MS)
    second, part_ms = divmod(second_ms, 1000)
    fraction = f".{part_ms:03d}000" if part_ms else ""
    return f"{_iso_day(day)}T{_hour_and_minute(minute)}:{second:02d}{fraction}"


@lru_cache(maxsize=4096)
def _iso_day(day: int) -> str:
    """`2026-01-31`; of many moments most share their day, or are asked for again."""
    return datetime.fromtimestamp(day * DAY_MS // 1000, UTC).date().isoformat()


@lru_cache(maxsize=DAY_MS // MINUTE_MS)
def _hour_and_minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def parse_instant(given: str) -> int:
    """UTC milliseconds of an RFC 3339 moment; ValueError when it is none, or has no offset."""
    if len(given) < _SHORTEST_INSTANT or given[10] not in "Tt ":
        raise ValueError(text("Please write a moment as 2026-01-31T12:00:00Z, with its offset."))
    moment = datetime.fromisoformat(given)
    if moment.tzinfo is None:
        raise ValueError(text("Please add the offset from UTC to the moment, such as Z or +01:00."))
    return to_ms(moment)
