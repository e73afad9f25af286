"""What the functions of time in a formula remember; time is monotonic seconds, given."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

Values = Sequence[float]
Part = Callable[[Values], float]  # a part of a formula: values of the channels -> its value

BUCKETS = 120  # of a moving mean, whatever its length
LONGEST_GAP_S = 10.0  # time that passed unseen is not integrated
_HALF = 2
_COUNTS_PER_S = 100_000.0  # no input of a Revolution Pi counts faster
_SLACK_COUNTS = 100_000.0


class Cell(Protocol):
    """One function of time; looked at once per scan, then read as often as the formula likes."""

    value: float

    def look(self, values: Values, now_s: float) -> None:
        """Take the values of this scan in."""

    def take_over(self, old: Any) -> None:
        """Go on from what another one for the same knew."""

    def state(self) -> list[float] | None:
        """What outlives a restart; None: nothing does."""

    def restore(self, state: Sequence[float], seen_s: float) -> None:
        """Go on from what was known at `seen_s`, on the present clock."""


class _Remembering:
    """What knows something that a new formula takes over."""

    value = 0.0
    _known: ClassVar[tuple[str, ...]]  # names of its attributes that hold it

    def take_over(self, old: Any) -> None:
        """Go on from what another one for the same knew."""
        for name in ("value", *self._known):
            setattr(self, name, getattr(old, name))


class _Forgetful(_Remembering):
    """What only lasts as long as the process."""

    def state(self) -> list[float] | None:
        """What outlives a restart."""
        return None

    def restore(self, state: Sequence[float], seen_s: float) -> None:
        """Nothing was kept."""


class Delta(_Forgetful):
    """How much a part has changed: since the last scan, or over so many seconds."""

    _known = ("_seen",)

    def __init__(self, part: Part, span_s: float = 0.0, *, per_second: bool = False) -> None:
        self._part, self._span_s, self._per_second = part, span_s, per_second
        self._seen: deque[tuple[float, float]] = deque(maxlen=BUCKETS + 1)  # at, value

    def look(self, values: Values, now_s: float) -> None:
        """Take the values of this scan in."""
        fresh, seen = self._part(values), self._seen
        if not seen:
            seen.append((now_s, fresh))
            return
        while len(seen) > 1 and now_s - seen[1][0] >= self._span_s:
            seen.popleft()
        at_s, old = seen[0]
        passed_s = now_s - at_s
        if passed_s > 0:
            self.value = (fresh - old) / passed_s if self._per_second else fresh - old
        if now_s - seen[-1][0] >= self._span_s / BUCKETS:
            seen.append((now_s, fresh))


class Mean(_Forgetful):
    """The mean over the last so many seconds, weighted by time."""

    _known = ("_buckets", "_seconds", "_sum", "_open_s", "_open_sum", "_last")

    def __init__(self, part: Part, span_s: float) -> None:
        self._part, self._span_s = part, span_s
        self._width_s = span_s / BUCKETS
        self._buckets: deque[tuple[float, float, float]] = deque()  # end, seconds, value * seconds
        self._seconds = self._sum = 0.0
        self._open_s = self._open_sum = 0.0
        self._last: tuple[float, float] | None = None

    def look(self, values: Values, now_s: float) -> None:
        """Take the values of this scan in."""
        fresh = self._part(values)
        if self._last is not None:
            at_s, old = self._last
            passed_s = now_s - at_s
            if 0 < passed_s <= LONGEST_GAP_S:
                self._open_s += passed_s
                self._open_sum += passed_s * (old + fresh) / _HALF
        self._last = (now_s, fresh)
        if self._open_s >= self._width_s:
            self._seal(now_s)
        while self._buckets and now_s - self._buckets[0][0] > self._span_s:
            _, seconds, part = self._buckets.popleft()
            self._seconds -= seconds
            self._sum -= part
        seconds = self._seconds + self._open_s
        self.value = (self._sum + self._open_sum) / seconds if seconds > 0 else fresh

    def _seal(self, now_s: float) -> None:
        self._buckets.append((now_s, self._open_s, self._open_sum))
        self._open_s = self._open_sum = 0.0
        self._seconds = sum(bucket[1] for bucket in self._buckets)  # anew: errors do not add up
        self._sum = sum(bucket[2] for bucket in self._buckets)


class Integral(_Remembering):
    """A part times seconds, added up; back to 0 while `reset` is true."""

    _known = ("_last",)

    def __init__(self, part: Part, reset: Part | None = None) -> None:
        self._part, self._reset = part, reset
        self._last: tuple[float, float] | None = None

    def look(self, values: Values, now_s: float) -> None:
        """Take the values of this scan in."""
        fresh = self._part(values)
        if self._last is not None:
            at_s, old = self._last
            passed_s = now_s - at_s
            if 0 < passed_s <= LONGEST_GAP_S:
                self.value += passed_s * (old + fresh) / _HALF
        self._last = (now_s, fresh)
        if self._reset is not None and self._reset(values):
            self.value = 0.0

    def state(self) -> list[float] | None:
        """What outlives a restart."""
        return [self.value]

    def restore(self, state: Sequence[float], seen_s: float) -> None:  # noqa: ARG002 nothing was seen
        """Go on from what was known."""
        self.value = state[0]


class Total(_Remembering):
    """A counter that goes on where the module's own wraps or starts again from 0.

    `span` is one whole turn of the module's counter, in the unit of the channel; 0: it has none.
    A signed one (an encoder) may turn either way.
    """

    _known = ("_last",)

    def __init__(
        self, part: Part, reset: Part | None = None, *, span: float, step: float, signed: bool
    ) -> None:
        self._part, self._reset = part, reset
        self._span, self._step, self._signed = span, step, signed
        self._last: tuple[float, float] | None = None

    def look(self, values: Values, now_s: float) -> None:
        """Take the values of this scan in."""
        fresh = self._part(values)
        if self._last is not None:
            at_s, old = self._last
            self.value += self._advance(old, fresh, max(0.0, now_s - at_s))
        self._last = (now_s, fresh)
        if self._reset is not None and self._reset(values):
            self.value = 0.0

    def state(self) -> list[float] | None:
        """What outlives a restart."""
        return None if self._last is None else [self.value, self._last[1]]

    def restore(self, state: Sequence[float], seen_s: float) -> None:
        """Go on from what was known."""
        self.value, last = state
        self._last = (seen_s, last)

    def _advance(self, old: float, fresh: float, passed_s: float) -> float:
        """What was counted in between; what looks like neither going on nor a wrap is a reset."""
        plausible = self._step * (_SLACK_COUNTS + _COUNTS_PER_S * passed_s)
        moved = fresh - old
        if self._signed:
            if self._span:
                moved = (moved + self._span / _HALF) % self._span - self._span / _HALF
            return moved if abs(moved) <= plausible else fresh
        if moved >= 0:
            return moved
        wrapped = moved + self._span
        return wrapped if self._span and 0 <= wrapped <= plausible else fresh
