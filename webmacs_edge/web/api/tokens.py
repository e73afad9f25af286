"""API tokens for programs; they are made and revoked by people who signed in."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.api_tokens import list_api_tokens
from webmacs_edge.store.pages import Page
from webmacs_edge.web.accounts import add_token, is_admin, last_used_ms, revoke_token
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.tokens import NewTokenOut, TokenIn, TokenOut


@operation(query=PageQuery, returns=PageOut[TokenOut])
async def index(request: web.Request) -> web.Response:
    """List one's own API tokens, newest first; administrators see everybody's."""
    asked = read_query(request, PageQuery)
    owner = None if is_admin(request) else request[USER].id
    async with request.app[DATABASE].read() as session:
        page = await list_api_tokens(
            session, page=asked.page, page_size=asked.page_size, user_id=owner
        )
    rows = [
        TokenOut.model_validate(token).model_copy(
            update={"last_used_at": last_used_ms(request.app, token)}
        )
        for token in page.rows
    ]
    return answer_page(Page(page.page, page.page_size, page.total, rows), TokenOut)


@operation(body=TokenIn, returns=NewTokenOut, status=201)
async def create(request: web.Request) -> web.Response:
    """Make an API token of one's own; its text is shown this once."""
    given = read_body(request, TokenIn)
    token, text = await add_token(
        request,
        name=given.name,
        scope=given.scope,
        expires_at_ms=given.expires_at_ms(now_ms=now_ms()),
    )
    made = NewTokenOut(
        public_id=token.public_id,
        name=token.name,
        token=text,
        expires_at=token.expires_at_ms,
        created_at=token.created_at_ms,
        scope=token.scope,
    )
    return answer(made, status=201)


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Revoke an API token: one's own, or for administrators anybody's."""
    name = await revoke_token(request, request.match_info["public_id"])
    return done(f"The API token “{name}” was revoked.")
