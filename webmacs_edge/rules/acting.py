"""Does what rules call for: outputs at once, everything else in one transaction with its cause."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from webmacs_edge.model.alarms import Alarm, AlarmKind, Step
from webmacs_edge.model.errors import StoreError, WebmacsError
from webmacs_edge.model.rule_definitions import Action
from webmacs_edge.model.text import text
from webmacs_edge.rules.actions import DONE
from webmacs_edge.rules.actions.desk import Hands
from webmacs_edge.rules.actions.output import target_of
from webmacs_edge.rules.engine import Happening
from webmacs_edge.service import Health, finish

MOST_WAITING = 10_000
BATCH = 200
RETRY_S = 2.0
MOST_PER_MINUTE = 30  # of one rule's outputs: a rule that drives its own input is slowed down
MS_PER_MINUTE = 60_000


class Scribe:
    """A sink of happenings: stores them in their order, in batches, when the loop has time."""

    name = "rule journal"

    def __init__(self, write: Callable[[Sequence[Happening]], Awaitable[object]]) -> None:
        self._write = write
        self._waiting: deque[Happening] = deque()
        self._arrived = asyncio.Event()
        self._writing = asyncio.Lock()
        self.dropped = 0
        self.health = Health(self.name)

    def take(self, happenings: Sequence[Happening]) -> None:
        """Queue them; when the disk cannot keep up count what is lost."""
        room = MOST_WAITING - len(self._waiting)
        self._waiting.extend(happenings[:room])
        self.dropped += max(0, len(happenings) - room)
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """How many are not stored yet."""
        return len(self._waiting)

    async def run(self) -> None:
        """Store what comes; on the way out what is left."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting and await self._flush():
                    pass
                if self._waiting:
                    await asyncio.sleep(RETRY_S)
                    self._arrived.set()
        finally:
            while self._waiting and await self._flush():
                pass

    @asynccontextmanager
    async def settled(self) -> AsyncIterator[None]:
        """Inside, all that was waiting is stored, and nothing is written; else StoreError."""
        async with self._writing:
            while self._waiting:
                await finish(self._store_some())
            yield

    def amend(self, rule_id: str, step: Callable[[Alarm, AlarmKind], Step]) -> None:
        """Somebody's step on an alarm was stored: what waits of its rule comes after it.

        Only inside `settled`.
        """
        for position, happening in enumerate(self._waiting):
            settings = happening.rule.alarm
            if happening.rule.id == rule_id and settings is not None:
                alarm, _ = step(happening.state.alarm, settings.kind)
                state = replace(happening.state, alarm=alarm)
                self._waiting[position] = replace(happening, state=state)

    async def _flush(self) -> bool:
        try:
            async with self._writing:
                await finish(self._store_some())  # half way it would be stored once more at the end
        except StoreError as error:
            self.health.bad(error)
            return False
        self.health.good()
        return True

    async def _store_some(self) -> None:
        batch = [self._waiting[position] for position in range(min(BATCH, len(self._waiting)))]
        await self._write(batch)
        for _ in batch:
            self._waiting.popleft()


class Doer:
    """A sink of happenings: commands outputs at once; `refused` is told what could not be done."""

    name = "rule actions"

    def __init__(
        self, hands: Hands, refused: Callable[[Happening, str], Awaitable[object]]
    ) -> None:
        self._hands = hands
        self._refused = refused
        self._waiting: asyncio.Queue[tuple[Happening, Action | None]] = asyncio.Queue(MOST_WAITING)
        self._recent: dict[str, deque[int]] = {}
        self.dropped = 0
        self.slowed: dict[str, str] = {}  # by rule id: rules that act too often, in words
        self.health = Health(self.name)

    def take(self, happenings: Sequence[Happening]) -> None:
        """Queue what is to be done at once."""
        for happening in happenings:
            for action in happening.due:
                if action.kind in DONE and self._may(happening, action):
                    self._queue(happening, action)

    async def run(self) -> None:
        """Do one after the other, in their order."""
        while True:
            happening, action = await self._waiting.get()
            if action is None:
                await self._tell(happening, self.slowed.get(happening.rule.id, ""))
                continue
            try:
                await DONE[action.kind](self._hands, happening, action)
            except WebmacsError as error:
                await self._tell(happening, str(error))

    def _queue(self, happening: Happening, action: Action | None) -> None:
        try:
            self._waiting.put_nowait((happening, action))
        except asyncio.QueueFull:
            self.dropped += 1

    def _may(self, happening: Happening, action: Action) -> bool:
        """A rule whose output drives its own input would switch as fast as the plant allows.

        What leads to the safe value is never held back.
        """
        if action.kind != "output" or self._hands.leads_to_safe(*target_of(action)):
            return True
        recent = self._recent.setdefault(happening.rule.id, deque())
        while recent and happening.at_ms - recent[0] >= MS_PER_MINUTE:
            recent.popleft()
        if len(recent) < MOST_PER_MINUTE:
            recent.append(happening.at_ms)
            self.slowed.pop(happening.rule.id, None)
            return True
        if happening.rule.id not in self.slowed:
            self.slowed[happening.rule.id] = text(
                "It switches more than {most} times a minute and is held back. Does it drive its "
                "own input? Give it a deadband or a delay.",
                most=MOST_PER_MINUTE,
            )
            self._queue(happening, None)
        return False

    async def _tell(self, happening: Happening, why: str) -> None:
        try:
            await self._refused(happening, why)
        except StoreError as error:
            self.health.bad(error)
        else:
            self.health.good()
