"""Pages about rules: the list, making, changing, duplicating and deleting them."""

from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.rule_texts import Said
from webmacs_edge.model.text import text
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.rules.reading import NeedsLook
from webmacs_edge.store.rules import get_rule, list_rules
from webmacs_edge.web.alarm_rows import MOVES
from webmacs_edge.web.forms import WHOLE_FORM
from webmacs_edge.web.keys import CONTROL, DATABASE, RULES, STATION
from webmacs_edge.web.paging import page_asked
from webmacs_edge.web.render import render
from webmacs_edge.web.rule_changes import add_rule, change_rule, check, remove_rule, written_of
from webmacs_edge.web.rule_examples import examples
from webmacs_edge.web.rule_form import (
    FIRST,
    MOST,
    Typed,
    changed,
    counts_of,
    fault_of,
    fields_of,
    read_rule_form,
    rule_in,
)
from webmacs_edge.web.rule_rows import PAGE_SIZE, rule_names, rule_row
from webmacs_edge.web.rule_timeline import timeline
from webmacs_edge.web.rule_trial import MOST_DAYS, Trial, try_rule
from webmacs_edge.web.rule_words import (
    ACTIONS,
    DAYS,
    LEVELS,
    MOMENTS,
    OPERATORS,
    PRIORITIES,
    WATCHES,
    WORST,
)

if TYPE_CHECKING:
    from webmacs_edge.store.pages import Page
    from webmacs_edge.store.tables import Rule

_SAID = {
    "created": text("The rule was made and is at work."),
    "saved": text("The rule was changed and is at work."),
    "deleted": text("The rule was deleted."),
}
_CHOICES = {
    "watches": WATCHES, "operators": OPERATORS, "worst": WORST, "kinds": ACTIONS,
    "moments": MOMENTS, "levels": LEVELS, "priorities": PRIORITIES,
}  # fmt: skip


async def index(request: web.Request) -> web.Response:
    """All rules, and how they stand."""
    page = await _page(request)
    return render(
        request,
        "rules/index.html",
        rules=page,
        rows=[rule_row(request.app, it) for it in page.rows],
        examples=examples(request.app) if not page.total else [],
        said=_SAID.get(request.query.get("done", ""), ""),
    )


async def new(request: web.Request) -> web.Response:
    """The form of a new rule: empty, an example, or like another one."""
    like, word = request.query.get("like", ""), request.query.get("example", "")
    if like:
        said = written_of(await _rule(request.app, like))
        said["name"] = text("{name} (copy)", name=said["name"])[:255]
        return _form(request, None, fields_of(said))
    found = next((it.said for it in examples(request.app) if it.word == word), None)
    return _form(request, None, fields_of(found) if found else _empty())


async def create(request: web.Request) -> web.Response:
    """Store the rule in the form, or show the form again: changed, tried, or with its faults."""
    return await _take(request, None)


async def edit(request: web.Request) -> web.Response:
    """The form of a rule."""
    rule = await _rule(request.app, request.match_info["public_id"])
    return _form(request, rule, fields_of(written_of(rule)))


async def save(request: web.Request) -> web.Response:
    """Change the rule to what is in the form, or show the form again."""
    return await _take(request, await _rule(request.app, request.match_info["public_id"]))


async def switch(request: web.Request) -> web.Response:
    """Turn a rule on or off."""
    enabled = request.match_info["way"] == "enable"
    if not enabled and request.match_info["way"] != "disable":
        raise NotFoundError(text("A rule is turned on or off."))
    await change_rule(request, request.match_info["public_id"], {"enabled": enabled})
    raise web.HTTPSeeOther("/rules")


async def confirm_deletion(request: web.Request) -> web.Response:
    """Ask before a rule is deleted; names those that look at it."""
    rule = await _rule(request.app, request.match_info["public_id"])
    names = [
        it.definition.name
        for it in request.app[RULES].engine.machines()
        if rule.public_id in it.definition.rule_ids
    ]
    return render(request, "rules/delete.html", rule=rule, used_by=names)


async def delete(request: web.Request) -> web.Response:
    """Delete the rule."""
    await remove_rule(request, request.match_info["public_id"])
    raise web.HTTPSeeOther("/rules?done=deleted")


async def _take(request: web.Request, rule: "Rule | None") -> web.Response:
    typed = await read_rule_form(request)
    change = typed.pop("change", "")
    if change and change != "try":
        return _form(request, rule, changed(typed, change))
    said, errors = rule_in(typed)
    public_id = rule.public_id if rule else ""
    try:
        if said is not None and change == "try":
            check(request.app, said, public_id)
            trial = await try_rule(request.app, said, public_id=public_id)
            return _form(request, rule, typed, trial=trial)
        if said is not None:
            raise web.HTTPSeeOther(await _store(request, public_id, said))
    except InvalidError as error:
        errors = fault_of(error)
    except (ConflictError, NotFoundError) as error:
        errors = {getattr(error, "field", "") or WHOLE_FORM: error.args[0]}
    return _form(request, rule, typed, status=422, errors=errors)


async def _store(request: web.Request, public_id: str, said: Said) -> str:
    if public_id:
        await change_rule(request, public_id, said)
        return f"/rules/{public_id}?done=saved"
    made = await add_rule(request, said)
    return f"/rules/{made.public_id}?done=created"


async def _rule(app: web.Application, public_id: str) -> "Rule":
    async with app[DATABASE].read() as session:
        return await get_rule(session, public_id)


async def _page(request: web.Request) -> "Page[Rule]":
    async with request.app[DATABASE].read() as session:
        return await list_rules(session, page=page_asked(request), page_size=PAGE_SIZE)


def _form(
    request: web.Request,
    rule: "Rule | None",
    typed: Typed,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    trial: "Trial | NeedsLook | None" = None,
) -> web.Response:
    app = request.app
    own = rule.public_id if rule else ""
    outputs = [(it.public_id, it.name) for it in app[CONTROL].bindings]
    return render(
        request,
        "rules/edit.html",
        status=status,
        rule=rule,
        typed=typed,
        errors=errors or {},
        counts=counts_of(typed),
        most=MOST,
        channels=[(it.public_id, it.name, it.unit) for it in app[STATION].events],
        outputs=outputs,
        others=[(key, name) for key, name in rule_names(app).items() if key != own],
        event_types=[(it.value, it.value) for it in WebhookEventType],
        days=DAYS,
        trial=trial,
        line=timeline(trial) if isinstance(trial, Trial) else None,
        trial_days=MOST_DAYS,
        moves=MOVES,
        **_CHOICES,
    )


def _empty() -> Typed:
    first = {f"conditions.0.{name}": text for name, text in FIRST["conditions"].items()}
    action = {f"actions.0.{name}": text for name, text in FIRST["actions"].items()}
    return {**first, **action, "enabled": "true", "cooldown_seconds": "60", "combine": "all",
            "is_alarm": "true", "alarm.priority": "medium"}  # fmt: skip
