"""Files that programs and pages send in a form, part by part: never whole in memory."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage

from webmacs_edge.web.schemas.bodies import FaultsError, fault

STALLED_S = 60.0  # a sender that sends nothing for so long is gone
MAX_PARTS = 8  # of a form, before its file
_FIELD = "file"
_CHUNK_BYTES = 256 * 1024


async def find_file(request: web.Request) -> BodyPartReader:
    """The part of the form that holds the file; FaultsError when there is none."""
    if request.content_type != "multipart/form-data":
        raise _missing("Send the file as multipart/form-data, in the field “file”.")
    try:
        reader = await request.multipart()
        for _ in range(MAX_PARTS):
            async with asyncio.timeout(STALLED_S):
                part = await reader.next()
            if part is None:
                break
            if isinstance(part, BodyPartReader) and _is_file(part):
                return part
    except (ValueError, RuntimeError, BadHttpMessage) as error:
        raise _malformed() from error
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    raise _missing("Field required")


async def read_parts(part: BodyPartReader, *, max_bytes: int) -> AsyncIterator[bytes]:
    """The content as it comes in; 413 as soon as there is too much of it."""
    received = 0
    while True:
        try:
            async with asyncio.timeout(STALLED_S):
                chunk = await part.read_chunk(_CHUNK_BYTES)
        except ValueError as error:
            raise _malformed() from error
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        if not chunk:
            if part.at_eof():
                return
            raise _malformed()  # it ends without the line that a form ends with: cut off
        received += len(chunk)
        if received > max_bytes:
            raise too_large(max_bytes)
        yield chunk


def too_large(max_bytes: int) -> web.HTTPRequestEntityTooLarge:
    """What is answered to a file of more bytes than that."""
    return web.HTTPRequestEntityTooLarge(
        max_bytes, reason=f"The file is too large; {max_bytes // 1024**2} MiB is the limit."
    )


def _is_file(part: BodyPartReader) -> bool:
    """Whether it is the field; its own length is not believed when it is no number."""
    if part.name != _FIELD or not part.filename:
        return False
    length = part.headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdigit()):
        raise ValueError(length)
    return True


def _missing(words: str) -> FaultsError:
    return FaultsError([fault("missing", ["body", _FIELD], words)])


def _malformed() -> FaultsError:
    words = "The form cannot be read. Send it as multipart/form-data."
    return FaultsError([fault("multipart_invalid", ["body"], words)])
