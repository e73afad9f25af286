"""How many samples come in a second."""

import time

LEAST_MEASURED_S = 0.9


class Rate:
    """Measured over the time since it was measured last, unless that was just now."""

    def __init__(self) -> None:
        self.per_s: float | None = None  # None: not known yet
        self.taken = 0  # samples since then
        self._measured_s = time.monotonic()

    def measure(self, at_s: float) -> None:
        """At this time of the monotonic clock."""
        passed_s = at_s - self._measured_s
        if passed_s >= LEAST_MEASURED_S:
            self.per_s = self.taken / passed_s
            self.taken, self._measured_s = 0, at_s
