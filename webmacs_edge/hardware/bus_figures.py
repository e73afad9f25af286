"""How the module bus does, by the driver's own files in sysfs; nothing where there are none."""

from collections.abc import Mapping
from pathlib import Path

from webmacs_edge.hardware.system import SYS

_CYCLE = "class/piControl/piControl0"
_LINE = "bus/serial/drivers/pi-bridge/stats"
FILES = {
    "cycle_duration_us": f"{_CYCLE}/cycle_duration",  # as set; 0: as fast as possible
    "last_cycle_us": f"{_CYCLE}/last_cycle",
    "min_cycle_us": f"{_CYCLE}/min_cycle",
    "max_cycle_us": f"{_CYCLE}/max_cycle",
    "max_cycle_deviation_us": f"{_CYCLE}/max_cycle_deviation",
    "cycles_exceeded": f"{_CYCLE}/cycles_exceeded",
    "cycles_missed": f"{_CYCLE}/cycles_missed",
    "receive_errors": f"{_LINE}/stat_rx_err",
    "send_errors": f"{_LINE}/stat_tx_err",
}


def read_bus_figures(sys: Path = SYS) -> Mapping[str, int]:
    """Those that this driver offers, by the names above. Blocks shortly: call it in a thread."""
    found = {name: _number(sys / file) for name, file in FILES.items()}
    return {name: number for name, number in found.items() if number is not None}


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii").split()[0], 0)
    except (OSError, ValueError, IndexError):
        return None
