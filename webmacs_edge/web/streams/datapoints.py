"""The socket on which programs follow every channel: `/ws/datapoints/stream`."""

import asyncio
import json
import logging
import math
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from pydantic_core import from_json

from webmacs_edge.live.hub import MAX_WATCHERS, Watcher
from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.quality import Quality
from webmacs_edge.model.samples import Sample
from webmacs_edge.model.times import iso_offset
from webmacs_edge.service import running
from webmacs_edge.store.experiments import running_experiment
from webmacs_edge.web.keys import DATABASE, HUB, STATION
from webmacs_edge.web.origin import is_own_origin
from webmacs_edge.web.tokens import SESSION_COOKIE, bearer_token, user_of_token

log = logging.getLogger(__name__)

MAX_MALFORMED = 3
MAX_FRAME_BYTES = 64 * 1024
_MIN_INTERVAL_S = 0.2
_LOOK_INTERVAL_S = 2.0  # at the login and the running experiment
_SEND_TIMEOUT_S = 10.0
_PING_INTERVAL_S = 20.0


async def stream(request: web.Request) -> web.StreamResponse:
    """Send what changes until the program leaves, its login ends, or the appliance stops."""
    hub = request.app[HUB]
    if hub.is_closed or hub.watchers >= MAX_WATCHERS:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
    socket = web.WebSocketResponse(heartbeat=_PING_INTERVAL_S, max_msg_size=MAX_FRAME_BYTES)
    await socket.prepare(request)
    feed = _Feed(request, socket, _token(request))
    if not await feed.look():
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=feed.refusal.encode())
        return socket
    with hub.watch() as watcher, suppress(ConnectionResetError, TimeoutError):
        await _send(socket, {"type": "connected", "message": "Following all channels."})
        feed.watcher = watcher
        async with running(feed, on_death=lambda _name: _drop(request)):
            await _listen(socket)
    return socket


def _token(request: web.Request) -> str | None:
    """From the query, the header, or the cookie of a page of ours."""
    token = request.query.get("token") or bearer_token(request)
    if token is None and is_own_origin(request):
        token = request.cookies.get(SESSION_COOKIE)
    return token or None


class _Feed:
    """Sends the newest values on one socket; a slow program gets fewer, never old ones."""

    name = "datapoint stream"

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, token: str | None
    ) -> None:
        self._request = request
        self._socket = socket
        self._token = token
        self._experiment: str | None = None
        self._next_look_s = 0.0
        self._was_good = False
        self.watcher = Watcher(request.app[HUB])

    @property
    def refusal(self) -> str:
        """Why the socket is closed."""
        return "This login has ended. Please sign in again." if self._token else "Please sign in."

    async def look(self) -> bool:
        """Whether the login still holds; also learn which experiment runs."""
        self._next_look_s = asyncio.get_running_loop().time() + _LOOK_INTERVAL_S
        app = self._request.app
        try:
            if self._token is None or await user_of_token(app, self._token) is None:
                return False
            async with app[DATABASE].read() as session:
                found = await running_experiment(session)
        except StoreError as error:
            log.warning("A stream could not check its login: %s", error)
            return self._was_good
        self._experiment = found.public_id if found else None
        self._was_good = True
        return True

    async def run(self) -> None:
        """Send until the login or the hub ends, then close; the listener ends the rest."""
        try:
            code, reason = await self._follow()
            await self._socket.close(code=code, message=reason.encode())
        except (ConnectionResetError, TimeoutError):
            _drop(self._request)
        await asyncio.Event().wait()

    async def _follow(self) -> tuple[int, str]:
        clock = asyncio.get_running_loop().time
        while await self.watcher.changed(_LOOK_INTERVAL_S):
            if clock() >= self._next_look_s and not await self.look():
                return WSCloseCode.POLICY_VIOLATION, self.refusal
            rows = self._rows(self.watcher.take_changes())
            if rows:
                await _send(self._socket, {"type": "datapoints_batch", "datapoints": rows})
            await asyncio.sleep(_MIN_INTERVAL_S)
        return WSCloseCode.GOING_AWAY, "The appliance stops."

    def _rows(self, samples: Iterable[Sample]) -> list[dict[str, object]]:
        return [row for sample in samples if (row := self._row(sample)) is not None]

    def _row(self, sample: Sample) -> dict[str, object] | None:
        event = self._request.app[STATION].event(sample.key)
        if event is None or sample.value is None or sample.quality > Quality.UNCERTAIN:
            return None
        if not math.isfinite(sample.value):
            return None
        return {
            "value": float(sample.value),
            "event_public_id": event.public_id,
            "timestamp": iso_offset(sample.read_at_ms),
            "experiment_public_id": self._experiment,
        }


async def _listen(socket: web.WebSocketResponse) -> None:
    """Answer what the program says until it leaves or talks nonsense."""
    malformed = 0
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return
        said = _object(message)
        if said is None:
            malformed += 1
            await _send(socket, {"type": "error", "message": "Please send JSON objects as text."})
        elif said.get("type") == "ping":
            await _send(socket, {"type": "pong"})
        if malformed >= MAX_MALFORMED:
            is_text = message.type is WSMsgType.TEXT
            code = WSCloseCode.POLICY_VIOLATION if is_text else WSCloseCode.UNSUPPORTED_DATA
            await socket.close(code=code, message=b"This is not what the stream understands.")
            return


def _object(message: WSMessage) -> dict[str, object] | None:
    """The JSON object in a text frame; None when it holds anything else."""
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        said = from_json(message.data)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


async def _send(socket: web.WebSocketResponse, content: dict[str, object]) -> None:
    """TimeoutError when the other side does not read, ConnectionResetError when it has left."""
    async with asyncio.timeout(_SEND_TIMEOUT_S):
        await socket.send_str(json.dumps(content, ensure_ascii=False, separators=(",", ":")))


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
