"""An appliance with open ports, as the command line opens them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.conftest import make_settings
from tests.system.conftest import free_port
from webmacs_edge.app import make_app
from webmacs_edge.config import Settings
from webmacs_edge.hardware.revpi import RevPi
from webmacs_edge.hardware.simulator.process import VirtualRevPi
from webmacs_edge.listening import listen
from webmacs_edge.tls.names import names_of_this_box
from webmacs_edge.web.connections import GUARD, ConnectionGuard

LAN = next((it for it in names_of_this_box().addresses if "." in it and it != "127.0.0.1"), "")
needs_lan = pytest.mark.skipif(not LAN, reason="This machine has no address but the loopback.")


@dataclass(frozen=True)
class House:
    """A running appliance."""

    app: web.Application
    settings: Settings
    session: aiohttp.ClientSession

    def url(self, path: str, *, host: str = "127.0.0.1", port: int = 0, tls: bool = False) -> str:
        """Where something is; at the door of the pages unless another port is given."""
        usual = self.settings.https_port if tls else self.settings.port
        return f"http{'s' * tls}://{host}:{port or usual}{path}"

    @property
    def guard(self) -> ConnectionGuard:
        return self.app[GUARD]

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection to the plain port."""
        return await asyncio.open_connection("127.0.0.1", self.settings.port)

    async def ask_raw(self, text: bytes) -> bytes:
        """Send these bytes; all that comes back until the connection is closed."""
        reader, writer = await self.dial()
        try:
            writer.write(text)
            return await asyncio.wait_for(reader.read(), 10)
        except ConnectionError:
            return b""
        finally:
            writer.close()


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def open_house(tmp_path: Path, empty_config: Path, plant: VirtualRevPi) -> OpenHouse:
    """Appliances on ports of their own, one after the other; keyword arguments are settings."""
    (tmp_path / "data").mkdir()
    shutil.copy(empty_config, tmp_path / "data")

    @asynccontextmanager
    async def opened(**given: Any) -> AsyncIterator[House]:
        settings = make_settings(tmp_path / "data", **{"port": free_port(), **given})
        driver = RevPi(plant.image_path, plant.config_path, simulated=True)
        deaths: list[str] = []
        app = make_app(settings, driver, on_death=deaths.append)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await listen(runner, settings)
            async with aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=False),
                cookie_jar=aiohttp.CookieJar(unsafe=True),
            ) as session:
                yield House(app, settings, session)
        finally:
            await runner.cleanup()
        assert deaths == []

    return opened
