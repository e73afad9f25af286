"""Checks of what is kept: history, its soundness, disk, flash, databases."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.history.recorder import Recorder
from webmacs_edge.model.wear import DeviceLife, WearReport
from webmacs_edge.web.checks import NOT_YET, Check, Figure, State
from webmacs_edge.web.keys import COURIER, DATABASE, HISTORY, UPKEEP
from webmacs_edge.web.system_facts import Facts
from webmacs_edge.web.wording import about, count, duration, file_size, short_number

_LATE_FACTOR = 3  # so many flush intervals at risk are too many
_FULL_PERCENT = 2
_LONG_YEARS = 100
_NO_COUNTER = "this kernel does not count it"
_NOT_SHOWN = "this kernel does not show it"


def history_check(app: web.Application, facts: Facts) -> Check:
    """Whether what is measured is written."""
    recorder = app[HISTORY].recorder
    figures = (
        Figure("At risk on power loss", _at_risk(recorder)),
        Figure("Recorded", _rate(recorder.samples_per_s)),
        Figure("Waiting in RAM", f"{count(recorder.pending)} values"),
        Figure("Lost since the start", f"{count(recorder.dropped)} values"),
        Figure("Writing takes", f"{recorder.last_flush_ms:.0f} ms"),
        Figure("Rows of the journal", count(recorder.journal_rows)),
        *_extent(facts),
    )
    state, word, way_out = State.good, "Being written", ""
    if not recorder.health.is_good:
        state, word = State.error, "Not being written"
        way_out = (
            f"{recorder.health.failure} Until then values wait in RAM as long as they fit; what "
            "does not fit becomes a gap."
        )
    elif recorder.at_risk_s > _LATE_FACTOR * recorder.flush_interval_s:
        state, word = State.warning, "Writing is late"
        way_out = "The disk takes long to write. What else writes to it?"
    elif recorder.dropped:
        state, word = State.warning, "Values were lost"
        way_out = (
            "The disk refused for so long that values did not fit into RAM any more; they are "
            "gaps in trends. It has been written again since. The log says when."
        )
    return Check(
        "history", "History", state, word, figures,
        way_out=way_out, since_ms=recorder.health.failing_since_ms,
    )  # fmt: skip


def soundness_check(app: web.Application) -> Check:
    """Whether what was written can still be read."""
    upkeep, met = app[UPKEEP], app[HISTORY].damaged_chunks
    scrub, salvaged = upkeep.scrub, upkeep.salvager.current
    figures = [
        Figure("Read again in full", "not yet: it takes a month", at_ms=scrub.finished_ms),
        Figure("Checked in this round", f"{count(scrub.checked)} parts"),
        Figure("Damaged in this round", f"{count(len(scrub.damaged))} parts"),
        Figure("Damage met since the start", f"{count(met)} parts"),
    ]
    if not salvaged.is_complete:
        figures.append(Figure("Being salvaged", f"{count(salvaged.samples)} values so far"))
        return Check(
            "soundness", "Stored data", State.warning, "Being salvaged", figures,
            way_out="A damaged file was set aside; what it still holds is being brought over.",
        )  # fmt: skip
    if scrub.damaged or met:
        return Check(
            "soundness", "Stored data", State.warning, "Damage found", figures,
            way_out="Damaged parts are left out, the rest is sound. “webmacs-edge doctor” lists "
            "them. Is the storage of this device at the end of its life?",
        )  # fmt: skip
    for health in (scrub.health, upkeep.salvager.health):
        if not health.is_good:
            return Check(
                "soundness", "Stored data", State.warning, "Cannot be checked", figures,
                way_out=health.failure, since_ms=health.failing_since_ms,
            )  # fmt: skip
    if not scrub.checked and scrub.finished_ms is None:
        return Check("soundness", "Stored data", State.unknown, "Not checked yet", figures)
    return Check("soundness", "Stored data", State.good, "No damage found", figures)


def retention_check(app: web.Application, facts: Facts) -> Check:
    """Whether what is too old is removed."""
    keeper, site = app[UPKEEP].retention, facts.site
    removed = keeper.last_removed
    figures = [
        Figure("Raw values", _kept(site.retention_days)),
        Figure("Hourly figures", _kept(site.rollup_days)),
        Figure("Looked last", "not yet: 3 min after the start", at_ms=keeper.last_run_ms),
    ]
    if keeper.last_run_ms is not None:
        figures.append(Figure("Removed then", f"{count(removed.samples)} values"))
    if not keeper.health.is_good:
        return Check(
            "retention", "Retention", State.warning, "Does not work", figures,
            way_out=f"{keeper.health.failure} It tries again every hour.",
            since_ms=keeper.health.failing_since_ms,
        )  # fmt: skip
    return Check("retention", "Retention", State.good, "Every hour", figures)


def disk_check(facts: Facts) -> Check:
    """Whether there is room."""
    room, site = facts.room, facts.site
    if room is None or not room.total_bytes:
        return Check("disk", "Disk", State.unknown, "Not known", (Figure("Free"),))
    free = 100 * room.free_bytes / room.total_bytes
    budget = site.history_budget_bytes
    figures = (
        Figure("Free", f"{file_size(room.free_bytes)} ({free:.0f} %)"),
        Figure("Size", file_size(room.total_bytes)),
        Figure("Least free space", f"{site.min_free_percent} %"),
        Figure("Budget of the history", "none" if budget is None else file_size(budget)),
    )
    if free >= max(site.min_free_percent, _FULL_PERCENT):
        return Check("disk", "Disk", State.good, "Enough room", figures)
    way_out = (
        "The oldest raw values are removed to make room. Find what fills the disk, or keep less "
        "in Settings."
    )
    if free < _FULL_PERCENT:
        return Check("disk", "Disk", State.error, "Nearly full", figures, way_out=way_out)
    return Check("disk", "Disk", State.warning, "Little room", figures, way_out=way_out)


def wear_check(facts: Facts) -> Check:
    """How long the flash lasts."""
    wear = facts.wear
    if wear is None:
        return Check("wear", "Flash wear", State.unknown, "Not known", (Figure("Written today"),))
    state, word, years = State.good, "", wear.forecast_years
    if wear.warning:
        state, word = State.warning, "Needs somebody"
    elif years is not None:
        word = f"Lasts about {_years(years)}"
    elif wear.mean_bytes_per_day is None:
        state, word = State.unknown, "Not measured yet"
    else:
        state, word = State.unknown, "No forecast"
    return Check("wear", "Flash wear", state, word, _wear_figures(wear), way_out=wear.warning)


def database_check(app: web.Application, facts: Facts) -> Check:
    """Whether the database of users, channels and experiments answers."""
    kind = "SQLite, a file here" if app[DATABASE].is_sqlite else "PostgreSQL"
    figures = (Figure("Kind", kind), Figure("Answers in", f"{facts.answer_ms:.1f} ms"))
    if facts.failure:
        return Check(
            "database", "Database", State.error, "Does not answer", figures, way_out=facts.failure
        )
    return Check("database", "Database", State.good, "Answers", figures)


def transfer_checks(app: web.Application) -> Sequence[Check]:
    """Whether what is recorded here gets to PostgreSQL; nothing where there is none."""
    if COURIER not in app:
        return ()
    courier = app[COURIER]
    figures = (Figure("Waiting here", f"{count(courier.waiting)} parts"),)
    if courier.health.is_good:
        return (Check("transfer", "To PostgreSQL", State.good, "Carried over", figures),)
    return (
        Check(
            "transfer", "To PostgreSQL", State.warning, "Waiting", figures,
            way_out=f"{courier.health.failure} Values are kept here until then.",
            since_ms=courier.health.failing_since_ms,
        ),
    )  # fmt: skip


def _at_risk(recorder: Recorder) -> str:
    most = short_number(recorder.flush_interval_s)
    return f"{recorder.at_risk_s:.0f} s now, {most} s at most"


def _rate(samples_per_s: float | None) -> str:
    if samples_per_s is None:
        return NOT_YET
    return f"{samples_per_s:.1f} values/s" if samples_per_s else "0 values/s"


def _extent(facts: Facts) -> Sequence[Figure]:
    figures = []
    if facts.use is not None:
        figures.append(Figure("File", file_size(facts.use.used_bytes)))
    if facts.oldest is not None:
        figures += [
            Figure("Raw values since", "the last hour", at_ms=facts.oldest.chunk_ms),
            Figure("Hourly figures since", "the last hour", at_ms=facts.oldest.rollup_ms),
        ]
    return figures


def _kept(days: int | None) -> str:
    return "kept for ever" if days is None else f"kept for {count(days)} d"


def _years(years: float) -> str:
    if years > _LONG_YEARS:
        return f"{about(years)} years"
    return f"{years:.0f} years" if years >= 1 else duration(years * 365.25 * 86_400_000)


def _wear_figures(wear: WearReport) -> Sequence[Figure]:
    endurance = _NOT_SHOWN
    if wear.endurance_bytes is not None:
        cycles = count(wear.erase_cycles)
        endurance = f"{wear.endurance_bytes / 1e12:.0f} TB ({cycles} erase cycles)"
    has_counter = wear.device_today_bytes is not None
    return (
        Figure("Written today", _counted(wear.today_bytes)),
        Figure("Mean a day", _counted(wear.mean_bytes_per_day)),
        Figure("By everything today", _counted(wear.device_today_bytes, has_counter=has_counter)),
        Figure(
            "By everything, mean a day",
            _counted(wear.device_mean_bytes_per_day, has_counter=has_counter),
        ),
        Figure("Endurance assumed", endurance),
        *(_life(life) for life in wear.lives),
        *(() if wear.lives else (Figure("Age of the eMMC", _NOT_SHOWN),)),
    )


def _counted(size_bytes: int | None, *, has_counter: bool = True) -> str:
    if not has_counter:
        return _NO_COUNTER
    return file_size(size_bytes) if size_bytes else NOT_YET


def _life(life: DeviceLife) -> Figure:
    used = "age not told" if life.used_percent is None else f"{life.used_percent} % used at most"
    reserve = f", reserve {life.reserve}" if life.reserve else ""
    return Figure(f"Age of {life.name}", used + reserve)
