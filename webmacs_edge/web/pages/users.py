"""Who may sign in, for administrators."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.words import UserRole
from webmacs_edge.store.api_tokens import MAX_TOKENS, list_api_tokens
from webmacs_edge.store.displays import count_displays
from webmacs_edge.store.logins import list_logins
from webmacs_edge.store.users import get_user, list_users
from webmacs_edge.web.accounts import (
    add_user,
    change_user,
    delete_user,
    end_logins_of,
    last_used_ms,
    revoke_token,
)
from webmacs_edge.web.forms import read_form
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.schemas.users import UserEditForm, UserForm

if TYPE_CHECKING:
    from webmacs_edge.store.tables import User

_PAGE_SIZE = 50
_SAID = {
    "added": text("The user was added and may sign in."),
    "saved": text("Saved."),
    "deleted": text("The user was deleted; what they made stays."),
    "ended": text("All their logins have ended."),
    "revoked": text("The API token was revoked."),
}


async def index(request: web.Request) -> web.Response:
    """Everybody, and the form for a new one."""
    return await _list(request)


async def add(request: web.Request) -> web.Response:
    """Store the user in the form, or show the form again with what is wrong."""
    typed, form, errors = await read_form(request, UserForm)
    if form is None:
        return await _list(request, status=422, typed=typed, errors=errors)
    try:
        await add_user(
            request,
            email=form.email,
            username=form.username,
            password=form.password,
            role=form.role,
        )
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _list(request, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther("/users?done=added")


async def edit(request: web.Request) -> web.Response:
    """One user with their API tokens."""
    return await _edit(request, await _user(request))


async def save(request: web.Request) -> web.Response:
    """Change the user, or show the form again with what is wrong."""
    user = await _user(request)
    typed, form, errors = await read_form(request, UserEditForm)
    if form is None:
        return await _edit(request, user, status=422, typed=typed, errors=errors)
    values = form.model_dump(exclude={"password"})
    password = form.password
    if user.public_id == request[USER].public_id:
        del values["enabled"]  # the page offers neither for oneself
        password = None
    try:
        await change_user(request, user.public_id, values, password=password)
    except ConflictError as error:
        errors = {error.field: str(error)}
        return await _edit(request, user, status=409, typed=typed, errors=errors)
    raise web.HTTPSeeOther("/users?done=saved")


async def end_logins(request: web.Request) -> web.Response:
    """Sign the user out everywhere."""
    user = await end_logins_of(request, request.match_info["public_id"])
    raise web.HTTPSeeOther(f"/users/{user.public_id}/edit?done=ended")


async def revoke(request: web.Request) -> web.Response:
    """Revoke one of their API tokens."""
    user = await _user(request)
    await revoke_token(request, request.match_info["token"])
    raise web.HTTPSeeOther(f"/users/{user.public_id}/edit?done=revoked")


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before a user is deleted."""
    return await _ask(request, await _user(request))


async def delete(request: web.Request) -> web.Response:
    """Delete the user; what they made stays."""
    user = await _user(request)
    try:
        await delete_user(request, user.public_id)
    except ConflictError as error:
        return await _ask(request, user, status=409, error=str(error))
    raise web.HTTPSeeOther("/users?done=deleted")


async def _user(request: web.Request) -> "User":
    async with request.app[DATABASE].read() as session:
        return await get_user(session, request.match_info["public_id"])


async def _ask(
    request: web.Request, user: "User", *, status: int = 200, error: str = ""
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        screens = await count_displays(session, user.public_id)
    return render(
        request, "users/delete.html", status=status, person=user, screens=screens, error=error
    )


async def _list(
    request: web.Request,
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        users = await list_users(session, page=page_asked(request), page_size=_PAGE_SIZE)
    return render(
        request,
        "users/index.html",
        status=status,
        users=users,
        roles=list(UserRole),
        typed=typed or {},
        errors=errors or {},
        said="" if errors else _SAID.get(request.query.get("done", ""), ""),
    )


async def _edit(
    request: web.Request,
    user: "User",
    *,
    status: int = 200,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> web.Response:
    async with request.app[DATABASE].read() as session:
        logins = await list_logins(session, user.id, at_ms=now_ms())
        screens = await count_displays(session, user.public_id)
        held = await list_api_tokens(session, page=1, page_size=MAX_TOKENS, user_id=user.id)
    return render(
        request,
        "users/edit.html",
        status=status,
        person=user,
        is_self=user.public_id == request[USER].public_id,
        logins=logins,
        screens=screens,
        tokens=[{"row": it, "used_ms": last_used_ms(request.app, it)} for it in held.rows],
        roles=list(UserRole),
        typed=typed or {},
        errors=errors or {},
        said="" if errors else _SAID.get(request.query.get("done", ""), ""),
    )
