"""Pages about pictures for dashboards: all of them, one with its parts, upload, replace, remove."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.pictures import (
    add_picture,
    delete_picture,
    get_picture,
    list_pictures,
    read_picture,
    rename_picture,
    replace_picture,
    uses_of,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.picture_files import picture_url, read_upload, send_picture
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.pictures import PictureForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Picture


async def index(request: web.Request) -> web.Response:
    """All pictures, and the form for another one."""
    return await _index(request)


async def create(request: web.Request) -> web.Response:
    """Take an uploaded picture, or say what is wrong with it."""
    owner = request[USER].public_id
    try:
        name, ready = await read_upload(request)
        picture = await write(
            request,
            lambda session: add_picture(
                session, ready, name=name, at_ms=now_ms(), user_public_id=owner
            ),
        )
    except (InvalidError, ConflictError) as error:
        return await _index(request, status=422, errors={"file": str(error)})
    raise web.HTTPSeeOther(f"/pictures/{picture.public_id}")


async def show(request: web.Request) -> web.Response:
    """One picture, its parts that can follow a channel, and where it is shown."""
    return await _show(request)


async def send(request: web.Request) -> web.Response:
    """The picture itself."""
    async with request.app[DATABASE].read() as session:
        picture, content = await read_picture(session, request.match_info["public_id"])
    return send_picture(request, picture, content)


async def rename(request: web.Request) -> web.Response:
    """Call it something else."""
    public_id = request.match_info["public_id"]
    typed, form, errors = await read_form(request, PictureForm)
    if form is None:
        return await _show(request, status=422, typed=typed, errors=errors)
    await write(request, lambda session: rename_picture(session, public_id, name=form.name))
    raise web.HTTPSeeOther(f"/pictures/{public_id}")


async def replace(request: web.Request) -> web.Response:
    """Another file in its place."""
    public_id = request.match_info["public_id"]
    try:
        _, ready = await read_upload(request)
        await write(
            request, lambda session: replace_picture(session, public_id, ready, at_ms=now_ms())
        )
    except InvalidError as error:
        return await _show(request, status=422, errors={"file": str(error)})
    raise web.HTTPSeeOther(f"/pictures/{public_id}")


async def remove(request: web.Request) -> web.Response:
    """Remove it, unless a dashboard shows it."""
    public_id = request.match_info["public_id"]
    try:
        await write(request, lambda session: delete_picture(session, public_id))
    except ConflictError as error:
        return await _show(request, status=409, errors={"": str(error)})
    raise web.HTTPSeeOther("/pictures")


async def _index(
    request: web.Request, *, status: int = 200, errors: dict[str, str] | None = None
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        found = await list_pictures(session)
    return render(
        request,
        "pictures/index.html",
        status=status,
        pictures=[(picture, picture_url(picture)) for picture in found],
        errors=errors or {},
    )


async def _show(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        picture = await get_picture(session, request.match_info["public_id"])
        uses = await uses_of(session, picture.public_id)
        names = await name_users(session, [picture.user_public_id])
    said: dict[str, Any] = {"typed": typed or {}, "errors": errors or {}}
    return render(
        request,
        "pictures/show.html",
        status=status,
        picture=picture,
        address=picture_url(picture),
        parts=_parts(picture),
        uses=uses,
        names=names,
        **said,
    )


def _parts(picture: "Picture") -> list[str]:
    return picture.parts.splitlines()
