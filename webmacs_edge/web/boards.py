"""Dashboards as pages show them: read once, and each widget made once for all who watch."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp_jinja2
from aiohttp import web

from webmacs_edge.model.dashboards import WidgetType
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.grids import Place, arranged
from webmacs_edge.model.language import CURRENT
from webmacs_edge.model.words import UserRole
from webmacs_edge.rules.alarms import AlarmView, Shown, alarm_views
from webmacs_edge.store.dashboards import get_dashboard
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.web.keys import DATABASE, RULES
from webmacs_edge.web.widgets import KINDS
from webmacs_edge.web.widgets.kind import CurrentRun, Scene, Widget

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Dashboard, DashboardWidget

BEAT_MS = 500  # a page changes twice a second
_RUN_MS = 2_000  # how old the running experiment may be
_TURN_S = 0.004  # how long widgets are made at a stretch
_KEPT = 50  # boards and their widgets in RAM


@dataclass(frozen=True, slots=True)
class Placed:
    """A widget and where it stands."""

    widget: Widget
    place: Place


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard, its widgets from the top left to the bottom right."""

    public_id: str
    name: str
    description: str
    is_global: bool
    owner: str | None
    updated_on_ms: int
    widgets: tuple[Placed, ...]

    @property
    def drawn(self) -> list[str]:
        """The channels of its charts, in the order in which the stream counts them."""
        charts = (it.widget for it in self.widgets if it.widget.kind.has_chart)
        return list(dict.fromkeys(channel for widget in charts for channel in widget.channels))


@dataclass(slots=True)
class _Made:
    """The live parts of one board for one role in one language."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    beat: int = -1
    parts: dict[str, str] = field(default_factory=dict)  # by the public id of the widget
    looks: dict[str, tuple[object, str]] = field(default_factory=dict)


class Boards:
    """What is known of the dashboards that somebody looks at."""

    def __init__(self) -> None:
        self._boards: dict[str, Board] = {}
        self._changes = 0
        self._made: dict[tuple[str, int, UserRole, str], _Made] = {}
        self._run: CurrentRun | None = None
        self._run_at_ms = 0

    async def load(self, app: web.Application, public_id: str) -> Board:
        """The dashboard; NotFoundError when there is none of that id."""
        known = self._boards.get(public_id)
        if known is not None:
            return known
        changes = self._changes
        async with app[DATABASE].read() as session:
            board = board_of(await get_dashboard(session, public_id))
        if changes == self._changes:  # else what was read may be old already
            while len(self._boards) >= _KEPT:
                del self._boards[next(iter(self._boards))]
            self._boards[public_id] = board
        return board

    def forget(self, public_id: str) -> None:
        """It was changed: whoever follows it notices with the next beat."""
        self._boards.pop(public_id, None)
        self._changes += 1

    async def see_run(self, app: web.Application, *, at_ms: int) -> None:
        """Look which experiment runs, every two seconds at most."""
        if 0 <= at_ms - self._run_at_ms < _RUN_MS:
            return
        self._run_at_ms = at_ms
        try:
            async with app[DATABASE].read() as session:
                found = await running_experiment(session)
        except StoreError:
            return  # the page says by itself what is wrong with the database
        self._run = (
            None if found is None else CurrentRun(found.public_id, found.name, found.started_on_ms)
        )

    def forget_run(self) -> None:
        """Look again which experiment runs, for a page that is made now."""
        self._run_at_ms = 0

    async def parts(
        self, app: web.Application, board: Board, role: UserRole, *, at_ms: int
    ) -> dict[str, str]:
        """The live part of every widget as it is in this beat, by the widget's public id."""
        made = self._made_for(board, role)
        beat = at_ms // BEAT_MS
        async with made.lock:  # whoever comes in the same beat waits for what the first one makes
            if made.beat != beat:
                scene = self.scene(app, role, at_ms=at_ms)
                made.looks = await _make_all(scene, board, made.looks)
                made.parts = {public_id: html for public_id, (_, html) in made.looks.items()}
                made.beat = beat
            return made.parts

    def scene(self, app: web.Application, role: UserRole, *, at_ms: int) -> Scene:
        """The plant now."""
        return Scene(app, at_ms, role, run=self._run, alarms=_alarms(app))

    def _made_for(self, board: Board, role: UserRole) -> _Made:
        key = board.public_id, board.updated_on_ms, role, CURRENT.get().code
        made = self._made.pop(key, None) or _Made()
        while len(self._made) >= _KEPT:
            del self._made[next(iter(self._made))]
        self._made[key] = made  # the newest last
        return made


