"""Opens the ports that people and programs come in by."""

import asyncio
import socket
import ssl
from asyncio import sslproto
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from webmacs_edge.config import Settings
from webmacs_edge.web.connections import GUARD, Connection, ConnectionGuard
from webmacs_edge.web.doors import Door, Shown, doors
from webmacs_edge.web.keys import CERTIFICATE

LOCAL_SOCKET = "local.sock"
_BACKLOG = 128
_MOST_LOCAL = 8
_HANDSHAKE_LIMIT_S = 10.0
_TLS_BUFFER_BYTES = 32 * 1024  # of each connection; a TLS record has 16 KiB
_SETTING = {
    (Shown.pages, False): "WEBMACS_PORT",
    (Shown.pages, True): "WEBMACS_HTTPS_PORT",
    (Shown.spa, False): "WEBMACS_SPA_PORT",
    (Shown.spa, True): "WEBMACS_SPA_HTTPS_PORT",
}


class _Site(web.BaseSite):
    """One open port whose connections are guarded."""

    def __init__(
        self, runner: web.AppRunner, host: str, door: Door, *, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(runner, ssl_context=context, backlog=_BACKLOG)
        self._host = host
        self._door = door

    @property
    def name(self) -> str:
        """Where it is."""
        return f"{self._door.scheme}://{self._host}:{self._door.port}"

    async def start(self) -> None:
        """Listen; OSError when that is not possible."""
        await super().start()
        self._server = await asyncio.get_running_loop().create_server(
            _connections(self._runner, self._door),
            self._host,
            self._door.port,
            ssl=self._ssl_context,
            backlog=self._backlog,
            ssl_handshake_timeout=_HANDSHAKE_LIMIT_S if self._ssl_context else None,
        )


class _LocalSite(web.BaseSite):
    """A socket on this box, for the updater: it has no network, and the ports may be crowded."""

    def __init__(self, runner: web.AppRunner, path: Path) -> None:
        super().__init__(runner, backlog=_BACKLOG)
        self._path = path

    @property
    def name(self) -> str:
        """Where it is."""
        return f"unix:{self._path}"

    async def start(self) -> None:
        """Listen, for this user and root."""
        await super().start()
        server = self._runner.server
        assert server is not None  # noqa: S101 a site is made after the set-up
        guard = ConnectionGuard(most=_MOST_LOCAL, most_per_address=_MOST_LOCAL)
        door = Door(Shown.pages, 0, is_tls=False)
        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: Connection(server, guard, door), str(self._path), backlog=_BACKLOG
        )


async def listen_locally(runner: web.AppRunner, folder: Path | None) -> None:
    """Open the socket by which the updater asks whether we are well, where there is a place."""
    if folder is None:
        return
    path = folder / LOCAL_SOCKET
    await asyncio.to_thread(path.unlink, missing_ok=True)
    await _LocalSite(runner, path).start()


async def listen(runner: web.AppRunner, settings: Settings) -> None:
    """Open every door; OSError names the port that cannot be had and the way out."""
    sslproto.SSLProtocol.max_size = _TLS_BUFFER_BYTES  # 256 KiB for each connection otherwise
    for door in doors(settings):
        context = runner.app[CERTIFICATE].context if door.is_tls else None
        try:
            await _Site(runner, settings.host, door, context=context).start()
        except OSError as error:
            raise OSError(
                f"Cannot listen on {settings.host} port {door.port}: {_reason(error)}. Give "
                f"{_SETTING[door.shown, door.is_tls]} another port, or stop what uses this one."
            ) from error


def addresses(settings: Settings) -> list[str]:
    """The URLs to tell people, the best first."""
    everywhere = settings.host in ("0.0.0.0", "::")  # noqa: S104 compared, not bound
    host = socket.gethostname() if everywhere else settings.host
    host = f"[{host}]" if ":" in host else host
    found = sorted(
        doors(settings), key=lambda door: (door.shown is not Shown.pages, not door.is_tls)
    )
    return [f"{door.scheme}://{host}:{door.port}" for door in found]


def _connections(runner: web.BaseRunner, door: Door) -> Callable[[], Connection]:
    assert isinstance(runner, web.AppRunner)  # noqa: S101 given above
    server, guard = runner.server, runner.app[GUARD]
    assert server is not None  # noqa: S101 a site is made after the set-up
    return lambda: Connection(server, guard, door)


def _reason(error: OSError) -> str:
    """Of asyncio's long message, what the system said."""
    return (error.strerror or str(error)).rpartition(": ")[2]
