"""The settings of the site in words: what holds, where it comes from, what a change brings."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from webmacs_edge.history.retention import Room
from webmacs_edge.model.retention import cutoff_ms
from webmacs_edge.model.text import Text, counted, figure, text
from webmacs_edge.model.times import DAY_MS
from webmacs_edge.store.site_settings import Decided, SiteSettings
from webmacs_edge.store.upkeep import FileUse, Oldest
from webmacs_edge.web.wording import count, file_size

LABELS = {
    "flush_seconds": text("At risk on power loss"),
    "retention_days": text("Raw values are kept"),
    "rollup_days": text("Hourly figures are kept"),
    "history_budget_bytes": text("Budget of the history"),
    "min_free_percent": text("Least free space"),
}
_DEFAULTS = asdict(SiteSettings())


@dataclass(frozen=True, slots=True)
class InForce:
    """One setting as it holds now."""

    label: str
    value: str
    decided: Decided | None  # when and by whom; None: nobody did
    is_given: bool  # by the settings file or the environment


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is now."""

    use: FileUse
    oldest: Oldest
    room: Room | None  # None: on the disk of a database server
    at_ms: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What a change of the settings takes away: a date before which all goes, or a reason."""

    what: str
    before_ms: int | None = None
    bytes: int = 0


def words_of(name: str, value: float | None, *, default_flush_s: float) -> str:
    """`10 s`, `30 days`, `for ever`, `2.0 GB`, `10 %`."""
    if name == "flush_seconds":
        return figure(value or default_flush_s, unit="s")
    if name == "min_free_percent":
        return f"{value} %"
    if value is None:
        return text("none") if name == "history_budget_bytes" else text("for ever")
    if name == "history_budget_bytes":
        return file_size(value)
    return counted("1 day", "{days} days", int(value), days=count(int(value)))


def in_force(
    site: SiteSettings, decided: Mapping[str, Decided], *, default_flush_s: float, is_given: bool
) -> list[InForce]:
    """Every setting; `is_given` says whether the flush interval stands in the settings file."""
    return [
        InForce(
            label=LABELS[name],
            value=words_of(name, value, default_flush_s=default_flush_s),
            decided=None if value == _DEFAULTS[name] else decided.get(name),
            is_given=is_given and name == "flush_seconds",
        )
        for name, value in asdict(site).items()
    ]


def changes(before: SiteSettings, after: SiteSettings, *, default_flush_s: float) -> list[Text]:
    """`Raw values are kept: for ever → 30 days`, one for each that differs."""
    old = asdict(before)
    return [
        text(
            "{setting}: {old} → {new}",
            setting=LABELS[name],
            old=words_of(name, old[name], default_flush_s=default_flush_s),
            new=words_of(name, value, default_flush_s=default_flush_s),
        )
        for name, value in asdict(after).items()
        if value != old[name]
    ]


def removals(before: SiteSettings, after: SiteSettings, stock: Stock) -> list[Removal]:
    """What goes by the new settings that would have stayed by the old ones."""
    oldest, at_ms = stock.oldest, stock.at_ms
    days, hours = after.retention_days, after.rollup_days
    found: Sequence[Removal | None] = (
        _aged("raw", before.retention_days, days, oldest_ms=oldest.chunk_ms, at_ms=at_ms),
        _aged("hourly", before.rollup_days, hours, oldest_ms=oldest.rollup_ms, at_ms=at_ms),
        _over_budget(before, after, stock),
        _short_of_room(before, after, stock),
    )
    return [removal for removal in found if removal is not None]


def _aged(
    what: str, old: int | None, new: int | None, *, oldest_ms: int | None, at_ms: int
) -> Removal | None:
    if new is None or oldest_ms is None or (old is not None and new >= old):
        return None
    before_ms = cutoff_ms(at_ms, new)
    return Removal(what, before_ms) if oldest_ms < before_ms else None


def _over_budget(before: SiteSettings, after: SiteSettings, stock: Stock) -> Removal | None:
    old, new = before.history_budget_bytes, after.history_budget_bytes
    if new is None or (old is not None and new >= old) or not _may_go(stock):
        return None
    excess = stock.use.used_bytes - new
    return Removal("budget", bytes=excess) if excess > 0 else None


def _short_of_room(before: SiteSettings, after: SiteSettings, stock: Stock) -> Removal | None:
    if stock.room is None or after.min_free_percent <= before.min_free_percent:
        return None
    if not _may_go(stock):
        return None
    wanted = stock.room.total_bytes * after.min_free_percent // 100
    lacking = wanted - stock.room.free_bytes - stock.use.spare_bytes
    return Removal("space", bytes=min(lacking, stock.use.used_bytes)) if lacking > 0 else None


def _may_go(stock: Stock) -> bool:
    """Whether there are raw values older than the newest day, which always stays."""
    oldest_ms = stock.oldest.chunk_ms
    return oldest_ms is not None and oldest_ms < stock.at_ms - DAY_MS
