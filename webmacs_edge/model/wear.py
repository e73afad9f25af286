"""How long the flash of the device lasts at the rate at which it is written: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from webmacs_edge.model.text import figure, text

ERASE_CYCLES = 3000  # of the flash of an industrial eMMC; the maker's data sheet says it
SHORT_LIFE_YEARS = 10.0  # below that people are warned
DAYS_PER_YEAR = 365.25
SECONDS_PER_DAY = 86_400
LEAST_COUNTED_S = 3600  # less of a day says nothing about the whole
MEAN_DAYS = 30
_WORN_OUT = 0x0B  # of life_time: more than what it was made for


@dataclass(frozen=True, slots=True)
class DayWritten:
    """Bytes written on one day (UTC)."""

    day: int  # since 1970-01-01
    app_bytes: int  # by this process
    device_bytes: int  # by everything, where the kernel counts it
    counted_s: int  # of the day


@dataclass(frozen=True, slots=True)
class DeviceLife:
    """What the eMMC says about itself: tenths of its life that are used, and its reserve."""

    name: str
    used_percent: int | None  # at most; None: it does not tell; above 100: worn out
    reserve: str = ""  # "normal", "warning", "urgent", "" when it does not tell


@dataclass(frozen=True, slots=True)
class WearReport:
    """The wear of the device and how long it will last."""

    today_bytes: int
    mean_bytes_per_day: int | None  # by this app; None: too little was counted
    device_today_bytes: int | None  # by everything; None: the kernel does not count it
    device_mean_bytes_per_day: int | None
    device_size_bytes: int | None
    endurance_bytes: int | None  # that can be written in all
    erase_cycles: int
    forecast_years: float | None  # at the mean rate of everything that writes
    lives: tuple[DeviceLife, ...]
    warning: str  # a sentence, or ""


def mean_bytes_per_day(
    days: Sequence[DayWritten], *, of_device: bool, most_days: int = MEAN_DAYS
) -> int | None:
    """The mean over the newest days, of which only a part may have been counted."""
    newest = sorted(days, key=lambda day: day.day)[-most_days:]
    counted_s = sum(day.counted_s for day in newest)
    if counted_s < LEAST_COUNTED_S:
        return None
    written = sum(day.device_bytes if of_device else day.app_bytes for day in newest)
    return written * SECONDS_PER_DAY // counted_s


def forecast_years(
    bytes_per_day: int | None, endurance_bytes: int | None, lives: Sequence[DeviceLife]
) -> float | None:
    """How long what is left of the endurance lasts; None when that cannot be known."""
    if not bytes_per_day or endurance_bytes is None:
        return None
    used = [life.used_percent for life in lives if life.used_percent is not None]
    left = max(0.0, 1 - max(used, default=0) / 100)
    return endurance_bytes * left / bytes_per_day / DAYS_PER_YEAR


def wear_warning(
    years: float | None, bytes_per_day: int | None, lives: Sequence[DeviceLife]
) -> str:
    """Why somebody should do something about the flash; "" when all is well."""
    for life in lives:
        if life.reserve == "urgent" or (life.used_percent or 0) > 100:  # noqa: PLR2004 percent
            return text(
                "The storage {name} is worn out. Make a backup and replace the device.",
                name=life.name,
            )
        if life.reserve == "warning":
            return text(
                "The storage {name} has used 80 % of its reserve. Plan its replacement.",
                name=life.name,
            )
    if years is not None and bytes_per_day is not None and years < SHORT_LIFE_YEARS:
        return text(
            "At {gigabytes} GB a day the storage lasts about {years} years. "
            "Flush less often, record less, or find what else writes to it.",
            gigabytes=figure(bytes_per_day / 1e9, ".1f"),
            years=f"{years:.0f}",
        )
    return ""


def used_percent(word: str) -> int | None:
    """Of a word of `life_time`: 0x01 is 0 to 10 %, 0x0a 90 to 100 %, 0x0b more than that."""
    try:
        tenths = int(word, 16)
    except ValueError:
        return None
    if not 1 <= tenths <= _WORN_OUT:
        return None
    return 110 if tenths == _WORN_OUT else tenths * 10


def reserve_word(text: str) -> str:
    """Of `pre_eol_info`: 1 normal, 2 80 % of the reserve is used, 3 urgent."""
    try:
        return {1: "normal", 2: "warning", 3: "urgent"}.get(int(text, 16), "")
    except ValueError:
        return ""
