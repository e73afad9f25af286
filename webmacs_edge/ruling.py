"""Joins rules to the plant, the store, the outputs and the webhooks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from webmacs_edge.model.actors import Actor
from webmacs_edge.model.errors import ConflictError
from webmacs_edge.model.rule_texts import read_more
from webmacs_edge.model.text import Text, text
from webmacs_edge.model.times import from_ms, now_ms
from webmacs_edge.model.webhooks import WebhookEventType
from webmacs_edge.model.words import LoggingType, UserRole
from webmacs_edge.rules.actions import WRITTEN
from webmacs_edge.rules.actions.desk import Details
from webmacs_edge.rules.engine import Happening
from webmacs_edge.rules.reading import MissingError, StoredRule
from webmacs_edge.rules.rules import RuleBook, Rules, RuleStore
from webmacs_edge.rules.stored import to_json
from webmacs_edge.store.alarm_journal import note_moves
from webmacs_edge.store.annotations import add_annotation
from webmacs_edge.store.emails import queue_email
from webmacs_edge.store.experiments import (
    running_experiment,
    start_experiment,
    stop_experiment,
)
from webmacs_edge.store.log_entries import add_log_entry
from webmacs_edge.store.outbox import queue_deliveries
from webmacs_edge.store.rule_states import (
    every_rule,
    note_triggered,
    put_memory,
    read_memories,
)
from webmacs_edge.web import keys
from webmacs_edge.web.alarm_deeds import facts_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from webmacs_edge.store.tables import Event, Rule

MOST_NAMES = 1000


def set_up_rules(app: web.Application) -> Rules:
    """The rules of this appliance; they know nothing until `reload`."""
    store = _RuleStore(app)
    rules = app[keys.RULES] = Rules(
        RuleStore(
            read=store.read,
            write=store.write,
            refuse=store.refuse,
            tell=store.tell,
            fail=store.fail,
        ),
        _Hands(app),
        key_of=store.key_of,
        zone=ZoneInfo(app[keys.SETTINGS].time_zone),
    )
    return rules


class _RuleStore:
    """The queries that rules need."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def read(self) -> RuleBook:
        async with self._app[keys.DATABASE].read() as session:
            rows = await every_rule(session)
            return RuleBook(
                rules=[_stored(row) for row in rows],
                memories=await read_memories(session),
                has_experiment=await running_experiment(session) is not None,
            )

    def key_of(self, public_id: str) -> int | None:
        station = self._app[keys.STATION]
        doubt = station.doubt(public_id)
        if doubt:
            raise MissingError(doubt)
        event = station.event_by_public_id(public_id)
        return event.id if event else None

    async def write(self, happenings: Sequence[Happening]) -> None:
        async def work(session: "AsyncSession") -> None:
            for happening in happenings:
                await self._store(session, happening)

        await self._app[keys.DATABASE].write(work)
        self._app[keys.DISPATCHER].wake()
        self._app[keys.MAILER].wake()

    async def refuse(self, happening: Happening, why: str) -> None:
        name = happening.rule.name
        await self.tell(text("The rule “{name}” could not act. {why}", name=name, why=why))

    async def tell(self, words: str) -> None:
        at_ms = now_ms()
        await self._app[keys.DATABASE].write(
            lambda session: add_log_entry(
                session, words, at_ms=at_ms, logging_type=LoggingType.warning
            )
        )

    def fail(self, why: str) -> None:
        control = self._app[keys.CONTROL]
        if why:
            control.report_failure("rules", why)
        else:
            control.report_recovery("rules")

    async def _store(self, session: "AsyncSession", happening: Happening) -> None:
        rule, at_ms = happening.rule, happening.at_ms
        if not await put_memory(session, rule.id, to_json(happening.state), at_ms=at_ms):
            return
        if happening.fired:
            await note_triggered(session, rule.id, at_ms=at_ms)
        desk = _Desk(self._app, session, at_ms)
        for action in happening.due:
            if action.kind in WRITTEN:
                await WRITTEN[action.kind](desk, happening, action)
        await self._journal(session, happening)

    async def _journal(self, session: "AsyncSession", happening: Happening) -> None:
        if happening.rule.alarm is not None and happening.moves:
            facts = facts_of(self._app, happening)
            await note_moves(session, facts, happening.moves)


