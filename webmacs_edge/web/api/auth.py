"""Signing in and out of programs, and who they are."""

from aiohttp import web

from webmacs_edge.web.api.answers import answer, done
from webmacs_edge.web.auth import end_session, sign_in
from webmacs_edge.web.keys import USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.auth import SignInIn, SignInOut
from webmacs_edge.web.schemas.bodies import read_body
from webmacs_edge.web.schemas.lists import StatusOut
from webmacs_edge.web.schemas.users import UserOut


@operation(body=SignInIn, returns=SignInOut, errors=(401,))
async def login(request: web.Request) -> web.Response:
    """Sign in; the token goes into the Authorization header of what follows."""
    given = read_body(request, SignInIn)
    user, token = await sign_in(request, given.email, given.password)
    return answer(
        SignInOut(
            message=f"{user.username} signed in.",
            access_token=token,
            public_id=user.public_id,
            username=user.username,
        )
    )


@operation(returns=StatusOut)
async def logout(request: web.Request) -> web.Response:
    """End this login; its token is refused from now on."""
    response = done("Signed out.")
    await end_session(request, response)
    return response


@operation(returns=UserOut)
async def me(request: web.Request) -> web.Response:
    """Who is signed in."""
    return answer(UserOut.model_validate(request[USER]))
