"""What operators do to alarms: stored with journal and audit entry, then done."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from webmacs_edge.model.alarm_deeds import Deed, DeedKind, check
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.errors import NotFoundError
from webmacs_edge.model.text import text
from webmacs_edge.rules.alarms import Shown, alarm_views, is_first_out
from webmacs_edge.rules.engine import Happening
from webmacs_edge.rules.stored import to_json
from webmacs_edge.store.alarm_journal import Facts, Said, note_moves
from webmacs_edge.store.auditing import record
from webmacs_edge.store.rule_states import put_memory
from webmacs_edge.web.keys import RULES, STATION
from webmacs_edge.web.writing import actor_of, write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession


async def handle(
    request: web.Request, rule_ids: Sequence[str], deed: Deed, *, is_bulk: bool = False
) -> int:
    """Do this to these alarms in the name of whoever asks; how many it applied to.

    Where it applies to none: ConflictError, or nothing in bulk.
    """
    check(deed)
    actor = actor_of(request)
    said = Said(actor.name, actor.user_public_id, deed.comment, deed.until_ms)

    async def store(planned: Sequence[Happening]) -> None:
        async def work(session: "AsyncSession") -> None:
            for happening in planned:
                await _store(session, request.app, happening, said=said)

        await write(request, work, actor=actor)

    return await request.app[RULES].handle(rule_ids, deed, store, is_bulk=is_bulk)


async def acknowledge_all(
    request: web.Request, rule_ids: Sequence[str] | None, *, at_ms: int, comment: str = ""
) -> int:
    """Acknowledge these alarms, or all that wait for it; how many there were."""
    views = alarm_views(request.app[RULES].engine, Shown.active)
    waiting = [it.rule_id for it in views if it.alarm.needs_acknowledge]
    wanted = waiting if rule_ids is None else [it for it in waiting if it in set(rule_ids)]
    if not wanted:
        return 0
    deed = Deed(DeedKind.acknowledge, at_ms, comment)
    return await handle(request, wanted, deed, is_bulk=True)


def facts_of(app: web.Application, happening: Happening) -> Facts:
    """What is to be written of this; only for rules that have an alarm."""
    rule = happening.rule
    event = None if happening.key is None else app[STATION].event(happening.key)
    return Facts(
        at_ms=happening.at_ms,
        rule_public_id=rule.id,
        name=rule.name,
        priority=rule.alarm.priority.value if rule.alarm else "",
        group_name=rule.alarm.group if rule.alarm else "",
        state=happening.state.alarm.state.value,
        value=happening.value,
        unit=event.unit if event else "",
        sensor=event.public_id if event else "",
        first_out=is_first_out(app[RULES].engine, rule),
    )


async def _store(
    session: "AsyncSession", app: web.Application, happening: Happening, *, said: Said
) -> None:
    rule, at_ms = happening.rule, happening.at_ms
    if not await put_memory(session, rule.id, to_json(happening.state), at_ms=at_ms):
        raise NotFoundError(
            text("The rule “{rule_name}” was removed meanwhile.", rule_name=rule.name)
        )
    await note_moves(session, facts_of(app, happening), happening.moves, said=said)
    record(session, _change(happening, said))


def _change(happening: Happening, said: Said) -> Change:
    new: dict[str, object] = {"move": happening.moves[0].value}
    if said.comment:
        new["comment"] = said.comment
    if said.until_ms is not None:
        new["until_at_ms"] = said.until_ms
    rule = happening.rule
    return Change(AuditAction.command, "alarm_journal", rule.id, rule.name, new=new)