def board_of(stored: "Dashboard") -> Board:
    """A stored dashboard, its widgets in the order in which one reads them."""
    rows = [it for it in stored.widgets if it.widget_type in KINDS]
    widgets = [_widget_of(it) for it in rows]
    places = arranged([Place(it.x, it.y, it.w, it.h) for it in rows])
    placed = [Placed(widget, place) for widget, place in zip(widgets, places, strict=True)]
    return Board(
        public_id=stored.public_id,
        name=stored.name,
        description=stored.description,
        is_global=stored.is_global,
        owner=stored.user_public_id,
        updated_on_ms=stored.updated_on_ms,
        widgets=tuple(sorted(placed, key=lambda it: (it.place.y, it.place.x))),
    )


@dataclass(frozen=True, slots=True)
class Sketch:
    """A dashboard in the list: what is said about it, and how it is laid out."""

    public_id: str
    name: str
    description: str
    is_global: bool
    owner: str | None
    places: tuple[tuple[Place, bool], ...]  # with whether it is a chart


def sketch_of(stored: "Dashboard") -> Sketch:
    """A stored dashboard in small; settings are not looked at."""
    rows = [it for it in stored.widgets if it.widget_type in KINDS]
    places = arranged([Place(it.x, it.y, it.w, it.h) for it in rows])
    charts = [KINDS[WidgetType(it.widget_type)].has_chart for it in rows]
    return Sketch(
        public_id=stored.public_id,
        name=stored.name,
        description=stored.description,
        is_global=stored.is_global,
        owner=stored.user_public_id,
        places=tuple(zip(places, charts, strict=True)),
    )


def _widget_of(row: "DashboardWidget") -> Widget:
    kind = KINDS[WidgetType(row.widget_type)]
    return Widget(
        row.public_id, row.title, kind, row.event_public_id or "", kind.read(row.config_json)
    )


async def _make_all(
    scene: Scene, board: Board, known: dict[str, tuple[object, str]]
) -> dict[str, tuple[object, str]]:
    """Every widget, with pauses in which others have their turn."""
    looks: dict[str, tuple[object, str]] = {}
    since = time.perf_counter()
    for placed in board.widgets:
        looks[placed.widget.public_id] = _make(scene, board, placed.widget, known=known)
        if time.perf_counter() - since > _TURN_S:
            await asyncio.sleep(0)
            since = time.perf_counter()
    return looks


def board_path(board: Board) -> str:
    """Where its page is, and where forms on it come back to."""
    return f"/dashboards/{board.public_id}"


def _make(
    scene: Scene, board: Board, widget: Widget, *, known: dict[str, tuple[object, str]]
) -> tuple[object, str]:
    look = widget.kind.look(scene, widget)
    before = known.get(widget.public_id)
    if before is not None and before[0] == look:
        return before
    env = aiohttp_jinja2.get_env(scene.app)
    template = env.get_template(f"widgets/{widget.kind.name}.html")
    return look, template.render(widget=widget, look=look, back=board_path(board))


def _alarms(app: web.Application) -> dict[int, AlarmView]:
    """The most urgent active alarm of each channel that has one."""
    if RULES not in app:  # the appliance is still starting
        return {}
    found: dict[int, AlarmView] = {}
    views: Sequence[AlarmView] = alarm_views(app[RULES].engine, Shown.active)
    for view in views:
        if view.key is not None:
            found.setdefault(view.key, view)
    return found


BOARDS = web.AppKey("boards", Boards)
