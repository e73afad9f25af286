"""The page of one rule: what it says, how it works now, and when it would have fired."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.text import text
from webmacs_edge.rules.reading import NeedsLook
from webmacs_edge.store.rules import get_rule
from webmacs_edge.web.alarm_rows import MOVES
from webmacs_edge.web.keys import DATABASE
from webmacs_edge.web.render import render
from webmacs_edge.web.rule_changes import written_of
from webmacs_edge.web.rule_now import rule_now
from webmacs_edge.web.rule_timeline import timeline
from webmacs_edge.web.rule_trial import MOST_DAYS, try_rule
from webmacs_edge.web.rule_words import DAYS

if TYPE_CHECKING:
    from webmacs_edge.store.tables import Rule

_SPANS = (1, 7, MOST_DAYS)
_MOST_FOUND = 50
_SAID = {
    "created": text("The rule was made and is at work."),
    "saved": text("The rule was changed and is at work."),
}


async def detail(request: web.Request) -> web.Response:
    """What the rule says, and how it works now."""
    rule = await _rule(request)
    said = _SAID.get(request.query.get("done", ""), "")
    return render(request, "rules/detail.html", **rule_now(request.app, rule), said=said, days=DAYS)


async def dry_run(request: web.Request) -> web.Response:
    """When it would have fired in the last days."""
    rule = await _rule(request)
    word = request.query.get("days", "")
    days = int(word) if word in {str(it) for it in _SPANS} else MOST_DAYS
    trial = await try_rule(request.app, written_of(rule), public_id=rule.public_id, days=days)
    return render(
        request,
        "rules/dry_run.html",
        rule=rule,
        trial=trial,
        days=days,
        spans=_SPANS,
        line=None if isinstance(trial, NeedsLook) else timeline(trial),
        most_found=_MOST_FOUND,
        moves=MOVES,
    )


async def _rule(request: web.Request) -> "Rule":
    async with request.app[DATABASE].read() as session:
        return await get_rule(session, request.match_info["public_id"])
