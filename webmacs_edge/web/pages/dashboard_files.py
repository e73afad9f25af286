"""Dashboards taken along as files, and brought back."""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from webmacs_edge.model.errors import ConflictError, InvalidError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.store.dashboard_widgets import add_widgets
from webmacs_edge.store.dashboards import create_dashboard, get_dashboard
from webmacs_edge.web.board_files import MAX_BYTES, read, rows_for, written
from webmacs_edge.web.file_answer import disposition, file_name
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.opened_boards import opened
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.bodies import FaultsError
from webmacs_edge.web.uploads import find_file, read_parts
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def export(request: web.Request) -> web.Response:
    """The dashboard as a file."""
    board = await opened(request)
    async with request.app[DATABASE].read() as session:
        stored = await get_dashboard(session, board.public_id)
    content = await asyncio.to_thread(written, request.app, stored)
    response = web.Response(text=content, content_type="application/json")
    name = file_name(f"dashboard_{board.name}")
    response.headers[hdrs.CONTENT_DISPOSITION] = disposition(f"{name}.json")
    return response


async def ask(request: web.Request) -> web.Response:
    """The form that takes a file."""
    return render(request, "dashboards/import.html", errors={})


async def bring(request: web.Request) -> web.Response:
    """Make a private dashboard of a file; says which place of it cannot be used."""
    try:
        file = await asyncio.to_thread(read, await _content(request))
    except InvalidError as error:
        errors = {"file": str(error)}
        return render(request, "dashboards/import.html", status=422, errors=errors)
    rows, missing = await asyncio.to_thread(rows_for, request.app, file)
    owner, at_ms = request[USER].public_id, now_ms()

    async def work(session: "AsyncSession") -> str:
        made = await create_dashboard(
            session,
            at_ms=at_ms,
            user_public_id=owner,
            name=file.name,
            description=file.description,
            is_global=False,
        )
        await add_widgets(session, made, rows)
        return made.public_id

    try:
        public_id = await write(request, work)
    except ConflictError as error:
        errors = {"file": str(error)}
        return render(request, "dashboards/import.html", status=409, errors=errors)
    more = f"&missing={missing}" if missing else ""
    raise web.HTTPSeeOther(f"/dashboards/{public_id}?edit{more}")


async def _content(request: web.Request) -> bytes:
    try:
        parts = read_parts(await find_file(request), max_bytes=MAX_BYTES)
        return b"".join([part async for part in parts])
    except FaultsError as error:
        raise InvalidError(text("Please choose a file."), field="file") from error
    except web.HTTPRequestEntityTooLarge as error:
        kib = MAX_BYTES // 1024
        sentence = text("The file is too large; {kib} KiB is the limit.", kib=kib)
        raise InvalidError(sentence, field="file") from error
