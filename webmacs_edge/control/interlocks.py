"""Interlocks in the acquisition thread: judged in every cycle before anything is written."""

from collections.abc import Collection
from dataclasses import dataclass

from webmacs_edge.control.orders import Block
from webmacs_edge.model.conditions import (
    Condition,
    InterlockAction,
    Look,
    Seen,
    is_tripping,
    tripping,
)
from webmacs_edge.model.text import text


@dataclass(frozen=True, slots=True)
class Interlock:
    """Conditions that forbid outputs or force them safe."""

    public_id: str
    name: str
    action: InterlockAction
    outputs: frozenset[int]  # keys of the channels
    conditions: tuple[Condition, ...]
    needs_all: bool = False  # trips only when all conditions do
    is_latching: bool = False  # stays tripped until somebody resets it
    delay_s: float = 0.0  # the conditions must last so long
    latched: str = ""  # why it tripped before the last start, if nobody has reset it since
    doubt: str = ""  # why what it looks at needs somebody's eyes: it counts as tripped until then


@dataclass(frozen=True, slots=True)
class InterlockView:
    """One interlock as pages and programs see it."""

    public_id: str
    cause: str  # "" while it has not tripped
    is_standing: bool  # whether its conditions hold now; a latched one may outlast them
    interlock: Interlock
    seen: tuple[Seen, ...]  # what each condition looked at last


class Guard:
    """One interlock and whether it has tripped; `cause` is what it saw then."""

    def __init__(self, interlock: Interlock) -> None:
        self.interlock = interlock
        self.cause = interlock.latched
        self.is_standing = False  # whether its conditions hold now
        self.look: Look | None = None  # what it looked with last
        self._since_ns: int | None = None

    def judge(self, look: Look, *, mono_ns: int) -> bool:
        """Look at the conditions; True when it tripped or cleared just now."""
        lock, was_tripped = self.interlock, bool(self.cause)
        self.look = look
        if lock.doubt:
            self.is_standing, self.cause = True, lock.doubt
            return not was_tripped
        self.is_standing = is_tripping(
            lock.conditions, look, needs_all=lock.needs_all, was_tripped=was_tripped
        )
        if not self.is_standing:
            self._since_ns = None
            if was_tripped and not lock.is_latching:
                self.cause = ""
            return was_tripped and not self.cause
        if was_tripped:
            return False
        if self._since_ns is None:
            self._since_ns = mono_ns
        if mono_ns - self._since_ns < lock.delay_s * 1e9:
            return False
        self.cause = self._words(look)
        return True

    def reset(self) -> str:
        """Release a latched one; says why it stays, or "" when it is released."""
        if self.is_standing and self.look is not None:
            return text("It cannot be reset yet: {standing}.", standing=self._words(self.look))
        self.cause, self._since_ns = "", None
        return ""

    def take_over(self, old: "Guard") -> None:
        """Go on where the guard of the same interlock stood before it was changed."""
        self.cause, self.is_standing, self.look = old.cause, old.is_standing, old.look

    def view(self, look: Look) -> InterlockView:
        """How it stands now."""
        lock = self.interlock
        seen = tuple(look(condition.key) for condition in lock.conditions)
        return InterlockView(lock.public_id, self.cause, self.is_standing, lock, seen)

    @property
    def block(self) -> Block:
        """What it does to its outputs while tripped."""
        words = text("Interlock “{name}”: {cause}.", name=self.interlock.name, cause=self.cause)
        return Block(
            words=words,
            forces=self.interlock.action is InterlockAction.force_safe,
            untouched_too=True,
        )

    def _words(self, look: Look) -> str:
        """Why it trips; made only when somebody has to be told, not in every cycle."""
        lock = self.interlock
        return lock.doubt or tripping(
            lock.conditions, look, needs_all=lock.needs_all, was_tripped=bool(self.cause)
        )


class Guards:
    """All interlocks; those that are kept unchanged keep their state when the list changes."""

    def __init__(self) -> None:
        self._guards: dict[str, Guard] = {}

    def use(self, interlocks: Collection[Interlock]) -> None:
        """Judge by these from now on."""
        fresh: dict[str, Guard] = {}
        for interlock in interlocks:
            old = self._guards.get(interlock.public_id)
            guard = fresh[interlock.public_id] = Guard(interlock)
            if old is not None:
                guard.take_over(old)
        self._guards = fresh

    def views(self, look: Look) -> dict[str, InterlockView]:
        """How each stands now, by public id."""
        return {public_id: guard.view(look) for public_id, guard in self._guards.items()}

    def get(self, public_id: str) -> Guard | None:
        """The one with this id."""
        return self._guards.get(public_id)

    def judge(self, look: Look, *, mono_ns: int) -> list[Guard]:
        """Judge all; those that tripped or cleared just now."""
        return [guard for guard in self._guards.values() if guard.judge(look, mono_ns=mono_ns)]

    def blocks(self, key: int) -> list[Block]:
        """What tripped interlocks say to this output."""
        return [
            guard.block
            for guard in self._guards.values()
            if guard.cause and key in guard.interlock.outputs
        ]
