"""Rules for programs."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.store.rules import get_rule, list_rules
from webmacs_edge.web.api.answers import answer, done
from webmacs_edge.web.keys import DATABASE, RULES
from webmacs_edge.web.openapi import operation
from webmacs_edge.web.rule_changes import (
    add_rule,
    as_old_field,
    change_rule,
    remove_rule,
    written_of,
)
from webmacs_edge.web.rule_states import why_not
from webmacs_edge.web.schemas.bodies import FaultsError, fault, read_body, read_query
from webmacs_edge.web.schemas.lists import PageOut, PageQuery, StatusOut
from webmacs_edge.web.schemas.rules import RuleIn, RuleOut, RulePatch, written

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Rule


@operation(query=PageQuery, returns=PageOut[RuleOut])
async def index(request: web.Request) -> web.Response:
    """List the rules, in the order they were made."""
    asked = read_query(request, PageQuery)
    async with request.app[DATABASE].read() as session:
        page = await list_rules(session, page=asked.page, page_size=asked.page_size)
    rows = [_out(request.app, rule) for rule in page.rows]
    return answer(
        PageOut[RuleOut](page=page.page, page_size=page.page_size, total=page.total, data=rows)
    )


@operation(body=RuleIn, returns=StatusOut, status=201, errors=(404,))
async def create(request: web.Request) -> web.Response:
    """Create a rule on a channel."""
    given = read_body(request, RuleIn)
    if missing := given.missing():
        raise FaultsError([fault("missing", ["body", it], "Field required") for it in missing])
    try:
        rule = await add_rule(request, given.as_written())
    except InvalidError as error:
        raise as_old_field(error, written(given)) from error
    return done(f"The rule “{rule.name}” was created.", status=201)


@operation(returns=RuleOut)
async def show(request: web.Request) -> web.Response:
    """One rule."""
    async with request.app[DATABASE].read() as session:
        rule = await get_rule(session, request.match_info["public_id"])
    return answer(_out(request.app, rule))


@operation(body=RulePatch, returns=StatusOut)
async def update(request: web.Request) -> web.Response:
    """Change any part of a rule."""
    values = written(read_body(request, RulePatch))
    public_id = request.match_info["public_id"]
    try:
        rule = await change_rule(request, public_id, values)
    except InvalidError as error:
        raise as_old_field(error, values) from error
    return done(f"The rule “{rule.name}” was changed.")


@operation(returns=StatusOut)
async def remove(request: web.Request) -> web.Response:
    """Remove a rule."""
    rule = await remove_rule(request, request.match_info["public_id"])
    return done(f"The rule “{rule.name}” was removed.")


def _out(app: web.Application, rule: "Rule") -> RuleOut:
    names = RuleOut.model_fields.keys() - {"last_triggered_at", "created_on"}
    columns = {name: getattr(rule, name) for name in names if hasattr(rule, name)}
    return RuleOut.model_validate(
        written_of(rule)
        | columns
        | {
            "last_triggered_at": rule.last_triggered_at_ms,
            "created_on": rule.created_on_ms,
            "holds": app[RULES].engine.holds(rule.public_id),
            "needs_look": why_not(app, rule.public_id),
        }
    )
