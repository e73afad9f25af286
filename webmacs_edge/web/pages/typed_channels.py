"""Pages about channels on typed places of gateways and virtual devices."""

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.typed_places import TYPES
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.typed_channels import TypedChannelForm
from webmacs_edge.web.typed_channels import make_typed_channel


async def new(request: web.Request) -> web.Response:
    """The form of a new channel on a typed place."""
    return _form(request)


async def create(request: web.Request) -> web.Response:
    """Make the channel and go on to its settings, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, TypedChannelForm)
    if form is None:
        return _form(request, status=422, typed=typed, errors=errors)
    try:
        event = await make_typed_channel(request, form)
    except (ConflictError, InvalidError) as error:
        status = 409 if isinstance(error, ConflictError) else 422
        field = "name" if error.field == "point_id" else error.field
        return _form(request, status=status, typed=typed, errors={field: str(error)})
    raise web.HTTPSeeOther(f"/events/{event.public_id}/edit")


def _form(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    return render(
        request,
        "typed/new.html",
        status=status,
        devices=request.app[STATION].raw_devices(),
        types=[(it, it) for it in TYPES],
        typed=typed or {},
        errors=errors or {},
    )
