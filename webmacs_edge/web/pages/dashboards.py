"""Pages of dashboards: the list, and what is said about one of them."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.dashboards import may_change
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import said, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.dashboard_widgets import add_widgets, rows_of
from webmacs_edge.store.dashboards import (
    create_dashboard,
    delete_dashboard,
    get_dashboard,
    get_own_dashboard,
    list_dashboards,
    update_dashboard,
)
from webmacs_edge.store.users import name_users
from webmacs_edge.web.board_fillings import all_channels
from webmacs_edge.web.boards import BOARDS, sketch_of
from webmacs_edge.web.forms import WHOLE_FORM, read_form
from webmacs_edge.web.keys import DATABASE, STATION, USER
from webmacs_edge.web.opened_boards import opened
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.dashboard_forms import DashboardForm, Filling, PropertiesForm
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Dashboard

_PAGE_SIZE = 24
_LAST_PAGE = 100_000
_MAX_NAME = 255


async def index(request: web.Request) -> web.Response:
    """One's own dashboards and those for all; administrators see everybody's."""
    return await _index(request)


async def create(request: web.Request) -> web.Response:
    """Make a dashboard, empty or of every channel, and go to it."""
    typed, form, errors = await read_form(request, DashboardForm)
    if form is None:
        return await _index(request, status=422, typed=typed, errors=errors)
    owner, at_ms = request[USER].public_id, now_ms()
    is_full = form.filling is Filling.all
    rows = all_channels(request.app) if is_full else []

    async def work(session: "AsyncSession") -> str:
        dashboard = await create_dashboard(
            session,
            at_ms=at_ms,
            user_public_id=owner,
            name=form.name,
            description=form.description,
            is_global=form.is_global,
        )
        await add_widgets(session, dashboard, rows)
        return dashboard.public_id

    try:
        public_id = await write(request, work)
    except ConflictError as error:
        errors = {WHOLE_FORM: str(error)}
        return await _index(request, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther(f"/dashboards/{public_id}{'' if is_full else '?edit'}")


async def duplicate(request: web.Request) -> web.Response:
    """Make a copy of one's own of a dashboard that one may see."""
    board = await opened(request)
    owner, at_ms = request[USER].public_id, now_ms()
    name = said(text("Copy of {name}", name=board.name))[:_MAX_NAME]

    async def work(session: "AsyncSession") -> str:
        rows = rows_of(await get_dashboard(session, board.public_id))
        made = await create_dashboard(
            session,
            at_ms=at_ms,
            user_public_id=owner,
            name=name,
            description=board.description,
            is_global=False,
        )
        await add_widgets(session, made, rows)
        return made.public_id

    try:
        public_id = await write(request, work)
    except ConflictError as error:
        return await _index(request, status=409, errors={WHOLE_FORM: str(error)})
    raise web.HTTPSeeOther(f"/dashboards/{public_id}/properties")


async def edit(request: web.Request) -> web.Response:
    """The form of name, purpose and who sees it."""
    return _properties(request, await _own(request))


async def save(request: web.Request) -> web.Response:
    """Change name, purpose and who sees it; somebody else's change is not overwritten."""
    public_id, user = request.match_info["public_id"], request[USER]
    typed, form, errors = await read_form(request, PropertiesForm)
    if form is None:
        return _properties(request, await _own(request), status=422, typed=typed, errors=errors)
    values = form.model_dump(exclude={"seen"})
    try:
        await write(
            request,
            lambda session: update_dashboard(
                session, public_id, user, values=values, at_ms=now_ms(), seen_ms=form.seen
            ),
        )
    except ConflictError as error:
        row = await _own(request)
        typed = {**typed, "seen": str(row.updated_on_ms)}
        errors = {WHOLE_FORM: str(error)}
        return _properties(request, row, status=409, typed=typed, errors=errors)
    request.app[BOARDS].forget(public_id)
    raise web.HTTPSeeOther(f"/dashboards/{public_id}")


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before a dashboard goes."""
    return render(request, "dashboards/delete.html", board=await _own(request))


async def delete(request: web.Request) -> web.Response:
    """Remove a dashboard; channels and what was measured stay."""
    public_id, user = request.match_info["public_id"], request[USER]
    await write(request, lambda session: delete_dashboard(session, public_id, user))
    request.app[BOARDS].forget(public_id)
    raise web.HTTPSeeOther("/dashboards")


async def _own(request: web.Request) -> "Dashboard":
    async with request.app[DATABASE].read() as session:
        return await get_own_dashboard(session, request.match_info["public_id"], request[USER])


async def _index(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    toast: str = "",
) -> web.Response:
    user, given = request[USER], request.query.get("page", "1")
    number = int(given) if given.isdecimal() and len(given) <= len(str(_LAST_PAGE)) else 1
    visible_to = None if user.role is UserRole.admin else user.public_id
    async with request.app[DATABASE].read() as session:
        page = await list_dashboards(
            session, visible_to=visible_to, page=max(1, number), page_size=_PAGE_SIZE
        )
        owners = {row.user_public_id for row in page.rows if row.user_public_id}
        names = await name_users(session, owners)
    return render(
        request,
        "dashboards/index.html",
        status=status,
        page_of=page,
        boards=[sketch_of(row) for row in page.rows],
        toast=toast,
        names=names,
        mine={row.public_id for row in page.rows if _may_change(request, row)},
        channels=len(request.app[STATION].events),
        typed=typed or {},
        errors=errors or {},
    )


def _may_change(request: web.Request, row: "Dashboard") -> bool:
    user = request[USER]
    return may_change(user.public_id, user.role, owner=row.user_public_id)


def _properties(
    request: web.Request,
    row: "Dashboard",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    return render(
        request,
        "dashboards/properties.html",
        status=status,
        board=row,
        typed=typed or {},
        errors=errors or {},
    )
