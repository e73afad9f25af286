"""A busy web side without a browser: `python -m bench.visitors ADDRESS` until its input ends.

Eight live pages follow their streams, and one visitor after the other opens pages, trends and
lists of the API, ten of them a second. The visitors take little of the machine themselves, as at a
plant, where their browsers run on other computers; the appliance has more to do than for one page
in Chromium. Tells at the end how much was answered.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import aiohttp

from bench.appliance import EMAIL, PASSWORD
from bench.witness import be_anybody

STREAMS, PAUSE_S, WAIT_S = 8, 0.1, 30.0
PATHS = (
    "/", "/trends", "/history", "/events", "/alarms", "/outputs", "/log", "/rules", "/system",
    "/api/v1/events", "/api/v1/datapoints/latest", "/api/v1/datapoints?page_size=100",
    "/health?detail=1", "/api/v1/logging",
)  # fmt: skip


async def visit(address: str) -> dict[str, int]:
    """Be busy until the input ends; how many answers came, by kind."""
    seen: Counter[str] = Counter()
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=WAIT_S, sock_read=WAIT_S)
    jar = aiohttp.CookieJar(unsafe=True)  # of an address without a name
    async with aiohttp.ClientSession(address, timeout=timeout, cookie_jar=jar) as session:
        body = {"email": EMAIL, "password": PASSWORD}
        async with session.post("/sign-in", data=body) as answer:
            if answer.url.path != "/":
                raise SystemExit(f"Nobody is signed in: {answer.url}")
        busy = [asyncio.create_task(_follow(session, seen)) for _ in range(STREAMS)]
        busy.append(asyncio.create_task(_look_around(session, seen)))
        print("ready", flush=True)
        ends = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        done, _ = await asyncio.wait({ends, *busy}, return_when=asyncio.FIRST_COMPLETED)
        for task in busy:
            task.cancel()
        for task in done - {ends}:
            task.result()  # a visitor that fails early ends the run
    return dict(seen)


async def _follow(session: aiohttp.ClientSession, seen: Counter[str]) -> None:
    async with session.get("/streams/live") as stream:
        stream.raise_for_status()
        async for line in stream.content:
            seen["messages"] += line.startswith(b"data:")


async def _look_around(session: aiohttp.ClientSession, seen: Counter[str]) -> None:
    for path in cycle(PATHS):
        async with session.get(path) as answer:
            answer.raise_for_status()
            await answer.read()
        seen["pages" if not path.startswith(("/api", "/health")) else "answers"] += 1
        await asyncio.sleep(PAUSE_S)


@asynccontextmanager
async def visitors(address: str) -> AsyncIterator[dict[str, int]]:
    """Busy visitors meanwhile, in a process of their own; what they saw stands there at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.visitors", address,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), WAIT_S)  # they are signed in
    seen: dict[str, int] = {}
    try:
        yield seen
    finally:
        told, _ = await asyncio.wait_for(process.communicate(b""), WAIT_S)
        seen |= json.loads(told)


if __name__ == "__main__":
    be_anybody()
    print(json.dumps(asyncio.run(visit(sys.argv[1]))))
