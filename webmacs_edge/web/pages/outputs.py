"""The page of the outputs: set point, image and state apart; commands, and all safe."""

from typing import Any

from aiohttp import web

from webmacs_edge.model.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    StoreError,
    WebmacsError,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import CONTROL
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.outputs import CommandForm, OutputOut, WhyForm, output_out
from webmacs_edge.web.writing import actor_of

_CONFLICT, _INVALID = 409, 422


async def index(request: web.Request) -> web.Response:
    """Every output as it stands."""
    return _index(request)


async def rows(request: web.Request) -> web.Response:
    """The standing of the outputs alone, for the poll."""
    return render(request, "outputs/_standing.html", **_shown(request))


async def command(request: web.Request) -> web.Response:
    """Set one output; asks back where the output wants that, and says what refused it."""
    public_id = request.match_info["public_id"]
    _, form, errors = await read_form(request, CommandForm)
    if form is None:
        return _index(
            request, status=_INVALID, public_id=public_id, said=next(iter(errors.values()))
        )
    one = _output(request, public_id)
    if one is not None and one.needs_confirmation and not form.confirmed:
        return render(request, "outputs/confirm.html", output=one, value=form.value, why=form.why)
    try:
        await request.app[CONTROL].command(
            public_id,
            form.value,
            actor=actor_of(request),
            why=form.why,
            confirmed=form.confirmed,
        )
    except (ConflictError, InvalidError, NotAllowedError) as error:
        return _index(request, status=_status(error), public_id=public_id, said=str(error))
    raise web.HTTPSeeOther("/outputs")


async def make_all_safe(request: web.Request) -> web.Response:
    """Force every output to its safe value; from the header of every page."""
    _, form, _ = await read_form(request, WhyForm)
    try:
        await request.app[CONTROL].make_all_safe(
            actor=actor_of(request), why=form.why if form is not None else ""
        )
    except StoreError as error:
        return _index(request, status=503, said=str(error))
    raise web.HTTPSeeOther("/outputs")


async def release(request: web.Request) -> web.Response:
    """Let the outputs be commanded again."""
    await request.app[CONTROL].release(actor=actor_of(request))
    raise web.HTTPSeeOther("/outputs")


def _index(
    request: web.Request, *, status: int = 200, public_id: str = "", said: str = ""
) -> web.Response:
    shown = _shown(request)
    return render(
        request, "outputs/index.html", status=status, refused=public_id, said=said, **shown
    )


def _shown(request: web.Request) -> dict[str, Any]:
    control = request.app[CONTROL]
    outputs = [output_out(it, control.view(it.public_id)) for it in control.bindings]
    return {"outputs": outputs, "locks": control.board.locks, "held": control.locks.all_safe}


def _output(request: web.Request, public_id: str) -> OutputOut | None:
    control = request.app[CONTROL]
    found = (it for it in control.bindings if it.public_id == public_id)
    return next((output_out(it, control.view(it.public_id)) for it in found), None)


def _status(error: WebmacsError) -> int:
    if isinstance(error, NotAllowedError):
        return 403
    return _INVALID if isinstance(error, InvalidError) else _CONFLICT
