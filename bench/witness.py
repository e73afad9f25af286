"""How well this machine lets anybody keep time, while something else is measured on it.

As a program (`python -m bench.witness 100`): a process that wakes up on every beat, does nothing,
and tells on its standard input's end how many beats came more than a period late.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Witness:
    """What an idle process of the same priority saw; filled in when it has stopped."""

    beats: int = 0
    missed: int = 0  # came more than a period late
    worst_ms: float = 0.0

    def __str__(self) -> str:
        """For the end of a row."""
        return (
            f"an idle process beside it missed {self.missed} of {self.beats} beats, "
            f"late by at most {self.worst_ms:.0f} ms"
        )


@asynccontextmanager
async def watching(hz: float) -> AsyncIterator[Witness]:
    """Let a witness watch the machine meanwhile."""
    witness = Witness()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", __file__, str(hz),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield witness
    finally:
        told, _ = await asyncio.wait_for(process.communicate(b""), 10.0)
        witness.beats, witness.missed, witness.worst_ms = json.loads(told)


def _keep_time(hz: float) -> tuple[int, int, float]:
    is_over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        is_over.set()

    threading.Thread(target=wait, daemon=True).start()
    period_s = 1 / hz
    beats, missed, worst_s = 0, 0, 0.0
    next_s = time.monotonic()
    while not is_over.is_set():
        time.sleep(max(0.0, next_s - time.monotonic()))
        late_s = time.monotonic() - next_s
        beats, missed, worst_s = beats + 1, missed + (late_s > period_s), max(worst_s, late_s)
        next_s += period_s * (1 + late_s // period_s)
    return beats, missed, worst_s * 1000


if __name__ == "__main__":
    print(json.dumps(_keep_time(float(sys.argv[1]))))
