"""The rules of the site at work: read, looked by, remembered."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from webmacs_edge.model.alarm_deeds import Deed, refusal
from webmacs_edge.model.alarms import Move
from webmacs_edge.model.errors import ConflictError, NotFoundError, StoreError
from webmacs_edge.model.rule_definitions import RuleDefinition, is_open
from webmacs_edge.model.samples import Arrivals, Scan
from webmacs_edge.model.text import text
from webmacs_edge.model.times import now_ms
from webmacs_edge.rules.acting import Doer, Scribe
from webmacs_edge.rules.actions.desk import Hands
from webmacs_edge.rules.engine import Engine, Happening
from webmacs_edge.rules.reading import KeyOf, NeedsLook, StoredRule, define
from webmacs_edge.rules.stored import from_json
from webmacs_edge.rules.traces import Traces
from webmacs_edge.service import Health, every, finish

log = logging.getLogger(__name__)

TICK_S = 0.5
SILENT_MS = 1000  # without a scan for so long the rules are looked at all the same
MS_PER_S = 1000
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything that the store knows of rules; `memories` by public id, as JSON."""

    rules: Sequence[StoredRule]
    memories: Mapping[str, str]
    has_experiment: bool


@dataclass(frozen=True, slots=True)
class RuleStore:
    """The store's functions on rules, handed over by the composition root."""

    read: Callable[[], Awaitable[RuleBook]]
    write: Callable[[Sequence[Happening]], Awaitable[object]]
    refuse: Callable[[Happening, str], Awaitable[object]]  # notes what could not be done, and why
    tell: Callable[[str], Awaitable[object]]  # writes a warning into the log
    fail: Callable[[str], None]  # told why the rules have failed; "" when they work again


