"""Log entries for programs: notes for the operator. They cannot be deleted."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.log_entries import (
    Asked,
    add_log_entry,
    get_log_entry,
    list_log_entries,
    mark_all_read,
    update_log_entry,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, StatusOut
from webmacs_edge.web.schemas.log_entries import (
    LogEntryIn,
    LogEntryOut,
    LogEntryPatch,
    LogEntryQuery,
)
from webmacs_edge.web.writing import write


@operation(query=LogEntryQuery, returns=PageOut[LogEntryOut])
async def index(request: web.Request) -> web.Response:
    """List the log, newest first."""
    given = read_query(request, LogEntryQuery)
    asked = Asked(**given.model_dump(exclude={"page", "page_size"}))
    async with request.app[DATABASE].read() as session:
        page = await list_log_entries(session, asked, page=given.page, page_size=given.page_size)
    return answer_page(page, LogEntryOut)


@operation(body=LogEntryIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Write something into the log."""
    values = read_body(request, LogEntryIn).model_dump()
    owner, at_ms = request[USER].public_id, now_ms()
    await write(
        request,
        lambda session: add_log_entry(session, at_ms=at_ms, user_public_id=owner, **values),
    )
    return done("The log entry was written.", status=201)


@operation(returns=LogEntryOut)
async def show(request: web.Request) -> web.Response:
    """One log entry."""
    async with request.app[DATABASE].read() as session:
        entry = await get_log_entry(session, request.match_info["public_id"])
    return answer(LogEntryOut.model_validate(entry))


@operation(body=LogEntryPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change the text of a log entry, or mark it as read or unread."""
    values = read_body(request, LogEntryPatch).model_dump(exclude_unset=True)
    public_id = request.match_info["public_id"]
    await write(request, lambda session: update_log_entry(session, public_id, values=values))
    return done("The log entry was changed.")


@operation(returns=StatusOut)
async def mark_read(request: web.Request) -> web.Response:
    """Mark the whole log as read."""
    await write(request, mark_all_read)
    return done("All log entries were marked as read.")
