"""Bounds of connections: how many, how long a request may take to arrive, how large its head is.

aiohttp waits for the rest of a request as long as the other side likes; here it does not.
"""

import asyncio
import ipaddress
import logging
from collections import Counter

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.web_protocol import RequestHandler

from webmacs_edge.service import every
from webmacs_edge.web.bare_answers import (
    HEADERS,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_LINE_BYTES,
    TOO_LARGE,
    bare_answer,
    sentence,
)
from webmacs_edge.web.doors import Door

log = logging.getLogger(__name__)

KEEP_ALIVE_S = 75.0
HEAD_LIMIT_S = 15.0  # from the first byte, or from the connection, to the end of the headers
SILENT_BODY_LIMIT_S = 20.0
BODY_GRACE_S = 30.0  # then it must come with…
LEAST_BYTES_PER_S = 1024.0
STUCK_ANSWER_LIMIT_S = 60.0  # nothing of what was sent is taken
_LOOK_EVERY_S = 1.0


class ConnectionGuard:
    """Counts connections, refuses those too many, cuts off those that keep us waiting."""

    name = "connection guard"

    def __init__(self, *, most: int, most_per_address: int) -> None:
        self.most = most
        self.most_at_once = 0
        self.refused = 0
        self.cut_off = 0
        self._most_per_address = most_per_address
        self._open: set[Connection] = set()
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: "Connection", address: str) -> bool:
        """Count it; False when it is one too many."""
        crowded = self._addresses[address] >= self._most_per_address and not _is_loopback(address)
        if crowded or len(self._open) >= self.most:
            self.refused += 1
            if not self._addresses[address]:
                del self._addresses[address]
            return False
        self._open.add(connection)
        self._addresses[address] += 1
        self.most_at_once = max(self.most_at_once, len(self._open))
        return True

    def forget(self, connection: "Connection", address: str) -> None:
        """It has ended."""
        if connection not in self._open:
            return
        self._open.remove(connection)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    async def run(self) -> None:
        """Look at every connection once a second until cancelled."""
        await every(_LOOK_EVERY_S, self.look)

    async def look(self) -> None:
        """Cut off whoever keeps us waiting."""
        now_s = asyncio.get_running_loop().time()
        for connection in list(self._open):
            if connection.is_unused(now_s):
                connection.force_close()
            elif connection.is_overdue(now_s):
                self.cut_off += 1
                connection.cut_off()


class Connection(RequestHandler):
    """One connection of aiohttp's server, with bounds on what the other side may do with it."""

    __slots__ = (
        "_address", "_body_count", "_body_from", "_body_since_s", "_guard", "_head_bytes",
        "_head_since_s", "_last_body", "_received", "_received_at_s", "_stuck_bytes",
        "_stuck_since_s", "door",
    )  # fmt: skip

    def __init__(self, server: web.Server, guard: ConnectionGuard, door: Door) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=KEEP_ALIVE_S,
            access_log=None,  # type: ignore[arg-type] # documented: no log
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
        )
        self.door = door
        self._guard = guard
        self._address = ""
        self._head_since_s = self._received_at_s = self._loop.time()
        self._head_bytes = self._received = 0
        self._last_body: StreamReader | None = None
        self._body_count, self._body_since_s, self._body_from = -1, 0.0, 0
        self._stuck_bytes, self._stuck_since_s = 0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        self._head_since_s = self._loop.time()
        if self._guard.admit(self, self._address):
            super().connection_made(transport)
            return
        self._manager = None  # nothing has begun, so nothing ends in connection_lost
        self._force_close = True
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 of TCP or TLS
        transport.write(bare_answer(503))
        transport.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._guard.forget(self, self._address)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Keep account of how a request arrives."""
        is_head = self._is_idle and self._is_body_whole and bool(data)
        if data:
            self._received += len(data)
            self._received_at_s = self._loop.time()
        if is_head:
            self._head_since_s = self._head_since_s or self._received_at_s
            self._head_bytes += len(data)
        super().data_received(data)
        if self._messages:
            self._last_body = self._messages[-1][1]
        if not is_head:
            return
        if not self._is_idle:
            self._head_since_s, self._head_bytes = 0.0, 0
        elif self._head_bytes > MAX_HEAD_BYTES and self.transport is not None:
            self.transport.write(bare_answer(TOO_LARGE))
            self.force_close()

    def is_unused(self, now_s: float) -> bool:
        """Whether it was opened, as browsers do in advance, and nothing was asked."""
        return not self._received and now_s - self._head_since_s > HEAD_LIMIT_S

    def is_overdue(self, now_s: float) -> bool:
        """Whether the other side keeps us waiting for longer than anybody honest would."""
        if self._is_idle:
            return bool(self._head_since_s) and now_s - self._head_since_s > HEAD_LIMIT_S
        return self._is_body_overdue(now_s) or self._is_answer_stuck(now_s)

    def cut_off(self) -> None:
        """Drop the connection at once."""
        log.debug("A connection from %s was too slow and is cut off.", self._address)
        if self.transport is not None:
            self.transport.abort()

    def handle_error(  # noqa: PLR0917 as the library calls it
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or what no middleware caught, with our headers."""
        if isinstance(exc, HttpProcessingError):
            log.debug("A request from %s could not be read: %s", self._address, message or exc)
            status = TOO_LARGE if _is_too_large(exc) else status
        elif isinstance(exc, ConnectionResetError):
            log.debug("%s has left before its request was complete.", self._address)
        else:
            log.error("A request from %s failed.", self._address, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("An answer has begun already.")
        answer = web.Response(
            status=status, text=sentence(status), content_type="application/json", headers=HEADERS
        )
        answer.force_close()
        return answer

    @property
    def _is_idle(self) -> bool:
        """Whether no request is complete enough to be handled."""
        return self._current_request is None and not self._messages and not self._upgraded

    @property
    def _is_body_whole(self) -> bool:
        """Whether what comes next is a head: also before a handler took the request, or after."""
        return self._last_body is None or self._last_body.is_eof()

    def _is_body_overdue(self, now_s: float) -> bool:
        request = self._current_request
        if request is None or self._upgraded or request.content.is_eof():
            return False
        if self._body_count != self._request_count:
            self._body_count, self._body_since_s = self._request_count, now_s
            self._body_from = self._received
        if self._reading_paused:  # it is us who keep them waiting
            self._received_at_s = now_s
            return False
        allowed_s = BODY_GRACE_S + (self._received - self._body_from) / LEAST_BYTES_PER_S
        is_silent = now_s - self._received_at_s > SILENT_BODY_LIMIT_S
        return is_silent or now_s - self._body_since_s > allowed_s

    def _is_answer_stuck(self, now_s: float) -> bool:
        waiting = self.transport.get_write_buffer_size() if self.transport is not None else 0
        if not waiting or waiting != self._stuck_bytes:
            self._stuck_bytes, self._stuck_since_s = waiting, now_s
            return False
        return now_s - self._stuck_since_s > STUCK_ANSWER_LIMIT_S


def _is_too_large(error: HttpProcessingError) -> bool:
    return isinstance(error, LineTooLong) or "Too many headers" in str(error)


def _is_loopback(address: str) -> bool:
    """A reverse proxy on this box comes from there for everybody."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


GUARD = web.AppKey("connection_guard", ConnectionGuard)
