"""What a wall screen may: nothing but look at its dashboards, by a proof of its own.

A screen is no user: no route that asks for a role lets it in.
"""

import functools
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.box_keys import derive_key
from webmacs_edge.model.displays import (
    KEY_PURPOSE,
    Turn,
    make_proof,
    read_proof,
    turns_from_json,
)
from webmacs_edge.model.errors import NotFoundError, SignInError, StoreError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import MINUTE_MS, now_ms
from webmacs_edge.store.displays import find_display, has_expired, mark_display_seen
from webmacs_edge.web.boards import BOARDS, Board
from webmacs_edge.web.doors import came_by_https
from webmacs_edge.web.guards import Handler
from webmacs_edge.web.keys import DATABASE, SECRET_KEY
from webmacs_edge.web.standing import CHECKED_EVERY_S

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Display

log = logging.getLogger(__name__)

WALL_COOKIE = "webmacs_wall"
LIFE_S = 400 * 24 * 3600  # as long as browsers keep a cookie; renewed with every page
NOTED_EVERY_MS = 5 * MINUTE_MS
ENDED = text("This screen was switched off, or its link has expired. Ask for a new one.")


@dataclass(frozen=True, slots=True)
class Screen:
    """A wall screen that has proven who it is."""

    id: int
    public_id: str
    name: str
    turns: tuple[Turn, ...]
    stops_on_alarm: bool
    generation: int

    @property
    def boards(self) -> frozenset[str]:
        """The dashboards that it may see."""
        return frozenset(turn.board for turn in self.turns)


SCREEN: web.RequestKey[Screen] = web.RequestKey("screen", Screen)


def for_screens(handler: Handler, *, is_page: bool = False) -> Handler:
    """The handler for wall screens alone; others get 401, or are led to where links are opened."""

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        screen = await screen_of(request)
        if screen is None and is_page:
            raise web.HTTPSeeOther("/wall/open?ended")
        if screen is None:
            raise SignInError(ENDED)
        request[SCREEN] = screen
        return await handler(request)

    guarded.role = None  # type: ignore[attr-defined] # no user's role counts here …
    guarded.screens = True  # type: ignore[attr-defined] # … nor lets anybody in
    return guarded


async def screen_of(request: web.Request) -> Screen | None:
    """The screen that asks, as far as it was not revoked and has not expired."""
    proof = request.cookies.get(cookie_name(request), "")
    found = read_proof(proof, _key(request.app)) if proof else None
    if found is None:
        return None
    return await _standing(request.app, *found)


async def _standing(app: web.Application, public_id: str, generation: int) -> Screen | None:
    at_ms = now_ms()
    async with app[DATABASE].read() as session:
        display = await find_display(session, public_id)
    if display is None or display.generation != generation or has_expired(display, at_ms):
        return None
    await _note(app, display, at_ms)
    return screen_from(display)


def screen_from(display: "Display") -> Screen:
    """What is known of it."""
    return Screen(
        id=display.id,
        public_id=display.public_id,
        name=display.name,
        turns=tuple(turns_from_json(display.turns_json)),
        stops_on_alarm=display.stops_on_alarm,
        generation=display.generation,
    )


async def _note(app: web.Application, display: "Display", at_ms: int) -> None:
    """Once in a while, that it is there; what the disk refuses is of no great worth."""
    if 0 <= at_ms - (display.seen_on_ms or 0) < NOTED_EVERY_MS:
        return
    with suppress(StoreError):
        await app[DATABASE].write(
            lambda session: mark_display_seen(session, display.id, at_ms=at_ms)
        )


class ScreenStanding:
    """A screen looked up every two seconds, for its streams; see `Standing`."""

    def __init__(self, app: web.Application, screen: Screen) -> None:
        self._app = app
        self._screen = screen
        self._next_s = time.monotonic() + CHECKED_EVERY_S
        self._holds = True

    async def holds(self) -> bool:
        """Whether it may go on."""
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + CHECKED_EVERY_S
            try:
                found = await _standing(self._app, self._screen.public_id, self._screen.generation)
            except StoreError as error:
                log.warning("A stream could not check its wall screen: %s", error)
            else:
                self._holds = found is not None and found.turns == self._screen.turns
        return self._holds


async def board_of(request: web.Request) -> Board:
    """The dashboard that the screen asks for; NotFoundError unless it is one of its own."""
    asked = request.match_info["public_id"]
    if asked not in request[SCREEN].boards:
        raise NotFoundError(text("This screen does not show such a dashboard."))
    return await request.app[BOARDS].load(request.app, asked)


def keep_proof(response: web.StreamResponse, request: web.Request, screen: Screen) -> None:
    """Let the browser keep the proof, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(request),
        make_proof(screen.public_id, screen.generation, _key(request.app)),
        max_age=LIFE_S,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=came_by_https(request),
    )


def cookie_name(request: web.Request) -> str:
    """By HTTPS one that plain HTTP can neither read nor take the place of."""
    return f"__Host-{WALL_COOKIE}" if came_by_https(request) else WALL_COOKIE


def _key(app: web.Application) -> bytes:
    return derive_key(app[SECRET_KEY], KEY_PURPOSE)
