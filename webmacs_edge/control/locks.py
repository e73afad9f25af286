"""What keeps all outputs from being commanded at once: a person, a fault, the end."""

import time

from webmacs_edge.control.orders import Block
from webmacs_edge.model.text import text

STOPPING = text("The appliance is being stopped.")


class Locks:
    """Set from the event loop, read by the acquisition thread; each is one assignment."""

    def __init__(self, *, loop_limit_s: float) -> None:
        self.all_safe = ""  # who asked for it and when, in words
        self.is_stopping = False
        self.is_updating = False
        self._failures: tuple[tuple[str, str], ...] = ()  # stage, why
        self._loop_limit_s = loop_limit_s
        self._loop_seen_ns = 0

    def beat(self) -> None:
        """The event loop lives; before the first beat it is not waited for."""
        self._loop_seen_ns = time.monotonic_ns()

    def report(self, stage: str, why: str) -> None:
        """A stage that commands outputs has failed, or works again (`why` empty)."""
        others = tuple(pair for pair in self._failures if pair[0] != stage)
        self._failures = (*others, (stage, why)) if why else others

    def block(self, notice: str, *, mono_ns: int) -> Block | None:
        """The strongest of what stands in the way of every output now."""
        if self.is_stopping:
            return Block(STOPPING, forces=True, spares_holding=self.is_updating)
        if self.all_safe:
            return Block(self.all_safe, forces=True, untouched_too=True)
        fault = self._fault(mono_ns)
        if fault:
            return Block(fault, forces=True)
        return Block(notice, forces=False) if notice else None

    def words(self, notice: str = "") -> tuple[str, ...]:
        """The same in words, for people."""
        block = self.block(notice, mono_ns=time.monotonic_ns())
        return (block.words,) if block is not None else ()

    def _fault(self, mono_ns: int) -> str:
        silent_s = (mono_ns - self._loop_seen_ns) / 1e9
        if self._loop_limit_s and self._loop_seen_ns and silent_s > self._loop_limit_s:
            return text(
                "The appliance did not answer for {loop_limit:g} s.", loop_limit=self._loop_limit_s
            )
        return next(
            (
                text("The {stage} failed: {why}", stage=stage, why=why)
                for stage, why in self._failures
            ),
            "",
        )
