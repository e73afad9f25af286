"""Records, seals and carries without pause until it is killed; prints the newest stamp it kept."""

import asyncio
import sys
from pathlib import Path

from tests.history.scans import scan
from tests.history.victim import CHANNELS, at_ms, value
from tests.postgres.conftest import remote_history


async def record(directory: Path, url: str, start: int) -> None:
    """Take 7 scans per flush for ever, beginning with scan `start`, and carry after each."""
    async with remote_history(directory, url, exclusive=True) as (history, courier):
        history.recorder.set_resolution(dict.fromkeys(range(1, CHANNELS + 1), 1))
        index = start
        while True:
            for _ in range(7):
                history.recorder.take(scan(at_ms(index), [value(index)] * CHANNELS))
                index += 1
            if await history.recorder.flush():
                print(index - 1, flush=True)  # noqa: T201 the test reads it
            await courier.carry()


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
