"""Chromium steered by its DevTools protocol alone, for benches that must leave no trace in a page.

Playwright puts a world of its own into each page as it begins, which takes as long as our scripts.
Here a page is opened by its address and asked only when it stands.
"""

import asyncio
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bench.chromium import ARGUMENTS, CHROMIUM

ANSWER_S, START_S = 30.0, 30.0
WINDOW = "--window-size=1280,807"  # leaves 1280 × 720 for the page


class DevTools:
    """Commands to a browser, and their answers."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Hand each answer to who waits for it, until the browser ends; events are not wanted."""
        async for message in self._socket:
            answer = json.loads(message.data)
            if waiting := self._waiting.pop(answer.get("id"), None):
                waiting.set_result(answer)

    async def do(self, method: str, *, session: str | None = None, **parameters: Any) -> Any:
        """The result of a command; RuntimeError when the browser refuses it."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        command = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        await self._socket.send_json(command)
        answer = await asyncio.wait_for(self._waiting[number], ANSWER_S)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def ask(self, session: str, expression: str) -> Any:
        """The value of an expression in that page; of a promise, what it is kept with."""
        answer = await self.do(
            "Runtime.evaluate",
            session=session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        return answer["result"]["value"]

    @asynccontextmanager
    async def tab(self, cookies: list[dict[str, Any]]) -> AsyncIterator[str]:
        """A tab with an empty cache of its own, on a page without content; its session."""
        context = (await self.do("Target.createBrowserContext"))["browserContextId"]
        try:
            await self.do("Storage.setCookies", cookies=cookies, browserContextId=context)
            target = await self.do(
                "Target.createTarget", url="about:blank", browserContextId=context
            )
            session = await self.do(
                "Target.attachToTarget", targetId=target["targetId"], flatten=True
            )
            yield session["sessionId"]
        finally:
            await self.do("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def devtools() -> AsyncIterator[DevTools]:
    """A browser of one's own, without a window."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = await asyncio.create_subprocess_exec(
            CHROMIUM,
            "--headless",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            WINDOW,
            *ARGUMENTS,
            "about:blank",
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = await asyncio.wait_for(_address(Path(profile)), START_S)
            async with (
                aiohttp.ClientSession() as client,
                client.ws_connect(address, max_msg_size=0) as socket,
                asyncio.TaskGroup() as tasks,
            ):
                tools = DevTools(socket)
                listening = tasks.create_task(tools.listen())
                yield tools
                listening.cancel()
        finally:
            browser.terminate()
            await browser.wait()


async def _address(profile: Path) -> str:
    """Where the browser listens: it writes port and path into its profile, one line each."""
    told = profile / "DevToolsActivePort"
    while not (told.exists() and len(told.read_text().split()) == 2):  # noqa: PLR2004
        await asyncio.sleep(0.05)
    port, path = told.read_text().split()
    return f"ws://127.0.0.1:{port}{path}"
