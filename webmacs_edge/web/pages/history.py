"""The history page: recorded values as small charts and, below them, one by one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.channels import group_words
from webmacs_edge.model.quality import QUALITY_WORDS
from webmacs_edge.model.text import text
from webmacs_edge.store.experiments import list_experiments
from webmacs_edge.web.history_rows import find_leaf, find_page, shown_rows
from webmacs_edge.web.history_view import ALL, SPANS_MS, HistoryView, asked_history
from webmacs_edge.web.keys import DATABASE, STATION
from webmacs_edge.web.render import render
from webmacs_edge.web.run_figures import Figure, Plot, figures_of, plot_of
from webmacs_edge.web.trend_data import MAX_CHANNELS, channels_query
from webmacs_edge.web.trend_view import oldest_ms

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

MOST_CHARTS = 6
_EXPERIMENTS = 100
_LAST_PAGE = 10_000_000


async def index(request: web.Request) -> web.Response:
    """What the address asks for; without anything, the last hour of the first few channels."""
    view = await asked_history(request)
    async with request.app[DATABASE].read() as session:
        runs = list((await list_experiments(session, page=1, page_size=_EXPERIMENTS)).rows)
    if view.experiment is not None and view.experiment.public_id not in {
        it.public_id for it in runs
    }:
        runs.append(view.experiment)
    span = await _drawn_span(request, view)
    return render(
        request,
        "history/index.html",
        status=422 if view.errors else 200,
        view=view,
        span=span,
        spans=[*SPANS_MS, ALL],
        runs=runs,
        run_names={it.public_id: it.name for it in runs},
        groups=_groups(view.ever),
        chosen={event.public_id for event in view.events},
        present=len(request.app[STATION].events),
        all_channels=ALL,
        qualities={quality.word: words for quality, words in QUALITY_WORDS.items()},
        trends=channels_query(view.events[:MAX_CHANNELS]),
        channels=channels_query(view.events),
        figures=await _charts(request, view, span),
        **await _rows(request, view),
    )


async def _rows(request: web.Request, view: HistoryView) -> dict[str, Any]:
    """The rows of the place that the address names, and how to go on from there."""
    events = {event.id: event for event in view.ever}
    if not view.events:
        return {"rows": [], "leaf": None, "entries": None}
    if view.quality is not None:
        leaf = await find_leaf(request.app, view, skip=_whole(request, "skip", 0))
        rows = await shown_rows(request.app, events, leaf.rows)
        return {"rows": rows, "leaf": leaf, "entries": None}
    page = await find_page(request.app, view, page=max(1, _whole(request, "page", 1)))
    rows = await shown_rows(request.app, events, list(page.rows))
    return {"rows": rows, "leaf": None, "entries": page}


async def _charts(
    request: web.Request, view: HistoryView, span: tuple[int, int]
) -> list[tuple[Figure, Plot]]:
    found = await figures_of(request.app, view.events[:MOST_CHARTS], span)
    length_ms = span[1] - span[0]
    return [
        (
            it,
            plot_of(
                it, from_ms=span[0], to_ms=span[1], length_ms=length_ms, bounds=(it.low, it.high)
            ),
        )
        for it in found
    ]


async def _drawn_span(request: web.Request, view: HistoryView) -> tuple[int, int]:
    """All of the history begins where the oldest value is."""
    from_ms, to_ms = view.span
    if from_ms == 0:
        from_ms = min(await oldest_ms(request), to_ms - 1)
    return from_ms, to_ms


def _groups(events: Sequence["Event"]) -> dict[str, list["Event"]]:
    """By group, in the order of pages; removed ones last, as they keep what they recorded."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        if event.removed_on_ms is None:
            name = group_words(event.group_name) or text("Other channels")
            groups.setdefault(name, []).append(event)
    removed = [event for event in events if event.removed_on_ms is not None]
    return {**groups, text("Removed channels"): removed} if removed else groups


def _whole(request: web.Request, name: str, otherwise: int) -> int:
    word = request.query.get(name, "")
    return min(_LAST_PAGE, int(word[:9])) if word.isascii() and word.isdigit() else otherwise
