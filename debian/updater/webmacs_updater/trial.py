"""The trial of a version: how long it may take to answer well, from its own first process on."""

import os

START_LIMIT_S = 90.0  # until systemd has ended the old process, which may take it 30 s, and begun
HEALTH_LIMIT_S, STEADY_S = 45.0, 5.0


class Trial:
    """Is told again and again how things stand. Times are of the monotonic clock."""

    def __init__(self, version: str, *, asked_s: float) -> None:
        self._version, self._asked_s = version, asked_s
        self._begun_s: float | None = None  # the first process: one that crashes gains no time
        self._answered_s: float | None = None
        self._well_s: float | None = None

    def look(self, at_s: float, *, begun_s: float, why: str) -> str | None:
        """How it has ended, "" for well; None: not yet. `begun_s` is of the newest process."""
        if self._begun_s is None:
            if begun_s < self._asked_s:  # still the one before
                return self._not_begun(at_s)
            self._begun_s = begun_s
        if not why:
            return self._is_well(at_s)
        self._well_s = None
        if at_s < self._begun_s + HEALTH_LIMIT_S:
            return None
        return f"{why} {self.told()}"

    def told(self) -> str:
        """How long everything has taken, for whoever asks why."""
        if self._begun_s is None:
            return busy()
        parts = [f"It was started after {self._begun_s - self._asked_s:.1f} s"]
        if self._answered_s is not None:
            parts.append(f"first well {self._answered_s - self._begun_s:.1f} s later")
        return f"{', '.join(parts)}. {busy()}".strip()

    def _not_begun(self, at_s: float) -> str | None:
        if at_s < self._asked_s + START_LIMIT_S:
            return None
        return f"Version {self._version} was not started within {START_LIMIT_S:.0f} s. {busy()}"

    def _is_well(self, at_s: float) -> str | None:
        """What is well in time is watched to the end of it."""
        if self._answered_s is None:
            self._answered_s = at_s
        if self._well_s is None:
            self._well_s = at_s
        return "" if at_s - self._well_s >= STEADY_S else None


def busy() -> str:
    """That the box has much else to do, where it has."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return f"The box was busy: a load of {load:.1f} on {cores} cores." if load > 2 * cores else ""
