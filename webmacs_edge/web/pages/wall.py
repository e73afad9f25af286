"""What wall screens see: their link is opened once, then their dashboards in turn."""

from typing import TYPE_CHECKING

from aiohttp import web
from pydantic import BaseModel, Field

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import NotAllowedError, NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.displays import open_display
from webmacs_edge.store.pictures import read_picture
from webmacs_edge.web.addresses import client_address
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, REQUEST_ID
from webmacs_edge.web.pages import dashboard, trend_answers
from webmacs_edge.web.picture_files import send_picture
from webmacs_edge.web.refusals import note_refused_sign_in
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.fields import FORM
from webmacs_edge.web.trend_data import asked_ids
from webmacs_edge.web.wall_view import boards_of, wall_page
from webmacs_edge.web.walls import (
    ENDED,
    SCREEN,
    board_of,
    keep_proof,
    screen_from,
)
from webmacs_edge.web.widgets.picture import PictureSettings
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Display

_WRONG = text("This link is not valid: it was used before, has expired, or was revoked.")


class LinkForm(BaseModel):
    """The secret of a link; it stands behind the `#`, which no browser sends anywhere."""

    model_config = FORM

    secret: str = Field(min_length=1, max_length=200)


async def show_link(request: web.Request) -> web.Response:
    """Takes the secret out of the address and sends it in a form."""
    message = ENDED if "ended" in request.query else ""
    return render(request, "wall/open.html", message=message, errors={}, typed={})


async def open_link(request: web.Request) -> web.Response:
    """Exchange the secret of a link for the proof that this browser keeps."""
    _, form, _ = await read_form(request, LinkForm)
    display = await _open(request, form.secret) if form is not None else None
    if display is None:
        await note_refused_sign_in(request, "wrong link of a wall screen")
        errors = {"secret": _WRONG}
        return render(request, "wall/open.html", status=403, message="", errors=errors, typed={})
    response = web.HTTPSeeOther("/wall")
    keep_proof(response, request, screen_from(display))
    raise response


async def index(request: web.Request) -> web.Response:
    """To the first dashboard."""
    boards = await boards_of(request.app, request[SCREEN])
    if not boards:
        raise NotFoundError(text("The dashboards of this screen were removed. Ask for others."))
    raise web.HTTPSeeOther(f"/wall/{boards[0][0].public_id}")


async def show(request: web.Request) -> web.Response:
    """One dashboard, until its turn is over."""
    board, screen = await board_of(request), request[SCREEN]
    at = f"/wall/{board.public_id}"
    paths = {
        "stream": f"/streams{at}",
        "grid": f"{at}/grid.css",
        "values": f"{at}/values",
        "pictures": "/wall/pictures",
    }
    response = await wall_page(request, board, paths, screen=screen)
    keep_proof(response, request, screen)
    return response


async def grid(request: web.Request) -> web.Response:
    """Where each widget stands."""
    return dashboard.grid_of(await board_of(request))


async def values(request: web.Request) -> web.Response:
    """What the charts of a dashboard draw: of its channels and of no other."""
    board = await board_of(request)
    if not set(asked_ids(request)) <= set(board.drawn):
        raise NotAllowedError(text("This screen does not show such a channel."))
    return await trend_answers.data(request)


async def picture(request: web.Request) -> web.Response:
    """A picture that one of its dashboards shows."""
    asked = request.match_info["picture_id"]
    shown = {
        placed.widget.settings.picture
        for board, _ in await boards_of(request.app, request[SCREEN])
        for placed in board.widgets
        if isinstance(placed.widget.settings, PictureSettings)
    }
    if asked not in shown:
        raise NotFoundError(text("This screen does not show such a picture."))
    async with request.app[DATABASE].read() as session:
        found, content = await read_picture(session, asked)
    return send_picture(request, found, content)


async def _open(request: web.Request, secret: str) -> "Display | None":
    address = client_address(request)
    actor = Actor(
        "wall screen",
        UserRole.viewer,
        via="link",
        address=address,
        request_id=request[REQUEST_ID],
    )

    async def work(session: "AsyncSession") -> "Display | None":
        return await open_display(session, secret, address=address[:100], at_ms=now_ms())

    return await write(request, work, actor=actor)
