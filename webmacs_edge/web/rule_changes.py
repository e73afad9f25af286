"""Rules on their way into the store: checked as a whole, stored, and at work at once."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.rule_texts import OLD_CONDITION, Said, as_columns, as_written, with_changes
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import now_ms
from webmacs_edge.rules.checking import check_circle, check_rule
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.rules import (
    check_references,
    create_rule,
    delete_rule,
    get_rule,
    update_rule,
)
from webmacs_edge.web.keys import RULES, USER
from webmacs_edge.web.writing import write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Rule

_FIRST = "conditions.0."
_MADE = text("The rule “{name}” was made by {user}.")
_CHANGED = text("The rule “{name}” was changed by {user}.")
_TURNED_ON = text("The rule “{name}” was turned on by {user}.")
_TURNED_OFF = text("The rule “{name}” was turned off by {user}.")
_REMOVED = text("The rule “{name}” was removed by {user}.")


async def add_rule(request: web.Request, said: Said) -> "Rule":
    """Store a new rule; errors name its fields."""
    check(request.app, said)
    owner, at_ms = request[USER].public_id, now_ms()

    async def work(session: "AsyncSession") -> "Rule":
        channel = await check_references(session, said)
        columns = as_columns(said, channel=channel)
        made = await create_rule(session, at_ms=at_ms, user_public_id=owner, **columns)
        await _note(session, request, _MADE, rule=made, at_ms=at_ms)
        return made

    rule = await write(request, work)
    await request.app[RULES].reload()
    return rule


async def change_rule(request: web.Request, public_id: str, given: dict[str, Any]) -> "Rule":
    """Change what is given of a rule; the same errors as of a new one."""

    async def work(session: "AsyncSession") -> "Rule":
        before = written_of(await get_rule(session, public_id))
        said = with_changes(before, given)
        check(request.app, said, public_id)
        channel = await check_references(session, said, before=before)
        columns = as_columns(said, channel=channel)
        changed = await update_rule(session, public_id, values=columns)
        await _note(session, request, _how(before, said), rule=changed)
        return changed

    rule = await write(request, work)
    await request.app[RULES].reload()
    return rule


async def remove_rule(request: web.Request, public_id: str) -> "Rule":
    """Remove a rule; its alarm goes with it, its journal stays."""

    async def work(session: "AsyncSession") -> "Rule":
        gone = await delete_rule(session, public_id)
        await _note(session, request, _REMOVED, rule=gone)
        return gone

    rule = await write(request, work)
    await request.app[RULES].reload()
    return rule


def _how(before: Said, after: Said) -> Text:
    if before["enabled"] == after["enabled"]:
        return _CHANGED
    return _TURNED_ON if after["enabled"] else _TURNED_OFF


async def _note(
    session: "AsyncSession", request: web.Request, did: Text, *, rule: "Rule",
    at_ms: int | None = None,
) -> None:  # fmt: skip
    user = request[USER]
    await add_log_entry(
        session, text(did, name=rule.name, user=user.username),
        at_ms=now_ms() if at_ms is None else at_ms, user_public_id=user.public_id,
    )  # fmt: skip


def check(app: web.Application, said: Said, public_id: str = "") -> None:
    """InvalidError at the field that does not fit; also where rules look at one another."""
    check_rule(said)
    check_circle(said, public_id, [it.definition for it in app[RULES].engine.machines()])


def written_of(rule: "Rule") -> Said:
    """The rule of a row as people write it."""
    names = (
        "name", "event_public_id", "operator", "threshold", "threshold_high", "action_type",
        "webhook_event_type", "enabled", "cooldown_seconds", "more_json",
    )  # fmt: skip
    return as_written({name: getattr(rule, name) for name in names})


def as_old_field(error: InvalidError, given: dict[str, Any]) -> InvalidError:
    """The same error at the field of WebMACS 2.x where that was what was given."""
    name = error.field.removeprefix(_FIRST)
    if "conditions" in given or name == error.field or name not in OLD_CONDITION:
        return error
    return InvalidError(error.args[0], field=name)
