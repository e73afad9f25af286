"""The appliance as a process of its own, as systemd or a user starts it."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.conftest import PASSWORD
from tests.waiting import eventually

EMAIL = "admin@plant.lan"


class Process:
    """One running `webmacs-edge`, and a client that talks to it."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process = process
        self.url = url
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30))
        self.headers: dict[str, str] = {}

    async def health(self) -> dict[str, Any] | None:
        """The answer of `/health`; None while it does not serve."""
        try:
            async with self.session.get(f"{self.url}/health") as answer:
                return await answer.json() if answer.status == 200 else None
        except aiohttp.ClientError:
            return None

    async def sign_in(self) -> None:
        """Get a token; calls after it carry it."""
        body = {"email": EMAIL, "password": PASSWORD}
        async with self.session.post(f"{self.url}/api/v1/auth/login", json=body) as answer:
            token = (await answer.json())["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> Any:
        """The JSON at that path of the API."""
        async with self.session.get(self.url + path, headers=self.headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: Any) -> Any:
        """The JSON answer to a POST."""
        async with self.session.post(self.url + path, json=body, headers=self.headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send the signal; exit status and what it said on stderr."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        _, error = await asyncio.wait_for(self.process.communicate(), 60)
        await self.session.close()
        return self.process.returncode or 0, error.decode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, port: int, **given: str) -> dict[str, str]:
    """Variables for an unattended appliance."""
    return {
        **os.environ,
        "WEBMACS_DATA_DIR": str(data_dir),
        "WEBMACS_HOST": "127.0.0.1",
        "WEBMACS_PORT": str(port),
        "WEBMACS_HTTPS_PORT": "0",
        "WEBMACS_WATCH_BOX": "false",
        "WEBMACS_FLUSH_SECONDS": "1",
        "WEBMACS_INITIAL_ADMIN_EMAIL": EMAIL,
        "WEBMACS_INITIAL_ADMIN_PASSWORD": PASSWORD,
        **given,
    }


def provide(data_dir: Path, config: Path, templates: Path) -> None:
    """What a start would make there in the first place, unless it started there before."""
    if not data_dir.exists():
        (data_dir / "cache").mkdir(parents=True)
        (data_dir / "cache/templates").symlink_to(templates)
        shutil.copy(config, data_dir)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the appliances of all tests keep their compiled templates."""
    return tmp_path_factory.mktemp("templates")


@pytest.fixture
def launch(tmp_path: Path, empty_config: Path, compiled_templates: Path) -> Callable[..., Any]:
    """`async with launch("demo") as process`: killed at the end if it still runs.

    Its database has its tables already and its templates are compiled, which takes seconds,
    unless `has_nothing`.
    """

    @asynccontextmanager
    async def launched(
        *arguments: str,
        data_dir: Path = tmp_path / "data",
        has_nothing: bool = False,
        **given: str,
    ) -> AsyncIterator[Process]:
        if not has_nothing:
            provide(data_dir, empty_config, compiled_templates)
        port = int(given.get("WEBMACS_PORT") or free_port())
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-OO",  # as it runs in earnest
            "-m",
            "webmacs_edge",
            *arguments,
            env=environment(data_dir, port, **given),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        running = Process(process, f"http://127.0.0.1:{port}")
        try:
            yield running
        finally:
            if process.returncode is None:
                await running.end(signal.SIGKILL)
            await running.session.close()

    return launched


async def reading(process: Process) -> dict[str, Any]:
    """Wait until it serves and has stored something."""

    async def is_reading() -> dict[str, Any] | None:
        if process.process.returncode is not None:
            raise AssertionError(f"It ended: {(await process.end())[1]}")
        health = await process.health()
        return health if health and health["last_datapoint"] else None

    try:
        return await eventually(is_reading, within_s=120, what="a stored datapoint")
    except AssertionError as error:
        _, said = await process.end(signal.SIGKILL)
        raise AssertionError(f"{error}. It said: {said[-3000:]}") from error
