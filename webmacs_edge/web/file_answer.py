"""Exports as files, streamed while they are read: what every door that exports answers with."""

import asyncio
import logging
import re
from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import hdrs, web

from webmacs_edge.history.export.formats import Format
from webmacs_edge.history.export.plan import Export, ExportChannel, Options
from webmacs_edge.model.text import text
from webmacs_edge.web.export_jobs import EXPORT_JOBS, Job
from webmacs_edge.web.keys import HISTORY, USER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webmacs_edge.model.clock_marks import ClockMark
    from webmacs_edge.store.tables import Event

log = logging.getLogger(__name__)

STALLED_S = 120.0  # a reader that takes nothing for so long is gone
_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|;%\s]+')
_MAX_NAME = 120


def make_export(
    request: web.Request,
    events: "Sequence[Event]",
    span: tuple[int, int],
    *,
    options: Options | None = None,
    marks: "Sequence[ClockMark]" = (),
) -> Export:
    """What is asked for; it is read only while the one who asked is there."""
    channels = [
        ExportChannel(event.id, event.public_id, event.name, event.unit, event.decimals)
        for event in events
    ]
    return Export(
        channels,
        *span,
        options or Options(),
        marks=marks,
        is_wanted=lambda: _is_connected(request),
    )


async def send_file(
    request: web.Request, export: Export, kind: Format, *, filename: str, job_id: str = ""
) -> web.StreamResponse:
    """The file; BusyError before its first byte when too many are on their way already."""
    kind.check()
    job = Job(request[USER].public_id, export.course, stop=lambda: _disconnect(request))
    with request.app[EXPORT_JOBS].run(job, job_id):
        response = web.StreamResponse()
        response.headers[hdrs.CONTENT_TYPE] = kind.media_type
        response.headers[hdrs.CONTENT_DISPOSITION] = disposition(filename)
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        await response.prepare(request)
        async with aclosing(kind.write(request.app[HISTORY], export)) as parts:
            async for part in parts:
                await _send(request, response, part)
                job.size_bytes += len(part)
        await response.write_eof()
        return response


async def _send(request: web.Request, response: web.StreamResponse, part: bytes) -> None:
    try:
        async with asyncio.timeout(STALLED_S):
            await response.write(part)
    except TimeoutError as error:
        log.info("An export was given up: its reader takes nothing any more.")
        _disconnect(request)
        raise ConnectionResetError(text("The reader takes nothing any more.")) from error


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _disconnect(request: web.Request) -> None:
    if isinstance(request.transport, asyncio.WriteTransport):
        request.transport.abort()  # a file that was cut short must not look complete


def disposition(filename: str) -> str:
    """RFC 6266: the name in ASCII for old programs, and as it is for all others."""
    plain = filename.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def file_name(name: str) -> str:
    """The name without anything that a file system or a header stumbles over."""
    return _NOT_IN_NAMES.sub("_", name).strip("._")[:_MAX_NAME] or "unnamed"
