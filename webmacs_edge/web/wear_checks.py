"""What the pages say of the wear of the flash memory."""

from collections.abc import Sequence

from webmacs_edge.model.text import counted, text
from webmacs_edge.model.wear import DeviceLife, WearReport
from webmacs_edge.web.checks import NOT_YET, Check, Figure, State
from webmacs_edge.web.system_facts import Facts
from webmacs_edge.web.wording import about, count, duration, file_size, number

_LONG_YEARS = 100
_NO_COUNTER = text("this kernel does not count it")
_NOT_SHOWN = text("this kernel does not show it")


def wear_check(facts: Facts) -> Check:
    """How long the flash lasts."""
    wear = facts.wear
    if wear is None:
        return Check(
            "wear",
            text("Flash wear"),
            State.unknown,
            text("Not known"),
            (Figure(text("Written today")),),
        )
    state, word, years = State.good, "", wear.forecast_years
    if wear.warning:
        state, word = State.warning, text("Needs somebody")
    elif years is not None:
        word = text("Lasts about {years}", years=_years(years))
    elif wear.mean_bytes_per_day is None:
        state, word = State.unknown, text("Not measured yet")
    else:
        state, word = State.unknown, text("No forecast")
    return Check("wear", text("Flash wear"), state, word, _wear_figures(wear), way_out=wear.warning)


def _years(years: float) -> str:
    if years > _LONG_YEARS:
        return text("{years} years", years=about(years))
    return (
        counted("1 year", "{years} years", round(years), years=number(years))
        if years >= 1
        else duration(years * 365.25 * 86_400_000)
    )


def _wear_figures(wear: WearReport) -> Sequence[Figure]:
    endurance = _NOT_SHOWN
    if wear.endurance_bytes is not None:
        cycles = count(wear.erase_cycles)
        endurance = text(
            "{terabytes} TB ({cycles} erase cycles)",
            terabytes=number(wear.endurance_bytes / 1e12),
            cycles=cycles,
        )
    has_counter = wear.device_today_bytes is not None
    return (
        Figure(text("Written today"), _counted(wear.today_bytes)),
        Figure(text("Mean a day"), _counted(wear.mean_bytes_per_day)),
        Figure(
            text("By everything today"), _counted(wear.device_today_bytes, has_counter=has_counter)
        ),
        Figure(
            text("By everything, mean a day"),
            _counted(wear.device_mean_bytes_per_day, has_counter=has_counter),
        ),
        Figure(text("Endurance assumed"), endurance),
        *(_life(life) for life in wear.lives),
        *(() if wear.lives else (Figure(text("Age of the eMMC"), _NOT_SHOWN),)),
    )


def _counted(size_bytes: int | None, *, has_counter: bool = True) -> str:
    if not has_counter:
        return _NO_COUNTER
    return file_size(size_bytes) if size_bytes else NOT_YET


def _life(life: DeviceLife) -> Figure:
    used = (
        text("age not told")
        if life.used_percent is None
        else text("{used_percent} % used at most", used_percent=life.used_percent)
    )
    if life.reserve:
        used = text("{used}, reserve {reserve}", used=used, reserve=life.reserve)
    return Figure(text("Age of {name}", name=life.name), used)
