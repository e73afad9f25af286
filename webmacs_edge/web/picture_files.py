"""Pictures as they come in and go out: read in one piece, made fit, sent so that nothing acts."""

import asyncio
import re
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, hdrs, web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.pictures import MAX_BYTES, ReadyPicture, ready_picture
from webmacs_edge.model.pixels import PictureKind
from webmacs_edge.model.svg import placed
from webmacs_edge.model.text import text
from webmacs_edge.web.schemas.bodies import FaultsError
from webmacs_edge.web.uploads import find_file, read_parts

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Picture

_LONGEST_NAME = 100
_PLACE = re.compile(r"[A-Za-z0-9\-]{1,40}")
_NO_NAME = text("Picture")
_FOREVER = "private, max-age=31536000, immutable"
_ASK_EACH_TIME = "private, no-cache"
# Should somebody open one by itself, nothing in it runs and nothing is loaded.
_STILL = "default-src 'none'; style-src 'none'; img-src data:; sandbox"


async def read_upload(request: web.Request) -> tuple[str, ReadyPicture]:
    """The name of the file without its ending, and the picture; InvalidError when it is unfit."""
    try:
        part = await find_file(request)
    except FaultsError as error:
        raise InvalidError(text("Choose the file of a picture."), field="file") from error
    content = bytearray()
    try:
        async for chunk in read_parts(part, max_bytes=MAX_BYTES):
            content += chunk
    except web.HTTPRequestEntityTooLarge as error:
        raise InvalidError(
            text("The file is larger than {most} MiB.", most=MAX_BYTES // 1024**2), field="file"
        ) from error
    return _name_of(part), await asyncio.to_thread(ready_picture, bytes(content))


def send_picture(request: web.Request, picture: "Picture", content: bytes) -> web.Response:
    """The picture; a drawing with its ids for the place that `in` names."""
    tag = f'"{picture.digest[:24]}"'
    is_named = request.query.get("of") == picture.digest[:12]
    headers = {
        hdrs.ETAG: tag,
        hdrs.CACHE_CONTROL: _FOREVER if is_named else _ASK_EACH_TIME,
        "Content-Security-Policy": _STILL,
    }
    if tag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    kind = PictureKind(picture.kind)
    if kind is not PictureKind.svg:
        return web.Response(body=content, content_type=kind.content_type, headers=headers)
    drawing = placed(content.decode(), _prefix(request))
    response = web.Response(
        text=drawing, content_type=kind.content_type, charset="utf-8", headers=headers
    )
    response.enable_compression()
    return response


def picture_url(picture: "Picture") -> str:
    """Where a page finds it; changes with its content."""
    return f"/pictures/{picture.public_id}/file?of={picture.digest[:12]}"


def _prefix(request: web.Request) -> str:
    place = request.query.get("in", "")
    return f"in-{place}-" if _PLACE.fullmatch(place) else ""


def _name_of(part: BodyPartReader) -> str:
    """For people: what the file was called; it names no file here."""
    name = (part.filename or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter for letter in name if letter.isprintable()).strip()
    return (plain.rpartition(".")[0] or plain)[:_LONGEST_NAME].strip() or str(_NO_NAME)
