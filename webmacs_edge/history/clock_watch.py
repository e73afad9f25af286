"""Lets chunks end where the clock was set: their anchors hold for all their samples."""

from collections.abc import Mapping

from webmacs_edge.history.clock import CLOCK_STEP_MS, boot_id, clock_state
from webmacs_edge.history.head import Head


class ClockWatch:
    """Compares the wall clock with the monotonic one, and asks the kernel about it."""

    def __init__(self, heads: Mapping[int, Head]) -> None:
        self.boot = boot_id()
        self.state = clock_state()
        self.now_ms = 0  # of the newest scan
        self._mono_ms = 0
        self._heads = heads

    def watch(self, at_ms: int, mono_ms: int) -> None:
        """Look at the clocks of a scan."""
        step_ms = at_ms - self.now_ms - (mono_ms - self._mono_ms)
        if abs(step_ms) > CLOCK_STEP_MS:
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
