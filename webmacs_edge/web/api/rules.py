"""Rules for programs."""

from aiohttp import web

from webmacs_edge.model.times import now_ms
from webmacs_edge.store.rules import create_rule, delete_rule, get_rule, list_rules, update_rule
from webmacs_edge.web.api.answers import answer, answer_page, done
from webmacs_edge.web.keys import DATABASE, RULES, USER
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.schemas.bodies import read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.rules import RuleIn, RuleOut, RulePatch
from webmacs_edge.web.writing import write


@operation(query=PageQuery, returns=PageOut[RuleOut])
async def index(request: web.Request) -> web.Response:
    """List the rules, in the order they were made."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_rules(session, page=asked.page, page_size=asked.page_size)
    return answer_page(page, RuleOut)


@operation(body=RuleIn, returns=StatusOut, status=201, errors=(404,))
async def create(request: web.Request) -> web.Response:
    """Create a rule on a channel."""
    values = read_body(request, RuleIn).model_dump()
    owner, at_ms = request[USER].public_id, now_ms()
    rule = await write(
        request,
        lambda session: create_rule(session, at_ms=at_ms, user_public_id=owner, **values),
    )
    await request.app[RULES].reload()
    return done(f"The rule “{rule.name}” was created.", status=201)


@operation(returns=RuleOut)
async def show(request: web.Request) -> web.Response:
    """One rule."""
    async with request.app[DATABASE].read() as session:
        rule = await get_rule(session, request.match_info["public_id"])
    return answer(RuleOut.model_validate(rule))


@operation(body=RulePatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change any part of a rule."""
    values = read_body(request, RulePatch).model_dump(exclude_unset=True)
    public_id = request.match_info["public_id"]
    rule = await write(request, lambda session: update_rule(session, public_id, values=values))
    await request.app[RULES].reload()
    return done(f"The rule “{rule.name}” was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove a rule."""
    public_id = request.match_info["public_id"]
    rule = await write(request, lambda session: delete_rule(session, public_id))
    await request.app[RULES].reload()
    return done(f"The rule “{rule.name}” was removed.")
