"""Values that somebody typed in the place of measured ones, for a while."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webmacs_edge.model.forced import Forced
from webmacs_edge.model.text import text


@dataclass(frozen=True, slots=True)
class Standing:
    """One forced value with its end on the monotonic clock."""

    forced: Forced
    until_ns: int
    words: str


class Forcing:
    """What is forced now. Replaced as a whole by the loop, read by the acquisition thread."""

    def __init__(self) -> None:
        self._standing: Mapping[int, Standing] = {}

    def use(self, forced: Iterable[Forced], *, at_ms: int) -> None:
        """Go by these; each ends when its time is up, whatever the wall clock does meanwhile."""
        now_ns, known = time.monotonic_ns(), self._standing
        fresh: dict[int, Standing] = {}
        for one in forced:
            old = known.get(one.key)
            if old is not None and old.forced == one:
                fresh[one.key] = old
                continue
            left_ms = min(one.until_ms - at_ms, one.until_ms - one.started_on_ms)
            words = text("Forced by {by}: {reason}", by=one.by, reason=one.reason)
            fresh[one.key] = Standing(one, now_ns + max(0, left_ms) * 1_000_000, words)
        self._standing = fresh

    def standing(self, mono_ns: int) -> Mapping[int, Standing]:
        """Those whose time is not up, by key of the channel."""
        standing = self._standing
        if not standing or all(it.until_ns > mono_ns for it in standing.values()):
            return standing
        return {key: it for key, it in standing.items() if it.until_ns > mono_ns}

    def ended(self, mono_ns: int) -> list[Forced]:
        """Those whose time is up and that nobody has written down yet."""
        return [it.forced for it in self._standing.values() if it.until_ns <= mono_ns]
