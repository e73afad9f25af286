"""The valve cycle of WebMACS 2.x: open for a while, close for a while, so many times."""

from webmacs_edge.model.outputs import ValveCycle


class Phases:
    """Where a valve cycle is; the first phase is open."""

    def __init__(
        self, cycle: ValveCycle, *, mono_ns: int, repeat: int = 1, is_open: bool = True
    ) -> None:
        self._cycle = cycle
        lasts_s = cycle.open_s if is_open else cycle.close_s
        self.repeat = repeat
        self.is_open = is_open
        self._ends_ns = mono_ns + int(lasts_s * 1e9)

    def is_over(self, mono_ns: int) -> bool:
        """Whether the present phase has ended."""
        return mono_ns >= self._ends_ns

    def next(self, mono_ns: int) -> "Phases | None":
        """The phase that begins now; None after the last one."""
        if self.is_open:
            return Phases(self._cycle, mono_ns=mono_ns, repeat=self.repeat, is_open=False)
        if self.repeat >= self._cycle.repeats:
            return None
        return Phases(self._cycle, mono_ns=mono_ns, repeat=self.repeat + 1)
