"""The page on which channels are put into groups, many at once."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.channels import group_named, group_words
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.store.events import update_event
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import STATION
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.channel_groups import GroupForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event


async def index(request: web.Request) -> web.Response:
    """Every channel with a box, by the group it is in."""
    return _page(request)


async def save(request: web.Request) -> web.Response:
    """Put the ticked channels into the group, or back to their modules where none is named."""
    typed, form, errors = await read_form(request, GroupForm)
    if form is None:
        return _page(request, status=422, typed=typed, errors=errors)
    groups = {key: group_named(form.group) or module_of(request.app, key) for key in form.channels}

    async def work(session: "AsyncSession") -> None:
        for public_id, name in groups.items():
            await update_event(session, public_id, values={"group_name": name})

    try:
        await write(request, work)
    except NotFoundError as error:  # somebody removed one meanwhile
        return _page(request, status=409, typed=typed, errors={"channels": str(error)})
    await request.app[STATION].reload()
    raise web.HTTPSeeOther("/events/groups")


def module_of(app: web.Application, public_id: str) -> str:
    """The group that was proposed with the channel: its module."""
    station = app[STATION]
    event = station.event_by_public_id(public_id)
    proposal = station.proposal(event.point_id) if event and event.point_id else None
    return proposal.group_name if proposal is not None else ""


def _page(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    groups: dict[str, list[Event]] = {}
    for event in request.app[STATION].events:
        groups.setdefault(group_words(event.group_name), []).append(event)
    ticked = set((typed or {}).get("channels", "").split("\n"))
    return render(
        request,
        "events/groups.html",
        status=status,
        groups=groups,
        ticked=ticked,
        typed=typed or {},
        errors=errors or {},
    )
