"""Times as people of the site write them, in its time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import DAY_MS, HOUR_MS, MINUTE_MS, to_ms

_UNITS_MS = {"ms": 1, "s": 1000, "min": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_LENGTH = re.compile(r"([0-9]{1,9}) ?(ms|s|min|h|d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_length(given: str, *, field: str = "") -> int:
    """Milliseconds of `500ms`, `10s`, `5min`, `24h`, `7d`; else InvalidError."""
    match = _LENGTH.fullmatch(given.strip())
    if match is None:
        raise InvalidError(
            text(
                "“{given}” is not a length of time. Write it as 500ms, 10s, 5min, 24h or 7d.",
                given=given[:40],
            ),
            field=field,
        )
    return int(match[1]) * _UNITS_MS[match[2]]


def parse_moment(given: str, zone: ZoneInfo, *, is_end: bool = False, field: str = "") -> int:
    """UTC ms of `2026-11-23`, `2026-11-23 14:00`, or ISO 8601 with an offset; else InvalidError.

    A day alone is its start or, as an end, the start of the next one. Of an hour that the clocks
    show twice, the first counts for a start and the second for an end.
    """
    given = given.strip()
    try:
        if _DATE.fullmatch(given):
            day = date.fromisoformat(given) + timedelta(days=1 if is_end else 0)
            moment = datetime.combine(day, time())
        else:
            moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone, fold=1 if is_end else 0)
        return to_ms(moment.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidError(
            text(
                "“{given}” is not a time. Write it as 2026-11-23 14:00, 2026-11-23, "
                "or 2026-11-23T13:00:00Z.",
                given=given[:40],
            ),
            field=field,
        ) from error
