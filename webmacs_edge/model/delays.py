"""On-delay and off-delay of a condition: it counts only after it has held, or not, long enough.

Time is what the caller says (milliseconds on one scale, never going back); a state that was stored
and taken up again goes on as if nothing had been in between.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a change must last before it counts, in milliseconds."""

    on_ms: int = 0
    off_ms: int = 0


@dataclass(frozen=True, slots=True)
class Delayed:
    """A condition after its delays, and since when the raw one says otherwise."""

    holds: bool = False
    differs_since_ms: int | None = None

    def due_ms(self, delay: Delay) -> int | None:
        """When it will change if nothing else happens; None when nothing is under way."""
        if self.differs_since_ms is None:
            return None
        return self.differs_since_ms + (delay.off_ms if self.holds else delay.on_ms)


def settle(delayed: Delayed, delay: Delay, *, raw: bool | None, at_ms: int) -> Delayed:
    """What counts at `at_ms`; `raw` None: the condition cannot be judged, what counts stays."""
    delayed = pass_time(delayed, delay, at_ms=at_ms)
    if raw is None or raw == delayed.holds:
        if delayed.differs_since_ms is None:  # as nearly always: nothing is made anew
            return delayed
        return replace(delayed, differs_since_ms=None)
    if delayed.differs_since_ms is None:
        delayed = replace(delayed, differs_since_ms=at_ms)
    return pass_time(delayed, delay, at_ms=at_ms)


def pass_time(delayed: Delayed, delay: Delay, *, at_ms: int) -> Delayed:
    """What counts at `at_ms` when the raw condition has stayed as it was."""
    due_ms = delayed.due_ms(delay)
    if due_ms is None or at_ms < due_ms:
        return delayed
    return Delayed(holds=not delayed.holds)
