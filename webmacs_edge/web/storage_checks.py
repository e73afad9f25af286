"""Checks of what is kept: history, its soundness, disk, flash, databases."""

from collections.abc import Sequence

from aiohttp import web

from webmacs_edge.history.recorder import Recorder
from webmacs_edge.model.text import text
from webmacs_edge.web.checks import NOT_YET, Check, Figure, State
from webmacs_edge.web.keys import COURIER, DATABASE, HISTORY, REASONS, UPKEEP
from webmacs_edge.web.system_facts import Facts
from webmacs_edge.web.wording import count, file_size, number, short_number

_LATE_FACTOR = 3  # so many flush intervals at risk are too many
_FULL_PERCENT = 2


def history_check(app: web.Application, facts: Facts) -> Check:
    """Whether what is measured is written."""
    recorder = app[HISTORY].recorder
    figures = (
        Figure(text("At risk on power loss"), _at_risk(recorder)),
        Figure(text("Recorded"), _rate(recorder.samples_per_s)),
        Figure(text("Waiting in RAM"), text("{pending} values", pending=count(recorder.pending))),
        Figure(
            text("Lost since the start"), text("{dropped} values", dropped=count(recorder.dropped))
        ),
        Figure(text("Reasons lost"), count(app[REASONS].dropped)),
        Figure(text("Writing takes"), f"{number(recorder.last_flush_ms)} ms"),
        Figure(text("Rows of the journal"), count(recorder.journal_rows)),
        *_extent(facts),
    )
    state, word, way_out = State.good, text("Being written"), ""
    if not recorder.health.is_good:
        state, word = State.error, text("Not being written")
        way_out = text(
            "{failure} Until then values wait in RAM as long as they fit; what "
            "does not fit becomes a gap.",
            failure=recorder.health.failure,
        )
    elif recorder.at_risk_s > _LATE_FACTOR * recorder.flush_interval_s:
        state, word = State.warning, text("Writing is late")
        way_out = text("The disk takes long to write. What else writes to it?")
    elif recorder.dropped:
        state, word = State.warning, text("Values were lost")
        way_out = text(
            "The disk refused for so long that values did not fit into RAM any more; they are "
            "gaps in trends. It has been written again since. The log says when."
        )
    return Check(
        "history", text("History"), state, word, figures,
        way_out=way_out, since_ms=recorder.health.failing_since_ms,
    )  # fmt: skip


def soundness_check(app: web.Application) -> Check:
    """Whether what was written can still be read."""
    upkeep, met = app[UPKEEP], app[HISTORY].damaged_chunks
    scrub, salvaged = upkeep.scrub, upkeep.salvager.current
    figures = [
        Figure(
            text("Read again in full"), text("not yet: it takes a month"), at_ms=scrub.finished_ms
        ),
        Figure(
            text("Checked in this round"), text("{checked} parts", checked=count(scrub.checked))
        ),
        Figure(
            text("Damaged in this round"),
            text("{damaged} parts", damaged=count(len(scrub.damaged))),
        ),
        Figure(text("Damage met since the start"), text("{met} parts", met=count(met))),
    ]
    if not salvaged.is_complete:
        figures.append(
            Figure(
                text("Being salvaged"),
                text("{samples} values so far", samples=count(salvaged.samples)),
            )
        )
        return Check(
            "soundness", text("Stored data"), State.warning, text("Being salvaged"), figures,
            way_out=text("A damaged file was set aside; what it still holds is being brought "
            "over."),
        )  # fmt: skip
    if scrub.damaged or met:
        return Check(
            "soundness", text("Stored data"), State.warning, text("Damage found"), figures,
            way_out=text("Damaged parts are left out, the rest is sound. “webmacs-edge doctor” "
            "lists them. Is the storage of this device at the end of its life?"),
        )  # fmt: skip
    for health in (scrub.health, upkeep.salvager.health):
        if not health.is_good:
            return Check(
                "soundness", text("Stored data"), State.warning, text("Cannot be checked"), figures,
                way_out=health.failure, since_ms=health.failing_since_ms,
            )  # fmt: skip
    if not scrub.checked and scrub.finished_ms is None:
        return Check(
            "soundness", text("Stored data"), State.unknown, text("Not checked yet"), figures
        )
    return Check("soundness", text("Stored data"), State.good, text("No damage found"), figures)


