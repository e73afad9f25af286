"""How numbers, durations and dates are written on pages, with the signs of the language."""

from datetime import datetime

from webmacs_edge.model.language import CURRENT, local

_MINUS = "−"
_EXACT_BELOW = 100
_NEXT_UNIT, _DECIMAL_BELOW = 1000, 10
_SECOND_MS, _MINUTE_MS, _HOUR_MS, _DAY_MS = 1000, 60_000, 3_600_000, 86_400_000


def number(value: float, decimals: int = 0) -> str:
    """`−12.50`: fixed decimals, a real minus, never a minus before zero."""
    text = local(f"{abs(value):.{decimals}f}")
    is_zero = not text.strip("0.,")
    return text if is_zero or value >= 0 else _MINUS + text


def short_number(value: float) -> str:
    """`410`, `0.5`, `−20`: a bound as short as it can be written."""
    text = f"{abs(value):.6f}".rstrip("0").rstrip(".") or "0"
    text = local(text)
    return _MINUS + text if value < 0 and text != "0" else text


def count(number_of: int) -> str:
    """`18,204,331`."""
    return f"{number_of:,}".replace(",", CURRENT.get().group)


def about(number_of: float) -> str:
    """`18,000,000`: two digits that count, as an estimate deserves."""
    if number_of < _EXACT_BELOW:
        return count(round(number_of))
    unit = 10 ** (len(str(int(number_of))) - 2)
    return count(round(number_of / unit) * unit)


def file_size(size_bytes: float) -> str:
    """`0 kB`, `4.5 MB`, `120 MB`, `2.3 GB`."""
    size, unit = size_bytes / 1000, "kB"
    for larger in ("MB", "GB"):
        if round(size) >= _NEXT_UNIT:
            size, unit = size / 1000, larger
    decimals = 1 if unit != "kB" and size < _DECIMAL_BELOW else 0
    return f"{number(size, decimals)} {unit}"


def duration(length_ms: float) -> str:
    """`0.1 s`, `14 s`, `2 min 26 s`, `1 h 40 min`, `3 d 4 h`."""
    length_ms = max(0, length_ms)
    if length_ms < 10 * _SECOND_MS:
        return f"{number(length_ms / _SECOND_MS, 1)} s"
    if length_ms < _MINUTE_MS:
        return f"{int(length_ms // _SECOND_MS)} s"
    if length_ms < _HOUR_MS:
        return _two(length_ms, ("min", _MINUTE_MS), ("s", _SECOND_MS))
    if length_ms < _DAY_MS:
        return _two(length_ms, ("h", _HOUR_MS), ("min", _MINUTE_MS))
    return _two(length_ms, ("d", _DAY_MS), ("h", _HOUR_MS))


def stopwatch(length_ms: float) -> str:
    """`01:42:10`; the hours go on beyond 24."""
    minutes, seconds = divmod(int(max(0, length_ms)) // _SECOND_MS, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def date(then: datetime, *, with_year: bool = True) -> str:
    """`22 Nov 2026`, in German `22. Nov. 2026`."""
    language = CURRENT.get()
    day = language.day.format(day=then.day, month=language.months[then.month - 1])
    return f"{day} {then.year}" if with_year else day


def moment(then: datetime, now: datetime) -> str:
    """`14:29:41` today, `22 Nov 14:29` this year, else with the year."""
    if then.date() == now.date():
        return f"{then:%H:%M:%S}"
    return f"{date(then, with_year=then.year != now.year)} {then:%H:%M}"


def exact_moment(then: datetime, now: datetime) -> str:
    """`14:29:41.250` today, else with its day: `22 Nov 2026 14:29:41.250`."""
    clock = f"{then:%H:%M:%S}{local(f'.{then.microsecond // 1000:03d}')}"
    return clock if then.date() == now.date() else f"{date(then)} {clock}"


def _two(length_ms: float, coarse: tuple[str, int], fine: tuple[str, int]) -> str:
    many, rest = divmod(int(length_ms), coarse[1])
    few = rest // fine[1]
    return f"{many} {coarse[0]} {few} {fine[0]}" if few else f"{many} {coarse[0]}"
