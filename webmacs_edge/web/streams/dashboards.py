"""The one stream of a dashboard: widgets that look different, and samples for its charts."""

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp_jinja2
from aiohttp import web
from aiohttp_sse import EventSourceResponse

from webmacs_edge.live.hub import Watcher
from webmacs_edge.model.dashboards import check_may_open, may_open
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.alarm_rows import head_message
from webmacs_edge.web.boards import BEAT_MS, BOARDS, Board
from webmacs_edge.web.chart_samples import entry
from webmacs_edge.web.keys import STATION, USER
from webmacs_edge.web.streams.pages import Holds, follow

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Event


async def stream(request: web.Request) -> web.StreamResponse:
    """Follow a dashboard until the browser leaves, its login ends or the appliance stops."""
    user = request[USER]
    user_id, is_role = user.public_id, user.role
    role = UserRole.viewer if "kiosk" in request.query else is_role

    def may(board: Board) -> bool:
        return may_open(user_id, is_role, owner=board.owner, is_global=board.is_global)

    return await follow_board(request, await _opened(request), role=role, may=may)


async def follow_board(
    request: web.Request,
    board: Board,
    *,
    role: UserRole,
    may: Callable[[Board], bool] = lambda _: True,
    standing: Holds | None = None,
) -> web.StreamResponse:
    """Follow a dashboard as this role sees it, as long as they `may`.

    `standing` is for those without a login.
    """
    follower = _Follower(request.app, board, role, may=may)

    async def send(response: EventSourceResponse, watcher: Watcher) -> None:
        at_ms = now_ms()
        await follower.send(response, watcher, at_ms=at_ms)
        beat = at_ms // BEAT_MS
        await asyncio.sleep(((beat + 1) * BEAT_MS - at_ms) / 1000)  # all watchers in step

    return await follow(request, send, standing=standing)


async def _opened(request: web.Request) -> Board:
    board = await request.app[BOARDS].load(request.app, request.match_info["public_id"])
    user = request[USER]
    check_may_open(user.public_id, user.role, owner=board.owner, is_global=board.is_global)
    return board


class _Follower:
    """One page that shows a dashboard, and what it has seen of it."""

    def __init__(
        self, app: web.Application, board: Board, role: UserRole, *, may: Callable[[Board], bool]
    ) -> None:
        self._app = app
        self._role = role
        self._may = may
        self._board = board
        self._drawn = _drawn(app, board)
        self._seen: dict[str, str] = {}
        self._told = False
        self._seen_ms: int | None = None
        self._head = ""
        self._template = aiohttp_jinja2.get_env(self._app).get_template("dashboards/_message.html")

    async def send(self, response: EventSourceResponse, watcher: Watcher, *, at_ms: int) -> None:
        """What is new since the last beat."""
        changes = watcher.take_changes()
        changed_ms = await self._changed_ms()
        if not self._told or changed_ms != self._seen_ms:  # first of all: the page may be older
            self._told, self._seen_ms = True, changed_ms
            await response.send(f"{changed_ms or 0}", event="dashboard")  # the page loads itself
        if changed_ms is None:
            return
        if self._drawn:
            values = [entry(*self._drawn[it.key], it) for it in changes if it.key in self._drawn]
            message = json.dumps({"at": at_ms, "values": values}, separators=(",", ":"))
            await response.send(message, event="samples")
        await response.send(await self._news(at_ms))

    async def _changed_ms(self) -> int | None:
        """When the dashboard was changed last; None once it is gone, or private."""
        try:
            now = await self._app[BOARDS].load(self._app, self._board.public_id)
        except NotFoundError:
            return None
        return now.updated_on_ms if self._may(now) else None

    async def _news(self, at_ms: int) -> str:
        boards = self._app[BOARDS]
        await boards.see_run(self._app, at_ms=at_ms)
        parts = await boards.parts(self._app, self._board, self._role, at_ms=at_ms)
        streamed = (it.widget for it in self._board.widgets if not it.widget.kind.has_chart)
        ids = [widget.public_id for widget in streamed]
        changed = {key: parts[key] for key in ids if self._seen.get(key) != parts[key]}
        self._seen = parts
        head = head_message(self._app, at_ms=at_ms)
        message = self._template.render(parts=changed, problem=self._app[STATION].problem)
        message = message if head == self._head else head + message
        self._head = head
        return message


def _drawn(app: web.Application, board: Board) -> "dict[int, tuple[int, Event]]":
    found = {}
    for index, public_id in enumerate(board.drawn):
        event = app[STATION].event_by_public_id(public_id)
        if event is not None:
            found[event.id] = index, event
    return found