def retention_check(app: web.Application, facts: Facts) -> Check:
    """Whether what is too old is removed."""
    keeper, site = app[UPKEEP].retention, facts.site
    removed = keeper.last_removed
    figures = [
        Figure(text("Raw values"), _kept(site.retention_days)),
        Figure(text("Hourly figures"), _kept(site.rollup_days)),
        Figure(
            text("Looked last"), text("not yet: 3 min after the start"), at_ms=keeper.last_run_ms
        ),
    ]
    if keeper.last_run_ms is not None:
        figures.append(
            Figure(text("Removed then"), text("{samples} values", samples=count(removed.samples)))
        )
    if not keeper.health.is_good:
        return Check(
            "retention", text("Retention"), State.warning, text("Does not work"), figures,
            way_out=text("{failure} It tries again every hour.", failure=keeper.health.failure),
            since_ms=keeper.health.failing_since_ms,
        )  # fmt: skip
    return Check("retention", text("Retention"), State.good, text("Every hour"), figures)


def disk_check(facts: Facts) -> Check:
    """Whether there is room."""
    room, site = facts.room, facts.site
    if room is None or not room.total_bytes:
        return Check(
            "disk", text("Disk"), State.unknown, text("Not known"), (Figure(text("Free")),)
        )
    free = 100 * room.free_bytes / room.total_bytes
    budget = site.history_budget_bytes
    figures = (
        Figure(text("Free"), f"{file_size(room.free_bytes)} ({free:.0f} %)"),
        Figure(text("Size"), file_size(room.total_bytes)),
        Figure(text("Least free space"), f"{site.min_free_percent} %"),
        Figure(
            text("Budget of the history"), text("none") if budget is None else file_size(budget)
        ),
    )
    if free >= max(site.min_free_percent, _FULL_PERCENT):
        return Check("disk", text("Disk"), State.good, text("Enough room"), figures)
    way_out = text(
        "The oldest raw values are removed to make room. Find what fills the disk, or keep less "
        "in Settings."
    )
    if free < _FULL_PERCENT:
        return Check(
            "disk", text("Disk"), State.error, text("Nearly full"), figures, way_out=way_out
        )
    return Check("disk", text("Disk"), State.warning, text("Little room"), figures, way_out=way_out)


def database_check(app: web.Application, facts: Facts) -> Check:
    """Whether the database of users, channels and experiments answers."""
    kind = text("SQLite, a file here") if app[DATABASE].is_sqlite else text("PostgreSQL")
    figures = (
        Figure(text("Kind"), kind),
        Figure(text("Answers in"), f"{number(facts.answer_ms, 1)} ms"),
    )
    if facts.failure:
        return Check(
            "database",
            text("Database"),
            State.error,
            text("Does not answer"),
            figures,
            way_out=facts.failure,
        )
    return Check("database", text("Database"), State.good, text("Answers"), figures)


def transfer_checks(app: web.Application) -> Sequence[Check]:
    """Whether what is recorded here gets to PostgreSQL; nothing where there is none."""
    if COURIER not in app:
        return ()
    courier = app[COURIER]
    figures = (
        Figure(text("Waiting here"), text("{waiting} parts", waiting=count(courier.waiting))),
    )
    if courier.health.is_good:
        return (
            Check("transfer", text("To PostgreSQL"), State.good, text("Carried over"), figures),
        )
    return (
        Check(
            "transfer", text("To PostgreSQL"), State.warning, text("Waiting"), figures,
            way_out=text("{why} Values are kept here until then.", why=courier.health.failure),
            since_ms=courier.health.failing_since_ms,
        ),
    )  # fmt: skip


def _at_risk(recorder: Recorder) -> str:
    most = short_number(recorder.flush_interval_s)
    return text("{at_risk} s now, {most} s at most", at_risk=number(recorder.at_risk_s), most=most)


def _rate(samples_per_s: float | None) -> str:
    if samples_per_s is None:
        return NOT_YET
    return text("{rate} values/s", rate=number(samples_per_s, 1 if samples_per_s else 0))


def _extent(facts: Facts) -> Sequence[Figure]:
    figures = []
    if facts.use is not None:
        figures.append(Figure(text("File"), file_size(facts.use.used_bytes)))
    if facts.oldest is not None:
        figures += [
            Figure(text("Raw values since"), text("the last hour"), at_ms=facts.oldest.chunk_ms),
            Figure(
                text("Hourly figures since"), text("the last hour"), at_ms=facts.oldest.rollup_ms
            ),
        ]
    return figures


def _kept(days: int | None) -> str:
    return text("kept for ever") if days is None else text("kept for {days} d", days=count(days))
