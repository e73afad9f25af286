"""Other programs on this box that are known to write outputs of the process image."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from webmacs_edge.service import every

KNOWN = {  # a word of the command line -> the name that people know
    "revpipyload": "RevPiPyLoad",
    "revpipyplc": "RevPiPyLoad",
    "node-red": "Node-RED",
    "noderedrevpinodes": "Node-RED (RevPi nodes)",
    "pimodbus": "RevPi Modbus",
    "logirts": "logi.CAD",
    "logicad": "logi.CAD",
    "revpi-connect-mqtt": "RevPi MQTT",
    "codesyscontrol": "CODESYS",
}
LOOK_INTERVAL_S = 60.0
_MOST_PROCESSES = 10_000
_MOST_BYTES = 4096


class WriterWatch:
    """Looks once a minute; `names` is what it saw last."""

    name = "writer watch"

    def __init__(self) -> None:
        self.names: Sequence[str] = ()

    async def run(self) -> None:
        """Look at once, then every minute."""
        await self._look()
        await every(LOOK_INTERVAL_S, self._look)

    async def _look(self) -> None:
        self.names = await asyncio.to_thread(other_writers)


def other_writers(proc: Path = Path("/proc")) -> list[str]:
    """The names of those that run now, each once, in the order of the table; blocks briefly."""
    running = " ".join(_command_lines(proc)).lower()
    return list(dict.fromkeys(name for word, name in KNOWN.items() if word in running))


def _command_lines(proc: Path) -> Iterator[str]:
    """Program and first arguments of each process; those that end meanwhile are left out."""
    try:
        numbers = [name for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 see below
    except OSError:
        return
    for number in numbers[:_MOST_PROCESSES]:
        for file in ("comm", "cmdline"):
            try:
                # A Path for each of hundreds costs more than reading them.
                with open(f"{proc}/{number}/{file}", "rb", buffering=0) as stream:  # noqa: PTH123
                    raw = stream.read(_MOST_BYTES)
            except OSError:
                continue
            words = raw.decode("utf-8", "replace").split("\0")
            yield from (word.strip().rpartition("/")[2] for word in words[:3])