def _stored(row: "Rule") -> StoredRule:
    return StoredRule(
        public_id=row.public_id,
        name=row.name,
        event_public_id=row.event_public_id,
        operator=row.operator,
        threshold=row.threshold,
        threshold_high=row.threshold_high,
        action_type=row.action_type,
        webhook_event_type=row.webhook_event_type,
        enabled=row.enabled,
        cooldown_seconds=row.cooldown_seconds,
        more=read_more(row.more_json),
    )


class _Desk:
    """Writes of actions, in the transaction of their cause."""

    def __init__(self, app: web.Application, session: "AsyncSession", at_ms: int) -> None:
        self._app = app
        self._session = session
        self.at_ms = at_ms

    async def note(self, words: str, logging_type: LoggingType) -> None:
        await add_log_entry(self._session, words, at_ms=self.at_ms, logging_type=logging_type)

    async def deliver(self, event_type: WebhookEventType, details: Details, text: str) -> None:
        await queue_deliveries(
            self._session, event_type, at_ms=self.at_ms, details=details, text=text
        )

    async def mail(self, to: str, *, subject: str, lines: Sequence[str]) -> str:
        settings = self._app[keys.SETTINGS]
        at = from_ms(self.at_ms).astimezone(ZoneInfo(settings.time_zone))
        body = "\n".join((*lines, "", f"{settings.site_name}, {at:%Y-%m-%d %H:%M:%S %Z}"))
        return await queue_email(
            self._session, to=to, subject=f"{settings.site_name}: {subject}", body=body,
            at_ms=self.at_ms,
        )  # fmt: skip

    async def annotate(self, text: str, *, rule: str, key: int | None) -> None:
        running, event = await running_experiment(self._session), self.channel(key)
        await add_annotation(
            self._session,
            author=f"Rule “{rule}”"[:255],
            at_ms=self.at_ms,
            values={
                "at_ms": self.at_ms,
                "text": text,
                "event_public_id": event.public_id if event else None,
                "experiment_public_id": running.public_id if running else None,
            },
        )

    async def start_experiment(self, name: str) -> str:
        for number in range(1, MOST_NAMES):
            wanted = name if number == 1 else f"{name} {number}"
            running = await running_experiment(self._session)
            if running is not None:
                return text("“{name}” is running.", name=running.name)
            try:
                async with self._session.begin_nested():
                    await start_experiment(
                        self._session, name=wanted, at_ms=self.at_ms, user_public_id=None
                    )
            except ConflictError:
                continue
            return ""
        return text("There are too many experiments named “{name}”.", name=name)

    async def stop_experiment(self) -> str:
        running = await running_experiment(self._session)
        if running is None:
            return text("None is running.")
        await stop_experiment(self._session, running.public_id, at_ms=self.at_ms)
        return ""

    def channel(self, key: int | None) -> "Event | None":
        return self._app[keys.STATION].event(key) if key is not None else None


class _Hands:
    """Commands of rules, in their own name."""

    def __init__(self, app: web.Application) -> None:
        self._app = app

    async def command(
        self, event_public_id: str, value: float, *, rule: str, over_s: float, pulse_s: float | None
    ) -> None:
        await self._app[keys.CONTROL].command(
            event_public_id, value, actor=_actor(rule), why=_why(rule), over_s=over_s,
            pulse_s=pulse_s, confirmed=True,
        )  # fmt: skip

    async def all_safe(self, *, rule: str) -> None:
        await self._app[keys.CONTROL].make_all_safe(actor=_actor(rule), why=_why(rule))

    def leads_to_safe(self, event_public_id: str, value: float) -> bool:
        return any(
            it.public_id == event_public_id and it.claim.safe_value == value
            for it in self._app[keys.CONTROL].bindings
        )


def _actor(rule: str) -> Actor:
    return Actor(name=f"Rule “{rule}”", role=UserRole.operator, via=f"rule {rule}"[:100])


def _why(rule: str) -> Text:
    return text("rule {rule}", rule=rule)
