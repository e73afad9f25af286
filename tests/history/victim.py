"""Records without pause until it is killed; prints the newest stamp after each flush."""

import asyncio
import sys
from pathlib import Path

from tests.history.conftest import history_in
from tests.history.scans import NOON_MS, scan
from webmacs_edge.model.times import HOUR_MS

CHANNELS = 20
SCANS_PER_HOUR = 180  # so that a good deal is sealed


def at_ms(index: int) -> int:
    """The stamp of the `index`-th scan of all processes."""
    return NOON_MS + index * HOUR_MS // SCANS_PER_HOUR


def value(index: int) -> float:
    """What all channels show then."""
    return float(index)


async def record(directory: Path, start: int) -> None:
    """Take 7 scans per flush for ever, beginning with scan `start`."""
    async with history_in(directory) as history:
        history.recorder.set_resolution(dict.fromkeys(range(1, CHANNELS + 1), 1))
        index = start
        while True:
            for _ in range(7):
                history.recorder.take(scan(at_ms(index), [value(index)] * CHANNELS))
                index += 1
            if await history.recorder.flush():
                print(index - 1, flush=True)  # noqa: T201 the test reads it


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), int(sys.argv[2])))
