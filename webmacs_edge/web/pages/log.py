"""The log page: what the appliance has to say to its operators."""

from aiohttp import web

from webmacs_edge.model.words import LoggingType
from webmacs_edge.store.log_entries import (
    Asked,
    count_unread,
    list_log_entries,
    mark_all_read,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.render import render
from webmacs_edge.web.writing import write

_PAGE_SIZE = 50
_LAST_PAGE = 100_000
_MAX_SEARCH = 100


async def index(request: web.Request) -> web.Response:
    """Entries, newest first; narrowed by `type` and `search`."""
    chosen, search = _type(request), request.query.get("search", "").strip()[:_MAX_SEARCH]
    async with request.app[DATABASE].read() as session:
        page = await list_log_entries(
            session,
            Asked(logging_type=chosen, search=search),
            page=_page(request),
            page_size=_PAGE_SIZE,
        )
        unread = await count_unread(session)
        names = await name_users(session, (entry.user_public_id for entry in page.rows))
    narrowed = {"type": chosen or "", "search": search}
    query = {name: str(value) for name, value in narrowed.items() if value}
    return render(
        request,
        "log/index.html",
        entries=page,
        unread=unread,
        names=names,
        chosen=chosen,
        search=search,
        query=query,
        types=list(LoggingType),
    )


async def mark_read(request: web.Request) -> web.Response:
    """Somebody has seen everything."""
    await write(request, mark_all_read)
    raise web.HTTPSeeOther("/log")


def _type(request: web.Request) -> LoggingType | None:
    word = request.query.get("type", "")
    return LoggingType(word) if word in set(LoggingType) else None


def _page(request: web.Request) -> int:
    word = request.query.get("page", "")
    return min(_LAST_PAGE, max(1, int(word))) if word.isascii() and word.isdigit() else 1
