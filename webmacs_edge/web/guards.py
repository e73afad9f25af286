"""The role and the scope that each route asks for."""

import functools
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import hdrs, web

from webmacs_edge.model.errors import NotAllowedError, NotFoundError, SignInError
from webmacs_edge.model.text import text
from webmacs_edge.model.words import UserRole
from webmacs_edge.web.auth import is_fresh
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.openapi import Operation
from webmacs_edge.web.paths import is_page
from webmacs_edge.web.schemas.bodies import read_json
from webmacs_edge.web.scopes import scopes_of
from webmacs_edge.web.tokens import CREDENTIAL, given_token

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class MissingLoginError(SignInError):
    """The request carries no credentials at all."""


def requires(
    role: UserRole | None,
    handler: Handler,
    *,
    unless: Callable[[web.Request], bool] | None = None,
) -> Handler:
    """The handler for this role and above; None lets everybody in, and `unless` some others.

    Carries `role`, and `operation` if the handler has one. Somebody who is not signed in gets 401,
    or on a page the way to the sign-in page; with too low a role, 403.
    """
    marked: Operation | None = getattr(handler, "operation", None)

    @functools.wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if any("\0" in part for part in request.match_info.values()):
            raise NotFoundError(text("There is nothing of this id."))  # no database can hold it
        if marked is not None and marked.body is not None:
            await read_json(request, required=marked.body_required)
        if role is not None and not (unless is not None and unless(request)):
            await _check_role(request, role)
        return await handler(request)

    guarded.role = role  # type: ignore[attr-defined] # functions carry attributes
    return guarded


async def _check_role(request: web.Request, role: UserRole) -> None:
    credential = request.get(CREDENTIAL)
    if credential is None:
        await _send_to_sign_in(request)
        if given_token(request) is None:
            raise MissingLoginError(text("Please sign in first."))
        raise SignInError(text("This login has ended. Please sign in again."))
    refusal = credential.refusal(role, scopes_of(request.method, _route_path(request)))
    if refusal:
        raise NotAllowedError(refusal)


def _route_path(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else request.path


async def _send_to_sign_in(request: web.Request) -> None:
    """Raise a redirect where a person is waiting for a page."""
    if not is_page(request):
        return
    if await is_fresh(request.app[DATABASE]):
        target = "/setup"
    else:
        path = request.path_qs if request.method == hdrs.METH_GET else "/"
        target = "/sign-in" if path == "/" else f"/sign-in?next={quote(path, safe='/')}"
    if "HX-Request" in request.headers:
        raise web.HTTPUnauthorized(headers={"HX-Redirect": target.partition("?")[0]})
    raise web.HTTPSeeOther(target)
