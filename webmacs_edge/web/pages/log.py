"""The log page: what the appliance has to say to its operators."""

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.local_times import parse_moment
from webmacs_edge.model.words import LoggingType, StatusType
from webmacs_edge.store.log_entries import (
    Asked,
    count_unread,
    list_log_entries,
    mark_all_read,
    update_log_entry,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.keys import DATABASE, SETTINGS
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.writing import write

_PAGE_SIZE = 50
_MAX_TYPED = 100
_NAMES = ("type", "search", "read", "from", "to")


async def index(request: web.Request) -> web.Response:
    """Entries, newest first; narrowed by what stands in the address."""
    typed = _typed(request)
    asked, errors = _asked(request, typed)
    async with request.app[DATABASE].read() as session:
        page = await list_log_entries(
            session, asked, page=1 if errors else page_asked(request), page_size=_PAGE_SIZE
        )
        unread = await count_unread(session)
        names = await name_users(session, (entry.user_public_id for entry in page.rows))
    return render(
        request,
        "log/index.html",
        status=422 if errors else 200,
        entries=page,
        unread=unread,
        names=names,
        typed=typed,
        errors=errors,
        query=_query(typed),
        types=list(LoggingType),
    )


async def mark_read(request: web.Request) -> web.Response:
    """Somebody has seen everything."""
    await write(request, mark_all_read)
    raise web.HTTPSeeOther("/log")


async def mark_one_read(request: web.Request) -> web.Response:
    """Somebody has seen this entry; back to the list as it was."""
    public_id, values = request.match_info["public_id"], {"status_type": StatusType.read}
    await write(request, lambda session: update_log_entry(session, public_id, values=values))
    query = urlencode(_query(_typed(request)) | {"page": str(page_asked(request))})
    raise web.HTTPSeeOther(f"/log?{query}")


def _typed(request: web.Request) -> dict[str, str]:
    return {name: request.query.get(name, "").strip()[:_MAX_TYPED] for name in _NAMES}


def _query(typed: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in typed.items() if value}


def _asked(request: web.Request, typed: dict[str, str]) -> tuple[Asked, dict[str, str]]:
    """What is wanted, and what cannot be understood by field; an unknown word narrows nothing."""
    zone, errors = ZoneInfo(request.app[SETTINGS].time_zone), dict[str, str]()

    def moment(name: str) -> int | None:
        try:
            return parse_moment(typed[name], zone, is_end=name == "to") if typed[name] else None
        except InvalidError as error:
            errors[name] = error.args[0]
            return None

    kind, read = typed["type"], typed["read"]
    asked = Asked(
        logging_type=LoggingType(kind) if kind in set(LoggingType) else None,
        status_type=StatusType(read) if read in set(StatusType) else None,
        from_ms=moment("from"),
        to_ms=moment("to"),
        search=typed["search"],
    )
    return asked, errors
