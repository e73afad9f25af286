"""Users for programs."""

from aiohttp import web

from webmacs_edge.model.errors import NotAllowedError
from webmacs_edge.model.text import text
from webmacs_edge.store.users import get_user, list_users
from webmacs_edge.web.accounts import (
    add_user,
    change_user,
    check_own_password,
    check_self_or_admin,
    delete_user,
    is_admin,
)
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.users import UserIn, UserOut, UserPatch


@operation(query=PageQuery, returns=PageOut[UserOut])
async def index(request: web.Request) -> web.Response:
    """List the users, in order of registration."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_users(session, page=asked.page, page_size=asked.page_size)
    return answer_page(page, UserOut)


@operation(body=UserIn, returns=StatusOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Create a user."""
    given = read_body(request, UserIn)
    await add_user(
        request,
        email=given.email,
        username=given.username,
        password=given.password,
        role=given.role,
    )
    return done(f"The user {given.username} was created.", status=201)


@operation(returns=UserOut)
async def show(request: web.Request) -> web.Response:
    """One user: oneself, or for administrators anybody."""
    public_id = request.match_info["public_id"]
    check_self_or_admin(request, public_id)
    async with request.app[DATABASE].read() as session:
        user = await get_user(session, public_id)
    return answer(UserOut.model_validate(user))


@operation(body=UserPatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change a user: oneself, or for administrators anybody, with role and whether enabled."""
    public_id = request.match_info["public_id"]
    check_self_or_admin(request, public_id)
    given = read_body(request, UserPatch)
    values = given.model_dump(exclude={"password", "current_password"}, exclude_none=True)
    if values.keys() & {"role", "enabled"} and not is_admin(request):
        raise NotAllowedError(text("Roles are given by administrators."))
    if given.password is not None and public_id == request[USER].public_id:
        await check_own_password(request, given.current_password)
    user = await change_user(request, public_id, values, password=given.password)
    return done(f"The user {user.username} was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Delete a user; what they made stays, a deleted user's."""
    name = await delete_user(request, request.match_info["public_id"])
    return done(f"The user {name} was deleted; what they made stays.")
