"""Queries on the `rules` table."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.model.errors import ConflictError, InvalidError, NotFoundError
from webmacs_edge.model.rule_definitions import Watch
from webmacs_edge.model.rule_texts import Said
from webmacs_edge.model.rules import RuleOperator, check_thresholds
from webmacs_edge.model.text import text
from webmacs_edge.store.events import get_event
from webmacs_edge.store.pages import Page, read_page
from webmacs_edge.store.tables import Rule

MAX_RULES = 2000


async def list_rules(session: AsyncSession, *, page: int, page_size: int) -> Page[Rule]:
    """One page, in the order they were made."""
    return await read_page(session, select(Rule).order_by(Rule.id), page=page, page_size=page_size)


async def get_rule(session: AsyncSession, public_id: str) -> Rule:
    """The rule with this public id."""
    rule = await session.scalar(select(Rule).where(Rule.public_id == public_id))
    if rule is None:
        raise NotFoundError(text("There is no rule {public_id}.", public_id=public_id))
    return rule


async def check_references(session: AsyncSession, said: Said, *, before: Said | None = None) -> str:
    """Whether all that a rule as written looks at and acts on is there; what it had may be gone.

    Returns the channel that its row names: of the first condition, or of the rule that looks at.
    """
    known = _references(before) if before else {}
    for field, (is_rule, public_id) in _places(said):
        if (is_rule, public_id) in known.values():
            continue
        try:
            await (get_rule if is_rule else get_event)(session, public_id)
        except NotFoundError as error:
            if field == "conditions.0.event_public_id":
                raise
            raise InvalidError(error.args[0], field=field) from error
    first = said["conditions"][0]
    if first["watch"] != Watch.rule:
        return str(first["event_public_id"])
    return (await get_rule(session, first["rule_public_id"])).event_public_id


def _references(said: Said) -> dict[str, tuple[bool, str]]:
    return dict(_places(said))


def _places(said: Said) -> list[tuple[str, tuple[bool, str]]]:
    """Everything that a rule names: its field, whether it is a rule, its public id."""
    found = []
    for place, it in enumerate(said["conditions"]):
        is_rule = it["watch"] == Watch.rule
        name = "rule_public_id" if is_rule else "event_public_id"
        found.append((f"conditions.{place}.{name}", (is_rule, str(it[name]))))
    for place, it in enumerate(said["actions"]):
        if it.get("event_public_id"):
            found.append((f"actions.{place}.event_public_id", (False, it["event_public_id"])))
    silent = (said["alarm"] or {}).get("suppressed_by")
    return [*found, ("alarm.suppressed_by", (True, silent))] if silent else found


async def create_rule(session: AsyncSession, *, at_ms: int, **values: Any) -> Rule:
    """Store a rule under a fresh public id; `values` are its columns.

    NotFoundError when there is no such channel; InvalidError and ConflictError name the field.
    """
    await get_event(session, values["event_public_id"])
    if (await session.scalar(select(func.count(Rule.id))) or 0) >= MAX_RULES:
        raise ConflictError(
            text("There are {max_rules} rules already. Remove some first.", max_rules=MAX_RULES)
        )
    rule = Rule(public_id=str(uuid4()), created_on_ms=at_ms, **values)
    session.add(rule)
    await _flush(session, rule)
    return rule


async def update_rule(session: AsyncSession, public_id: str, *, values: Mapping[str, Any]) -> Rule:
    """Change columns of a rule; the same errors as of a new one.

    A rule on a channel that was removed since may keep it.
    """
    rule = await get_rule(session, public_id)
    channel = values.get("event_public_id", rule.event_public_id)
    if channel != rule.event_public_id:
        await get_event(session, channel)
    for name, value in values.items():
        setattr(rule, name, value)
    await _flush(session, rule)
    return rule


async def delete_rule(session: AsyncSession, public_id: str) -> Rule:
    """Remove a rule; returns it as it was."""
    rule = await get_rule(session, public_id)
    await session.delete(rule)
    await session.flush()
    return rule


async def _flush(session: AsyncSession, rule: Rule) -> None:
    check_thresholds(RuleOperator(rule.operator), rule.threshold, rule.threshold_high)
    name = rule.name  # after a failed flush the row can no longer be asked
    try:
        await session.flush()
    except IntegrityError as error:
        raise ConflictError(
            text("There is a rule named “{name}” already. Choose another name.", name=name),
            field="name",
        ) from error
