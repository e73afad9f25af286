"""Joins the outputs to the store, the audit trail and whoever commands them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aiohttp import web

from webmacs_edge.control import demo
from webmacs_edge.control.control import Control
from webmacs_edge.control.interlocks import Interlock
from webmacs_edge.control.journal import Journal
from webmacs_edge.control.orders import Happening
from webmacs_edge.control.stored import ControlStore
from webmacs_edge.model.audit import AuditAction, Change
from webmacs_edge.model.conditions import Condition, InterlockAction, Unknown
from webmacs_edge.model.outputs import Claim
from webmacs_edge.model.rules import RuleOperator
from webmacs_edge.model.times import now_ms
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.store.auditing import record
from webmacs_edge.store.events import all_events, create_first_events
from webmacs_edge.store.interlock_trips import add_trip
from webmacs_edge.store.interlocks import all_interlocks, create_interlock, note_latched
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.outputs import all_claims, put_claim, put_hold, read_hold
from webmacs_edge.web import keys
from webmacs_edge.web.writing import write_as

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event
    from webmacs_edge.store.tables import Interlock as InterlockRow


def make_control(app: web.Application) -> Control:
    """The outputs of this appliance; they know nothing until `reload`."""
    store = _ControlStore(app)
    return Control(
        ControlStore(
            read_claims=store.read_claims,
            read_interlocks=store.read_interlocks,
            read_all_safe=store.read_all_safe,
            note_all_safe=store.note_all_safe,
            forget_latch=store.forget_latch,
        ),
        loop_limit_s=app[keys.SETTINGS].output_loop_limit_s,
    )


async def create_first(
    session: "AsyncSession", proposals: Sequence[Mapping[str, Any]], *, at_ms: int, is_demo: bool
) -> int:
    """The channels of a fresh appliance; on the demo rig also its outputs and their interlock."""
    count = await create_first_events(session, proposals, at_ms=at_ms)
    if count and is_demo:
        await _claim_rig(session, at_ms=at_ms)
    return count


async def _claim_rig(session: "AsyncSession", *, at_ms: int) -> None:
    events = await all_events(session)
    public_ids = {event.point_id: event.public_id for event in events if event.point_id}
    if not {*demo.CLAIMS, demo.AIR_FLOW} <= public_ids.keys():
        return
    for point, claim in demo.CLAIMS.items():
        await put_claim(session, public_ids[point], claim, at_ms=at_ms)
    await create_interlock(session, at_ms=at_ms, **demo.interlock_values(public_ids))


def make_journal(app: web.Application, control: Control) -> Journal:
    """What tells the log and the audit trail."""

    async def write(happening: Happening) -> None:
        async def work(session: "AsyncSession") -> None:
            await _note(session, happening)

        if happening.actor is None:
            await app[keys.DATABASE].write(work)
        else:
            await write_as(app, happening.actor, work)

    return Journal(control.tidings, write)


async def _note(session: "AsyncSession", happening: Happening) -> None:
    if happening.latches:
        await note_latched(session, happening.interlock, happening.cause)
    if happening.move:
        await add_trip(
            session,
            happening.interlock,
            happening.move,
            at_ms=happening.at_ms,
            name=happening.object_name,
            cause=happening.cause,
            actor=happening.actor.name if happening.actor else "",
        )
    if happening.text:
        await add_log_entry(
            session,
            happening.text,
            at_ms=happening.at_ms,
            logging_type=happening.logging_type,
            user_public_id=happening.actor.user_public_id if happening.actor else None,
        )
    if happening.actor is not None:
        record(
            session,
            Change(
                AuditAction.command,
                noun="outputs",
                object_public_id=happening.public_id,
                object_name=happening.object_name,
                new=dict(happening.said),
                refused=happening.is_refused,
            ),
        )
        await _tell_webhooks(session, happening, by=happening.actor.name)


async def _tell_webhooks(session: "AsyncSession", happening: Happening, *, by: str) -> None:
    """Of a command that was accepted; of a crowd of them the last, and how many there were."""
    said, more = happening.said, happening.said.get("and_more")
    value = said["last"].get("value") if more else said.get("value")
    if happening.is_refused or value is None:
        return
    details = {
        "output": happening.public_id,
        "name": happening.object_name,
        "value": value,
        "by": by,
        "why": said.get("why"),
    }
    await queue_deliveries(
        session,
        WebhookEventType.output_commanded,
        at_ms=happening.at_ms,
        details=details | {"and_more": more} if more else details,
        text=f"“{happening.object_name}” was set to {value:g} by {by}.",
    )


class _ControlStore:
    """The queries that the outputs need."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def read_claims(self) -> dict[str, Claim]:
        async with self._app[keys.DATABASE].read() as session:
            return await all_claims(session)

    async def read_interlocks(self) -> Sequence[Interlock]:
        async with self._app[keys.DATABASE].read() as session:
            rows = await all_interlocks(session)
            events = {event.public_id: event for event in await all_events(session)}
        station = self._app.get(keys.STATION)  # not there yet when it is read first
        doubt_of = station.doubt if station is not None else lambda _: ""
        return [_interlock(row, events, doubt_of) for row in rows if row.enabled]

    async def read_all_safe(self) -> str:
        async with self._app[keys.DATABASE].read() as session:
            return await read_hold(session)

    async def note_all_safe(self, words: str) -> None:
        at_ms = now_ms()
        await self._app[keys.DATABASE].write(lambda session: put_hold(session, words, at_ms=at_ms))

    async def forget_latch(self, public_id: str) -> None:
        await self._app[keys.DATABASE].write(lambda session: note_latched(session, public_id, ""))


def _interlock(
    row: "InterlockRow", events: "dict[str, Event]", doubt_of: Callable[[str], str]
) -> Interlock:
    """The row as the thread needs it; a channel that was removed since is never known again."""
    conditions = json.loads(row.conditions_json)
    doubts = (doubt_of(str(it.get("event_public_id"))) for it in conditions)
    outputs = (events.get(public_id) for public_id in json.loads(row.outputs_json))
    return Interlock(
        public_id=row.public_id,
        name=row.name,
        action=InterlockAction(row.action),
        outputs=frozenset(event.id for event in outputs if event is not None),
        conditions=tuple(_condition(it, events) for it in conditions),
        needs_all=row.needs_all,
        is_latching=row.is_latching,
        delay_s=row.delay_s,
        latched=row.why_latched,
        doubt=next(filter(None, doubts), "").rstrip("."),
    )


def _condition(said: "dict[str, object]", events: "dict[str, Event]") -> Condition:
    given = dict(said)
    event = events.get(str(given.pop("event_public_id")))
    operator = RuleOperator(str(given.pop("operator")))
    unknown = Unknown(str(given.pop("unknown")))
    return Condition(
        key=event.id if event is not None else -1,
        name=event.name if event is not None else "A removed channel",
        unit=event.unit if event is not None else "",
        operator=operator,
        unknown=unknown,
        **given,  # type: ignore[arg-type] # checked by the schema when it was stored
    )
