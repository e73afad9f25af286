"""Queries on the `rule_states` table: what rules remember over a restart."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from webmacs_edge.store.tables import Rule, RuleMemory


async def every_rule(session: AsyncSession) -> Sequence[Rule]:
    """All rules, in the order they were made; there are at most `rules.MAX_RULES`."""
    return (await session.scalars(select(Rule).order_by(Rule.id))).all()


async def read_memories(session: AsyncSession) -> dict[str, str]:
    """What rules remember, as JSON, by the public id of the rule."""
    query = select(Rule.public_id, RuleMemory.state_json).join(
        RuleMemory, RuleMemory.rule_id == Rule.id
    )
    rows = await session.execute(query)
    return {row.public_id: row.state_json for row in rows}


async def put_memory(session: AsyncSession, public_id: str, state_json: str, *, at_ms: int) -> bool:
    """Store what a rule remembers; False when the rule was removed meanwhile."""
    rule_id = await session.scalar(select(Rule.id).where(Rule.public_id == public_id))
    if rule_id is None:
        return False
    memory = await session.get(RuleMemory, rule_id)
    if memory is None:
        session.add(RuleMemory(rule_id=rule_id, state_json=state_json, changed_on_ms=at_ms))
    else:
        memory.state_json, memory.changed_on_ms = state_json, at_ms
    return True


async def note_triggered(session: AsyncSession, public_id: str, *, at_ms: int) -> None:
    """The rule has fired."""
    await session.execute(
        update(Rule).where(Rule.public_id == public_id).values(last_triggered_at_ms=at_ms)
    )
