"""Lets chunks end where the clock was set: their anchors hold for all their samples."""

import time
from collections import deque
from collections.abc import Mapping

from webmacs_edge.history.clock import CLOCK_STEP_MS, Clock, boot_id, clock_state
from webmacs_edge.history.head import Head
from webmacs_edge.model.clock_marks import ClockEvent, ClockMark

FREE_PATIENCE_S = 600.0  # a clock that runs free is told of after so long: time servers take time
_MOST_NEWS = 100


class ClockWatch:
    """Compares the wall clock with the monotonic one, and asks the kernel about it.

    `news`: what happened to it, for whoever tells people; bounded, the oldest fall out.
    """

    def __init__(self, heads: Mapping[int, Head]) -> None:
        self.boot = boot_id()
        self.state = clock_state()
        self.now_ms = 0  # of the newest scan
        self.news: deque[ClockMark] = deque(maxlen=_MOST_NEWS)
        self.last_set: ClockMark | None = None
        self._mono_ms = 0
        self._heads = heads
        self._told = Clock.UNKNOWN
        self._free_since: tuple[int, float] | None = None  # wall in ms, monotonic in s

    def watch(self, at_ms: int, mono_ms: int) -> None:
        """Look at the clocks of a scan."""
        step_ms = at_ms - self.now_ms - (mono_ms - self._mono_ms)
        if abs(step_ms) > CLOCK_STEP_MS:
            if self.now_ms:
                self.last_set = ClockMark(ClockEvent.set, at_ms, step_ms)
                self.news.append(self.last_set)
            for head in self._heads.values():
                head.close()
        self.now_ms, self._mono_ms = at_ms, mono_ms

    def ask(self) -> None:
        """Ask the kernel whether the clock is synchronised now."""
        state = clock_state()
        if state is not self.state:
            self.state = state
            for head in self._heads.values():
                head.clock = state
                head.close()
        self.note(state, mono_s=time.monotonic())

    def note(self, state: Clock, *, mono_s: float) -> None:
        """Tell once when it is held, and once when it has run free for long."""
        if state is not Clock.FREE:
            self._free_since = None
            if state is Clock.SYNCHRONISED and self._told is not state and self.now_ms:
                self._told = state
                self.news.append(ClockMark(ClockEvent.held, self.now_ms))
            return
        if self._free_since is None and self.now_ms:
            self._free_since = self.now_ms, mono_s
        if self._free_since is None or self._told is state:
            return
        since_ms, since_s = self._free_since
        if mono_s - since_s >= FREE_PATIENCE_S:
            self._told = state
            self.news.append(ClockMark(ClockEvent.free, since_ms))
