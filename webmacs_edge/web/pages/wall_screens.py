"""Wall screens as people set them up: which dashboards, their links, who is out again."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.dashboards import may_change
from webmacs_edge.model.displays import (
    MAX_TURNS,
    Turn,
    new_secret,
    turns_from_json,
    turns_of,
    turns_to_json,
)
from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.dashboards import MAX_DASHBOARDS, list_dashboards
from webmacs_edge.store.displays import (
    add_display,
    delete_display,
    get_display,
    has_expired,
    list_displays,
    renew_display,
    update_display,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE, SETTINGS, USER
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.displays import DisplayForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Display

LEAST_ROWS, SPARE_ROWS = 3, 2


async def index(request: web.Request) -> web.Response:
    """All wall screens that one may look after, and the form for another one."""
    return await _page(request)


async def create(request: web.Request) -> web.Response:
    """Make one, and show its link this one time."""
    typed, values, errors = await _read(request)
    if values is None:
        return await _page(request, status=422, typed=typed, errors=errors)
    secret, owner = new_secret(), request[USER].public_id
    try:
        display = await write(
            request,
            lambda session: add_display(
                session, secret=secret, at_ms=now_ms(), user_public_id=owner, **values
            ),
        )
    except ConflictError as error:
        return await _page(request, status=409, typed=typed, errors={WHOLE_FORM: str(error)})
    return await _page(request, made=(display, _link(request, secret)))


async def show(request: web.Request) -> web.Response:
    """One of them, to change it."""
    return await _page(request, edited=await _mine(request))


async def save(request: web.Request) -> web.Response:
    """Change what it shows; the screen follows with its next turn."""
    display = await _mine(request)
    typed, values, errors = await _read(request, known=turns_from_json(display.turns_json))
    if values is None:
        return await _page(request, status=422, edited=display, typed=typed, errors=errors)
    public_id, user = display.public_id, request[USER]
    await write(request, lambda session: update_display(session, public_id, user, values=values))
    raise web.HTTPSeeOther("/wall-screens")


async def renew(request: web.Request) -> web.Response:
    """Another link; whoever came in by the old one is out."""
    public_id, user, secret = request.match_info["public_id"], request[USER], new_secret()
    display = await write(
        request, lambda session: renew_display(session, public_id, user, secret=secret)
    )
    return await _page(request, made=(display, _link(request, secret)))


async def revoke(request: web.Request) -> web.Response:
    """Out for good; its streams end within seconds."""
    public_id, user = request.match_info["public_id"], request[USER]
    await write(request, lambda session: delete_display(session, public_id, user))
    raise web.HTTPSeeOther("/wall-screens")


async def _mine(request: web.Request) -> "Display":
    async with request.app[DATABASE].read() as session:
        return await get_display(session, request.match_info["public_id"], request[USER])


async def _read(
    request: web.Request, known: list[Turn] | None = None
) -> tuple[dict[str, str], dict[str, Any] | None, dict[str, str]]:
    """What was typed, the columns that it means, and what is wrong; `known`: shown already."""
    typed, form, errors = await read_form(request, DisplayForm)
    if form is None:
        return typed, None, errors
    try:
        turns = turns_of(form.board, form.seconds)
        await _check_own(request, turns, known or [])
        expires_on_ms = _expiry(request, form.expires)
    except InvalidError as error:
        return typed, None, {error.field or WHOLE_FORM: str(error)}
    values = {
        "name": form.name,
        "turns_json": turns_to_json(turns),
        "expires_on_ms": expires_on_ms,
        "stops_on_alarm": form.stops_on_alarm,
        "is_reusable": form.is_reusable,
    }
    return typed, values, {}


async def _check_own(request: web.Request, turns: list[Turn], known: list[Turn]) -> None:
    allowed = {it[0] for it in await _offered(request)} | {it.board for it in known}
    if any(turn.board not in allowed for turn in turns):
        raise InvalidError(
            text("Choose dashboards of your own; administrators may choose any."), field="board"
        )


def _expiry(request: web.Request, typed: str) -> int | None:
    if not typed:
        return None
    zone = ZoneInfo(request.app[SETTINGS].time_zone)
    moment = parse_moment(typed, zone, is_end=True, field="expires")
    if moment <= now_ms():
        raise InvalidError(text("This lies in the past."), field="expires")
    return moment


async def _offered(request: web.Request) -> list[tuple[str, str]]:
    """Ids and names of the dashboards whose links one may give away."""
    user = request[USER]
    async with request.app[DATABASE].read() as session:
        found = await list_dashboards(
            session,
            visible_to=None if user.role is UserRole.admin else user.public_id,
            page=1,
            page_size=MAX_DASHBOARDS,
        )
    return [
        (it.public_id, it.name)
        for it in found.rows
        if may_change(user.public_id, user.role, owner=it.user_public_id)
    ]


def _link(request: web.Request, secret: str) -> str:
    """Behind the `#`: browsers send that part nowhere, so that it is in no log."""
    return f"{request.url.origin()}/wall/open#{secret}"


async def _page(
    request: web.Request,
    *,
    status: int = 200,
    made: "tuple[Display, str] | None" = None,
    edited: "Display | None" = None,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    user = request[USER]
    async with request.app[DATABASE].read() as session:
        owner = None if user.role is UserRole.admin else user.public_id
        displays = await list_displays(session, owner=owner)
        names = await name_users(session, (it.user_public_id for it in displays))
    offered = await _offered(request)
    at_ms, turns = now_ms(), turns_from_json(edited.turns_json) if edited else []
    return render(
        request,
        "wall_screens/index.html",
        status=status,
        displays=[(it, turns_from_json(it.turns_json), has_expired(it, at_ms)) for it in displays],
        names=names,
        offered=offered,
        board_names=dict(offered),
        rows=_rows(turns, typed),
        made=made,
        edited=edited,
        typed=typed or {},
        errors=errors or {},
    )


def _rows(turns: list[Turn], typed: dict[str, str] | None) -> list[tuple[str, str]]:
    """Board and seconds of each row of the form: as typed, else as stored, and a few to fill in."""
    rows = [(turn.board, str(turn.seconds)) for turn in turns]
    if typed and "board" in typed:
        boards, seconds = typed["board"].split("\n"), typed.get("seconds", "").split("\n")
        rows = [it for it in zip(boards, seconds, strict=False) if it[0]]
    wanted = max(LEAST_ROWS, min(MAX_TURNS, len(rows) + SPARE_ROWS))
    return [*rows, *[("", "")] * (wanted - len(rows))]
