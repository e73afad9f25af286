"""The box itself as a device: processor, memory, disk and temperature, from the kernel's files."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

PROC = Path("/proc")
SYS = Path("/sys")
_DEGREES = (-50.0, 150.0)  # beyond, a sensor is not there or broken
_ZONES = ("cpu", "soc", "pkg")  # in the kind of a thermal zone: the processor's


class Box:
    """Reads the figures of this box. Blocks for a millisecond or so: call it in a thread."""

    def __init__(self, data_dir: Path, *, proc: Path = PROC, sys: Path = SYS) -> None:
        self._data_dir = data_dir
        self._proc = proc
        self._sys = sys
        self._ticks: tuple[int, int] | None = None

    def read(self) -> Mapping[str, float | None]:
        """The figures by channel id; None where the system does not say."""
        return {
            "cpu_percent": _known(self._processor),
            "memory_percent": _known(self._memory),
            "disk_percent": _known(self._disk),
            "temperature": _known(self._temperature),
        }

    def _processor(self) -> float | None:
        """Percent busy since the last call; None at the first one."""
        first = (self._proc / "stat").read_text(encoding="ascii").partition("\n")[0]
        ticks = [int(word) for word in first.split()[1:9]]  # guests are counted in user time
        total, idle = sum(ticks), ticks[3] + ticks[4]
        before, self._ticks = self._ticks, (total, idle)
        if before is None or total <= before[0]:
            return None
        return _percent(total - before[0] - (idle - before[1]), total - before[0])

    def _memory(self) -> float | None:
        sizes: dict[str, int] = {}
        for line in (self._proc / "meminfo").read_text(encoding="ascii").splitlines():
            name, _, rest = line.partition(":")
            sizes[name] = int(rest.split()[0])
        return _percent(sizes["MemTotal"] - sizes["MemAvailable"], sizes["MemTotal"])

    def _disk(self) -> float | None:
        """As `df` says it: of what is not kept back for root."""
        status = os.statvfs(self._data_dir)
        used = status.f_blocks - status.f_bfree
        return _percent(used, used + status.f_bavail)

    def _temperature(self) -> float | None:
        """Of the processor, else the first one that can be read."""
        zones = sorted((self._sys / "class/thermal").glob("thermal_zone*"), key=_rank)
        files = [zone / "temp" for zone in zones]
        files += sorted((self._sys / "class/hwmon").glob("hwmon*/temp1_input"))
        degrees = (_known(lambda file=file: _degrees(file)) for file in files)  # type: ignore[misc] # bound in this turn
        return next((value for value in degrees if value is not None), None)


def _rank(zone: Path) -> tuple[bool, str]:
    try:
        kind = (zone / "type").read_text(encoding="ascii").lower()
    except (OSError, ValueError):
        kind = ""
    return not any(word in kind for word in _ZONES), zone.name


def _degrees(file: Path) -> float | None:
    value = int(file.read_text(encoding="ascii")) / 1000
    return value if _DEGREES[0] < value < _DEGREES[1] else None


def _percent(part: int, whole: int) -> float | None:
    return min(100.0, max(0.0, 100.0 * part / whole)) if whole > 0 else None


def _known(figure: Callable[[], float | None]) -> float | None:
    """The figure; None where this system does not offer it, or not in this form."""
    try:
        return figure()
    except (OSError, ValueError, LookupError):
        return None
