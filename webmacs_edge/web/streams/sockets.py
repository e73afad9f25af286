"""Sockets of programs: who may open one, how many there may be, and what ends them."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from pydantic_core import from_json

from webmacs_edge.model.errors import StoreError
from webmacs_edge.model.words import TokenScope, UserRole
from webmacs_edge.service import running
from webmacs_edge.web.origin import is_own_origin
from webmacs_edge.web.refusals import note_refusal
from webmacs_edge.web.socket_places import LOOK_S, MAX_SOCKETS, SOCKETS
from webmacs_edge.web.tokens import Credential, bearer_token, cookie_token

log = logging.getLogger(__name__)

MAX_MALFORMED = 5  # frames in a row
AUTH_WAIT_S = 5.0  # for the first message, where no login came with the request
SEND_TIMEOUT_S = 30.0
_PING_INTERVAL_S = 20.0
_ENDED = "This login has ended. Please sign in again."

Message = dict[str, object]


class Connection:
    """An open socket of somebody who may use it."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.app = request.app
        self.socket = socket
        self.credential: Credential | None = None

    async def send(self, message: Message) -> None:
        """Send one JSON object; TimeoutError when the other side does not read."""
        await self.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))

    async def send_text(self, text: str) -> None:
        """Send one text; TimeoutError when the other side does not read."""
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self.socket.send_str(text)

    async def close(self, code: int, reason: str) -> None:
        """Close it cleanly."""
        await self.socket.close(code=code, message=reason.encode()[:123])

    def drop(self) -> None:
        """Close it at once, without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


Work = Callable[[Connection], Awaitable[None]]


async def serve(
    request: web.Request,
    work: Work,
    *,
    role: UserRole,
    scopes: AbstractSet[TokenScope],
    max_frame_bytes: int,
) -> web.WebSocketResponse:
    """Do `work` on a socket for whoever may, until it is done or the login or appliance ends."""
    sockets = request.app[SOCKETS]
    if sockets.open >= MAX_SOCKETS or sockets.closing.is_set():
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
    socket = web.WebSocketResponse(
        heartbeat=_PING_INTERVAL_S, max_msg_size=max_frame_bytes, compress=False
    )
    with sockets.place():
        await socket.prepare(request)
        connection = Connection(request, socket)
        with suppress(ConnectionResetError, TimeoutError):
            await _work_if_let_in(connection, work, role=role, scopes=scopes)
    if not socket.closed:
        connection.drop()
    return socket


async def _work_if_let_in(
    connection: Connection, work: Work, *, role: UserRole, scopes: AbstractSet[TokenScope]
) -> None:
    token = _given_token(connection.request) or await _first_message(connection)
    guard = _Guard(connection, token, role=role, scopes=scopes)
    if not await guard.look():
        if connection.credential is not None:
            await note_refusal(connection.request, guard.refusal, credential=connection.credential)
        await connection.close(WSCloseCode.POLICY_VIOLATION, guard.refusal)
        return
    assert connection.credential is not None  # noqa: S101 the guard has looked
    user_public_id = connection.credential.user.public_id
    with connection.app[SOCKETS].place_of(user_public_id) as is_free:
        if not is_free:
            await connection.close(
                WSCloseCode.TRY_AGAIN_LATER, "You have too many sockets open. Close some."
            )
            return
        async with running(guard, on_death=lambda _name: connection.drop()):
            await work(connection)


def _given_token(request: web.Request) -> str | None:
    """From the query, the header, or the cookie of a page of ours."""
    token = request.query.get("token") or bearer_token(request)
    if token is None and is_own_origin(request):
        token = cookie_token(request)
    return token or None


async def _first_message(connection: Connection) -> str | None:
    """The token of `{"type": "auth", "token": …}`, so that it need not stand in a URL."""
    try:
        message = await connection.socket.receive(timeout=AUTH_WAIT_S)
    except TimeoutError:
        return None
    said = read_object(message)
    token = said.get("token") if said is not None and said.get("type") == "auth" else None
    return token if isinstance(token, str) else None


class _Guard:
    """Closes the socket when its login or the appliance ends."""

    name = "socket guard"

    def __init__(
        self,
        connection: Connection,
        token: str | None,
        *,
        role: UserRole,
        scopes: AbstractSet[TokenScope],
    ) -> None:
        self.refusal = _ENDED if token else "Please sign in."
        self._connection = connection
        self._token = token
        self._role = role
        self._scopes = scopes

    async def look(self) -> bool:
        """Whether the login holds and is enough; while the database is away, what held before."""
        app, connection = self._connection.app, self._connection
        if self._token is None:
            return False
        try:
            found = await app[SOCKETS].credential(app, self._token)
        except StoreError as error:
            log.warning("A socket could not check its login: %s", error)
            return connection.credential is not None
        if found is None:
            return False
        connection.credential = found
        self.refusal = found.refusal(self._role, self._scopes) or _ENDED
        return self.refusal is _ENDED

    async def run(self) -> None:
        """Look every two seconds; close when it is over, and let the listener end the rest."""
        code, reason = await self._watch()
        try:
            await self._connection.close(code, reason)
        except (ConnectionResetError, TimeoutError):
            self._connection.drop()
        await asyncio.Event().wait()

    async def _watch(self) -> tuple[int, str]:
        closing = self._connection.app[SOCKETS].closing
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await closing.wait()
            if closing.is_set():
                return WSCloseCode.GOING_AWAY, "The appliance stops."
            if not await self.look():
                return WSCloseCode.POLICY_VIOLATION, self.refusal


def read_object(message: WSMessage) -> Message | None:
    """The JSON object in a text frame; None when it holds anything else."""
    if message.type is not WSMsgType.TEXT:
        return None
    try:
        said = from_json(message.data)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


async def listen(connection: Connection, take: Callable[[Message], Awaitable[str]]) -> None:
    """Hand each JSON object to `take` until the program leaves or talks nonsense.

    `take` returns what was wrong with the object, in a sentence, or "".
    """
    malformed = 0
    async for message in connection.socket:
        if message.type is WSMsgType.ERROR:
            return
        said = read_object(message)
        fault = "Please send JSON objects as text." if said is None else await take(said)
        if not fault:
            malformed = 0
            continue
        malformed += 1
        await connection.send({"type": "error", "message": fault})
        if malformed >= MAX_MALFORMED:
            is_text = message.type is WSMsgType.TEXT
            code = WSCloseCode.POLICY_VIOLATION if is_text else WSCloseCode.UNSUPPORTED_DATA
            await connection.close(code, "This is not what the socket understands.")
            return