class Rules:
    """A service and a sink: looks at every rule for every sample."""

    name = "rules"

    def __init__(self, store: RuleStore, hands: Hands, *, key_of: KeyOf, zone: ZoneInfo) -> None:
        self._store = store
        self._on_failure = store.fail
        self._key_of = key_of
        self._zone = zone
        self._looked_ms = 0  # monotonic
        self._has_experiment = False
        self._is_stale = False
        self._has_read = False
        self.failure = ""  # of our own code, in words: rules rest until they are read again
        self.health = Health(self.name)
        self.needs_look: tuple[NeedsLook, ...] = ()
        self.engine = Engine(self._take, is_open=self.is_open)
        self.scribe = Scribe(store.write)
        self.traces = Traces()
        self.trying = asyncio.Lock()  # of dry runs: one at a time
        self.doer = Doer(hands, self._refused)

    async def reload(self) -> None:
        """Read the rules again (after somebody changed one, a channel, an experiment)."""
        book = await self._store.read()
        at_ms = now_ms()
        ids = [rule.public_id for rule in book.rules]
        found = [define(rule, self._key_of, other_rules=ids) for rule in book.rules]
        self._has_experiment = book.has_experiment
        known = {it.public_id for it in self.needs_look}
        self.needs_look = tuple(it for it in found if isinstance(it, NeedsLook))
        self._is_stale = False
        if self.failure:
            self.failure = ""
            self._on_failure("")
        self.engine.use(
            [it for it in found if isinstance(it, RuleDefinition)],
            {it: from_json(text, now_ms=at_ms) for it, text in book.memories.items()},
        )
        if self._has_read:
            for it in self.needs_look:
                if it.public_id not in known:
                    said = text("The rule “{name}” needs a look. {why}", name=it.name, why=it.why)
                    await self._store.tell(said)
        self._has_read = True

    async def handle(
        self,
        rule_ids: Sequence[str],
        deed: Deed,
        write: Callable[[Sequence[Happening]], Awaitable[object]],
        *,
        is_bulk: bool = False,
    ) -> int:
        """Do something to alarms for somebody: `write` stores it, only then the alarms move.

        Those to which it does not apply are passed over; where it applies to none, ConflictError
        says why, unless it is asked for in bulk. Runs to its end even if the caller is cancelled.
        Returns how many moved.
        """
        if is_bulk and not rule_ids:
            return 0
        return await finish(self._handle(rule_ids, deed, write, is_bulk=is_bulk))

    async def _handle(
        self,
        rule_ids: Sequence[str],
        deed: Deed,
        write: Callable[[Sequence[Happening]], Awaitable[object]],
        *,
        is_bulk: bool,
    ) -> int:
        async with self.scribe.settled():
            ids = dict.fromkeys(rule_ids)
            plans = (self.engine.plan_alarm(it, deed.step, at_ms=deed.at_ms) for it in ids)
            planned = [it for it in plans if it is not None]
            if not planned and not is_bulk:
                raise self._refuse(rule_ids[0], deed)
            if planned:
                await write(planned)
            for plan in planned:
                self._apply(plan, deed)
        return len(planned)

    def _apply(self, plan: Happening, deed: Deed) -> None:
        """The same step on the alarm as it is by now, and on what waits to be stored of it."""
        moved = self.engine.move_alarm(plan.rule.id, deed.step, at_ms=deed.at_ms)
        self.scribe.amend(plan.rule.id, deed.step)
        if moved is None:
            return
        more = tuple(it for it in moved.moves if it not in plan.moves)
        if Move.raised in plan.moves and Move.raised not in moved.moves:
            more = (*more, Move.returned)  # the condition went while we wrote
        if more:
            self.scribe.take([replace(moved, moves=more)])

    def _refuse(self, rule_id: str, deed: Deed) -> ConflictError | NotFoundError:
        alarm = self.engine.alarm(rule_id)
        if alarm is None:
            return NotFoundError(text("There is no alarm of a rule {rule_id}.", rule_id=rule_id))
        names = (it.definition.name for it in self.engine.machines() if it.definition.id == rule_id)
        return ConflictError(refusal(deed, alarm, next(names)))

    def refresh(self) -> None:
        """Channels have changed: read the rules again soon."""
        self._is_stale = True

    async def run(self) -> None:
        """Let time pass for rules while no scan comes."""
        await every(TICK_S, self._tick)

    def take(self, scan: Scan) -> None:
        """Look at the rules for a scan of ours."""
        self._looked_ms = scan.mono_ns // NS_PER_MS
        self._guard(lambda: self.engine.take(scan))

    def take_arrivals(self, arrivals: Arrivals) -> None:
        """Look at the rules for values that were sent."""
        self._guard(lambda: self.engine.take_arrivals(arrivals))

    def _guard(self, look: Callable[[], None]) -> None:
        """A fault in rules must neither stop recording nor pass unnoticed.

        `failure` is what outputs that rules command are made safe for.
        """
        if self.failure:
            return
        try:
            look()
        except Exception as error:
            log.exception("The rules have failed and rest until they are changed or we restart.")
            self.failure = f"{type(error).__name__}: {error}"
            self._on_failure(self.failure)

    def is_open(self, rule: RuleDefinition, at_ms: int) -> bool:
        """Whether the rule looks at this moment: its windows, and an experiment if it asks so."""
        if rule.only_in_experiment and not self._has_experiment:
            return False
        return self.is_within(rule, at_ms)

    def is_within(self, rule: RuleDefinition, at_ms: int) -> bool:
        """Whether the moment lies in its schedule."""
        if not rule.windows:
            return True
        local = datetime.fromtimestamp(at_ms / MS_PER_S, self._zone)
        return is_open(rule.windows, weekday=local.weekday(), minute=local.hour * 60 + local.minute)

    async def _tick(self) -> None:
        if self._is_stale:
            try:
                await self.reload()
            except StoreError as error:
                self.health.bad(error)
            else:
                self.health.good()
        mono_ms = time.monotonic_ns() // NS_PER_MS
        if mono_ms - self._looked_ms >= SILENT_MS:
            self._guard(lambda: self.engine.tick(at_ms=now_ms(), mono_ms=mono_ms))

    async def _refused(self, happening: Happening, why: str) -> None:
        self.traces.refuse(happening, why)
        await self._store.refuse(happening, why)

    def _take(self, happenings: list[Happening]) -> None:
        self.traces.take(happenings)
        self.doer.take(happenings)
        self.scribe.take(happenings)
