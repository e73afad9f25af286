"""The tiles of the live page: rendered once for all who watch; each gets those that changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import aiohttp_jinja2
from aiohttp import web

from webmacs_edge.model.channels import group_words
from webmacs_edge.model.language import CURRENT
from webmacs_edge.model.outputs import OutputState
from webmacs_edge.model.text import text
from webmacs_edge.rules.alarms import Shown, alarm_views
from webmacs_edge.web.keys import CONTROL, HUB, RULES, STATION
from webmacs_edge.web.output_rows import OutputRow, output_groups
from webmacs_edge.web.tiles import Alarmed, Commanded, Tile, group_line, make_tile

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event

BEAT_MS = 500  # the page changes twice a second
_NO_GROUP = text("Other channels")
_ALL = text("All channels")
_TROUBLE = text("Wants attention")
_REST = text("Nothing to say")


class Sort(StrEnum):
    """In which order the tiles stand."""

    group = "group"  # by module or by what people named the group
    name = "name"
    attention = "attention"  # alarms, beyond limits, what cannot be trusted; then the rest


@dataclass(frozen=True, slots=True)
class Group:
    """Tiles that stand together."""

    name: str
    line: str
    tiles: tuple[tuple[Tile, str], ...]  # with their HTML


@dataclass(slots=True)
class Seen:
    """What one page shows: which tiles where, and what each part looks like."""

    layout: object = None
    parts: dict[str, str] = field(default_factory=dict)


class LiveTiles:
    """The HTML of all tiles, in each language and order that somebody watches in."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, Sort], _Tiles] = {}

    def html(self, app: web.Application, sort: Sort, *, at_ms: int) -> str:
        """All tiles as they are in this beat."""
        return self._list(app, sort, at_ms).html

    def news(self, app: web.Application, sort: Sort, seen: Seen, *, at_ms: int) -> str:
        """What is new to a page that has `seen` the rest: everything where tiles have moved."""
        tiles = self._list(app, sort, at_ms)
        parts = tiles.parts
        if seen.layout != tiles.layout:
            seen.layout, seen.parts = tiles.layout, parts
            return tiles.html
        changed = [key for key, html in parts.items() if seen.parts.get(key) != html]
        seen.parts = parts
        return "".join(
            f'<hx-partial hx-target="#{key}" hx-swap="outerMorph">{parts[key]}</hx-partial>'
            for key in changed
        )

    def _list(self, app: web.Application, sort: Sort, at_ms: int) -> "_Tiles":
        tiles = self._lists.setdefault((CURRENT.get().code, sort), _Tiles(sort))
        tiles.keep_up(app, at_ms=at_ms)
        return tiles


class _Tiles:
    """Tiles in one language and order; made once per beat, a tile only when it looks different."""

    def __init__(self, sort: Sort) -> None:
        self.html = ""
        self.layout: object = None
        self.parts: dict[str, str] = {}  # by the id of their element
        self._sort = sort
        self._made: dict[int, tuple[Tile, str]] = {}
        self._beat: tuple[int, int] | None = None

    def keep_up(self, app: web.Application, *, at_ms: int) -> None:
        """Look at the plant again, once per beat."""
        station, env = app[STATION], aiohttp_jinja2.get_env(app)
        beat = at_ms // BEAT_MS, id(station.events)
        if self._beat == beat:
            return
        groups = self._groups(app, station.events, at_ms=at_ms)
        self.parts = {
            f"tile-{tile.public_id}": html for group in groups for tile, html in group.tiles
        }
        line = env.get_template("live/_line.html")
        for index, group in enumerate(groups, 1):
            self.parts[f"line-{index}"] = line.render(index=index, line=group.line)
        self.layout = [(it.name, [tile.public_id for tile, _ in it.tiles]) for it in groups]
        template = env.get_template("live/_tiles.html")
        self.html = template.render(groups=groups, problem=station.problem)
        self._beat = beat

    def _groups(
        self, app: web.Application, events: Sequence["Event"], *, at_ms: int
    ) -> list[Group]:
        outputs, alarms = _outputs(app), _alarms(app)
        made = {}
        for event in events:
            tile = replace(
                _plain(app, event, at_ms=at_ms),
                output=outputs.get(event.public_id),
                alarm=alarms.get(event.id),
            )
            made[event.id] = self._make(app, event.id, tile)
        self._made = made
        return [
            Group(name, group_line(app[HUB], members, at_ms), tuple(made[it.id] for it in members))
            for name, members in _arranged(events, made, self._sort)
        ]

    def _make(self, app: web.Application, key: int, tile: Tile) -> tuple[Tile, str]:
        known = self._made.get(key)
        if known is not None and known[0] == tile:
            return known
        template = aiohttp_jinja2.get_env(app).get_template("live/_tile.html")
        return tile, template.render(tile=tile)


def _plain(app: web.Application, event: "Event", *, at_ms: int) -> Tile:
    hub, quiet = app[HUB], app[STATION].problem
    sample, trail = hub.latest(event.id), hub.trail(event.id)
    return make_tile(event, sample, trail=trail, at_ms=at_ms, quiet=quiet)


def asked_sort(request: web.Request) -> Sort:
    """The order in the address; by group where it says none."""
    word = request.query.get("sort", "")
    return Sort(word) if word in set(Sort) else Sort.group


def _arranged(
    events: Sequence["Event"], made: dict[int, tuple[Tile, str]], sort: Sort
) -> Iterable[tuple[str, list["Event"]]]:
    if sort is Sort.group:
        groups: dict[str, list[Event]] = {}
        for event in events:
            groups.setdefault(group_words(event.group_name) or _NO_GROUP, []).append(event)
        return groups.items()
    by_name = sorted(events, key=lambda event: event.name.casefold())
    if sort is Sort.name:
        parts = [(_ALL, by_name)]
    else:
        urgent = [event for event in by_name if _wants_attention(made[event.id][0])]
        parts = [(_TROUBLE, urgent), (_REST, [it for it in by_name if it not in urgent])]
    return [(name, members) for name, members in parts if members]


def _wants_attention(tile: Tile) -> bool:
    held = tile.output is not None and tile.output.warns
    return bool(tile.alarm or tile.words or held or tile.quality != "good")


def _outputs(app: web.Application) -> dict[str, Commanded]:
    """How each output that was set up stands to what it was asked for."""
    if CONTROL not in app:
        return {}
    rows = (row for rows in output_groups(app).values() for row in rows)
    return {row.public_id: _commanded(row) for row in rows}


def _commanded(row: OutputRow) -> Commanded:
    reasons = [row.problem, *row.reasons, *(guard.name for guard in row.guards if guard.is_tripped)]
    return Commanded(
        set_point=f"{row.set_point} {row.unit}".rstrip() if row.set_point else "",
        set_at=row.set_at,
        words=row.words,
        warns=row.warns,
        is_confirmed=row.state is OutputState.confirmed,
        reason=next(filter(None, reasons), "") if row.warns or row.is_blocked else row.running,
        may_be_set=not row.problem,
    )


def _alarms(app: web.Application) -> dict[int, Alarmed]:
    """The most urgent active alarm of each channel that has one."""
    if RULES not in app:  # the appliance is still starting
        return {}
    found: dict[int, Alarmed] = {}
    for view in alarm_views(app[RULES].engine, Shown.active):
        if view.key is not None:
            found.setdefault(view.key, Alarmed(view.priority.value, view.alarm.state.value))
    return found


LIVE_TILES = web.AppKey("live_tiles", LiveTiles)
