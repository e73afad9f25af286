"""One page of recorded values: found in the history, and said in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.history.paging import MAX_PAGE_SIZE
from webmacs_edge.history.stretches import Row
from webmacs_edge.model.quality import QUALITY_WORDS, Quality
from webmacs_edge.model.words import state_word
from webmacs_edge.store.pages import Page
from webmacs_edge.web.datapoint_rows import experiment_at, experiments_around
from webmacs_edge.web.history_view import HistoryView
from webmacs_edge.web.keys import HISTORY
from webmacs_edge.web.tiles import NO_VALUE
from webmacs_edge.web.wording import number

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

PAGE_SIZE = 50
MOST_LOOKED_AT = 20 * MAX_PAGE_SIZE  # values, for one page of those of one quality


@dataclass(frozen=True, slots=True)
class Shown:
    """One recorded value as the page shows it."""

    at_ms: int
    event: "Event"
    text: str
    unit: str
    quality: str  # as in CSS
    words: str
    experiment: str | None  # the public id of the one that ran


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of one quality: its rows, how many values it was found in, where the next begins."""

    rows: list[Row]
    looked_at: int
    following: int | None  # how many values of any quality to skip; None: there are no more


async def find_page(app: web.Application, view: HistoryView, *, page: int) -> Page[Row]:
    """A page of all values of the view; how many there are is known from an index."""
    found = await app[HISTORY].page(view.keys, page=page, page_size=PAGE_SIZE, span=view.span)
    return Page(found.page, PAGE_SIZE, found.total, found.rows)


async def find_leaf(app: web.Application, view: HistoryView, *, skip: int) -> Leaf:
    """The next values of the view's quality after the newest `skip` of any.

    No index tells of qualities: 20,000 values are looked at, and then it says where to go on.
    """
    rows: list[Row] = []
    place = skip
    while place - skip < MOST_LOOKED_AT:
        nth, within = divmod(place, MAX_PAGE_SIZE)
        found = await app[HISTORY].page(
            view.keys, page=nth + 1, page_size=MAX_PAGE_SIZE, span=view.span
        )
        for row in found.rows[within:]:
            place += 1
            if row.quality is view.quality:
                rows.append(row)
            if len(rows) == PAGE_SIZE:
                break
        if place >= found.total:
            return Leaf(rows, place - skip, None)
        if len(rows) == PAGE_SIZE:
            break
    return Leaf(rows, place - skip, place)


async def shown_rows(
    app: web.Application, events: Mapping[int, "Event"], rows: list[Row]
) -> list[Shown]:
    """Rows in words; `events` by their keys."""
    experiments = await experiments_around(app, [row.at_ms for row in rows])
    return [
        Shown(
            at_ms=row.at_ms,
            event=events[row.key],
            text=_text(events[row.key], row),
            unit="" if events[row.key].is_digital else events[row.key].unit,
            quality=row.quality.word,
            words=QUALITY_WORDS[row.quality],
            experiment=experiment_at(experiments, row.at_ms),
        )
        for row in rows
    ]


def _text(event: "Event", row: Row) -> str:
    if row.quality is Quality.BAD:
        return NO_VALUE
    if event.is_digital:
        return state_word(event.on_text if row.value else event.off_text)
    return number(row.value, event.decimals)
