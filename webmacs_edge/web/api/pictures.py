"""Pictures for programs: uploaded, listed, sent, replaced, removed."""

from aiohttp import web
from pydantic import TypeAdapter

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.pictures import (
    add_picture,
    delete_picture,
    get_picture,
    list_pictures,
    read_picture,
    rename_picture,
    replace_picture,
)
from webmacs_edge.web.api.answers import answer, answer_unless_known, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.picture_files import read_upload, send_picture
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.pictures import PictureName, PictureOut
from webmacs_edge.web.writing import write

_PICTURES = TypeAdapter(list[PictureOut])


@operation(returns=list[PictureOut])
async def index(request: web.Request) -> web.Response:
    """List all pictures by name."""
    async with request.app[DATABASE].read() as session:
        found = await list_pictures(session)
    rows = [PictureOut.model_validate(picture) for picture in found]
    return answer_unless_known(request, _PICTURES.dump_json(rows))


@operation(upload=True, returns=PictureOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Take an SVG, PNG, JPEG or WebP; of an SVG only shapes and words are kept."""
    name, ready = await read_upload(request)
    owner = request[USER].public_id
    picture = await write(
        request,
        lambda session: add_picture(
            session, ready, name=name, at_ms=now_ms(), user_public_id=owner
        ),
    )
    return answer(PictureOut.model_validate(picture), status=201)


@operation(returns=PictureOut)
async def show(request: web.Request) -> web.Response:
    """What is known of one picture."""
    async with request.app[DATABASE].read() as session:
        picture = await get_picture(session, request.match_info["public_id"])
    return answer(PictureOut.model_validate(picture))


@operation(returns="image/*")
async def content(request: web.Request) -> web.Response:
    """The picture itself, as it is kept."""
    async with request.app[DATABASE].read() as session:
        picture, found = await read_picture(session, request.match_info["public_id"])
    return send_picture(request, picture, found)


@operation(body=PictureName, returns=StatusOut)
async def rename(request: web.Request) -> web.Response:
    """Call a picture something else."""
    public_id, name = request.match_info["public_id"], read_body(request, PictureName).name
    await write(request, lambda session: rename_picture(session, public_id, name=name))
    return done(f"The picture is called “{name}” now.")


@operation(upload=True, returns=StatusOut)
async def replace(request: web.Request) -> web.Response:
    """Put another file in the place of a picture; widgets that show it keep what they bound."""
    public_id = request.match_info["public_id"]
    _, ready = await read_upload(request)
    picture = await write(
        request, lambda session: replace_picture(session, public_id, ready, at_ms=now_ms())
    )
    return done(f"The picture “{picture.name}” was replaced.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove a picture; refused while a dashboard shows it."""
    public_id = request.match_info["public_id"]
    picture = await write(request, lambda session: delete_picture(session, public_id))
    return done(f"The picture “{picture.name}” was removed.")
